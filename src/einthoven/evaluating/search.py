"""Search: a finding asked for in words, and how many of the first hits have it. n studies, K classes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from einthoven.errors import EvaluationError
from einthoven.evaluating.prompts import prompts
from einthoven.evaluating.protocol import Examination, Protocol
from einthoven.evaluating.ranks import precision_at
from einthoven.evaluating.result import Result
from einthoven.evaluating.subject import Pupil, Subject

__all__ = ["Search"]

Truth = NDArray[np.bool_]


@dataclass(frozen=True)
class Search(Protocol):
    """A finding asked for in words: how many of the first k studies have it, beside its prevalence.

    Args:
        k: hits that are looked at.
        low: least prevalence of a finding, so that k hits could be right.
        high: highest, so that the search says something.
    """

    name: ClassVar[str] = "search"
    asks: ClassVar[str] = "findings"
    chooses: ClassVar[bool] = False
    k: int = 10
    low: float = 0.01
    high: float = 0.20

    def run(self, subjects: Sequence[Subject], exam: Examination) -> list[Result]:
        """Search the examined studies for each finding of the task, NORM and SR left out."""
        task, studies = exam.task, exam.test
        truth = exam.truth(studies)
        share = truth.mean(axis=0)
        asked = [
            k for k, name in enumerate(task.classes)
            if self.low <= share[k] <= self.high and name in prompts(task.vocabulary) and name not in ("NORM", "SR")
        ]  # fmt: skip
        if not asked:
            raise EvaluationError(
                f"search needs a finding of {self.low:.0%} to {self.high:.0%} prevalence",
                came=f"none of {len(task.classes)} classes among {len(studies)} studies",
                instead='Use task="findings" and more studies.',
                see="docs/evaluating.md",
            )
        row = partial(Result, self.name, n=len(studies), seed=exam.seed, detail=f"gallery {len(studies)}")
        chance = float(share[asked].mean())
        rows = []
        for pupil in (one for one in subjects if isinstance(one, Pupil)):
            right = self._precision(pupil, exam, asked, truth)
            mean = float(np.mean([*right.values()]))
            rows += [row(pupil.name, f"P@{self.k}", name, value) for name, value in right.items()]
            rows.append(row(pupil.name, f"P@{self.k}", "macro", mean))
            rows.append(row(pupil.name, f"P@{self.k} / prevalence", "macro", mean / chance))
        for k in asked:
            positives = int(truth[:, k].sum())
            rows.append(row("chance", f"P@{self.k}", task.classes[k], float(share[k]), positives=positives))
        return [*rows, row("chance", f"P@{self.k}", "macro", chance)]

    def _precision(self, pupil: Pupil, exam: Examination, asked: Sequence[int], truth: Truth) -> dict[str, float]:
        shared = pupil.shared(exam.test)
        right = {}
        for k in asked:
            name = exam.task.classes[k]
            query = pupil.words(prompts(exam.task.vocabulary)[name]).mean(axis=0)
            right[name] = float(precision_at((shared @ query)[None], truth[None, :, k], self.k)[0])
        return right
