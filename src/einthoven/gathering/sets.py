"""Tasks of other sets: CPSC2018, Chapman-Shaoxing-Ningbo, CODE-test, and two tasks as widely shared files have them.

A legacy task repeats the faults of label files that several papers share, so that their numbers can be compared with;
`evaluate("audit", ...)` says what the faults cost. Columns are classes by name, everywhere.
"""

from __future__ import annotations

import tomllib
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from typing import Any

from einthoven.gathering.codes import acronyms, snomed
from einthoven.gathering.tasks import Task, standard_code, task
from einthoven.study import Study

__all__ = ["CodedTask", "MovedTask", "SubstringTask", "first_acronyms", "set_task"]


@dataclass(frozen=True)
class CodedTask(Task):
    """Classes of a set's own codes, which a study carries in `extra["dx"]` as they came; whole codes are matched.

    Every study that anybody labelled is known: one with none of the classes is a negative of all.
    """

    def carried(self, study: Study) -> Collection[str] | None:
        """Return the classes of a study, None where nobody looked."""
        codes = self.codes(study)
        return None if codes is None else {self._class_of[code] for code in codes if code in self._class_of}

    def codes(self, study: Study) -> list[str] | None:
        """Return the SNOMED CT ids of a study, acronyms of its vocabulary translated; None where nobody looked."""
        codes = study.extra.get("dx")
        if study.labels is None or not isinstance(codes, tuple):
            return None
        short = acronyms(self.vocabulary)
        return [short.get(code, short.get(code.rstrip("_"), code)) for code in codes]

    def spoken(self, name: str) -> frozenset[str]:
        """Return what is put into words when a class is asked for: the class itself."""
        return frozenset({name})


@dataclass(frozen=True)
class SubstringTask(CodedTask):
    """The fault of the shared CSN files: a class is set where its acronym stands anywhere in the joined acronyms.

    A study with a code that has no acronym is not known, as those files have it; where a table of labels came with
    columns of its own, `extra["shipped"]`, these are taken.
    """

    def carried(self, study: Study) -> Collection[str] | None:
        """Return the classes that the shared files would give a study."""
        if (shipped := _shipped(study, self.vocabulary)) is not None:
            return shipped
        codes = self.codes(study)
        words = first_acronyms(self.vocabulary)
        if not codes or not all(code in words for code in codes):
            return None
        joined = ",".join(words[code] for code in codes)
        return {name for name in self.classes if name in joined}


@dataclass(frozen=True)
class MovedTask(Task):
    """The fault of the shared PTB-XL subclass files: columns of folds 9 and 10 in another order than in 1 to 8.

    Args:
        moved: class -> the class in whose column of the training file it stands in validation and test.
    """

    moved: Mapping[str, str] = field(default_factory=dict)

    def carried(self, study: Study) -> Collection[str] | None:
        """Return the classes of a study by the column in which a probe would find them."""
        if (shipped := _shipped(study, "subclass")) is not None:
            return [standard_code(name) for name in shipped]
        right = task("subclass").carried(study)
        if right is None or str(study.extra.get("strat_fold")) not in ("9", "10"):
            return right
        return {self.moved.get(name, name) for name in right}


def _shipped(study: Study, kind: str) -> list[str] | None:
    """Return the classes that a table of labels came with, named by the order of its training file."""
    shipped = study.extra.get("shipped")
    names = shipped.get(kind) if isinstance(shipped, Mapping) else None
    return None if names is None else list(names)


@cache
def set_task(name: str) -> Task:
    """Return a task of `sets.toml` by its name.

    >>> len(set_task("csn").classes), len(set_task("csn-legacy").classes)
    (41, 38)
    >>> set_task("csn").descriptions["AF"]
    'atrial flutter'
    """
    row = _tables()[name]
    if name == "subclass-legacy":
        right = task("subclass").only(row["classes"])
        return MovedTask(name, right.classes, right.members, right.looked, right.descriptions, moved=row["moved"])
    if name == "csn-legacy":
        right = set_task("csn")
        classes = right.classes[: row["classes"]]
        members = {key: right.members[key] for key in classes}
        return SubstringTask(name, classes, members, right.looked, right.descriptions, vocabulary="csn")
    codes = {key: acronyms(row["vocabulary"])[row.get("acronym", {}).get(key, key)] for key in row["classes"]}
    members = {key: frozenset({code, *row.get("also", {}).get(key, ())}) for key, code in codes.items()}
    words = {key: str(snomed().get(code, {}).get("name", key)) for key, code in codes.items()}
    looked = frozenset(code for some in members.values() for code in some)
    return CodedTask(name, tuple(codes), members, looked, words, vocabulary=row["vocabulary"])


def first_acronyms(vocabulary: str) -> Mapping[str, str]:
    """Return SNOMED CT id -> the first acronym of a vocabulary that stands for it.

    >>> first_acronyms("csn")["164909002"]
    'LBBB'
    """
    first: dict[str, str] = {}
    for acronym, code in acronyms(vocabulary).items():
        first.setdefault(code, acronym)
    return first


@cache
def _tables() -> dict[str, Any]:
    return tomllib.loads(files(__package__).joinpath("sets.toml").read_text(encoding="utf-8"))
