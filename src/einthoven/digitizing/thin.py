"""Thin: from what a round pen covered back to where its middle went. Shapes: C columns, T samples.

The ink is the way of the pen's middle, dilated by a disc; so the disc around every point of the way lies in the ink,
which leaves an interval of heights at each time. Where it is narrow its middle is taken. Where it is tall the pen went
up or down there: the way leads from where it came, over the heights that only a peak explains, to where it goes on.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.signal import find_peaks

from einthoven.digitizing.trace import Trace

__all__ = ["half_line", "thinned"]

Array = NDArray[np.float64]
_TURN = 1.5
"""Pixels by which a peak or a trough within a tall stretch stands out."""
_TIGHT, _CROSSED = 0.3, 0.03
"""Pixels that a pen lacks of the room it needs, and the share of places where it may: edges are known so well."""


def half_line(traces: list[Trace], scale: float) -> float:
    """Return half the thickness of the line, pixels: the largest pen whose way the ink has room for.

    Args:
        traces: of all rows.
        scale: pixels per mm.
    """
    ends = [_outlines(trace) for trace in traces if np.isfinite(trace.top).sum() > 1]
    radii = np.arange(0.05, 0.5, 0.01) * scale
    if not ends:
        return float(radii[5])
    for number, radius in enumerate(radii):
        without = [_room(*outline, outline[0][::3], radius) for outline in ends]
        crossed = np.mean(np.concatenate([upper - lower > _TIGHT for upper, lower in without]))
        if crossed > _CROSSED:
            return float(radii[max(number - 1, 0)])
    return float(radii[-1])


def _outlines(trace: Trace) -> tuple[Array, Array, Array]:
    """Return x, and the upper and the lower edge of the ink with its gaps bridged."""
    x, known = trace.columns, np.isfinite(trace.top)
    return x, np.interp(x, x[known], trace.top[known]), np.interp(x, x[known], trace.bottom[known])


def _room(x: Array, tops: Array, bottoms: Array, at: Array, radius: float) -> tuple[Array, Array]:
    """Return the highest and the lowest place for the middle of a pen of this radius at some x."""
    upper, lower = np.full(len(at), -np.inf), np.full(len(at), np.inf)
    for away in np.linspace(-radius, radius, 8 * max(int(np.ceil(radius)), 1) + 1):
        rise = np.sqrt(max(radius**2 - away**2, 0))
        upper = np.maximum(upper, np.interp(at + away, x, tops) + rise)
        lower = np.minimum(lower, np.interp(at + away, x, bottoms) - rise)
    return upper, lower


def thinned(trace: Trace, at: Array, radius: float) -> Array:
    """Return the heights of the pen's middle, NaN where there is no ink.

    Args:
        trace: of one row.
        at: x of the wanted samples, pixels, rising, shape (T,).
        radius: of the pen, pixels.

    Returns:
        y in pixels, shape (T,).
    """
    x = trace.columns
    known = np.isfinite(trace.top)
    if known.sum() < 2:
        return np.full(len(at), np.nan)
    upper, lower = _room(*_outlines(trace), at, radius)
    height = (upper + lower) / 2
    crossed = upper > lower
    upper[crossed] = lower[crossed] = height[crossed]
    tall = lower - upper > max(0.8 * radius, 1.0)
    level = np.interp(at, x[known], trace.middle[known])
    height = np.where(tall, height, np.clip(level, np.minimum(upper, lower), np.maximum(upper, lower)))
    edges = np.flatnonzero(np.diff(np.concatenate(([0], tall.astype(np.int8), [0])))).reshape(-1, 2)
    for begin, end in edges:
        _led(height, upper, lower, begin, end)
    gap = np.interp(at, x, (~known).astype(float)) > 0.5
    return np.where(gap, np.nan, height)


def _led(height: Array, upper: Array, lower: Array, begin: int, end: int) -> None:
    """Lead the way through a tall stretch, in place.

    Up to the first peak and down from the last the way is the upper outline, to the first trough and from the last the
    lower one; between them it is as straight as the ink allows. Where there is none it is the middle.
    """
    before = height[begin - 1] if begin else (upper[begin] + lower[begin]) / 2
    after = height[end] if end < len(height) else (upper[end - 1] + lower[end - 1]) / 2
    turns = []
    for outline, sign in ((upper, -1.0), (lower, 1.0)):
        ends = sign * np.array([before, after])
        heights = np.concatenate((ends[:1], sign * outline[begin:end], ends[1:]))
        tops = find_peaks(heights, prominence=_TURN)[0]
        turns += [(begin + int(top) - 1, outline) for top in tops]
    if not turns:
        return
    turns.sort(key=lambda turn: turn[0])
    (first, opening), (last, closing) = turns[0], turns[-1]
    between = np.arange(first, last + 1)
    straight = np.interp(between, [turn[0] for turn in turns], [turn[1][turn[0]] for turn in turns])
    height[begin:first] = opening[begin:first]
    height[first : last + 1] = np.clip(straight, upper[between], lower[between])
    height[last + 1 : end] = closing[last + 1 : end]
