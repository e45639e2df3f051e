"""Pulse: the mark at the left of the rows, 1 mV for 200 ms, says how fast the paper ran and how tall a mV is."""

from __future__ import annotations

from typing import NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from einthoven.digitizing.names import alike
from einthoven.digitizing.rows import Rows
from einthoven.drawing.style import GAINS, SPEEDS

__all__ = ["Pulse", "found_pulse"]

Map = NDArray[np.float32]
Array = NDArray[np.float64]

_DENSE = 5.0
"""Pixels per mm on which it is sought."""
_LIKE = 0.55
"""Correlation from which it is one."""
_SPACE = 15.0
"""How far left of the traces it is sought, mm."""


class Pulse(NamedTuple):
    """A calibration pulse.

    Args:
        speed: of the paper, mm/s.
        gain: mm/mV.
        end: x of its right end, pixels of the flat page.
        likeness: correlation with a drawn one, -1 to 1.
    """

    speed: float
    gain: float
    end: float
    likeness: float

    def joins(self, rows: Rows) -> bool:
        """Whether its right foot runs into the traces, so that they seem to begin with it."""
        return self.end > rows.start

    def feet(self, rows: Rows, scale: float) -> Array:
        """Return the y of the pulse's feet in each row, pixels, shape (n,); NaN where none is seen."""
        wide = 0.2 * self.speed
        foot = _foot(self.speed)
        begin = self.end - (2 * foot + wide) * scale
        near, far = 0.2 * scale, (foot - 0.25) * scale
        feet = (begin + near, begin + far), (self.end - far, self.end - near)
        ends = [(round(low), round(high)) for low, high in feet]
        columns = np.concatenate([np.arange(max(low, 0), max(high, low + 1)) for low, high in ends])
        reach, out = round(3 * scale), []
        for zero in np.rint(rows.zeros).astype(int):
            part = rows.ink[max(zero - reach, 0) : zero + reach + 1, columns[columns < rows.ink.shape[1]]]
            part = np.where(part > 0.3, part, 0)
            mass = part.sum(0)
            middle = (part * np.arange(part.shape[0])[:, None]).sum(0) / np.maximum(mass, 1e-6)
            seen = middle[mass > 0.5]
            out.append(max(zero - reach, 0) + float(np.median(seen)) if len(seen) > 2 else np.nan)
        return np.array(out)


def found_pulse(rows: Rows, scale: float) -> Pulse | None:
    """Find the pulse that all rows share; None where there is none.

    Args:
        rows: of a flat page.
        scale: pixels per mm.
    """
    seen, left = _shared(rows, scale)
    best: Pulse | None = None
    for speed in SPEEDS:
        for gain in GAINS:
            mark = _drawn(speed, gain)
            if seen.shape[0] < mark.shape[0]:
                continue
            reach = (rows.start - left) / scale + 0.3 * speed  # it may run into the traces
            before = seen[:, : round(reach * _DENSE)]
            if before.shape[1] < mark.shape[1]:
                continue
            match = alike(before, mark)
            _, value, _, (x, _) = cv2.minMaxLoc(match)
            if best is None or value > best.likeness:
                end = left + (x + mark.shape[1] - _MARGIN * _DENSE) / _DENSE * scale
                best = Pulse(speed, gain, float(end), float(value))
    return best if best is not None and best.likeness >= _LIKE else None


_MARGIN = 1.0
"""White around a drawn pulse, mm."""


def _shared(rows: Rows, scale: float) -> tuple[Map, float]:
    """Return what the rows have in common left of their traces, 0 mV 3 mm above its lower edge, and its left x."""
    left = max(round(rows.start - _SPACE * scale), 0)
    right = min(round(rows.start + 14 * scale), rows.ink.shape[1])
    above, below = round(23 * scale), round(3 * scale)
    padded = np.pad(rows.ink[:, left:right], ((above, below + 1), (0, 0)))
    strips = [padded[zero : zero + above + below] for zero in np.rint(rows.zeros).astype(int)]
    size = (max(round((right - left) / scale * _DENSE), 1), round((above + below) / scale * _DENSE))
    shared = np.median(strips, axis=0) if len(strips) > 3 else np.mean(strips, axis=0)
    small = cv2.resize(np.asarray(shared, np.float32), size, interpolation=cv2.INTER_AREA)
    return np.asarray(small, np.float32), float(left)


def _foot(speed: float) -> float:
    """Return how long the foot at either side is, mm."""
    return max(min(0.05 * speed, (10.5 - 0.2 * speed) / 2), 0.25)


def _drawn(speed: float, gain: float) -> Map:
    wide, tall = 0.2 * speed, gain
    foot = _foot(speed)
    across = np.array([0, foot, foot, foot + wide, foot + wide, 2 * foot + wide]) + _MARGIN
    down = np.array([tall, tall, 0, 0, tall, tall]) + _MARGIN
    size = (round((across[-1] + _MARGIN) * _DENSE), round((tall + 2 * _MARGIN) * _DENSE))
    picture = np.zeros((size[1], size[0]), np.uint8)
    corners = np.rint(np.column_stack((across, down)) * _DENSE * 16).astype(np.int32)
    cv2.polylines(picture, [corners], False, 255, 2, cv2.LINE_AA, 4)
    return np.asarray(picture / np.float32(255), np.float32)
