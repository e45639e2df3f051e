"""Stroke: the pixels a pen covers that follows samples, column by column.

A trace is the graph of a function, so what the pen covers of a thin upright slab of the page is one interval. The
slabs are the steps from sample to sample (parts of them where samples lie far apart): each is covered as far as the
round pen rises over its middle when it stands at the slab's own ends and at those of its neighbours. The exact
vertical overlaps of slabs and pixels are summed over a pixel column. No sample is left out, however many share one.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

__all__ = ["Pen", "Runs", "Span", "pen"]

_PARTS = 5
"""Slabs in a pixel column, at the least."""
_STEP = 2.0**20
"""What a step weighs in a sum that also holds fractions."""


@dataclass(frozen=True, slots=True)
class Span:
    """Where one trace runs: `samples` samples from x = `left`, `step` pixels apart (pixel edges lie on integers)."""

    left: float
    step: float
    samples: int


Runs = tuple[NDArray[np.intp], NDArray[np.intp], NDArray[np.intp], NDArray[np.float64]]
"""Of S slabs and R runs (the slabs of one trace in one pixel column): run of each slab, shape (S,); first slab of each
run, its pixel column, and what one slab of it covers of a pixel, of 255, shape (R,)."""


@dataclass(frozen=True, slots=True, eq=False)
class Pen:
    """What all pages of one style share: where the slabs of all traces lie.

    Args:
        slots: begin and end of each trace's samples in a common row of heights; NaN lies between them.
        length: number of slots in that row.
        parts: slabs that a step between samples is cut into.
        rises: how far the round pen, in pixels, rises over the middle of a slab when it stands at its end, at the
            end of the next slab, the one after that, ...
        kept: the slabs that the pen can reach at all, shape (S,); None for all.
        runs: run of each slab, first slab, pixel column and weight of each run.
    """

    slots: tuple[tuple[int, int], ...]
    length: int
    parts: int
    rises: tuple[np.float32, ...]
    kept: NDArray[np.intp] | None
    runs: Runs

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
            return _summed(top, bottom, self.runs, shape[1])
        some = np.flatnonzero(drawn)
        if not some.size:
            return np.empty(0, np.intp), np.empty(0, np.uint8)
        run_of, starts = _numbered(self.runs[0][some])
        old = self.runs[0][some[starts]]
        return _summed(top[some], bottom[some], (run_of, starts, self.runs[2][old], self.runs[3][old]), shape[1])

    def _slabs(self, row: NDArray[np.float32], floor: float) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        ends = row if self.parts == 1 else _cut(row, self.parts)
        above, below = ends - self.rises[0], ends + self.rises[0]
        top, bottom = np.fmin(above[:-1], above[1:]), np.fmax(below[:-1], below[1:])
        for away, rise in enumerate(self.rises[1:], 1):
            np.subtract(ends, rise, out=above)
            np.add(ends, rise, out=below)
            after, before = slice(away, None), slice(None, -away)
            np.fmin(top[after], above[: -1 - away], out=top[after])
            np.fmin(top[before], above[1 + away :], out=top[before])
            np.fmax(bottom[after], below[: -1 - away], out=bottom[after])
            np.fmax(bottom[before], below[1 + away :], out=bottom[before])
        if self.kept is not None:
            top, bottom = top[self.kept], bottom[self.kept]
        for edge in (top, bottom):
            np.minimum(np.maximum(edge, 0, out=edge), np.float32(floor), out=edge)
        return top, bottom


def pen(spans: Sequence[Span], *, line: float, width: int) -> Pen:
    """Make the pen that draws `spans` with a line of `line` pixels on a page `width` pixels wide."""
    step = max((span.step for span in spans), default=1.0)
    parts = max(1, int(np.ceil(step * _PARTS)))
    thin = step / parts
    radius = max(line / 2, thin)
    away = (np.arange(int(radius / thin + 0.5)) + 0.5) * thin
    rises = tuple(np.sqrt(radius**2 - away**2).astype(np.float32))
    reach = len(rises)
    gap = -(-reach // parts)
    slots, kept, columns, begin = [], [np.empty(0, np.intp)], [np.empty(0, np.intp)], gap
    for number, span in enumerate(spans):
        slots.append((begin, begin + span.samples))
        slabs = np.arange(-reach, (span.samples - 1) * parts + reach)
        kept.append(slabs + begin * parts)
        centres = span.left + (slabs + 0.5) * thin
        columns.append(np.clip(centres, 0, width - 1).astype(np.intp) + number * width)
        begin += span.samples + 2 * gap - 1
    slabs, keys, length = np.concatenate(kept), np.concatenate(columns), begin - gap + 1
    run_of, starts = _numbered(keys)
    counts = np.diff(np.append(starts, keys.size))
    weights = 255 / np.maximum(counts, int(1 / thin))  # a run at the end of a trace fills its column only in part
    all_kept = slabs.size == (length - 1) * parts
    return Pen(
        tuple(slots), length, parts, rises, None if all_kept else slabs, (run_of, starts, keys[starts] % width, weights)
    )


def _numbered(keys: NDArray[np.intp]) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
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
    top: NDArray[np.float32], bottom: NDArray[np.float32], runs: Runs, width: int
) -> tuple[NDArray[np.intp], NDArray[np.uint8]]:
    """Sum the overlap of slabs and pixels, run by run.

    What a slab from t to b covers of the rows is the difference of two ramps; a ramp is a step at the row of t less
    the fraction of t there. So two weighted counts and one running sum do it for all slabs at once.
    """
    run_of, starts, columns, weights = runs
    over, under = np.floor(top), np.floor(bottom)
    first, last = over.astype(np.intp), under.astype(np.intp)
    above, below = np.minimum.reduceat(first, starts), np.maximum.reduceat(last, starts)
    heights = below - above + 1
    offsets = np.cumsum(heights) - heights
    base, total = (offsets - above)[run_of], int(heights.sum())
    first += base
    last += base
    both = np.bincount(first, (top - over).astype(np.float64) + _STEP, total)
    both -= np.bincount(last, (bottom - under).astype(np.float64) + _STEP, total)
    steps = np.rint(both * (1 / _STEP))  # one weight counts steps and sums fractions: those stay far below half a step
    run = np.repeat(np.arange(heights.size), heights)
    cover = (np.cumsum(steps) + steps * _STEP - both) * weights[run] + 0.5
    pixels = ((above - offsets) * width + columns)[run]
    pixels += np.arange(0, total * width, width)
    return pixels, np.minimum(cover, 255, out=cover).astype(np.uint8)
