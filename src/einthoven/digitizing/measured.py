"""Measured: a flat page whose rows and layout are known becomes samples in time and mV."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from einthoven.digitizing.arrangement import Arrangement
from einthoven.digitizing.digitized import Digitized, Lead
from einthoven.digitizing.grid import Grid
from einthoven.digitizing.printed import printed_scale
from einthoven.digitizing.pulse import Pulse
from einthoven.digitizing.rows import Rows
from einthoven.digitizing.sheet import Sheet, moved
from einthoven.digitizing.thin import half_line, thinned
from einthoven.digitizing.trace import Trace, traced
from einthoven.drawing.layout import Panel
from einthoven.errors import PageError
from einthoven.recording import LEADS, Recording

__all__ = ["measured", "unread"]

Array = NDArray[np.float64]

_NAMED = 0.5
"""Likeness of the names from which they are recognised."""
_BLURRED = 0.9
"""How much shorter than a whole number of half seconds the traces may look, mm."""
_SNAP = 0.1
"""Traces begin, and zero lines lie, on whole half mm of the grid where they are so near to one, mm."""


def unread(came: str) -> PageError:
    """Return the error of a page that cannot be read."""
    return PageError(
        "a page to be digitized shows a standard 12-lead ECG",
        came=came,
        instead="Photograph the whole page, flat and sharp, from straight above, or give layout=, speed= and gain=.",
        see="docs/digitizing.md",
    )


def measured(
    sheet: Sheet, rows: Rows, arrangement: Arrangement, pulse: Pulse | None, *,
    fs: float, speed: float | None, gain: float | None, grid: Grid, picture: NDArray[np.uint8],
) -> Digitized:  # fmt: skip
    """Measure what stands on a flat page whose layout is known.

    Args:
        sheet: the flat page.
        rows: of traces.
        arrangement: which lead stands where.
        pulse: None where none is seen.
        fs: sampling rate of the Recording, Hz.
        speed: mm/s; None to find it.
        gain: mm/mV; None to find it.
        grid: of the picture.
        picture: red, green, blue, shape (H, W, 3).

    Raises:
        PageError: a row has no trace.
    """
    used = slice(arrangement.first, arrangement.first + arrangement.layout.lines)
    rows = Rows(rows.ink, rows.zeros[used], rows.pitch, rows.start, rows.stop)
    begin = pulse.end if pulse is not None and pulse.joins(rows) else rows.start
    wide = rows.stop - begin
    counts = [len(leads) for leads in arrangement.layout.rows]
    breaks = [[begin + wide * column / count for column in range(1, count)] for count in counts]
    traces = traced(rows, sheet.scale, breaks)
    if any(np.isfinite(trace.top).sum() < 2 for trace in traces):
        raise unread("no rows of traces are found on its grid")
    radius = half_line(traces, sheet.scale)
    long_mm = (rows.stop - rows.start) / sheet.scale
    said = (None, None) if pulse else printed_scale(rows, sheet.scale)
    speed = speed or (pulse.speed if pulse else said[0] or (12.5 if 100 < long_mm < 140 else 25.0))
    gain = gain or (pulse.gain if pulse else said[1] or 10.0)
    start, seconds = _timed(traces, rows, radius, sheet, pulse, speed=speed, fs=fs)
    step = speed / fs * sheet.scale
    zeros = _levelled(traces, rows, sheet, pulse)
    panels = arrangement.layout.panels(seconds, speed=1.0, row_height=1.0, left=0.0, top=0.0)
    back = np.asarray(np.linalg.inv(sheet.homography), np.float64)
    leads = [
        _lead(panel, traces[panel.row], zeros[panel.row], start=start, step=step, fs=fs, radius=radius,
              tall=gain * sheet.scale, back=back)
        for panel in panels
    ]  # fmt: skip
    leads = _strips_named(leads, fs)
    signal = np.full((12, round(seconds * fs)), np.nan, np.float32)
    for lead in leads:
        upright, sign = lead.name.removeprefix("-"), -1 if lead.name.startswith("-") else 1
        at = round(lead.first * fs)
        part = signal[LEADS.index(upright), at : at + len(lead.samples)]
        part[:] = sign * lead.samples[: len(part)]
    notes = [f"grid error {grid.error:.3f} mm", f"names alike {arrangement.likeness:.2f}"]
    if arrangement.likeness < _NAMED:
        notes.append("the names of the leads were not recognised: the layout is a guess by the number of rows")
    if pulse is None:
        notes.append("no calibration pulse: speed and gain are " + ("as printed" if all(said) else "assumed"))
    history = f"digitized from a page, {arrangement.name}, {speed:g} mm/s, {gain:g} mm/mV"
    recording = Recording(signal, LEADS, fs, history=(history,))
    return Digitized(
        recording, tuple(leads), arrangement.name, arrangement.layout, speed, gain,
        grid.px_per_mm, grid.homography, tuple(notes), picture,
    )  # fmt: skip


def _timed(
    traces: list[Trace], rows: Rows, radius: float, sheet: Sheet, pulse: Pulse | None, *, speed: float, fs: float
) -> tuple[float, float]:
    """Return the x of the first sample, pixels, and the seconds shown.

    The ink of most rows begins half a line before the first sample and ends half a line after the last. A blurred end
    is shorter, at both ends alike: where the length is a whole number of half seconds but for that, the middle stays.
    """
    seen = [trace.columns[np.isfinite(trace.top)] for trace in traces]
    start = float(np.median([one[0] for one in seen])) + radius
    stop = float(np.median([one[-1] for one in seen])) - radius
    joined = pulse is not None and pulse.joins(rows)
    if joined and pulse is not None:
        start = _snapped(pulse.end, sheet, 0, near=0.3)
    second = speed * sheet.scale
    seconds = (stop - start) / second + 1 / fs
    whole = round(2 * seconds) / 2
    if whole and abs(seconds - whole) * speed < _BLURRED:
        if not joined:
            start = (start + stop - (whole - 1 / fs) * second) / 2
        seconds = whole
    return start if joined else _snapped(start, sheet, 0), seconds


def _snapped(x: float, sheet: Sheet, axis: int, near: float = _SNAP) -> float:
    """Return a place moved onto the nearest whole half mm of the grid, where it is near one."""
    mm = sheet.origin[axis] + x / sheet.scale
    half = round(2 * mm) / 2
    return (half - sheet.origin[axis]) * sheet.scale if abs(mm - half) < near else x


def _levelled(traces: list[Trace], rows: Rows, sheet: Sheet, pulse: Pulse | None) -> Array:
    """Return each row's zero line: where the pulse stands, else where the trace mostly is; rows are evenly spaced."""
    own = np.array([np.nanmedian((trace.top + trace.bottom) / 2) for trace in traces])
    if pulse is not None:
        feet = pulse.feet(rows, sheet.scale)
        own = np.where(np.isfinite(feet), feet, own)
    own = np.where(np.abs(own - rows.zeros) < 3 * sheet.scale, own, rows.zeros)
    number = np.arange(len(own))
    if len(own) >= 3:
        one, other = np.triu_indices(len(own), 1)
        pitch = np.median((own[other] - own[one]) / (other - one))
        offset = np.median(own - pitch * number)
        near = np.abs(own - offset - pitch * number) < 0.2 * sheet.scale
        if near.sum() >= 3:
            pitch, offset = np.polyfit(number[near], own[near], 1)
        even = offset + pitch * number
        own = np.where(np.abs(own - even) < 1.5 * sheet.scale, even, own)
    return np.array([_snapped(zero, sheet, 1) for zero in own])


