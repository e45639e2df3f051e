"""The three matrices of a series that become the colours of a field. Shapes: n samples, K bins."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["gasf", "levels", "recurrence", "shares", "sines", "transition", "transitions", "unit"]

Series = NDArray[np.floating[Any]]
Floats = NDArray[np.float64]
SAME = 1e-8
"""Quantiles that differ by less are one: the rule of pyts, so that its bins and ours are the same."""


def gasf(x: Series) -> Floats:
    """Return the Gramian angular summation field, x_i x_j - sqrt(1 - x_i^2) sqrt(1 - x_j^2), in [-1, 1].

    Args:
        x: series in [-1, 1] (`unit`), shape (..., n).

    Returns:
        Shape (..., n, n): the cosine of the sum of the angles arccos x_i and arccos x_j.

    >>> gasf(np.array([1.0, 0.0])).tolist()
    [[1.0, 0.0], [0.0, -1.0]]

    Source: Wang and Oates 2015 (arXiv 1506.00327), equation 5.
    """
    x, y = np.asarray(x, np.float64), sines(x)
    return x[..., :, None] * x[..., None, :] - y[..., :, None] * y[..., None, :]


def recurrence(x: Series) -> Floats:
    """Return the recurrence plot without a threshold, |x_i - x_j|, shape (..., n, n).

    >>> recurrence(np.array([1.0, -1.0])).tolist()
    [[0.0, 2.0], [2.0, 0.0]]

    Source: Eckmann et al. 1987, doi:10.1209/0295-5075/4/9/004, with trajectories of one sample.
    """
    x = np.asarray(x, np.float64)
    return np.abs(x[..., :, None] - x[..., None, :])


def transition(x: Series, bins: int = 4) -> Floats:
    """Return the Markov transition field: the chance to go from the bin of x_i to the bin of x_j in one sample.

    Args:
        x: series, shape (..., n).
        bins: K quantile bins.

    Returns:
        Shape (..., n, n), in [0, 1].

    >>> transition(np.array([0.0, 1.0, 0.0, 1.0]), bins=2)[0].tolist()
    [0.0, 1.0, 0.0, 1.0]

    Source: Wang and Oates 2015 (arXiv 1506.00327), equation 9.
    """
    level = levels(x, bins)
    field: Floats = level @ transitions(level) @ np.swapaxes(level, -1, -2)
    return field


def unit(x: Series) -> Floats:
    """Return the series divided by its largest absolute value, in [-1, 1]; a flat line of zeros stays.

    >>> unit(np.array([[1.0, -4.0], [0.0, 0.0]])).tolist()
    [[0.25, -1.0], [0.0, 0.0]]
    """
    x = np.asarray(x, np.float64)
    largest = np.abs(x).max(-1, keepdims=True)
    return np.asarray(x / np.where(largest > 0, largest, 1))


def sines(x: Series) -> Floats:
    """Return sqrt(1 - x^2): the sines of the angles whose cosines are x."""
    return np.asarray(np.sqrt(np.clip(1 - np.square(np.asarray(x, np.float64)), 0, None)))


def levels(x: Series, bins: int) -> Floats:
    """Return for each sample a one in the column of its quantile bin, (..., n, K); a bin's upper edge is in it."""
    edges = np.moveaxis(np.percentile(np.asarray(x, np.float64), shares(bins), axis=-1), 0, -1)
    for k in range(bins - 3, -1, -1):
        edges[..., k] = np.where(edges[..., k + 1] - edges[..., k] <= SAME, edges[..., k + 1], edges[..., k])
    level = (x[..., None] > edges[..., None, :]).sum(-1)
    return np.asarray(level[..., None] == np.arange(bins), np.float64)


def shares(bins: int) -> Floats:
    """Return the percentiles between which the bins lie, (K - 1,)."""
    return np.asarray(np.linspace(0, 100, bins + 1)[1:-1], np.float64)


def transitions(level: Floats, counted: NDArray[np.bool_] | None = None) -> Floats:
    """Return the chances to go from one bin to another, (..., K, K); a bin that is never left has none.

    Args:
        level: as `levels` gives it, (..., n, K).
        counted: which of the n - 1 steps count; None is all.
    """
    before = level[..., :-1, :] if counted is None else level[..., :-1, :] * counted[..., :, None]
    counts = np.swapaxes(before, -1, -2) @ level[..., 1:, :]
    chances: Floats = counts / np.maximum(counts.sum(-1, keepdims=True), 1)
    return chances
