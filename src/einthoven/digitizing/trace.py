"""Trace: the darkest unbroken way along a row, and what it covers of every pixel column.

Shapes: n rows, C columns, h, w pixels of the flat page.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from einthoven.digitizing.rows import Rows

__all__ = ["Trace", "traced"]

Map = NDArray[np.float32]
Array = NDArray[np.float64]
Index = NDArray[np.intp]

_STEP = 0.003
"""What a pixel costs that is black: of two black ways the shorter is taken."""
_FAR = 0.004
"""What a mm away from the row's own zero line costs in every column."""
_BLACK = 0.55
"""Ink from which a pixel costs nothing more."""
_STRAY = 2.5
"""Length from which two rows that share a way have one trace between them, mm."""
_HALF = 0.35
"""Ink at the edge of a trace, of 1 in its middle."""
_SLIT = 5
"""Fine columns of white between two strokes that are still one: what stands there is grey."""
_FINE = 4
"""Columns a pixel is cut into where the edges are sought: what a pixel lacks of black says where in it an edge lies."""


@dataclass(frozen=True, eq=False)
class Trace:
    """One row's trace in its columns.

    Args:
        columns: x of each column, pixels, shape (C,).
        top: upper edge of the ink, pixels, NaN where there is none, shape (C,).
        bottom: lower edge, shape (C,).
        middle: y of the ink's centre of mass, shape (C,).
        dark: how dark the way is, 0 to 1, shape (C,).
    """

    columns: Array
    top: Array
    bottom: Array
    middle: Array
    dark: Array

    def within(self, left: float, right: float) -> Trace:
        """Return the part between two x."""
        kept = (self.columns >= left) & (self.columns <= right)
        return Trace(*(one[kept] for one in (self.columns, self.top, self.bottom, self.middle, self.dark)))


def traced(rows: Rows, scale: float, breaks: Sequence[Sequence[float]] = ()) -> list[Trace]:
    """Follow each row's trace.

    Args:
        rows: of a flat page.
        scale: pixels per mm.
        breaks: x at which the next lead of a row begins, pixels, by row: the trace may leap there.
    """
    columns = np.arange(max(round(rows.start - scale), 0), min(round(rows.stop + scale) + 1, rows.ink.shape[1]))
    reach = round(max(1.4 * rows.pitch, 38 * scale))
    height = rows.ink.shape[0]
    padded = np.pad(rows.ink[:, columns], ((reach, reach), (0, 0)))
    zeros = np.clip(np.rint(rows.zeros).astype(int), 0, height - 1)
    bands = np.stack([padded[zero : zero + 2 * reach + 1] for zero in zeros])  # n, 2 reach + 1, C
    leaps: dict[int, list[int]] = {}
    for row, places in enumerate(breaks):
        for x in places:
            leaps.setdefault(int(np.argmin(np.abs(columns - x))), []).append(row)
    low, high = _ways(bands, reach, scale, leaps)
    strayed = _strayed(low - reach, high - reach, zeros, round(_STRAY * scale))
    size = (columns.size * _FINE, bands.shape[1])
    x = columns[0] - 0.5 + (np.arange(size[0]) + 0.5) / _FINE
    near = np.clip(np.rint(x - columns[0]).astype(int), 0, columns.size - 1)
    out = []
    for row, zero in enumerate(zeros):
        others = np.delete(np.arange(len(zeros)), row)
        shift = (zeros[others] - zero)[:, None]
        blocked = (low[others] + shift)[:, near], (high[others] + shift)[:, near]
        fine = cv2.resize(bands[row], size, interpolation=cv2.INTER_LINEAR)
        fine[:, strayed[row, near]] = 0
        out.append(_edged(fine, x, low[row, near], high[row, near], others=blocked, shift=zero - reach))
    return out


def _strayed(low: Index, high: Index, zeros: Index, long: int) -> NDArray[np.bool_]:
    """Return where a row's way runs along another row's trace for long, because it has none of its own; (n, C).

    Args:
        low: first pixel of each way below its own zero line, shape (n, C).
        high: last one.
        zeros: the zero lines, shape (n,).
        long: columns that are long.
    """
    out = np.zeros(low.shape, np.uint8)
    middle = (low + high) / 2
    for row, zero in enumerate(zeros):
        for other, its in enumerate(zeros):
            if other != row:
                apart = zero - its
                shared = (low[row] + apart <= high[other]) & (high[row] + apart >= low[other])
                out[row] |= (shared & (np.abs(middle[row]) > np.abs(middle[other]))).astype(np.uint8)
    strayed = cv2.morphologyEx(out, cv2.MORPH_OPEN, np.ones((1, max(long, 1)), np.uint8))
    return cv2.morphologyEx(strayed, cv2.MORPH_CLOSE, np.ones((1, 8 * long + 1), np.uint8)) > 0


