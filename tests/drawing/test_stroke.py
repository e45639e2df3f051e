"""The pen covers what a round pen covers, and leaves no sample out."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from einthoven.drawing.stroke import Span, pen

HEIGHT, WIDTH = 40, 30


def drawn(heights: np.ndarray, *, left: float = 4.3, step: float = 0.2, line: float = 1.1) -> np.ndarray:
    trace = pen([Span(left, step, len(heights))], line=line, width=WIDTH)
    row = trace.row()
    row[slice(*trace.slots[0])] = heights
    page = np.zeros(HEIGHT * WIDTH, np.uint8)
    cells, cover = trace.covered(row, (HEIGHT, WIDTH))
    page[cells] = cover
    return page.reshape(HEIGHT, WIDTH) / 255


def covered(heights: np.ndarray, *, left: float, step: float, line: float, fine: int = 7) -> np.ndarray:
    """Count the points of a fine lattice that lie within half a line of the broken line through the samples."""
    corners = np.column_stack((left + step * np.arange(len(heights)), heights))
    at = (np.arange(fine * max(HEIGHT, WIDTH)) + 0.5) / fine
    x, y = (one.ravel() for one in np.meshgrid(at[: fine * WIDTH], at[: fine * HEIGHT]))
    nearest = np.full(x.size, np.inf)
    for (ax, ay), (bx, by) in pairwise(corners.tolist()):
        run, rise = bx - ax, by - ay
        along = np.clip(((x - ax) * run + (y - ay) * rise) / (run**2 + rise**2), 0, 1)
        nearest = np.minimum(nearest, (x - ax - along * run) ** 2 + (y - ay - along * rise) ** 2)
    inside = (nearest <= line**2 / 4).reshape(HEIGHT, fine, WIDTH, fine)
    return inside.mean((1, 3))


@pytest.mark.parametrize(("step", "line"), [(0.2, 1.1), (0.4, 2.2), (2.0, 1.1), (0.9, 3.0)])
def test_the_pen_covers_what_a_lattice_of_points_counts(step: float, line: float) -> None:
    rng = np.random.default_rng(round(10 * step))
    number = int(9 / step)
    heights = np.float32(20 + np.cumsum(rng.normal(0, 3 * step, number)).clip(-15, 15))
    ours = drawn(heights, step=step, line=line)
    oracle = covered(heights, left=4.3, step=step, line=line)
    assert np.abs(ours - oracle).mean() < 0.004
    assert np.abs(ours - oracle).max() < 0.3
    assert ours.sum() == pytest.approx(oracle.sum(), rel=0.07)  # a slab is as tall as its step on its whole width


@settings(max_examples=40)
@given(
    st.lists(st.floats(2, 38, width=32), min_size=1, max_size=90),
    st.floats(1, 9),
    st.sampled_from([0.05, 0.2, 0.25, 0.9]),
    st.floats(0.6, 3),
)
def test_every_sample_has_ink(heights: list[float], left: float, step: float, line: float) -> None:
    page = drawn(np.float32(heights[: int(18 / step)]), left=left, step=step, line=line)
    for number, height in enumerate(heights[: int(18 / step)]):
        column, row = int(left + step * number), int(min(height, HEIGHT - 0.01))
        near = page[max(row - 1, 0) : row + 2, max(column - 1, 0) : column + 2]
        assert near.max() > 0.05
        assert page[row, column] > 0 or abs(left + step * number - round(left + step * number)) < 1e-3


def test_a_level_line_is_as_dark_as_it_is_wide() -> None:
    page = drawn(np.full(80, 20.0, np.float32), line=1.5)
    inner = page[:, 6:18]
    np.testing.assert_allclose(inner.sum(0), 1.5, atol=0.02)
    np.testing.assert_allclose(inner[19], 0.75, atol=0.01)


def test_a_gap_lifts_the_pen() -> None:
    heights = np.full(80, 20.0, np.float32)
    heights[30:50] = np.nan
    page = drawn(heights)
    assert page[:, 11:13].max() == 0
    assert page[:, 6:9].max() > 0.5
    assert page[:, 16:18].max() > 0.5


def test_a_lone_sample_between_gaps_is_a_dot() -> None:
    heights = np.full(41, np.nan, np.float32)
    heights[20] = 10.5
    page = drawn(heights, line=2)
    assert page[10, 8] > 0.9
    assert page.sum() == pytest.approx(np.pi, abs=1)


def test_nothing_measured_draws_nothing() -> None:
    assert drawn(np.full(20, np.nan, np.float32)).max() == 0
    cells, _ = pen([], line=1, width=WIDTH).covered(pen([], line=1, width=WIDTH).row(), (HEIGHT, WIDTH))
    assert cells.size == 0


def test_what_leaves_the_page_is_cut_off_at_its_edge() -> None:
    page = drawn(np.float32([20] * 20 + [-500] * 20 + [900] * 20))
    assert page.shape == (HEIGHT, WIDTH)
    assert np.isfinite(page).all()


def test_two_traces_do_not_see_each_other() -> None:
    both = pen([Span(2, 0.2, 30), Span(8.1, 0.2, 30)], line=1.1, width=WIDTH)
    row = both.row()
    for (begin, end), height in zip(both.slots, (5.0, 35.0), strict=True):
        row[begin:end] = height
    page = np.zeros(HEIGHT * WIDTH)
    cells, cover = both.covered(row, (HEIGHT, WIDTH))
    np.maximum.at(page, cells, cover)
    assert page.reshape(HEIGHT, WIDTH)[8:32].max() == 0
