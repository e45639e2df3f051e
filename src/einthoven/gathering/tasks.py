"""Task: classes of SCP statements, and which studies carry them. Shapes: n studies, K classes."""

from __future__ import annotations

import tomllib
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache, cached_property
from importlib.resources import files
from typing import Any

import numpy as np
from numpy.typing import NDArray

from einthoven.errors import CohortError, ConfigError, did_you_mean
from einthoven.study import Study

__all__ = ["SETS", "TASKS", "Task", "says", "standard_code", "statements", "task"]

TASKS = ("superclass", "subclass", "diagnostic", "form", "rhythm", "all", "findings")
"""The tasks of PTB-XL (5, 23, 44, 19, 12 and 71 classes), and `findings`: all but NORM and SR."""
SETS = ("cpsc2018", "csn", "csn-legacy", "code-test", "subclass-legacy")
"""The tasks of other sets, and two as widely shared label files have them; see sets.toml."""

_ORDINARY = {"NORM", "SR"}


@dataclass(frozen=True)
class Task:
    """Classes of statements, and the rule that says which studies carry them.

    A study carries a class if any of its codes belongs to it, whatever the likelihood (0 included: PTB-XL writes
    0 for "unknown likelihood" of form and rhythm statements). A study none of whose codes is in `looked` is not
    known for the task and belongs in no metric.

    Args:
        name: e.g. "superclass".
        classes: the K class names, in the order of the columns of every target and score.
        members: class -> the statement codes that mean it.
        looked: the codes that show that somebody labelled the study for this task.
        descriptions: class -> what it says in words, e.g. for a zero-shot prompt.
        vocabulary: whose codes the classes are: which table of prompts speaks for them.

    Source: Strodthoff et al., Deep Learning for ECG Analysis, 2021 (the PTB-XL benchmark).
    """

    name: str
    classes: tuple[str, ...]
    members: Mapping[str, frozenset[str]]
    looked: frozenset[str]
    descriptions: Mapping[str, str] = field(default_factory=dict)
    vocabulary: str = "scp"

    def targets(self, studies: Iterable[Study]) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
        """Return which classes each study carries, and which studies are known for the task.

        Args:
            studies: a Cohort or any iterable of studies, n of them.

        Returns:
            Y: (n, K) bool, the columns in the order of `classes`.
            known: (n,) bool; rows that are False have no label in this task and must be left out of it.

        >>> from einthoven.recording import Recording
        >>> ecg = Recording(np.zeros((1, 10)), ["I"], 10)
        >>> Y, known = task("superclass").targets([Study("a", ecg, labels={"IMI": 0, "SR": 0}), Study("b", ecg)])
        >>> Y.astype(int).tolist(), known.tolist()
        ([[0, 1, 0, 0, 0], [0, 0, 0, 0, 0]], [True, False])
        """
        return self._table([self.carried(study) for study in studies])

    def answers(self, labels: Iterable[Mapping[str, float] | None]) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
        """Return the same as `targets`, from labels alone: code -> likelihood, None where nobody looked."""
        return self._table([self._of_codes(codes) for codes in labels])

    def carried(self, study: Study) -> Collection[str] | None:
        """Return the classes that a study carries, None where nobody looked for them.

        A study of a published table of labels may come with its classes instead of codes, in `extra["classes"]`.
        """
        told = study.extra.get("classes")
        if isinstance(told, Mapping) and self.name in told:
            return [standard_code(name) for name in told[self.name]] or None
        return self._of_codes(study.labels)

    def _of_codes(self, labels: Mapping[str, float] | None) -> Collection[str] | None:
        codes = [standard_code(code) for code in labels or {}]
        if not any(code in self.looked for code in codes):
            return None
        return {self._class_of[code] for code in codes if code in self._class_of}

    def _table(self, carried: Sequence[Collection[str] | None]) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
        column = {name: row for row, name in enumerate(self.classes)}
        Y = np.zeros((len(carried), len(self.classes)), dtype=bool)
        for row, names in enumerate(carried):
            Y[row, [column[name] for name in names or () if name in column]] = True
        return Y, np.array([names is not None for names in carried], dtype=bool)

    @cached_property
    def _class_of(self) -> Mapping[str, str]:
        return {code: name for name in self.classes for code in self.members[name]}

    def spoken(self, name: str) -> frozenset[str]:
        """Return what is put into words when a class is asked for: here its statements."""
        return self.members[name]

    def among(self, studies: Sequence[Study], *, least: int = 1, low: float = 0.0, high: float = 1.0) -> Task:
        """Return the task with only the classes that are common enough, and not too common, among `studies`.

        A metric of a class without positives is undefined; a search for what half the archive has says little.

        Args:
            studies: where to count; validation or training studies, never the test split's labels.
            least: fewest positives.
            low: lowest prevalence among the known studies, 0 to 1.
            high: highest prevalence, 0 to 1.

        Raises:
            CohortError: no class is left.
        """
        Y, known = self.targets(studies)
        count = Y[known].sum(0)
        share = count / max(int(known.sum()), 1)
        kept = tuple(
            name for name, n, part in zip(self.classes, count, share, strict=True) if n >= least and low <= part <= high
        )
        if not kept:
            raise CohortError(
                "a task keeps at least one class",
                came=f"none of the {len(self.classes)} classes of {self.name} has {least} positives and a "
                f"prevalence of {low:g} to {high:g} among {int(known.sum())} labelled studies",
                instead="Lower least=, widen low= and high=, or gather more studies.",
                see="docs/cohort.md",
            )
        return self.only(kept)

    def only(self, classes: Sequence[str]) -> Task:
        """Return the task with the named classes in the order given. Raises ConfigError for an unknown one."""
        for name in classes:
            if name not in self.members:
                raise ConfigError(
                    "a class is asked for by its name",
                    came=f"task {self.name} has no class {name!r}",
                    instead=did_you_mean(name, self.classes),
                    see="docs/cohort.md",
                )
        return replace(self, classes=tuple(classes), members={name: self.members[name] for name in classes})


