"""Reliability: does a probability keep its promise? n studies, R resamples."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

__all__ = ["BINS", "brier", "expected_error", "honest_error"]

Array = NDArray[np.float64]
Truth = NDArray[np.bool_]
BINS = 10
"""Bins of equal width between 0 and 1."""


def brier(probability: Array, truth: Truth, weights: Array) -> Array:
    """Return the mean squared difference between probability and outcome under each weighting, (R,).

    Args:
        probability: (n,).
        truth: (n,).
        weights: (R, n).

    Source: Brier 1950; scikit-learn's `brier_score_loss`.
    """
    return np.asarray(weights @ (probability - truth) ** 2 / weights.sum(axis=1))


def expected_error(probability: Array, truth: Truth, weights: Array) -> Array:
    """Return the expected calibration error under each weighting, (R,).

    Within each of `BINS` equal bins the mean probability less the share of positives, absolute, weighted by the
    studies in the bin. It is never below zero, so it grows as n falls: see `honest_error`.

    Source: Naeini et al. 2015 (AAAI, Obtaining well calibrated probabilities).
    """
    bin_of = np.minimum((probability * BINS).astype(int), BINS - 1)
    gap = np.asarray(probability - truth, np.float64)
    sums = np.stack([(weights * (bin_of == one)) @ gap for one in range(BINS)])
    return np.asarray(np.abs(sums).sum(axis=0) / weights.sum(axis=1))


def honest_error(probability: Array, *, times: int = 200, seed: int = 0) -> float:
    """Return the expected calibration error that these probabilities would show if each were exactly true.

    The floor that chance puts under `expected_error`: outcomes are drawn from the probabilities themselves.
    """
    drawn = np.random.Generator(np.random.Philox(seed)).random((times, probability.size)) < probability
    once = np.ones((1, probability.size))
    return float(np.mean([expected_error(probability, outcome, once)[0] for outcome in drawn]))
