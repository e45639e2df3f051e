"""Transfer: a probe learnt on one set, examined on another. n studies, K classes that both sets have."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from importlib.resources import files
from typing import Any, ClassVar

import numpy as np

from einthoven.errors import EvaluationError
from einthoven.evaluating.linear import probe, strength_of
from einthoven.evaluating.metrics import Array
from einthoven.evaluating.protocol import Examination, Protocol, sheets_to_rows
from einthoven.evaluating.result import Result
from einthoven.evaluating.scored import Sheet
from einthoven.evaluating.subject import Subject
from einthoven.gathering import Cohort
from einthoven.gathering import task as task_named

__all__ = ["Transfer", "partners"]


@dataclass(frozen=True)
class Transfer(Protocol):
    """A linear probe of all labels of a source set, examined on the classes that a target set shares with it.

    What is called the same where is a table (`transfer.toml`). The regularisation comes from the source's validation
    split; nothing is learnt from the target.

    Args:
        source: the cohort that is learnt from, with a split train.
        source_task: its task.
    """

    name: ClassVar[str] = "transfer"
    source: Cohort | None = None
    source_task: str = "superclass"

    def run(self, subjects: Sequence[Subject], exam: Examination) -> list[Result]:
        """Fit every subject's probe on the source and score it on the target."""
        home = self._home(exam)
        shared = partners(self.source_task, exam.task.name)
        target = exam.task.only([name for name in exam.task.classes if name in shared])
        sheets = [Sheet(one.name, self._scores(one, home, exam, shared)) for one in subjects]
        detail = f"from {home.cohort.name} ({self.source_task}), n={len(home.train)}"
        return sheets_to_rows(self.name, sheets, replace(exam, task=target), exam.test, detail)

    def _home(self, exam: Examination) -> Examination:
        if self.source is None or not Examination(self.source, task_named(self.source_task)).train:
            raise EvaluationError(
                "transfer learns from a labelled source",
                came="no source" if self.source is None else f"{self.source.name} has no train for {self.source_task}",
                instead='Pass Transfer(source=cohort, source_task="superclass").',
                see="docs/evaluating.md",
            )
        return Examination(self.source, task_named(self.source_task), seed=exam.seed)

    def _scores(
        self, subject: Subject, home: Examination, exam: Examination, shared: Mapping[str, Sequence[str]]
    ) -> Array:
        subject.meet([*home.train, *home.validation])
        home = replace(home, cohort=home.cohort.where(lambda study: study not in subject.refused))
        strength, _, _ = strength_of(subject, home, home.train)
        truth = home.truth(home.train)
        scores = probe(subject.pooled(home.train), truth, subject.pooled(exam.test), strength=strength)
        column = {name: k for k, name in enumerate(home.task.classes)}
        learnt = {name for name, k in column.items() if 0 < truth[:, k].sum() < len(truth)}
        kept = [name for name in exam.task.classes if name in shared]
        # A class that the source never shows has a constant score, which must not outdo a partner that was learnt.
        usable = [[one for one in shared[name] if one in learnt] or list(shared[name]) for name in kept]
        return np.stack([scores[:, [column[one] for one in ones]].max(axis=1) for ones in usable], axis=1)


@cache
def partners(source: str, target: str) -> Mapping[str, tuple[str, ...]]:
    """Return class of the target -> the classes of the source that stand for it; EvaluationError where none does.

    >>> partners("superclass", "cpsc2018")["CRBBB"], partners("cpsc2018", "superclass")["CD"]
    (('CD',), ('1AVB', 'CRBBB', 'CLBBB'))
    """
    found: dict[str, tuple[str, ...]] = {}
    for row in _table():
        if set(row["of"]) == {source, target} and source != target:
            for pair in row["pairs"]:
                theirs, ours = pair if row["of"] == [source, target] else reversed(pair)
                found[ours] = (*found.get(ours, ()), theirs)
    if not found:
        known = "; ".join(" and ".join(row["of"]) for row in _table())
        raise EvaluationError(
            "transfer is between two sets whose classes were put side by side",
            came=f"{source} to {target} came",
            instead=f"Either way between: {known}.",
            see="docs/evaluating.md",
        )
    return found


@cache
def _table() -> list[dict[str, Any]]:
    text = files("einthoven.evaluating").joinpath("transfer.toml").read_text("utf-8")
    rows: list[dict[str, Any]] = tomllib.loads(text)["sets"]
    return rows