@cache
def task(name: str) -> Task:
    """Return a task by its name.

    Args:
        name: one of `TASKS` or of `SETS`. `findings` has every statement but NORM and SR, and knows every study that
            has any statement: a normal ECG is a negative there. See `Task.among` to keep those common enough.

    Raises:
        ConfigError: no task has the name.

    >>> task("superclass").classes
    ('NORM', 'MI', 'STTC', 'CD', 'HYP')
    >>> [len(task(name).classes) for name in TASKS]
    [5, 23, 44, 19, 12, 71, 69]
    """
    if name in SETS:
        from einthoven.gathering.sets import set_task

        return set_task(name)
    if name not in TASKS:
        raise ConfigError(
            "a task is asked for by its name",
            came=f"{name!r} came",
            instead=did_you_mean(name, [*TASKS, *SETS]),
            see="docs/cohort.md",
        )
    if name in ("superclass", "subclass"):
        return _grouped(name)
    table = statements()
    codes = [code for code, row in table.items() if name in ("all", "findings") or name in row["kinds"]]
    looked = frozenset(codes)
    if name == "findings":
        codes = [code for code in codes if code not in _ORDINARY]
    members = {code: frozenset({code}) for code in codes}
    return Task(name, tuple(codes), members, looked, {code: table[code]["says"] for code in codes})


def _grouped(kind: str) -> Task:
    words: dict[str, str] = _tables()[kind]
    diagnostic = {code: row for code, row in statements().items() if "diagnostic" in row["kinds"]}
    members = {name: frozenset(code for code, row in diagnostic.items() if row[kind] == name) for name in words}
    return Task(kind, tuple(words), members, frozenset(diagnostic), words)


def statements() -> Mapping[str, Mapping[str, Any]]:
    """Return the 71 statements: code -> `says`, `kinds` and, where diagnostic, `superclass` and `subclass`.

    >>> statements()["3AVB"]["says"], statements()["3AVB"]["subclass"]
    ('third degree AV block', '_AVB')
    """
    table: Mapping[str, Mapping[str, Any]] = _tables()["statements"]
    return table


def says(code: str) -> str:
    """Return what a code says in words, or the code itself where it is not one of the 71.

    >>> says("AFIB"), says("NST"), says("my own")
    ('atrial fibrillation', 'non-specific ST changes', 'my own')
    """
    row = statements().get(standard_code(code))
    return str(row["says"]) if row else code


def standard_code(code: str) -> str:
    """Return the spelling of PTB-XL for a code that other people's files write without its underscore.

    >>> standard_code("STD"), standard_code("IMI")
    ('STD_', 'IMI')
    """
    alias: Mapping[str, str] = _tables()["alias"]
    return alias.get(code, code)


@cache
def _tables() -> dict[str, Any]:
    return tomllib.loads(files(__package__).joinpath("statements.toml").read_text(encoding="utf-8"))
