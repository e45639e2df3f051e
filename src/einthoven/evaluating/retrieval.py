"""Retrieval: from an ECG to its report and back. n studies with a report."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from einthoven.errors import EvaluationError
from einthoven.evaluating.interval import interval, resamples
from einthoven.evaluating.protocol import Examination, Protocol
from einthoven.evaluating.ranks import chance_retrieval, first_rank, retrieval_statistics
from einthoven.evaluating.result import Result
from einthoven.evaluating.subject import Pupil, Subject

__all__ = ["Retrieval"]


@dataclass(frozen=True)
class Retrieval(Protocol):
    """From an ECG to its report and back, within the examined studies; equal reports are one report."""

    name: ClassVar[str] = "retrieval"
    chooses: ClassVar[bool] = False
    labelled: ClassVar[bool] = False

    def run(self, subjects: Sequence[Subject], exam: Examination) -> list[Result]:
        """Rank the gallery for every study that has a report, both ways."""
        studies = [study for study in exam.test if study.report]
        if len(studies) < 2:
            raise EvaluationError(
                "retrieval needs at least two studies with a report",
                came=f"{len(studies)} of {len(exam.test)} examined studies have one",
                instead="Gather a cohort with reports, or use a linear probe.",
                see="docs/evaluating.md",
            )
        texts = [" ".join((study.report or "").split()).lower() for study in studies]
        _, text = np.unique(np.array(texts, dtype=object), return_inverse=True)
        relevant = text[:, None] == text[None]
        weights = resamples([study.group for study in studies], seed=exam.seed)
        row = partial(Result, self.name, n=len(studies), seed=exam.seed, detail=f"gallery {len(studies)}")
        rows = []
        for pupil in (one for one in subjects if isinstance(one, Pupil)):
            cosines = pupil.shared(studies) @ pupil.words([study.report or "" for study in studies]).T
            for way, scores in (("ECG to report", cosines), ("report to ECG", cosines.T)):
                for metric, value, low, high in _summed_up(first_rank(scores, relevant), weights):
                    rows.append(row(pupil.name, metric, way, value, low, high))
        chance = chance_retrieval(relevant).items()
        return [*rows, *(row("chance", metric, "both ways", value) for metric, value in chance)]


def _summed_up(ranks: NDArray[np.float64], weights: NDArray[np.float64]) -> Iterator[tuple[str, float, float, float]]:
    for metric, each in retrieval_statistics(ranks).items():
        if metric == "MdR":
            yield metric, float(np.median(ranks)), np.nan, np.nan
        else:
            yield (metric, *interval((weights @ each) / weights.sum(axis=1)))
