"""Samples to ink: the path of one lead in hundredths of a millimetre."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

__all__ = ["trace"]


def trace(lead: NDArray[np.float32], x: float, y: float, *, fs: float, speed: float, gain: float) -> str:
    """Return the SVG path of one lead, rounded to 0.01 mm; a NaN lifts the pen.

    Args:
        lead: samples in mV, shape (T,).
        x: where the first sample lies, mm.
        y: where 0 mV lies, mm.
        fs: sampling rate in Hz.
        speed: paper speed, mm/s.
        gain: mm/mV.

    >>> trace(np.float32([0, 1, np.nan, 0]), 10, 20, fs=25, speed=25, gain=10)
    'M1000 2000L1100 1000M1300 2000'
    """
    across = np.rint(100 * (x + np.arange(lead.size) * (speed / fs))).astype(int)
    down = np.rint(100 * (y - gain * np.nan_to_num(lead))).astype(int)
    drawn = np.isfinite(lead)
    lifted = np.r_[True, ~drawn[:-1]]
    points = zip(across[drawn].tolist(), down[drawn].tolist(), lifted[drawn].tolist(), strict=True)
    return "".join(f"{'M' if up else 'L'}{a} {d}" for a, d, up in points)
