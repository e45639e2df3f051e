"""Frame: what all pages of a style, a rate and a length share: which samples are shown, and where."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from einthoven.drawing.layout import Panel
from einthoven.drawing.plan import standing
from einthoven.drawing.stroke import Pen, Span, pen
from einthoven.drawing.style import Style
from einthoven.drawing.truth import Points, Shown

__all__ = ["Frame", "framed"]


class Trace(NamedTuple):
    """One lead that is drawn: its row in the signal, its samples, pixels to a mV (below 0: upside down), y of 0 mV."""

    lead: int
    first: int
    stop: int
    tall: float
    zero: float


@dataclass(frozen=True, slots=True, eq=False)
class Frame:
    """Which samples are shown, and where, before it is known what they are. P leads in their places, N samples.

    Args:
        panels: every place; where its lead is absent no samples are shown.
        ranges: first sample and the one after the last, of each place.
        rows: row of each place's lead in the signal; None where it is absent.
        traces: those that are drawn, as the pen needs them.
        across: x of every sample, pixels, shape (N,).
        filled: slot of every sample in the pen's row of heights, shape (N,).
        zeros: where each zero line begins, shape (P, 2).
        boxes: corners of the places, shape (P, 4, 2).
        pen: what draws them.
    """

    panels: tuple[Panel, ...]
    ranges: tuple[tuple[int, int], ...]
    rows: tuple[int | None, ...]
    traces: tuple[Trace, ...]
    across: NDArray[np.float32]
    filled: NDArray[np.intp]
    zeros: Points
    boxes: Points
    pen: Pen

    def shown(self, level: Sequence[float]) -> tuple[Shown, ...]:
        """Return what is shown, of a signal whose leads lie about these levels."""
        places = zip(self.panels, self.ranges, self.rows, strict=True)
        return tuple(
            Shown(panel.lead, panel.row, first, stop, 0.0 if row is None else level[row])
            for panel, (first, stop), row in places
        )


@lru_cache(maxsize=64)
def framed(style: Style, seconds: float, leads: tuple[str, ...], fs: float, samples: int) -> Frame:
    """Return the frame of pages of `samples` samples at `fs` Hz that have these leads."""
    plan, scale = standing(style, seconds), style.px_per_mm
    names = [panel.lead.removeprefix("-") for panel in plan.panels]
    rows = tuple(leads.index(name) if name in leads else None for name in names)
    ranges = [
        (0, 0) if row is None else panel.samples(fs, samples) for panel, row in zip(plan.panels, rows, strict=True)
    ]
    step, spans, traces = style.speed / fs * scale, [], []
    for panel, (first, stop), row in zip(plan.panels, ranges, rows, strict=True):
        if row is not None and stop > first:
            left = (panel.x - panel.first * style.speed) * scale + first * step
            spans.append(Span(left, step, stop - first))
            tall = style.gain * scale * (-1 if panel.lead.startswith("-") else 1)
            traces.append(Trace(row, first, stop, tall, panel.y * scale))
    across = [span.left + np.arange(span.samples) * step - 0.5 for span in spans]
    drawn = pen(spans, line=style.line * scale, width=round(plan.width * scale))
    zeros = np.array([(panel.x, panel.y) for panel in plan.panels])
    boxes = np.array([_corners(*plan.box(panel, style.speed)) for panel in plan.panels])
    zeros, boxes = ((place * scale - 0.5).astype(np.float32) for place in (zeros, boxes))
    zeros.flags.writeable = boxes.flags.writeable = False
    x = np.concatenate([*across, np.empty(0)]).astype(np.float32)
    filled = np.concatenate([*(np.arange(*slot) for slot in drawn.slots), np.empty(0, int)])
    return Frame(plan.panels, tuple(ranges), rows, tuple(traces), x, filled, zeros=zeros, boxes=boxes, pen=drawn)


def _corners(left: float, top: float, right: float, bottom: float) -> list[tuple[float, float]]:
    return [(left, top), (right, top), (right, bottom), (left, bottom)]
