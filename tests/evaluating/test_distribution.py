"""Quantiles and distances agree with numpy and scipy, and weights mean repetition."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import ks_2samp

from einthoven.evaluating.distribution import distance, quantiles

VALUES = st.lists(st.integers(-5, 5).map(float), min_size=3, max_size=20).map(np.array)


@settings(max_examples=40)
@given(VALUES, VALUES)
def test_the_distance_is_scipys(ours: np.ndarray, theirs: np.ndarray) -> None:
    assert distance(ours, theirs) == pytest.approx(ks_2samp(ours, theirs, method="asymp").statistic, abs=1e-12)


@given(VALUES, VALUES, st.integers(0, 9))
def test_weights_are_repetitions(ours: np.ndarray, theirs: np.ndarray, seed: int) -> None:
    times = np.random.default_rng(seed).integers(1, 4, ours.size)
    expected = distance(np.repeat(ours, times), theirs)
    assert distance(ours, theirs, times.astype(float)) == pytest.approx(expected, abs=1e-12)


@given(VALUES)
def test_equal_weights_give_hazens_quantiles(values: np.ndarray) -> None:
    at = [0.05, 0.25, 0.5, 0.9]
    np.testing.assert_allclose(
        quantiles(values, np.ones(values.size), at), np.quantile(values, at, method="hazen"), atol=1e-12
    )


def test_what_counts_nothing_or_was_not_measured_is_left_out() -> None:
    values = np.array([1.0, np.nan, 5.0, 9.0])
    assert quantiles(values, np.array([1.0, 1.0, 1.0, 0.0]), [0.5]).tolist() == [3.0]
    assert distance(values, np.array([1.0, 5.0, 9.0, np.nan])) == 0


def test_nothing_has_no_quantile_and_no_distance() -> None:
    assert np.isnan(quantiles(np.array([np.nan]), np.ones(1), [0.5])).all()
    assert np.isnan(distance(np.array([np.nan]), np.ones(3)))
