"""A picture of a page, read back: grid, rows, pulse, names, traces."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from einthoven.digitizing.arrangement import Arrangement, arranged
from einthoven.digitizing.digitized import Digitized
from einthoven.digitizing.grid import Grid, found_grid
from einthoven.digitizing.light import Lit, evened
from einthoven.digitizing.measured import measured, unread
from einthoven.digitizing.names import Names
from einthoven.digitizing.pulse import Pulse, found_pulse
from einthoven.digitizing.rows import Rows, found_rows
from einthoven.digitizing.sheet import Sheet, laid_flat

__all__ = ["read_page"]

Array = NDArray[np.float64]
Reading = tuple[float, Sheet, Rows, Arrangement, Pulse | None]
"""How well the names are seen, and what was found."""

_GRID_ERROR = 0.15
"""How far the lines of a grid may lie from where they should, mm."""
_DENSITY = (6.0, 12.0)
"""Pixels per mm of the flat page."""
_AROUND = (12.0, 35.0)
"""How far beyond the grid ink is looked at, mm: beside, and above and below, where tall waves reach."""


def read_page(
    pixels: NDArray[np.uint8],
    *,
    fs: float = 500,
    layout: str | None = None,
    speed: float | None = None,
    gain: float | None = None,
) -> Digitized:
    """Read a picture of a page.

    Args:
        pixels: red, green, blue, shape (H, W, 3).
        fs: sampling rate of the Recording, Hz.
        layout: its name, where it is known.
        speed: mm/s, where it is known.
        gain: mm/mV, where it is known.

    Raises:
        PageError: no ECG is found, with the reason.
    """
    lit = evened(pixels)
    grid = found_grid(lit.grid)
    if grid is None or grid.error > _GRID_ERROR:
        raise unread("no grid is found on it")
    best: Reading | None = None
    for turns in (0, 2):
        tried = _tried(lit, grid, turns, layout)
        if tried is not None and (best is None or tried[0] > best[0]):
            best = tried
        if best is not None and best[0] > 0.55:
            break
    if best is None:
        raise unread("no rows of traces are found on its grid")
    _, sheet, rows, arrangement, pulse = best
    return measured(sheet, rows, arrangement, pulse, fs=fs, speed=speed, gain=gain, grid=grid, picture=pixels)


def _tried(lit: Lit, grid: Grid, turns: int, layout: str | None) -> Reading | None:
    """Read the page turned by so many quarters; return how well its names are seen, and what was found."""
    to_mm, box = _turned(grid, turns)
    (beside, above), (left, top, right, bottom) = _AROUND, box
    around = (left - beside, top - above, right + beside, bottom + above)
    sheet = laid_flat(lit.ink, to_mm, float(np.clip(grid.px_per_mm, *_DENSITY)), around)
    rows = found_rows(sheet, box)
    if rows is None:
        return None
    pulse = found_pulse(rows, sheet.scale)
    names = Names(rows.ink, sheet.scale, rows.pitch)
    start = pulse.end if pulse is not None and pulse.joins(rows) else rows.start
    arrangement = arranged(names, rows.zeros, start, rows.stop, layout)
    if arrangement is None:
        return None
    return arrangement.likeness, sheet, rows, arrangement, pulse


def _turned(grid: Grid, turns: int) -> tuple[Array, tuple[float, float, float, float]]:
    if turns == 0:
        return grid.homography, grid.box
    left, top, right, bottom = grid.box
    return np.diag([-1.0, -1.0, 1.0]) @ grid.homography, (-right, -bottom, -left, -top)