def _strips_named(leads: list[Lead], fs: float) -> list[Lead]:
    """Name each rhythm strip after the lead that it repeats."""
    longest = max(len(lead.samples) for lead in leads)
    panels = [lead for lead in leads if len(lead.samples) < longest]
    named = list(panels)
    for strip in leads[len(panels) :]:
        likeness = {
            panel.name.removeprefix("-"): _agreement(strip.samples[round(panel.first * fs) :], panel.samples)
            for panel in panels
        }
        best = max(likeness, key=lambda name: likeness[name], default=strip.name)
        clear = likeness and likeness[best] > max(0.8, likeness.get(strip.name, -1.0) + 0.1)
        named.append(replace(strip, name=best) if clear else strip)
    return named


def _agreement(long: NDArray[np.float32], short: NDArray[np.float32]) -> float:
    """Return the correlation of a lead with the same time of a strip."""
    both = np.isfinite(long[: len(short)]) & np.isfinite(short[: len(long)])
    one, other = long[: len(short)][both], short[: len(long)][both]
    if both.sum() < 50 or not one.std() or not other.std():
        return -1.0
    return float(np.corrcoef(one, other)[0, 1])


def _lead(
    panel: Panel, trace: Trace, zero: float, *,
    start: float, step: float, fs: float, radius: float, tall: float, back: Array,
) -> Lead:  # fmt: skip
    first, count = round(panel.first * fs), round((panel.last - panel.first) * fs)
    at = start + step * (first + np.arange(count, dtype=np.float64))
    part = trace.within(at[0] - 1.5 * radius, at[-1] + 1.5 * radius)
    y = thinned(part, at, radius)
    inked = float(np.mean(np.isfinite(part.top) & (part.dark > 0.3))) if len(part.dark) else 0.0
    samples = ((zero - y) / tall).astype(np.float32)
    if inked < 0.35:
        samples[:] = np.nan
    return Lead(panel.lead, panel.row, panel.first, samples, moved(np.column_stack((at, y)), back), inked)
