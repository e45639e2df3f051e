"""Patient identification: does an ECG find the other ECG of the same heart. n patients with two ECGs or more."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from einthoven.errors import EvaluationError
from einthoven.evaluating.interval import interval, resamples
from einthoven.evaluating.linear import standardised
from einthoven.evaluating.protocol import Examination, Protocol
from einthoven.evaluating.result import Result
from einthoven.evaluating.subject import Subject
from einthoven.study import Study

__all__ = ["PatientIdentification", "equal_error_rate"]

Array = NDArray[np.float64]


@dataclass(frozen=True)
class PatientIdentification(Protocol):
    """Of each patient the first ECG stands in a gallery, and the last one asks who he is.

    Features are standardised over the examined ECGs, which knows no patient, and compared by cosine. Top-1 counts
    askers whose nearest is themselves; the equal error rate is where as many strangers are let in as owners kept out,
    over all n x n pairs. Ties count against.
    """

    name: ClassVar[str] = "patient-id"
    labelled: ClassVar[bool] = False

    def run(self, subjects: Sequence[Subject], exam: Examination) -> list[Result]:
        """Ask with every subject's features."""
        gallery, probes = _pairs(exam.test)
        if len(gallery) < 2:
            raise EvaluationError(
                "patient identification needs at least two patients with two ECGs each",
                came=f"{len(gallery)} of the examined patients have two",
                instead="Examine more splits with on=, or a set that knows its patients (ptb-xl, mimic-iv-ecg).",
                see="docs/evaluating.md",
            )
        weights = resamples([study.group for study in probes], seed=exam.seed)
        row = partial(Result, self.name, n=len(probes), seed=exam.seed, detail=f"gallery {len(gallery)}")
        rows = []
        for subject in subjects:
            cosines = _cosines(subject.pooled(gallery), subject.pooled(probes))
            right = _top_1(cosines)
            rows.append(row(subject.name, "top-1", "patient", *interval(weights @ right / weights.sum(axis=1))))
            rows.append(row(subject.name, "EER", "patient", *interval(equal_error_rate(cosines, weights))))
        chance = row("chance", "top-1", "patient", 1 / len(gallery))
        return [*rows, chance, row("chance", "EER", "patient", 0.5)]


def equal_error_rate(cosines: Array, weights: Array) -> Array:
    """Return the rate at which false accepts equal false rejects, for each weighting of the patients, (R,).

    Between two neighbouring thresholds both rates are joined by a line.

    Args:
        cosines: asker by gallery, (n, n), the same patient on the diagonal.
        weights: (R, n); a pair counts as the product of its two patients' weights.

    >>> float(equal_error_rate(np.array([[0.9, 0.1], [0.2, 0.8]]), np.ones((1, 2)))[0])
    0.0
    """
    order = np.argsort(-cosines, axis=None, kind="stable")
    same = np.eye(len(cosines), dtype=bool).ravel()[order]
    ends = np.r_[np.flatnonzero(np.diff(cosines.ravel()[order])), order.size - 1]
    rates = np.empty(len(weights))
    for r, weight in enumerate(weights):
        pairs = np.outer(weight, weight).ravel()[order]
        owners, strangers = (
            np.cumsum(np.where(same, np.sqrt(pairs), 0))[ends],
            np.cumsum(np.where(same, 0, pairs))[ends],
        )
        with np.errstate(invalid="ignore", divide="ignore"):
            accept, reject = np.r_[0, strangers / strangers[-1]], np.r_[1, 1 - owners / owners[-1]]
        rates[r] = _crossing(accept, reject)
    return rates


def _crossing(accept: Array, reject: Array) -> float:
    """Return where the rising rate meets the falling one."""
    if not np.isfinite(accept[-1] + reject[-1]):
        return float("nan")
    gap = accept - reject
    after = int(np.argmax(gap >= 0))
    before = max(after - 1, 0)
    step = gap[after] - gap[before]
    part = 0.0 if step == 0 else -gap[before] / step
    return float(accept[before] + part * (accept[after] - accept[before]))


def _pairs(studies: Sequence[Study]) -> tuple[list[Study], list[Study]]:
    """Return the first and the last ECG of every patient who has two, by date where both have one."""
    met: dict[str, list[Study]] = {}
    for study in studies:
        if study.patient is not None:
            met.setdefault(study.patient, []).append(study)
    several = [_in_time(some) for some in met.values() if len(some) > 1]
    return [some[0] for some in several], [some[-1] for some in several]


def _in_time(studies: list[Study]) -> list[Study]:
    dated = all(study.date is not None for study in studies)
    return sorted(studies, key=lambda study: study.date or datetime.min) if dated else studies


def _cosines(gallery: NDArray[np.float32], probes: NDArray[np.float32]) -> Array:
    """Return the cosines of standardised features, (n probes, n gallery)."""
    both = np.concatenate([gallery, probes])
    scaled, _ = standardised(both, both[:0])
    unit = scaled / (np.linalg.norm(scaled, axis=1, keepdims=True) + 1e-12)
    return np.asarray(unit[len(gallery) :] @ unit[: len(gallery)].T)


def _top_1(cosines: Array) -> Array:
    """Return 1 for each asker who is nearer to himself than to anybody else, (n,)."""
    others = np.where(np.eye(len(cosines), dtype=bool), -np.inf, cosines).max(axis=1)
    return np.asarray(cosines.diagonal() > others, np.float64)
