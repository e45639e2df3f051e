"""Retrieval: how soon the right ones come. Q queries, G gallery.

Ties are pessimistic: among equal scores the wrong ones come first. Equal reports are the same report: any
study that carries it is right. Every number stands beside the gallery's size and what chance would reach.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

import numpy as np
from numpy.typing import NDArray
from scipy.special import gammaln

__all__ = ["chance_retrieval", "first_rank", "precision_at", "retrieval_statistics"]

Array = NDArray[np.float64]
Relevant = NDArray[np.bool_]


def first_rank(scores: NDArray[np.floating], relevant: Relevant) -> Array:
    """Return the 1-based rank of each query's first right answer, (Q,); NaN where nothing is right.

    Args:
        scores: (Q, G), higher is nearer.
        relevant: (Q, G) bool.

    >>> first_rank(np.array([[0.9, 0.5, 0.5]]), np.array([[False, True, False]])).tolist()
    [3.0]
    """
    best = np.where(relevant, scores, -np.inf).max(axis=1, keepdims=True)
    ahead = ((scores >= best) & ~relevant).sum(axis=1) + 1.0
    return np.asarray(np.where(relevant.any(axis=1), ahead, np.nan))


def precision_at(scores: NDArray[np.floating], relevant: Relevant, k: int) -> Array:
    """Return the share of right ones among each query's first k, (Q,), ties counted against."""
    order = np.lexsort((relevant, -scores), axis=1)[:, :k]
    return np.asarray(np.take_along_axis(relevant, order, axis=1).mean(axis=1), np.float64)


def retrieval_statistics(ranks: Array) -> Mapping[str, Array]:
    """Return name -> what each query contributes (the statistic is its mean over queries), (Q,).

    The median rank is not a mean and stands apart, under "MdR", as the ranks themselves.
    """
    recalls = {f"R@{k}": np.where(np.isfinite(ranks), ranks <= k, np.nan).astype(np.float64) for k in (1, 5, 10)}
    return {**recalls, "MRR": 1 / ranks, "MnR": ranks, "MdR": ranks}


def chance_retrieval(relevant: Relevant) -> Mapping[str, float]:
    """Return what a random order of the gallery reaches on average, for every retrieval statistic.

    With m right ones among G: P(rank > k) = C(G - m, k) / C(G, k), and E(rank) = (G + 1) / (m + 1).
    """
    gallery = relevant.shape[1]
    m = relevant.sum(axis=1).astype(np.float64)
    m, often = np.unique(m[m > 0], return_counts=True)  # queries with equally many right ones fare alike
    ranks = np.arange(1, gallery + 1)
    beyond = np.exp(_log_choose(gallery - m[:, None], ranks) - _log_choose(np.float64(gallery), ranks))  # P(rank > k)
    beyond = np.where(ranks[None] > gallery - m[:, None], 0.0, beyond)
    exactly = np.diff(np.concatenate([np.ones((m.size, 1)), beyond], axis=1), axis=1) * -1
    mean = partial(np.average, weights=often, axis=0)
    recalls = {f"R@{k}": float(1 - mean(beyond[:, min(k, gallery) - 1])) for k in (1, 5, 10)}
    median = float(1 + np.argmax(1 - mean(beyond) >= 0.5))
    return {
        **recalls,
        "MRR": float(mean((exactly / ranks).sum(axis=1))),
        "MnR": float(mean((gallery + 1) / (m + 1))),
        "MdR": median,
    }


def _log_choose(n: NDArray[np.float64] | np.float64, k: NDArray[np.int64]) -> Array:
    possible = np.maximum(n - k, 0)
    return np.asarray(gammaln(n + 1) - gammaln(k + 1) - gammaln(possible + 1), np.float64)
