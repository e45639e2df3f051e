"""Beat: the median beat of an ECG and where its waves lie. Shapes: L leads, T samples.

Everything hand-made is measured on it, so that features and measures agree on where a QRS begins.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from einthoven.cleaning import clean
from einthoven.cleaning.beats import r_peaks
from einthoven.recording import Recording

__all__ = ["AFTER", "BEFORE", "FS", "LEADS", "Beat", "median_beat"]

Array = NDArray[np.float64]
LEADS = ("I", "II", "V1", "V2", "V3", "V4", "V5", "V6")
"""The eight independent leads."""
FS = 250.0
BEFORE, AFTER = 80, 150
"""Samples of the median beat before and after the R peak: 320 and 600 ms."""


@dataclass(frozen=True, eq=False)
class Beat:
    """The median beat of one ECG, band 0.5-40 Hz, 250 Hz.

    Args:
        signal: mV in the leads `LEADS`, shape (8, BEFORE + AFTER); the PQ segment is 0 mV, the R peak at `BEFORE`.
        peaks: R peaks of all beats in samples of 250 Hz.
    """

    signal: Array
    peaks: NDArray[np.int64]

    @cached_property
    def qrs(self) -> tuple[int, int]:
        """First and last sample of the QRS: where the slope of all leads stays above an eighth of its peak."""
        slope = np.convolve(np.sqrt((np.diff(self.signal, axis=1) ** 2).sum(axis=0)), np.ones(3) / 3, "same")
        first, last = BEFORE - 20, BEFORE + 30
        above = np.flatnonzero(slope[first:last] > slope[first:last].max() / 8)
        return first + int(above[0]), first + int(above[-1]) + 1

    @cached_property
    def size(self) -> Array:
        """Root of the summed squares of the leads at each sample, mV, shape (T,)."""
        return np.asarray(np.sqrt((self.signal**2).sum(axis=0)))

    @property
    def p_wave(self) -> Array:
        """The part of `size` in which the P wave is looked for: from 320 ms before R to 32 ms before the QRS."""
        return self.size[: max(self.qrs[0] - 8, 10)]

    @property
    def t_start(self) -> int:
        """Sample at which the T wave is looked for, 60 ms after the QRS."""
        return min(self.qrs[1] + 15, BEFORE + AFTER - 1)

    @cached_property
    def t_peak(self) -> int:
        """Sample of the T wave's peak in `size`."""
        return self.t_start + int(np.argmax(self.size[self.t_start :]))

    @cached_property
    def t_end(self) -> int:
        """Sample at which `size` falls below a quarter of the T wave's peak, or the beat ends."""
        below = np.flatnonzero(self.size[self.t_peak :] < 0.25 * self.size[self.t_peak])
        return self.t_peak + int(below[0]) if below.size else BEFORE + AFTER


def median_beat(recording: Recording) -> Beat | None:
    """Return the median beat; None with fewer than three beats, or fewer than two whole ones.

    Raises:
        SignalError: nothing was measured, or a gap is too long to mend.
        LeadError: one of the eight leads was neither recorded nor can be derived.
    """
    tidy = clean(recording, band=(0.5, 40), fs=FS, leads=LEADS)
    peaks = r_peaks(tidy)
    signal = _median(tidy.signal.astype(np.float64), peaks.tolist())
    return None if signal is None else Beat(signal, peaks)


def _median(signal: Array, peaks: Sequence[int]) -> Array | None:
    whole = [peak for peak in peaks if BEFORE <= peak < signal.shape[1] - AFTER]
    if len(whole) < 2 or len(peaks) < 3:
        return None
    beat: Array = np.median(np.stack([signal[:, peak - BEFORE : peak + AFTER] for peak in whole]), axis=0)
    return beat - np.median(beat[:, BEFORE - 22 : BEFORE - 15], axis=1, keepdims=True)  # the PQ segment is 0 mV
