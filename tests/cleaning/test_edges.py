"""Edges: the odd mirror of scipy's filtfilt, closed to a circle."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from einthoven.cleaning.edges import circle, line, unfold


def mirrored(row: np.ndarray, place: int) -> float:
    """The odd mirror by its definition, walked until it is inside: x(-k) = 2 x(0) - x(k), the same at the end."""
    last, total, sign = len(row) - 1, 0.0, 1.0
    while not 0 <= place <= last:
        edge = 0 if place < 0 else last
        total, sign, place = total + sign * 2 * row[edge], -sign, 2 * edge - place
    return total + sign * row[place]


@given(st.integers(2, 40), st.integers(0, 90), st.integers(0, 9))
def test_the_circle_carries_the_odd_mirror_on_both_sides(samples: int, more: int, seed: int) -> None:
    row = np.random.default_rng(seed).normal(size=samples).astype(np.float32)
    n = samples + more
    found = unfold(row[None], n)[0]
    row = row.astype(float)
    slope = (row[-1] - row[0]) / (samples - 1)
    after = samples + (n - samples + 1) // 2
    for place in range(n):
        there = place if place < after else place - n
        assert found[place] == pytest.approx(mirrored(row, there) - row[0] - slope * there, abs=2e-5)


def test_a_single_sample_becomes_nothing_but_its_line() -> None:
    assert unfold(np.float32([[7]]), 4).tolist() == [[0, 0, 0, 0]]
    assert line(np.float32([[7]])).tolist() == [[7]]


def test_a_short_signal_needs_one_odd_period_and_a_long_one_only_its_reach() -> None:
    assert circle(1001, 10**6) == 2000
    assert 100_000 + 2 * 500 <= circle(100_000, 500) < 1.1 * 101_000


def test_the_line_runs_from_the_first_sample_to_the_last() -> None:
    signal = np.random.default_rng(0).normal(size=(3, 50)).astype(np.float32)
    np.testing.assert_allclose(line(signal), [np.linspace(row[0], row[-1], 50) for row in signal], atol=1e-6)
