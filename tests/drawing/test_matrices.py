from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from einthoven.drawing.matrices import gasf, recurrence, transition, unit

SERIES = arrays(np.float64, st.integers(2, 40), elements=st.floats(-1e3, 1e3).map(lambda x: round(x, 3)))


def by_hand(x: np.ndarray, bins: int) -> np.ndarray:
    """Count transitions one by one, as the paper words it."""
    edges = np.percentile(x, np.linspace(0, 100, bins + 1)[1:-1])
    bin_of = [int(sum(value > edge for edge in edges)) for value in x]
    counts = np.zeros((bins, bins))
    for here, there in pairwise(bin_of):
        counts[here, there] += 1
    chance = counts / np.maximum(counts.sum(1, keepdims=True), 1)
    return np.array([[chance[i, j] for j in bin_of] for i in bin_of])


@given(SERIES)
def test_a_gramian_field_is_the_cosine_of_the_sum_of_two_angles(x: np.ndarray) -> None:
    angle = np.arccos(unit(x))
    np.testing.assert_allclose(gasf(unit(x)), np.cos(angle[:, None] + angle), atol=1e-7)


@given(SERIES)
def test_a_recurrence_plot_holds_every_distance(x: np.ndarray) -> None:
    plot = recurrence(unit(x))
    assert np.array_equal(plot, plot.T)
    assert plot.max() == pytest.approx(np.ptp(unit(x)))
    assert not plot.diagonal().any()


@given(SERIES, st.integers(2, 6))
def test_a_transition_field_counts_what_follows_what(x: np.ndarray, bins: int) -> None:
    np.testing.assert_allclose(transition(x, bins), by_hand(x, bins), atol=1e-12)


def test_a_batch_is_its_series_one_by_one() -> None:
    x = unit(np.random.default_rng(0).normal(size=(2, 3, 50)).cumsum(-1))
    for make in (gasf, recurrence, transition):
        assert np.array_equal(make(x)[1, 2], make(x[1, 2]))


def test_a_flat_line_divides_by_nothing() -> None:
    flat = np.zeros(20)
    assert np.array_equal(unit(flat), flat)
    assert np.array_equal(transition(flat), np.ones((20, 20)))
    assert np.array_equal(gasf(flat), -np.ones((20, 20)))
