"""Gaps: samples that were not measured, mended within their own lead along time, or refused. L leads, T samples."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NoReturn

import numpy as np
from numpy.typing import NDArray

from einthoven.errors import SignalError
from einthoven.recording import Recording, Signal

__all__ = ["LONGEST", "Gap", "gaps", "mend", "rails", "refuse", "trim", "unmendable"]

LONGEST = 0.5
"""The longest gap in seconds that is mended unless told: about half a beat, so that no whole beat is made up."""
CLIPPED = 0.02
"""A lead that stays at its own extreme for this many seconds has left its converter's range: no wave is so flat."""
RAIL = 3.0
"""An end of range lies at least this far from 0 mV; a quiet baseline of a noise-free lead is no rail."""


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


def rails(recording: Recording) -> tuple[Gap, ...]:
    """List every stretch where a lead stands at the end of its range, at least 3 mV out for at least 20 ms.

    >>> wave = np.clip(9 * np.sin(np.arange(500) / 40), -9, 5)
    >>> [gap.seconds for gap in rails(Recording(wave[None], ["V2"], 500))]
    [0.158, 0.158]
    """
    signal = recording.signal
    # a NaN compares as false: its lead is looked at, the quiet ones are passed over
    quiet = (signal.max(axis=1) < RAIL) & (signal.min(axis=1) > -RAIL)
    # two equal samples on top of a wave are chance at a low rate; five are not
    least = max(CLIPPED, 4.5 / recording.fs)
    found = []
    for row in np.flatnonzero(~quiet):
        for end in _far_ends(signal[row]):
            starts, stops = _runs(signal[row] == end)
            pairs = zip(starts.tolist(), stops.tolist(), strict=True)
            spans = [Gap(recording.leads[row], a / recording.fs, (b - a) / recording.fs) for a, b in pairs]
            found += [gap for gap in spans if least <= gap.seconds < recording.seconds - 0.5 / recording.fs]
    return tuple(found)


def unmendable(recording: Recording, *, longest: float = LONGEST) -> tuple[Gap, ...]:
    """List the gaps, and the stretches at the end of a lead's range, that are longer than `longest` seconds."""
    return _long(gaps(recording), rails(recording), longest + 0.5 / recording.fs)


def _long(missing: tuple[Gap, ...], stuck: tuple[Gap, ...], limit: float) -> tuple[Gap, ...]:
    worse = max(limit, LONGEST)
    return (*(gap for gap in missing if gap.seconds > limit), *(gap for gap in stuck if gap.seconds > worse))


def mend(recording: Recording, *, longest: float = LONGEST) -> Recording:
    """Fill gaps of at most `longest` seconds by a monotone curve through the samples on both sides.

    Each lead is mended from itself alone. At the edges the nearest sample is held. The curve (PCHIP) stays between
    the two samples it joins, so nothing is made up that is higher or lower than what was measured. A lead at the end
    of its range holds nothing to mend from: short clipping stays as it is and is said in the warnings; longer than
    `longest` the lead was off.

    Args:
        recording: any.
        longest: the longest gap that is mended, in seconds.

    Returns:
        A Recording without gaps, the mended ones counted in its history; the same Recording when there was nothing.

    Raises:
        SignalError: a gap is longer, or a lead is at the end of its range for longer.

    >>> mend(Recording([[0, np.nan, 2, 3]], ["V1"], 100)).signal
    array([[0., 1., 2., 3.]], dtype=float32)

    Source: Fritsch and Carlson, Monotone piecewise cubic interpolation (1980).
    """
    found, stuck = gaps(recording), rails(recording)
    long = _long(found, stuck, longest + 0.5 / recording.fs)
    if long:
        _refuse(long, f"gaps of up to {longest:g} s are mended within their lead", "raise longest=")
    doubts = {f"lead {gap.lead} reaches the end of its range" for gap in stuck} - {*recording.warnings}
    recording = recording.doubted(*sorted(doubts)) if doubts else recording
    if not found:
        return recording
    signal = recording.signal.copy()
    hurt = dict.fromkeys(gap.lead for gap in found)
    for name in hurt:
        _mend_lead(signal[recording.leads.index(name)])
    total = f"{len(found)} gap{'s' * (len(found) > 1)} mended, longest {max(gap.seconds for gap in found):g} s"
    return recording.changed(f"{total} ({' '.join(hurt)})", signal)


def refuse(recording: Recording) -> Recording:
    """Return the recording if every sample was measured. Raises SignalError naming leads and lengths when not."""
    found = (*gaps(recording), *(gap for gap in rails(recording) if gap.seconds > LONGEST))
    if found:
        _refuse(found, "every sample is a number within the range of its lead", 'write gaps="mend"')
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
        _refuse(gaps(recording), "a recording has at least one measured sample", "read another recording")
    return recording.crop(there[0] / recording.fs, (there[-1] + 1) / recording.fs)


def _far_ends(row: Signal) -> list[np.float32]:
    known = row[np.isfinite(row)]
    return [end for end in (known.max(), known.min()) if abs(end) >= RAIL] if known.size else []


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


def _refuse(found: tuple[Gap, ...], rule: str, otherwise: str) -> NoReturn:
    longest: dict[str, float] = {}
    for gap in found:
        longest[gap.lead] = max(gap.seconds, longest.get(gap.lead, 0))
    worst = ", ".join(f"{lead} for up to {seconds:g} s" for lead, seconds in longest.items())
    raise SignalError(
        rule,
        came=f"{len(found)} gap{'s' * (len(found) > 1)} came ({worst})",
        instead=f"Crop to a stretch without gaps, select the other leads, or {otherwise}.",
        see="docs/cleaning.md",
    )
