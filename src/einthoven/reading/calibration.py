"""Calibration: how the integers of a WFDB record become mV."""

from __future__ import annotations

from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from einthoven.reading import doubts
from einthoven.reading.header import Layout
from einthoven.reading.signalline import DEFAULT_GAIN
from einthoven.reading.units import millivolts

__all__ = ["Calibration", "calibrated"]


class Calibration(NamedTuple):
    """Steps per mV and zero of each lead.

    Args:
        gain: steps per mV, shape (L,); per unit of the file where that is no voltage.
        baseline: the integer that stands for 0 mV, shape (L,).
        single: gain as a float32 column (L, 1), None where float32 does not hold it exactly.
        base: baseline as a float32 column, None where it is 0 in all leads.
        remarks: what the header left open.
    """

    gain: NDArray[np.float64]
    baseline: NDArray[np.float64]
    single: NDArray[np.float32] | None
    base: NDArray[np.float32] | None
    remarks: tuple[str, ...]

    def physical(self, samples: NDArray[Any]) -> NDArray[np.float32]:
        """Return (samples - baseline) / gain as float32 (L, T), rounded once.

        In float32 that is exact for 16-bit integers when gain and baseline are float32 numbers: a quotient of two
        such numbers rounds the same way with and without a detour over float64. All else goes over float64.
        """
        if samples.dtype.itemsize > 2 or self.single is None:
            return ((samples - self.baseline[:, None]) / self.gain[:, None]).astype(np.float32)
        signal = samples.astype(np.float32)
        if self.base is not None:
            signal -= self.base
        signal /= self.single
        return signal


@lru_cache(maxsize=1024)
def calibrated(layout: Layout, names: tuple[str, ...]) -> Calibration:
    """Return how the integers of a record become mV; computed once for all records of one layout.

    Args:
        layout: of the header.
        names: of the leads, for the remarks.
    """
    remarks = []
    gain, baseline = np.array(layout.gain, np.float64), np.array(layout.baseline, np.float64)
    silent = np.flatnonzero(gain == 0).tolist()
    if silent:
        gain[silent] = DEFAULT_GAIN
        remarks.append(
            f"{doubts.named(names, silent)}: gain 0 or no gain came, which means uncalibrated: {DEFAULT_GAIN:g} steps "
            "per mV are assumed, as WFDB does; write the true gain into the header"
        )
    factors = [millivolts(unit) for unit in layout.unit]
    strange = [row for row, factor in enumerate(factors) if factor is None]
    if strange:
        remarks.append(
            f"{doubts.named(names, strange)}: not a voltage: its samples stay in the unit of the file; "
            "leave it out with recording.select"
        )
    gain /= np.array([factor or 1.0 for factor in factors])
    if max(layout.frame) > 1:
        remarks.append("some signals have several samples per frame: they were averaged to the rate of the frames")
    gain.flags.writeable = baseline.flags.writeable = False  # shared by every record that has them
    single = gain.astype(np.float32)[:, None]
    exact = (single[:, 0] == gain).all() and np.abs(baseline).max() < 1 << 22
    base = baseline.astype(np.float32)[:, None] if baseline.any() else None
    return Calibration(gain, baseline, single if exact else None, base, tuple(remarks))
