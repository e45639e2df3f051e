"""Edges: how a signal goes on beyond its ends. Mirrored oddly, and closed to a circle. L leads, T samples, N circle."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from einthoven.recording import Signal

__all__ = ["KEPT", "circle", "line", "unfold"]

KEPT = 1 << 17
"""Tables of up to this many samples are kept for the next recording of the same length; longer ones are let go."""


@lru_cache(maxsize=256)
def circle(samples: int, reach: int) -> int:
    """Return a circumference N that the Fourier transform likes, with `reach` mirrored samples on each side.

    One whole odd period has 2T - 2 samples: nothing jumps where it closes, so a short signal never needs more,
    however slow the filter. A long signal stops at `reach`, where the filter no longer hears the join.

    >>> circle(5000, 5000), circle(1_000_000, 5000)
    (10000, 1012500)
    """
    from scipy.fft import next_fast_len

    return int(next_fast_len(max(min(2 * samples - 2, samples + 2 * reach), samples), real=True))


def line(signal: Signal) -> Signal:
    """Return the straight line from each lead's first sample to its last, shape (L, T).

    A zero-phase filter maps a line to itself times its gain at 0 Hz, so the line can be set aside exactly;
    what remains is zero at both ends, and its odd mirror closes without a jump.

    >>> line(np.array([[1, 9, 2]], np.float32))
    array([[1. , 1.5, 2. ]], dtype=float32)
    """
    first, last = signal[:, :1], signal[:, -1:]
    ramp = _ramp if signal.shape[1] <= KEPT else _ramp.__wrapped__
    out: Signal = np.multiply(ramp(signal.shape[1]), last - first)
    out += first
    return out


def unfold(signal: Signal, n: int) -> NDArray[np.float32]:
    """Lay the signal less its `line` on a circle of n samples: itself, its odd mirror after, its odd mirror before.

    The odd mirror 2 x[0] - x[k] is what `scipy.signal.filtfilt` pads with. Sample 0 stays at place 0, so that a
    change of rate needs no shift; the mirror before the start lies at the circle's end.

    Args:
        signal: mV, shape (L, T).
        n: circumference in samples, as `circle` gives it.

    Returns:
        float32 of shape (L, n).

    >>> unfold(np.array([[0, 1, 3, 0]], np.float32), 6)
    array([[ 0.,  1.,  3.,  0., -3., -1.]], dtype=float32)
    """
    L, T = signal.shape
    after = (n - T + 1) // 2
    before = n - T - after
    out = np.empty((L, n), np.float32)
    np.subtract(signal, line(signal), out=out[:, :T])
    if after > T - 2:
        return _wind(out, T)
    if after:
        np.negative(out[:, T - 2 : T - 2 - after : -1], out=out[:, T : T + after])
    if before:
        np.negative(out[:, before:0:-1], out=out[:, n - before :])
    return out


def _wind(out: NDArray[np.float32], T: int) -> NDArray[np.float32]:
    """Fill a circle longer than the mirrors of one signal: the odd period goes round as often as it must."""
    n = out.shape[1]
    place = np.arange(T, n)
    place = np.where(place < T + (n - T + 1) // 2, place, place - n) % max(2 * T - 2, 1)
    sign = np.where(place < T, np.float32(1), np.float32(-1))
    out[:, T:] = sign * out[:, np.where(place < T, place, 2 * T - 2 - place)] if T > 1 else 0
    return out


@lru_cache(maxsize=32)
def _ramp(samples: int) -> NDArray[np.float32]:
    ramp = np.linspace(0, 1, samples, dtype=np.float32)
    ramp.flags.writeable = False
    return ramp
