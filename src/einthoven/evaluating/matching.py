"""Matching: normals of two cohorts, weighted to the same ages and sexes. n studies."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from einthoven.gathering import task
from einthoven.study import Study

__all__ = ["AGES", "Matching", "are_normal", "matching"]

AGES = (40, 60)
"""Years at which the age bands end: below 40, 40-59, 60 and older. Finer ones would rest on a handful of patients."""

Cell = tuple[int, str] | None


@dataclass(frozen=True, eq=False)
class Matching:
    """How much each study of the one side counts, so that its ages and sexes are those of the other.

    Args:
        weights: (n,), mean 1.
        effective: how many equally weighted studies are worth as much, (sum w)^2 / sum w^2 (Kish 1965).
        missing: share of the other side for whose age and sex this side has nobody.
    """

    weights: NDArray[np.float64]
    effective: float
    missing: float


def are_normal(studies: Sequence[Study]) -> NDArray[np.bool_]:
    """Return who is normal, (n,): labelled NORM, and no other diagnostic statement beside it.

    Statements of form and rhythm may stand beside it, as PTB-XL's readers write them.
    """
    truth, _ = task("diagnostic").targets(studies)
    norm = task("diagnostic").classes.index("NORM")
    return np.asarray(truth[:, norm] & (truth.sum(axis=1) == 1))


def matching(ours: Sequence[Study], theirs: Sequence[Study]) -> Matching:
    """Weight our studies to the age bands and sexes of theirs.

    Studies of unknown age or sex are a group of their own; where one side knows neither, all weights are 1 (and
    `missing` is 1).

    Args:
        ours: n studies, those that get weights.
        theirs: the studies whose ages and sexes are wanted.
    """
    own, other = [_cell(study) for study in ours], [_cell(study) for study in theirs]
    have, want = Counter(own), Counter(other)
    shared = sum(want[cell] for cell in have)
    if not shared:
        return Matching(np.ones(len(own)), float(len(own)), 1.0)
    weights = np.array([want[cell] / have[cell] for cell in own])
    weights *= len(own) / weights.sum()
    return Matching(weights, float(weights.sum() ** 2 / (weights**2).sum()), 1 - shared / len(other))


def _cell(study: Study) -> Cell:
    if study.age is None or study.sex is None:
        return None
    return int(np.searchsorted(AGES, study.age, side="right")), study.sex
