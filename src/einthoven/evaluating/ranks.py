"""Retrieval: how soon the right ones come. Q queries, G gallery.

Ties are pessimistic: among equal scores the wrong ones come first. Equal reports are the same report: any
study that carries it is right. Every number stands beside the gallery's size and what chance would reach.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray
from scipy.special import gammaln

__all__ = [
    "average_precision",
    "chance_graded",
    "chance_of",
    "chance_retrieval",
    "first_rank",
    "gain_at",
    "precision_at",
    "retrieval_statistics",
]

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


def average_precision(scores: NDArray[np.floating], relevant: Relevant) -> Array:
    """Return the mean over each query's right answers of the precision at their ranks, (Q,), ties counted against.

    NaN where nothing is right.

    >>> average_precision(np.array([[0.9, 0.5, 0.1]]), np.array([[True, False, True]])).round(3).tolist()
    [0.833]
    """
    order = np.lexsort((relevant, -scores), axis=1)
    hits = np.take_along_axis(relevant, order, axis=1)
    precision = np.cumsum(hits, axis=1) / np.arange(1, hits.shape[1] + 1)
    with np.errstate(invalid="ignore"):
        return np.asarray((precision * hits).sum(axis=1) / hits.sum(axis=1))


def gain_at(scores: NDArray[np.floating], gain: Array, k: int) -> Array:
    """Return the normalised discounted cumulative gain of each query's first k, (Q,), ties counted against.

    Args:
        scores: (Q, G), higher is nearer.
        gain: how right each is, 0 and more, (Q, G).
        k: answers that are looked at.

    Source: Järvelin and Kekäläinen 2002, doi:10.1145/582415.582418, with discount 1 / log2(rank + 1).
    """
    order = np.lexsort((gain, -scores), axis=1)[:, :k]
    got = np.take_along_axis(gain, order, axis=1) @ _discounts(order.shape[1])
    return np.asarray(got / _best(gain, k))


def _best(gain: Array, k: int) -> Array:
    """Return the largest discounted gain that k answers can have, NaN where nothing has any."""
    k = min(k, gain.shape[1])
    top = -np.sort(np.partition(-gain, k - 1, axis=1)[:, :k], axis=1)
    best = top @ _discounts(k)
    return np.where(best > 0, best, np.nan)


def _discounts(k: int) -> Array:
    return np.asarray(1 / np.log2(np.arange(2, k + 2)))


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
    return chance_of(relevant.sum(axis=1), relevant.shape[1])


def chance_of(counts: NDArray[np.int64], gallery: int) -> Mapping[str, float]:
    """Return the same of how many right ones each query has, (Q,), in a gallery of that size."""
    m, often = np.unique(counts[counts > 0].astype(np.float64), return_counts=True)
    share = often / max(often.sum(), 1)
    ranks = np.arange(1, gallery + 1)
    beyond = np.exp(_log_choose(gallery - m[:, None], ranks) - _log_choose(np.float64(gallery), ranks))  # P(rank > k)
    beyond = np.where(ranks[None] > gallery - m[:, None], 0.0, beyond)
    exactly = np.diff(np.concatenate([np.ones((m.size, 1)), beyond], axis=1), axis=1) * -1
    recalls = {f"R@{k}": float(1 - share @ beyond[:, min(k, gallery) - 1]) for k in (1, 5, 10)}
    median = float(1 + np.argmax(1 - share @ beyond >= 0.5))
    return {
        **recalls,
        "MRR": float(share @ (exactly / ranks).sum(axis=1)),
        "MnR": float(share @ ((gallery + 1) / (m + 1))),
        "MdR": median,
    }


def chance_graded(relevant: Relevant, gain: Array, k: int) -> tuple[Array, Array, Array]:
    """Return what a random order reaches on average for each query: precision at k, average precision, gain at k, (Q,).

    E(AP) = 1 / G sum over ranks i of (1 + (i - 1)(m - 1) / (G - 1)) / i, with m right ones among G.
    """
    gallery = relevant.shape[1]
    m = relevant.sum(axis=1).astype(np.float64)
    ranks = np.arange(1, gallery + 1)
    above = (ranks - 1) * np.maximum(m - 1, 0)[:, None] / max(gallery - 1, 1)
    precision = np.where(m > 0, ((1 + above) / ranks).sum(axis=1) / gallery, np.nan)
    return m / gallery, precision, gain.mean(axis=1) * _discounts(min(k, gallery)).sum() / _best(gain, k)


def _log_choose(n: NDArray[np.float64] | np.float64, k: NDArray[np.int64]) -> Array:
    possible = np.maximum(n - k, 0)
    return np.asarray(gammaln(n + 1) - gammaln(k + 1) - gammaln(possible + 1), np.float64)
