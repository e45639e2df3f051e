"""The grid found is the one that was drawn: to hundredths of a mm, all over the page, however it was photographed."""

from __future__ import annotations

import numpy as np
import pytest

from einthoven.digitizing.grid import found_grid
from einthoven.digitizing.light import evened
from einthoven.drawing.page import Page

from .pages import drawn


def off(page: Page) -> np.ndarray:
    """Return by how many mm the traces' places are mistaken; a shift by whole squares is none."""
    grid = found_grid(evened(page.pixels).grid)
    assert grid is not None
    assert grid.error < 0.15
    points = page.truth.points[::50]
    points = points[np.isfinite(points).all(1)]
    flat = np.column_stack((points, np.ones(len(points)))) @ grid.homography.T
    edge = np.array([page.style.margin, page.style.margin + page.style.heading])
    true = (page.truth.flat(points) + 0.5) / page.truth.px_per_mm - edge
    wrong = flat[:, :2] / flat[:, 2:] - true
    return wrong - 5 * np.rint(np.median(wrong, axis=0) / 5)


@pytest.mark.parametrize("grid", ["red", "blue", "grey"])
def test_of_a_clean_page(grid: str) -> None:
    assert np.abs(off(drawn(grid=grid))).max() < 0.02


@pytest.mark.parametrize("layout", ["2x6", "3x4+1"])
def test_of_a_photograph(layout: str) -> None:
    assert np.abs(off(drawn(layout, "photo"))).max() < 0.1


def test_white_noise_has_none() -> None:
    rng = np.random.default_rng(0)
    found = found_grid(rng.random((600, 900), np.float32))
    assert found is None or found.error > 0.15
