"""Distributions of weighted values: quantiles, and how far two of them lie apart. n and m values."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

__all__ = ["distance", "quantiles"]

Array = NDArray[np.float64]


def quantiles(values: Array, weights: Array, at: Sequence[float]) -> Array:
    """Return weighted quantiles; NaN values are left out, and all are NaN where nothing is left.

    A value stands in the middle of its weight, so that equal weights give Hazen's quantiles.

    Args:
        values: (n,).
        weights: (n,), how much each counts.
        at: shares between 0 and 1.

    >>> quantiles(np.array([3.0, 1.0, 2.0]), np.ones(3), [0.5]).tolist()
    [2.0]
    """
    kept = np.isfinite(values) & (weights > 0)
    if not kept.any():
        return np.full(len(at), np.nan)
    order = np.argsort(values[kept], kind="stable")
    value, weight = values[kept][order], weights[kept][order]
    middle = (np.cumsum(weight) - weight / 2) / weight.sum()
    return np.asarray(np.interp(at, middle, value))


def distance(ours: Array, theirs: Array, our_weights: Array | None = None, their_weights: Array | None = None) -> float:
    """Return the Kolmogorov-Smirnov distance of two samples: the largest gap of their cumulative shares, 0 to 1.

    NaN values are left out; NaN where a side has none.

    Args:
        ours: (n,).
        theirs: (m,).
        our_weights: (n,); equal unless given.
        their_weights: (m,).

    >>> distance(np.array([1.0, 2.0]), np.array([3.0, 4.0]))
    1.0
    """
    sides = [(ours, our_weights), (theirs, their_weights)]
    values = [value[np.isfinite(value)] for value, _ in sides]
    shares = [(np.ones_like(value) if w is None else w)[np.isfinite(value)] for value, w in sides]
    if any(share.sum() == 0 for share in shares):
        return float("nan")
    everything = np.concatenate(values)
    order = np.argsort(everything, kind="stable")
    steps = np.concatenate([shares[0] / shares[0].sum(), -shares[1] / shares[1].sum()])[order]
    gaps = np.abs(np.cumsum(steps))
    last = np.r_[np.diff(everything[order]) > 0, True]  # equal values are one step
    return float(gaps[last].max())
