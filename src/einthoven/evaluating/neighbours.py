"""kNN: what the nearest labelled studies say. n studies, D width, K classes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from einthoven.evaluating.protocol import Examination, Protocol, sheets_to_rows, thresholds
from einthoven.evaluating.result import Result
from einthoven.evaluating.scored import Sheet
from einthoven.evaluating.subject import Subject

__all__ = ["KNearest", "neighbour_scores"]


@dataclass(frozen=True)
class KNearest(Protocol):
    """What the k nearest training studies say.

    Args:
        k: neighbours.
    """

    name: ClassVar[str] = "kNN"
    learns: ClassVar[bool] = True
    k: int = 20

    def run(self, subjects: Sequence[Subject], exam: Examination) -> list[Result]:
        """Score every subject by its own neighbourhoods."""
        return sheets_to_rows(self.name, [self._sheet(one, exam) for one in subjects], exam, exam.test, f"k={self.k}")

    def _sheet(self, subject: Subject, exam: Examination) -> Sheet:
        train, truth = subject.pooled(exam.train), exam.truth(exam.train)
        scores = neighbour_scores(train, truth, subject.pooled(exam.test), k=self.k)
        if not exam.validation:
            return Sheet(subject.name, scores)
        seen = neighbour_scores(train, truth, subject.pooled(exam.validation), k=self.k)
        return Sheet(subject.name, scores, thresholds(seen, exam.truth(exam.validation)))


def neighbour_scores(
    train: NDArray[np.floating], truth: NDArray[np.bool_], test: NDArray[np.floating], *, k: int = 20
) -> NDArray[np.float64]:
    """Return the share of each class among the k nearest training studies by cosine, weighted, (n', K).

    Weights are exp(cosine / 0.07), as in the kNN evaluation of self-supervised images.

    Args:
        train: (n, D); NaN counts as the training mean.
        truth: (n, K).
        test: (n', D).
        k: neighbours, at most n.

    Source: Wu et al. 2018 (arXiv 1805.01978), section 3.4.
    """
    mean = np.nan_to_num(np.nanmean(train, axis=0))
    train, test = (_unit(np.where(np.isfinite(part), part, mean) - mean) for part in (train, test))
    cosines = test @ train.T
    nearest = np.argsort(-cosines, axis=1, kind="stable")[:, : min(k, len(train))]
    near = np.take_along_axis(cosines, nearest, axis=1)
    weight = np.exp((near - near[:, :1]) / 0.07)
    return np.asarray((weight[..., None] * truth[nearest]).sum(axis=1) / weight.sum(axis=1, keepdims=True), np.float64)


def _unit(rows: NDArray[np.floating]) -> NDArray[np.floating]:
    return np.asarray(rows / (np.linalg.norm(rows, axis=1, keepdims=True) + 1e-12))
