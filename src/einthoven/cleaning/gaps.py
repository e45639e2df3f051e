"""Gaps: samples that are no number, mended within their own lead along time, or refused. L leads, T samples."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NoReturn

import numpy as np
from numpy.typing import NDArray

from einthoven.errors import SignalError
from einthoven.recording import Recording, Signal

__all__ = ["LONGEST", "Gap", "gaps", "mend", "refuse", "trim"]

LONGEST = 0.5
"""The longest gap in seconds that is mended unless told: about half a beat, so that no whole beat is made up."""


@dataclass(frozen=True, slots=True)
class Gap:
    """Samples of one lead that are missing: from `start` for `seconds`, at the edge of the recording or within it."""

    lead: str
    start: float
    seconds: float


def gaps(recording: Recording) -> tuple[Gap, ...]:
    """List every stretch of NaN or infinity, lead by lead.

    >>> gaps(Recording([[0, np.nan, np.nan, 1]], ["V1"], 100))
    (Gap(lead='V1', start=0.01, seconds=0.02),)
    """
    if np.isfinite(recording.signal).all():
        return ()
    found = []
    for name, row in zip(recording.leads, ~np.isfinite(recording.signal), strict=True):
        starts, stops = _runs(row)
        pairs = zip(starts.tolist(), stops.tolist(), strict=True)
        found += [Gap(name, a / recording.fs, (b - a) / recording.fs) for a, b in pairs]
    return tuple(found)


def mend(recording: Recording, *, longest: float = LONGEST) -> Recording:
    """Fill gaps of at most `longest` seconds by a monotone curve through the samples on both sides.

    Each lead is mended from itself alone. At the edges the nearest sample is held. The curve (PCHIP) stays between
    the two samples it joins, so nothing is made up that is higher or lower than what was measured.

    Args:
        recording: any.
        longest: the longest gap that is mended, in seconds.

    Returns:
        A Recording without gaps, the mended ones counted in its history; the same Recording when it had none.

    Raises:
        SignalError: a gap is longer.

    >>> mend(Recording([[0, np.nan, 2, 3]], ["V1"], 100)).signal
    array([[0., 1., 2., 3.]], dtype=float32)

    Source: Fritsch and Carlson, Monotone piecewise cubic interpolation (1980).
    """
    found = gaps(recording)
    if not found:
        return recording
    long = [gap for gap in found if gap.seconds > longest + 0.5 / recording.fs]
    if long:
        _refuse(long, f"gaps of up to {longest:g} s are mended within their lead")
    signal = recording.signal.copy()
    hurt = dict.fromkeys(gap.lead for gap in found)
    for name in hurt:
        _mend_lead(signal[recording.leads.index(name)])
    total = f"{len(found)} gap{'s' * (len(found) > 1)} mended, longest {max(gap.seconds for gap in found):g} s"
    return recording.changed(f"{total} ({' '.join(hurt)})", signal)


def refuse(recording: Recording) -> Recording:
    """Return the recording if every sample is a number. Raises SignalError naming leads and lengths when not."""
    found = gaps(recording)
    if found:
        _refuse(found, "every sample is a number")
    return recording


def trim(recording: Recording) -> Recording:
    """Cut off the beginning and the end where no lead was measured: the recording is shorter there, not broken.

    Raises:
        SignalError: no lead has a single number.

    >>> trim(Recording([[np.nan, 1, 2, np.nan], [np.nan, np.nan, 2, np.nan]], ["I", "II"], 1))
    Recording(2 leads x 2 samples, 1 Hz, 2 s)
    """
    if np.isfinite(recording.signal[:, 0]).any() and np.isfinite(recording.signal[:, -1]).any():
        return recording
    there = np.flatnonzero(np.isfinite(recording.signal).any(axis=0))
    if not there.size:
        _refuse(gaps(recording), "a recording has at least one measured sample")
    return recording.crop(there[0] / recording.fs, (there[-1] + 1) / recording.fs)


def _runs(mask: NDArray[np.bool_]) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    edges = np.flatnonzero(np.diff(mask, prepend=False, append=False))
    return edges[::2], edges[1::2]


def _mend_lead(row: Signal) -> None:
    from scipy.interpolate import pchip_interpolate

    lost = ~np.isfinite(row)
    known = np.flatnonzero(~lost)
    for first, stop in zip(*_runs(lost), strict=True):
        # two samples on each side settle the slopes at the ends, so the rest of the lead need not be seen
        right = np.searchsorted(known, first)
        around = known[max(right - 2, 0) : right + 2]
        inside = np.clip(np.arange(first, stop), known[0], known[-1])
        row[first:stop] = pchip_interpolate(around, row[around], inside) if len(around) > 1 else row[around[0]]


def _refuse(found: list[Gap] | tuple[Gap, ...], rule: str) -> NoReturn:
    longest: dict[str, float] = {}
    for gap in found:
        longest[gap.lead] = max(gap.seconds, longest.get(gap.lead, 0))
    worst = ", ".join(f"{lead} lacks {seconds:g} s" for lead, seconds in longest.items())
    raise SignalError(
        rule,
        came=f"{len(found)} gap{'s' * (len(found) > 1)} came: {worst}",
        instead="Crop to a stretch without them, select the other leads, or allow longer gaps with mend(longest=...).",
        see="docs/cleaning.md",
    )
