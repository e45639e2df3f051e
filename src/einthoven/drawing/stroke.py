"""Stroke: the pixels a pen covers that follows samples, column by column.

A trace is the graph of a function, so what the pen covers of a thin upright slab of the page is one interval. The
slabs are the steps from sample to sample (parts of them where samples lie far apart): each has the lowest and the
highest point of its step, widened by the round pen of its neighbours. Their exact vertical overlaps with the pixels
are summed over the slabs of a pixel column. No sample is left out, however many share a column.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

__all__ = ["Pen", "Span", "pen"]

_PARTS = 4
"""Slabs in a pixel column, at the least."""


@dataclass(frozen=True, slots=True)
class Span:
    """Where one trace runs: `samples` samples from x = `left`, `step` pixels apart (pixel edges lie on integers)."""

    left: float
    step: float
    samples: int


@dataclass(frozen=True, slots=True, eq=False)
class Pen:
    """What all pages of one style share: where the slabs of all traces lie. S slabs, R runs (a trace in a column).

    Args:
        slots: begin and end of each trace's samples in a common row of heights; NaN lies between them.
        length: number of slots in that row.
        parts: slabs that a step between samples is cut into.
        rises: how far the round pen rises over the slab it stands on, the next, the one after that, ... in pixels.
        kept: the slabs that the pen can reach at all, shape (S,).
        weights: the part of its pixel column that a slab covers, shape (S,).
        run_of: run of each slab, shape (S,).
        starts: first slab of each run, shape (R,).
        columns: pixel column of each run, shape (R,).
    """

    slots: tuple[tuple[int, int], ...]
    length: int
    parts: int
    rises: tuple[float, ...]
    kept: NDArray[np.intp]
    weights: NDArray[np.float64]
    run_of: NDArray[np.intp]
    starts: NDArray[np.intp]
    columns: NDArray[np.intp]

    def row(self) -> NDArray[np.float32]:
        """Return the row of heights, to be filled at `slots` with the y of every sample, pixels from the top edge."""
        return np.full(self.length, np.nan, np.float32)

    def covered(self, row: NDArray[np.float32], shape: tuple[int, int]) -> tuple[NDArray[np.intp], NDArray[np.uint8]]:
        """Return the pixels the pen touches, as indices into a flat page, and how much of each it covers, 0 to 255.

        A pixel that two traces touch comes twice.

        Args:
            row: the filled row of heights; a NaN lifts the pen.
            shape: height and width of the page in pixels.
        """
        top, bottom = self._slabs(row, shape[0] - 0.01)
        drawn = top < bottom
        if drawn.size and drawn.all():
            return _summed(top, bottom, (self.weights, self.run_of, self.starts, self.columns), shape[1])
        some = np.flatnonzero(drawn)
        if not some.size:
            return np.empty(0, np.intp), np.empty(0, np.uint8)
        run_of, starts = _runs(self.run_of[some])
        columns = self.columns[self.run_of[some[starts]]]
        return _summed(top[some], bottom[some], (self.weights[some], run_of, starts, columns), shape[1])

    def _slabs(self, row: NDArray[np.float32], floor: float) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        ends = row if self.parts == 1 else _cut(row, self.parts)
        low, high = np.fmin(ends[:-1], ends[1:]), np.fmax(ends[:-1], ends[1:])
        top, bottom = low - np.float32(self.rises[0]), high + np.float32(self.rises[0])
        for away, rise in enumerate(self.rises[1:], 1):
            above, below = low - np.float32(rise), high + np.float32(rise)
            for near, far in ((slice(away, None), slice(None, -away)), (slice(None, -away), slice(away, None))):
                np.fmin(top[near], above[far], out=top[near])
                np.fmax(bottom[near], below[far], out=bottom[near])
        return np.clip(top[self.kept], 0, floor), np.clip(bottom[self.kept], 0, floor)


def pen(spans: Sequence[Span], *, line: float, width: int) -> Pen:
    """Make the pen that draws `spans` with a line of `line` pixels on a page `width` pixels wide."""
    step = max((span.step for span in spans), default=1.0)
    parts = max(1, int(np.ceil(step * _PARTS)))
    thin = step / parts
    reach = int(line / 2 / thin)
    rises = tuple(float(np.sqrt((line / 2) ** 2 - (away * thin) ** 2)) for away in range(reach + 1))
    gap = -(-reach // parts) + 1
    slots, kept, columns, begin = [], [np.empty(0, np.intp)], [np.empty(0, np.intp)], gap
    for number, span in enumerate(spans):
        slots.append((begin, begin + span.samples))
        slabs = np.arange(-1 - reach, (span.samples - 1) * parts + 1 + reach)
        kept.append(slabs + begin * parts)
        centres = span.left + (slabs + 0.5) * thin
        columns.append(np.clip(centres, 0, width - 1).astype(np.intp) + number * width)
        begin += span.samples + 2 * gap - 1
    slabs, keys = np.concatenate(kept), np.concatenate(columns)
    run_of, starts = _runs(keys)
    counts = np.diff(np.append(starts, keys.size))
    weights = 1 / np.maximum(counts, int(1 / thin))  # a run at the end of a trace fills its column only in part
    return Pen(
        tuple(slots), begin - gap + 1, parts, rises, slabs, weights[run_of], run_of, starts, keys[starts] % width
    )


def _runs(keys: NDArray[np.intp]) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Number the runs of equal keys; return each element's run and each run's first element."""
    new = np.ones(keys.size, bool)
    np.not_equal(keys[1:], keys[:-1], out=new[1:])
    return np.cumsum(new) - 1, np.flatnonzero(new)


def _cut(row: NDArray[np.float32], parts: int) -> NDArray[np.float32]:
    """Return the heights at the ends of all slabs: each step between samples cut into `parts`."""
    ends = np.empty((row.size - 1, parts), np.float32)
    ends[:, 0] = row[:-1]
    for part in range(1, parts):
        ends[:, part] = row[:-1] + np.float32(part / parts) * (row[1:] - row[:-1])
    return np.append(ends.ravel(), row[-1])


def _summed(
    top: NDArray[np.float32],
    bottom: NDArray[np.float32],
    runs: tuple[NDArray[np.float64], NDArray[np.intp], NDArray[np.intp], NDArray[np.intp]],
    width: int,
) -> tuple[NDArray[np.intp], NDArray[np.uint8]]:
    """Sum the overlap of slabs and pixels, run by run.

    What a slab from t to b covers of the rows is the difference of two ramps; a ramp is a step at the row of t less
    the fraction of t there. So two weighted counts and one running sum do it for all slabs at once.
    """
    weights, run_of, starts, columns = runs
    first, last = top.astype(np.intp), bottom.astype(np.intp)
    above, below = np.minimum.reduceat(first, starts), np.maximum.reduceat(last, starts)
    heights = below - above + 1
    offsets = np.cumsum(heights) - heights
    base, total = (offsets - above)[run_of], int(heights.sum())
    cells = np.concatenate((first + base, last + base))
    steps = np.bincount(cells, np.concatenate((weights, -weights)), total)
    parts = np.bincount(cells, np.concatenate((weights * (top - first), weights * (last - bottom))), total)
    cover = np.clip(np.cumsum(steps) - parts, 0, 1) * 255 + 0.5
    pixels = np.arange(0, total * width, width) + np.repeat((above - offsets) * width + columns, heights)
    return pixels, cover.astype(np.uint8)
