"""The numbers, computed for one weighting of the studies or for a thousand at once.

Letters: n studies, K classes, R resamples. Every metric takes `weights (R, n)`: how often each study counts.
A bootstrap resample is such a weighting, so that an interval costs one sort and a few cumulative sums; a
weighting of ones gives the plain metric. Where a metric does not exist (no positive, no negative) it is NaN.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

__all__ = ["METRICS", "Array", "auprc", "auroc", "best_threshold", "f1", "macro"]

Array = NDArray[np.float64]
Truth = NDArray[np.bool_]
Metric = Callable[[Array, Truth, Array], Array]


def auroc(scores: Array, truth: Truth, weights: Array) -> Array:
    """Return the area under the ROC curve of one class, ties counted half, shape (R,).

    Args:
        scores: (n,), higher says more likely.
        truth: (n,) bool.
        weights: (R, n).

    >>> float(auroc(np.array([0.1, 0.4, 0.4, 0.8]), np.array([False, True, False, True]), np.ones((1, 4)))[0])
    0.875

    Source: the Mann-Whitney statistic (Hanley & McNeil 1982).
    """
    order, ends = _ties(scores)
    positive = np.cumsum((weights * truth)[:, order], axis=1)[:, ends]
    negative = np.cumsum((weights * ~truth)[:, order], axis=1)[:, ends]
    step = np.diff(negative, axis=1, prepend=0.0)
    before = np.concatenate([np.zeros((len(weights), 1)), positive[:, :-1]], axis=1)
    below = (step * (before + positive) / 2).sum(axis=1)
    pairs = positive[:, -1] * negative[:, -1]
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(pairs > 0, 1 - below / pairs, np.nan)


def auprc(scores: Array, truth: Truth, weights: Array) -> Array:
    """Return the average precision of one class, shape (R,): precision summed over the steps of recall.

    Source: the definition of scikit-learn's `average_precision_score`, ties taken together.
    """
    order, ends = _ties(-scores)
    hits = np.cumsum((weights * truth)[:, order], axis=1)[:, ends]
    found = np.cumsum(weights[:, order], axis=1)[:, ends]
    with np.errstate(invalid="ignore", divide="ignore"):
        precision = np.where(found > 0, hits / found, 0.0)
        area = (np.diff(hits, axis=1, prepend=0.0) * precision).sum(axis=1) / hits[:, -1]
        return np.where(hits[:, -1] > 0, area, np.nan)


def f1(decided: Truth, truth: Truth, weights: Array) -> Array:
    """Return F1 of yes/no decisions (n,) for one class, shape (R,); NaN where no one is positive."""
    hits, claimed, real = weights @ (decided & truth), weights @ decided, weights @ truth
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(real > 0, 2 * hits / (claimed + real), np.nan)


def best_threshold(scores: Array, truth: Truth) -> float:
    """Return the threshold (score >= threshold is a yes) with the best F1: for validation data only."""
    if not truth.any():
        return float("inf")
    order, ends = _ties(-scores)
    hits, found = np.cumsum(truth[order])[ends], ends + 1
    best = int(np.argmax(2 * hits / (found + truth.sum())))
    return float(scores[order[ends[best]]])


METRICS: dict[str, Metric] = {"AUROC": auroc, "AUPRC": auprc}
"""The metrics that need no threshold, by the names a Result carries."""


def macro(metric: Metric, scores: Array, truth: Truth, weights: Array) -> tuple[Array, Array]:
    """Return (macro (R,), by class (R, K)) of `scores (n, K)`; classes without a value are left out of the mean."""
    by_class = np.stack([metric(scores[:, k], truth[:, k], weights) for k in range(scores.shape[1])], axis=1)
    counted = np.isfinite(by_class)
    with np.errstate(invalid="ignore"):
        return np.where(counted, by_class, 0.0).sum(axis=1) / counted.sum(axis=1), by_class


def _ties(scores: Array) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the ascending order and, in it, the last position of each run of equal scores."""
    order = np.argsort(scores, kind="stable")
    last = np.r_[np.flatnonzero(np.diff(scores[order])), scores.size - 1]
    return order.astype(np.int64), last.astype(np.int64)
