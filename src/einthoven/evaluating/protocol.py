"""Protocol: a way to examine, and the examination it sits on. It chooses nothing on the test studies."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from einthoven.errors import EvaluationError
from einthoven.evaluating.metrics import best_threshold
from einthoven.evaluating.result import Result, Results
from einthoven.evaluating.scored import Sheet, score
from einthoven.evaluating.subject import Subject
from einthoven.gathering import Cohort, Task
from einthoven.study import Study

__all__ = ["Examination", "Protocol", "sheets_to_rows", "thresholds"]

Truth = NDArray[np.bool_]
Scores = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Examination:
    """A cohort, a task and the roles of its splits.

    Args:
        cohort: where the studies come from.
        task: what is asked.
        on: splits that are examined; () examines every study.
        seed: of bootstraps, folds and label fractions.
        labelled: whether only studies that are known for the task are examined.
    """

    cohort: Cohort
    task: Task
    on: tuple[str, ...] = ("test",)
    seed: int = 0
    labelled: bool = True

    @cached_property
    def test(self) -> tuple[Study, ...]:
        """The studies that are examined: the labelled ones, unless no label is asked."""
        return self._known(self.on) if self.on else self._labelled(self.cohort.studies)

    @cached_property
    def train(self) -> tuple[Study, ...]:
        """The labelled training studies."""
        return self._known(("train",))

    @cached_property
    def validation(self) -> tuple[Study, ...]:
        """The labelled validation studies; none when they are examined themselves."""
        return () if "val" in self.on or not self.on else self._known(("val",))

    def truth(self, studies: Sequence[Study]) -> Truth:
        """Return the classes of the studies, (n, K) bool."""
        return self.task.targets(studies)[0]

    def _known(self, splits: tuple[str, ...]) -> tuple[Study, ...]:
        held = [name for name in splits if name in self.cohort.splits]
        return self._labelled([study for name in held for study in self.cohort.split(name)])

    def _labelled(self, studies: Sequence[Study]) -> tuple[Study, ...]:
        if not self.labelled:
            return tuple(studies)
        known = self.task.targets(studies)[1]
        return tuple(study for study, is_known in zip(studies, known, strict=True) if is_known)


class Protocol(ABC):
    """A way to examine: subjects and an examination in, rows with intervals out."""

    name: ClassVar[str]
    learns: ClassVar[bool] = False
    """Whether it reads the training split."""
    chooses: ClassVar[bool] = True
    """Whether it reads the validation split, where that is not examined itself."""
    asks: ClassVar[str] = ""
    """The task it asks unless told; "" leaves that to the cohort."""
    on: ClassVar[tuple[str, ...]] = ("test",)
    """The splits it examines unless told."""
    labelled: ClassVar[bool] = True
    """Whether it asks for labels; without, every study of the splits is examined."""

    @abstractmethod
    def run(self, subjects: Sequence[Subject], exam: Examination) -> list[Result]:
        """Examine every subject; the first is the one the others are compared with."""

    def told(self, rows: Sequence[Result], *, cohort: str, notes: Sequence[str]) -> Results:
        """Return the rows as what `evaluate` hands back."""
        return Results(rows, cohort=cohort, notes=notes)


def sheets_to_rows(
    name: str, sheets: Sequence[Sheet], exam: Examination, studies: Sequence[Study], detail: str = ""
) -> list[Result]:
    """Return the rows of the subjects' answers. Raises EvaluationError when nobody could sit the examination."""
    if not sheets:
        raise EvaluationError(
            "an examination needs someone to examine",
            came=f"no subject can sit {name}",
            instead="Pass a model with the modalities the protocol needs.",
            see="docs/evaluating.md",
        )
    groups = [study.group for study in studies]
    truth = exam.truth(studies)
    return score(name, sheets, truth, classes=exam.task.classes, groups=groups, seed=exam.seed, detail=detail)


def thresholds(scores: Scores, truth: Truth) -> Scores:
    """Return the threshold of the best F1 for each class, (K,): for validation studies only."""
    return np.array([best_threshold(scores[:, k], truth[:, k]) for k in range(truth.shape[1])])
