"""Frame: what all pages of a style, a rate and a length share: which samples are shown, and where."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from einthoven.drawing.layout import Panel
from einthoven.drawing.plan import standing
from einthoven.drawing.stroke import Pen, Span, pen
from einthoven.drawing.style import Style
from einthoven.drawing.truth import Points

__all__ = ["Frame", "framed"]


@dataclass(frozen=True, slots=True, eq=False)
class Frame:
    """Which samples are shown, and where, before it is known what they are. P leads in their places, N samples.

    Args:
        panels: every place; where its lead is absent no samples are shown.
        ranges: first sample and the one after the last, of each place.
        across: x of every sample, pixels, shape (N,).
        zeros: where each zero line begins, shape (P, 2).
        boxes: corners of the places, shape (P, 4, 2).
        pen: what draws them.
    """

    panels: tuple[Panel, ...]
    ranges: tuple[tuple[int, int], ...]
    across: NDArray[np.float32]
    zeros: Points
    boxes: Points
    pen: Pen


@lru_cache(maxsize=64)
def framed(style: Style, seconds: float, leads: frozenset[str], fs: float, samples: int) -> Frame:
    """Return the frame of pages of `samples` samples at `fs` Hz that have these leads."""
    plan, scale = standing(style, seconds), style.px_per_mm
    there = [panel.lead.removeprefix("-") in leads for panel in plan.panels]
    ranges = [panel.samples(fs, samples) if has else (0, 0) for panel, has in zip(plan.panels, there, strict=True)]
    step = style.speed / fs * scale
    begins = [
        (panel.x - panel.first * style.speed) * scale + first * step
        for panel, (first, _) in zip(plan.panels, ranges, strict=True)
    ]
    spans = [Span(x, step, stop - first) for x, (first, stop) in zip(begins, ranges, strict=True) if stop > first]
    across = [span.left + np.arange(span.samples) * step - 0.5 for span in spans]
    width = round(plan.width * scale)
    zeros = np.array([(panel.x, panel.y) for panel in plan.panels])
    boxes = np.array([_corners(*plan.box(panel, style.speed)) for panel in plan.panels])
    return Frame(
        plan.panels,
        tuple(ranges),
        np.concatenate([*across, np.empty(0)]).astype(np.float32),
        (zeros * scale - 0.5).astype(np.float32),
        (boxes * scale - 0.5).astype(np.float32),
        pen(spans, line=style.line * scale, width=width),
    )


def _corners(left: float, top: float, right: float, bottom: float) -> list[tuple[float, float]]:
    return [(left, top), (right, top), (right, bottom), (left, bottom)]
