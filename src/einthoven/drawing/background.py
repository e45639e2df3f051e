"""Background: what all pages of a style share as pixels: paper, grid, names, pulses and separators."""

from __future__ import annotations

from functools import lru_cache
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from einthoven.drawing.lettering import boxed, write
from einthoven.drawing.page import Pixels, refuse_large
from einthoven.drawing.paper import BOLD, FINE
from einthoven.drawing.plan import Line, Plan, named, pulses, standing, ticks, warned
from einthoven.drawing.style import GRIDS, Style, colour

__all__ = ["background"]

_KEPT = 2**23
"""Pixels of a page that is not made anew each time."""
_LINES = ((1, FINE), (5, BOLD))
"""Distance and width of the two kinds of lines, mm."""


def background(style: Style, seconds: float, synthetic: bool) -> tuple[Pixels, NDArray[np.float32]]:
    """Return the page without traces and the caller's words, read-only, and the corners of the names, shape (P, 4, 2).

    The last ones are kept, unless they are large.

    Raises:
        ConfigError: the page would be too large.
    """
    plan, scale = standing(style, seconds), style.px_per_mm
    width, height = round(plan.width * scale), round(plan.height * scale)
    refuse_large(width, height, f"a page of {plan.width:g} x {plan.height:g} mm at {style.dpi:g} dpi")
    make = _made if width * height < _KEPT else _made.__wrapped__
    return make(style, seconds, synthetic)


@lru_cache(maxsize=12)
def _made(style: Style, seconds: float, synthetic: bool) -> tuple[Pixels, NDArray[np.float32]]:
    plan, scale = standing(style, seconds), style.px_per_mm
    page = _ruled(style, plan, (round(plan.height * scale), round(plan.width * scale)))
    for line in (*pulses(plan, style), *ticks(plan, style)):
        _stroke(page, line, style)
    boxes = np.full((len(plan.panels), 4, 2), np.nan, np.float32)
    for number, word in enumerate(named(plan, style) if style.names else ()):
        write(page, word, style)
        boxes[number] = boxed(page, word, style)
    for word in warned(plan, style, synthetic):
        write(page, word, style)
    page.flags.writeable = boxes.flags.writeable = False
    return page, boxes


def _ruled(style: Style, plan: Plan, shape: tuple[int, int]) -> Pixels:
    """Rule the grid; each line covers exactly the part of its pixels that it covers on paper.

    Most rows of pixels look like many others: those that differ are made once.
    """
    paper, minor, major = (np.array(colour(one), np.float32) for one in GRIDS[style.grid])
    left, top, wide, tall = plan.grid
    down, across = _profile(shape[0], (top, tall), style), _profile(shape[1], (left, wide), style)
    kinds, which = np.unique(np.rint(255 * down) / 255, axis=1, return_inverse=True)
    rows = np.full((kinds.shape[1], shape[1], 3), paper, np.float32)
    for tint, lines in ((minor, 1), (major, 2)):
        if lines == 1 and not style.fine:
            continue
        ruled = (1 - np.outer(1 - kinds[lines], 1 - across[lines])) * np.outer(kinds[0], across[0])
        rows += ruled[..., None].astype(np.float32) * (tint - rows)
    return np.rint(rows).astype(np.uint8)[which.ravel()]


def _profile(pixels: int, side: tuple[float, float], style: Style) -> NDArray[np.float64]:
    """Return what the grid, its 1 mm and its 5 mm lines cover of each pixel along a side, shape (3, pixels)."""
    begin, length = side
    edges = np.arange(pixels + 1) / style.px_per_mm - begin
    grids = ((length, 1, length / 2), *((every, int(length / every + 1e-6) + 1, thick / 2) for every, thick in _LINES))
    covered = []
    for every, number, half in grids:
        at = edges + half if number > 1 else edges
        done = np.clip(np.floor(at / every), 0, number)
        covered.append(2 * half * done + np.where(done < number, np.clip(at - done * every, 0, 2 * half), 0))
    return np.minimum(np.diff(covered) * style.px_per_mm, 1)


def _cover(pixels: int, begin: float, end: float, style: Style) -> NDArray[np.float64]:
    """Return how much of each pixel what lies from `begin` to `end`, in mm, covers."""
    return np.diff(np.clip(np.arange(pixels + 1), begin * style.px_per_mm, end * style.px_per_mm))


def _stroke(page: Pixels, line: Line, style: Style) -> None:
    """Draw an upright line in the style's ink; each of its pieces runs along the rows or along the columns."""
    half = style.line / 2
    for first, last in pairwise(line):
        (left, right), (top, bottom) = (sorted(ends) for ends in zip(first, last, strict=True))
        down = _cover(page.shape[0], top - half, bottom + half, style)
        across = _cover(page.shape[1], left - half, right + half, style)
        rows, columns = np.flatnonzero(down), np.flatnonzero(across)
        if not rows.size * columns.size:
            continue  # off the page
        part = page[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
        covered = np.outer(down[rows], across[columns])[..., None]
        inked = part + covered * (np.array(colour(style.ink), np.float32) - part)
        np.minimum(part, np.rint(inked).astype(np.uint8), out=part)