def _ways(bands: Map, reach: int, scale: float, leaps: Mapping[int, Sequence[int]]) -> tuple[Index, Index]:
    """Return the first and the last pixel of each row's cheapest way in every column, both (n, C).

    Args:
        bands: ink around the rows' zero lines, shape (n, h, C).
        reach: the zero line's place in them, pixels.
        scale: pixels per mm.
        leaps: column -> rows whose way may begin anew there.
    """
    rows, height, columns = bands.shape
    far = (_FAR * np.abs(np.arange(height) - reach) / scale).astype(np.float32)
    white = np.clip(1 - bands / np.float32(_BLACK), 0, 1)
    index = np.arange(height)
    cost = np.zeros((rows, height), np.float32) + 2 * far
    back = np.empty((columns, rows, height), np.int16)
    landed: dict[tuple[int, int], int] = {}
    for column in range(columns):
        for row in leaps.get(column, ()):
            landed[column, row] = int(np.argmin(cost[row]))
            cost[row] = cost[row].min() + 2 * far
        step = white[:, :, column] + np.float32(_STEP)
        total = np.cumsum(step, 1, dtype=np.float32)
        down, from_above = _carried(cost - total, index)
        before = total - step
        up, from_below = _carried((cost + before)[:, ::-1], index)
        down, up = down + total, up[:, ::-1] - before
        from_below = height - 1 - from_below[:, ::-1]
        better = up < down
        back[column] = np.where(better, from_below, from_above)
        cost = np.where(better, up, down) + step + far
    last = np.argmin(cost, 1)
    low, high = np.empty((rows, columns), np.intp), np.empty((rows, columns), np.intp)
    each = np.arange(rows)
    for column in range(columns - 1, -1, -1):
        first = back[column, each, last].astype(np.intp)
        low[:, column], high[:, column] = np.minimum(first, last), np.maximum(first, last)
        for row in leaps.get(column, ()):
            first[row] = landed[column, row]
        last = first
    return low, high


def _carried(value: Map, index: Index) -> tuple[Map, Index]:
    """Return the running minimum along a column, and where it was reached."""
    least = np.minimum.accumulate(value, 1)
    where = np.maximum.accumulate(np.where(value <= least, index, 0), 1)
    return least, where


def _edged(ink: Map, x: Array, low: Index, high: Index, *, others: tuple[Index, Index], shift: int) -> Trace:
    """Return what the ink around one row's way covers of each column.

    Args:
        ink: the row's band, shape (h, C).
        x: of the columns, shape (C,).
        low: first pixel of the way, shape (C,).
        high: last one, shape (C,).
        others: the same of the other rows' ways, shape (n - 1, C) each.
        shift: y of the band's first pixel on the page.
    """
    height, each = ink.shape[0], np.arange(len(x))
    black = cv2.morphologyEx((ink >= _HALF).astype(np.uint8), cv2.MORPH_CLOSE, np.ones((1, _SLIT), np.uint8)) > 0
    index = np.arange(height, dtype=np.int16)[:, None]
    white_above = np.maximum.accumulate(np.where(black, np.int16(-1), index), 0)
    white_below = np.minimum.accumulate(np.where(black, np.int16(height), index)[::-1], 0)[::-1]
    first = np.minimum(white_above[low, each].astype(int) + 1, low)
    last = np.maximum(white_below[high, each].astype(int) - 1, high)
    for theirs, their_end in zip(*others, strict=True):
        above = (their_end < low) & (their_end >= first)
        below = (theirs > high) & (theirs <= last)
        first = np.where(above, low, first)
        last = np.where(below, high, last)
    while (trim := (first < last) & ~black[first, each]).any():
        first = first + trim
    while (trim := (first < last) & ~black[last, each]).any():
        last = last - trim
    seen = black[first, each]
    top = first - _part(ink, first, first - 1, each)
    bottom = last + _part(ink, last, last + 1, each)
    total = np.cumsum(ink, 0, dtype=np.float64)
    moment = np.cumsum(ink * index, 0, dtype=np.float64)
    begin, end = np.maximum(first - 3, 0), np.minimum(last + 2, height - 1)
    mass = total[end, each] - total[begin, each]
    middle = (moment[end, each] - moment[begin, each]) / np.maximum(mass, 1e-6)
    dark = np.minimum(ink[low, each], ink[high, each]).astype(np.float64)
    blank = np.where(seen, 0.0, np.nan)
    return Trace(x, top + shift + blank, bottom + shift + blank, middle + shift + blank, dark)


def _part(ink: Map, inside: Index, outside: Index, each: Index) -> Array:
    """Return how far from the last black pixel, towards the next, the ink falls to half."""
    a = ink[inside, each].astype(np.float64)
    b = ink[np.clip(outside, 0, ink.shape[0] - 1), each].astype(np.float64)
    return np.where(a > b, np.clip((a - _HALF) / np.maximum(a - b, 1e-6), 0, 1), 0.0)
