"""Intervals by resampling patients, never single ECGs: two ECGs of one heart are not two witnesses."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

__all__ = ["interval", "resamples"]


def resamples(groups: Sequence[str], *, count: int = 1000, seed: int = 0) -> NDArray[np.float64]:
    """Return how often each study counts in each bootstrap resample of the patients, shape (count + 1, n).

    Row 0 is the plain sample (ones). Groups are the studies' patients; a patient drawn twice brings all his
    studies twice.

    >>> resamples(["a", "a", "b"], count=2, seed=1)[:, :2].tolist()[0]
    [1.0, 1.0]

    Source: the cluster bootstrap (Davison & Hinkley 1997, section 3.8).
    """
    _, member = np.unique(np.asarray(groups, dtype=str), return_inverse=True)
    patients = int(member.max()) + 1
    rng = np.random.Generator(np.random.Philox(seed))
    drawn = rng.multinomial(patients, np.full(patients, 1 / patients), size=count)
    return np.concatenate([np.ones((1, len(groups))), drawn[:, member].astype(np.float64)])


def interval(values: NDArray[np.float64], *, level: float = 0.95) -> tuple[float, float, float]:
    """Return (value, low, high): row 0 of a resampled statistic and the percentiles of the others.

    Resamples in which the statistic does not exist (no positive was drawn) are left out.
    """
    drawn = values[1:][np.isfinite(values[1:])]
    if not drawn.size:
        return float(values[0]), float("nan"), float("nan")
    low, high = np.quantile(drawn, [(1 - level) / 2, (1 + level) / 2])
    return float(values[0]), float(low), float(high)
