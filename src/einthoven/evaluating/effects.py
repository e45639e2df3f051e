"""Effects: what a finding does to the measures, in units of their spread. n studies, F measures, R resamples.

An effect is the vector over the measures of (mean of those with the finding - mean of the normals), each over the
root of the two groups' mean variance: Cohen's d with equal weights, so that it does not hang on how many of each
were met.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from einthoven.gathering import task
from einthoven.study import Study

__all__ = ["Group", "ceiling", "correlation", "effect", "groups_of", "split_half"]

Array = NDArray[np.float64]
Truth = NDArray[np.bool_]


@dataclass(frozen=True)
class Group:
    """Studies with one finding.

    Args:
        name: a statement ("IMI"), or "superclass MI", "subclass AMI".
        codes: the statements that mean it.
    """

    name: str
    codes: frozenset[str]

    def members(self, studies: Sequence[Study]) -> Truth:
        """Return which studies have the finding, (n,)."""
        return np.array([not self.codes.isdisjoint(study.labels or ()) for study in studies], bool)


def groups_of(studies: Sequence[Study], *, least: int) -> list[Group]:
    """Return the findings that at least `least` studies have, found by counting; of equal groups the plainest name.

    Superclasses, statements and subclasses of PTB-XL; normal and sinus rhythm are not findings.
    """
    every = [Group(name, codes) for name, codes in task("findings").members.items()]
    for kind in ("superclass", "subclass"):
        every += [Group(f"{kind} {name}", codes) for name, codes in task(kind).members.items()]
    found: dict[bytes, Group] = {}
    for group in every:
        members = group.members(studies)
        if members.sum() >= least and "NORM" not in group.codes:
            found.setdefault(members.tobytes(), group)
    return list(found.values())


def effect(values: Array, member: Truth, normal: Truth, weights: Array) -> Array:
    """Return the effects of a finding under R weightings, (R, F); NaN where a group has no spread.

    Args:
        values: (n, F), NaN what was not measured.
        member: who has the finding, (n,).
        normal: who is normal and has it not, (n,).
        weights: (R, n).
    """
    (mean, spread), (usual, usual_spread) = (_moments(values[who], weights[:, who]) for who in (member, normal))
    pooled = np.sqrt((spread + usual_spread) / 2)
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(pooled > 1e-9, (mean - usual) / pooled, np.nan)


def correlation(ours: Array, theirs: Array) -> Array:
    """Return Pearson's correlation of two effects over the measures, row by row, (R,)."""
    both = np.isfinite(ours) & np.isfinite(theirs)
    count = np.maximum(both.sum(axis=1, keepdims=True), 1)
    a, b = (np.where(both, one, 0) for one in (ours, theirs))
    a, b = (np.where(both, one - one.sum(axis=1, keepdims=True) / count, 0) for one in (a, b))
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.asarray((a * b).sum(axis=1) / np.sqrt((a**2).sum(axis=1) * (b**2).sum(axis=1)))


def split_half(
    values: Array, member: Truth, normal: Truth, *, groups: Sequence[str], halves: int = 200, seed: int = 0
) -> float:
    """Return how well the effect of one half of the patients agrees with the other half's.

    The mean over random halves of the correlation of their effects, as it is: half the patients on each side, no
    Spearman-Brown step (see `ceiling`). Patients with the finding and normal ones are halved apart.

    Args:
        values: (n, F).
        member: (n,).
        normal: (n,).
        groups: the studies' patients, (n,).
        halves: how often.
        seed: of the halves.
    """
    rng = np.random.Generator(np.random.Philox(seed))
    names, who = np.unique(np.asarray(groups, dtype=str), return_inverse=True)
    affected = np.zeros(len(names), bool)
    affected[who[member]] = True
    first = np.zeros((halves, len(names)))
    for kind in (affected, ~affected):
        order = rng.random((halves, int(kind.sum()))).argsort(axis=1)
        first[:, kind] = order % 2
    first = first[:, who]
    return float(np.nanmean(correlation(*(effect(values, member, normal, half) for half in (first, 1 - first)))))


def ceiling(half: float) -> float:
    """Return the highest correlation that a true effect can have with the measured one, from its split-half.

    The root of the reliability of all patients together, which is Spearman and Brown's 2 r / (1 + r).

    >>> round(ceiling(0.5), 3)
    0.816
    """
    return float(np.sqrt(max(2 * half / (1 + half), 0.0)))


def _moments(values: Array, weights: Array) -> tuple[Array, Array]:
    """Return mean and variance of each measure under each weighting, (R, F)."""
    measured = np.isfinite(values)
    centre = np.where(measured, values, 0).sum(axis=0) / np.maximum(measured.sum(axis=0), 1)
    value = np.where(measured, values - centre, 0)
    with np.errstate(invalid="ignore", divide="ignore"):
        total = weights @ measured.astype(np.float64)
        mean = (weights @ value) / total
        spread = (weights @ value**2) / total - mean**2
    return mean + centre, np.maximum(spread, 0)
