"""Background: what all pages of a style share as pixels: paper, grid, names, pulses and separators."""

from __future__ import annotations

from functools import lru_cache

import cv2
import numpy as np
from numpy.typing import NDArray

from einthoven.drawing.lettering import write
from einthoven.drawing.page import Pixels
from einthoven.drawing.paper import BOLD, FINE
from einthoven.drawing.plan import Line, Plan, named, pulses, standing, ticks
from einthoven.drawing.style import GRIDS, Style, colour
from einthoven.errors import ConfigError

__all__ = ["background"]

_LARGEST = 2**27
"""Pixels a page may have."""
_FINENESS = 5
"""Binary digits after the point in the corners OpenCV is given."""


@lru_cache(maxsize=16)
def background(style: Style, seconds: float) -> tuple[Pixels, NDArray[np.float32]]:
    """Return the page without traces and header, read-only, and the corners of the names, shape (P, 4, 2).

    Raises:
        ConfigError: the page would be too large.
    """
    plan, scale = standing(style, seconds), style.px_per_mm
    width, height = round(plan.width * scale), round(plan.height * scale)
    if width * height > _LARGEST:
        raise ConfigError(
            f"a picture of a page has at most {_LARGEST:,} pixels",
            came=f"{plan.width:g} x {plan.height:g} mm at {style.dpi:g} dpi are {width:,} x {height:,}",
            instead="Lower dpi=, show fewer seconds, or write an .svg or .pdf.",
            see="docs/drawing.md",
        )
    page = _ruled(style, plan, (height, width))
    for line in (*pulses(plan, style), *ticks(plan, style)):
        _stroke(page, line, style)
    boxes = np.full((len(plan.panels), 4, 2), np.nan, np.float32)
    for number, word in enumerate(named(plan, style) if style.names else ()):
        boxes[number] = write(page, word, style)
    page.flags.writeable = False
    return page, boxes


def _ruled(style: Style, plan: Plan, shape: tuple[int, int]) -> Pixels:
    """Rule the grid; each line covers exactly the part of its pixels that it covers on paper."""
    paper, minor, major = (np.array(colour(one), np.float32) for one in GRIDS[style.grid])
    left, top, wide, tall = plan.grid
    page = np.full((*shape, 3), paper, np.float32)
    inside = np.outer(_cover(shape[0], [(top, top + tall)], style), _cover(shape[1], [(left, left + wide)], style))
    for tint, every, thick in ((minor, 1, FINE), (major, 5, BOLD)):
        if every == 1 and not style.fine:
            continue
        across = _cover(shape[1], _lines(left, wide, every, thick), style)
        down = _cover(shape[0], _lines(top, tall, every, thick), style)
        ruled = (1 - np.outer(1 - down, 1 - across)) * inside
        page += ruled[..., None] * (tint - page)
    return np.rint(page).astype(np.uint8)


def _lines(begin: float, length: float, every: int, thick: float) -> list[tuple[float, float]]:
    return [(begin + at - thick / 2, begin + at + thick / 2) for at in range(0, int(length + 1e-6) + 1, every)]


def _cover(pixels: int, spans: list[tuple[float, float]], style: Style) -> NDArray[np.float32]:
    """Return how much of each pixel the spans, in mm, cover."""
    edges = np.arange(pixels + 1) / style.px_per_mm
    covered = np.zeros(pixels + 1)
    for begin, end in spans:
        covered += np.clip(edges, begin, end) - begin
    return np.minimum(np.diff(covered) * style.px_per_mm, 1).astype(np.float32)


def _stroke(page: Pixels, line: Line, style: Style) -> None:
    corners = np.rint((np.array(line) * style.px_per_mm - 0.5) * 2**_FINENESS).astype(np.int32)
    thick = max(round(0.3 * style.px_per_mm), 1)
    cv2.polylines(page, [corners], False, colour(style.ink), thick, cv2.LINE_AA, _FINENESS)
