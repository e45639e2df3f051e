"""Retrieval: from one modality to another and back, an ECG to its report, a page to its signal. n studies."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from einthoven.errors import EvaluationError
from einthoven.evaluating.interval import interval, resamples
from einthoven.evaluating.likeness import Likeness
from einthoven.evaluating.protocol import Examination, Protocol
from einthoven.evaluating.ranks import (
    average_precision,
    chance_graded,
    chance_of,
    first_rank,
    gain_at,
    precision_at,
    retrieval_statistics,
)
from einthoven.evaluating.result import Result
from einthoven.evaluating.subject import Pupil, Subject
from einthoven.study import Study

__all__ = ["Retrieval"]

Array = NDArray[np.float64]
Matrix = NDArray[np.float32]
SPOKEN = {"ecg": "ECG"}
"""How a modality is called in a table, where not by its own name."""
BLOCK = 1024
"""Queries that are ranked at once, so that memory grows with the gallery and not with its square."""


@dataclass(frozen=True)
class Retrieval(Protocol):
    """From one modality to another and back, within the examined studies.

    A right answer is the query's own study. Where reports are asked for, equal reports are one report: every study
    that carries it is right; "own" beside a metric counts the study's own alone. Label-aware metrics ask what else was
    found: P@k and mAP take a study with the same diagnostic superclasses for right, nDCG@k grades by the overlap of
    SCP statements (`Likeness`).

    Args:
        between: the two modalities; None is what the model is examined by ("ecg", or "image") and "report".
        k: answers that the label-aware metrics look at.
    """

    name: ClassVar[str] = "retrieval"
    chooses: ClassVar[bool] = False
    labelled: ClassVar[bool] = False
    between: tuple[str, str] | None = None
    k: int = 10

    def run(self, subjects: Sequence[Subject], exam: Examination) -> list[Result]:
        """Rank the gallery for every study that has both, both ways."""
        pupils = [one for one in subjects if isinstance(one, Pupil)]
        worded = self.between is None or "report" in self.between
        studies = [study for study in exam.test if study.report or not worded]
        if len(studies) < 2:
            raise EvaluationError(
                "retrieval needs at least two studies with a report",
                came=f"{len(studies)} of {len(exam.test)} examined studies have one",
                instead="Gather a cohort with reports, or use a linear probe.",
                see="docs/evaluating.md",
            )
        pairs = [self._pair(pupil, studies) for pupil in pupils]
        shown = np.ones(len(studies), bool)
        for _, a, b in pairs:
            shown &= np.isfinite(a).all(1) & np.isfinite(b).all(1)
        kept = [study for study, here in zip(studies, shown, strict=True) if here]
        likeness = Likeness.of(kept, worded=worded)
        weights = resamples([study.group for study in kept], seed=exam.seed)
        lost = f", {len(studies) - len(kept)} could not be shown" if len(kept) < len(studies) else ""
        row = partial(Result, self.name, n=len(kept), seed=exam.seed, detail=f"gallery {len(kept)}{lost}")
        rows = []
        for pupil, (names, a, b) in zip(pupils, pairs, strict=True):
            for way, ranked in _both_ways(names, a[shown], b[shown], ranked=partial(self._block, likeness)):
                rows += [row(pupil.name, metric, way, *told) for metric, told in _summed_up(ranked, weights)]
        return [*rows, *(row("chance", metric, "both ways", value) for metric, value in self._chance(likeness).items())]

    def _pair(self, pupil: Pupil, studies: Sequence[Study]) -> tuple[tuple[str, str], Matrix, Matrix]:
        first, second = self.between or (pupil.modality, "report")
        return (first, second), pupil.vectors(studies, first), pupil.vectors(studies, second)

    def _block(self, likeness: Likeness, rows: slice, scores: Matrix) -> dict[str, Array]:
        """Return metric -> what each query of some rows contributes."""
        found = dict(retrieval_statistics(first_rank(scores, likeness.same(rows))))
        if likeness.repeats:
            own = retrieval_statistics(first_rank(scores, likeness.own(rows)))
            found |= {f"{name} own": own[name] for name in ("R@1", "R@5", "R@10")}
        if likeness.labelled:
            alike, gain = likeness.alike(rows), likeness.overlap(rows)
            found |= {
                f"P@{self.k}": precision_at(scores, alike, self.k),
                "mAP": average_precision(scores, alike),
                f"nDCG@{self.k}": gain_at(scores, gain, self.k),
            }
        return found

    def _chance(self, likeness: Likeness) -> dict[str, float]:
        """Return what a random order reaches, for every metric."""
        gallery = len(likeness)
        found = dict(chance_of(likeness.counts, gallery))
        if likeness.repeats:
            own = chance_of(np.ones(gallery, np.int64), gallery)
            found |= {f"{name} own": own[name] for name in ("R@1", "R@5", "R@10")}
        if likeness.labelled:
            blocks = [slice(start, start + BLOCK) for start in range(0, gallery, BLOCK)]
            graded = [chance_graded(likeness.alike(rows), likeness.overlap(rows), self.k) for rows in blocks]
            means = [float(np.nanmean(np.concatenate(part))) for part in zip(*graded, strict=True)]
            found |= dict(zip((f"P@{self.k}", "mAP", f"nDCG@{self.k}"), means, strict=True))
        return found


def _both_ways(
    names: tuple[str, str], a: Matrix, b: Matrix, *, ranked: Callable[[slice, Matrix], dict[str, Array]]
) -> Iterator[tuple[str, dict[str, Array]]]:
    """Yield (way, metric -> what each query contributes) from a to b and back."""
    spoken = [SPOKEN.get(one, one) for one in names]
    for asked, gallery, way in ((a, b, spoken), (b, a, spoken[::-1])):
        blocks = [slice(start, start + BLOCK) for start in range(0, len(a), BLOCK)]
        parts = [ranked(rows, asked[rows] @ gallery.T) for rows in blocks]
        yield " to ".join(way), {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}


def _summed_up(ranked: dict[str, Array], weights: Array) -> Iterator[tuple[str, tuple[float, float, float]]]:
    for metric, each in ranked.items():
        known = np.isfinite(each)
        if metric == "MdR":
            yield metric, (float(np.median(each)), np.nan, np.nan)
        elif known.any():
            yield metric, interval((weights[:, known] @ each[known]) / weights[:, known].sum(axis=1))
