"""The page as one SVG document, true to the millimetre."""

from __future__ import annotations

from html import escape

import numpy as np
from numpy.typing import NDArray

from einthoven.drawing.layout import FOOTER, HEADER, MARGIN, PULSE, Layout, Panel
from einthoven.drawing.paper import grid, pulse
from einthoven.drawing.traces import trace
from einthoven.recording import Recording

__all__ = ["page"]

INK = "#16161d"
ROW_HEIGHT = {5: 20.0, 10: 30.0, 20: 50.0}
"""Distance of rows in mm by gain in mm/mV; other gains get 30 mm."""
SYNTHETIC = "SYNTHETIC - NOT A PATIENT"


def page(recording: Recording, layout: Layout, *, speed: float, gain: float, seconds: float, title: str) -> str:
    """Return the SVG of `recording` on paper; leads the recording does not have leave their place empty."""
    tall = ROW_HEIGHT.get(int(gain), 30.0)
    width, height = layout.size(seconds, speed=speed, row_height=tall)
    panels = layout.panels(seconds, speed=speed, row_height=tall)
    ink = "".join(_ink(recording, panel, speed=speed, gain=gain) for panel in panels)
    pulses = "".join(
        pulse(MARGIN + 2, MARGIN + HEADER + (row + 0.5) * tall, speed=speed, gain=gain)
        for row in range(len(layout.rows) + len(layout.strips))
    )
    paper = grid(MARGIN, MARGIN + HEADER, width - 2 * MARGIN, height - 2 * MARGIN - HEADER - FOOTER)
    names = "".join(_name(panel, tall) for panel in panels)
    described = f"{len(recording.leads)}-lead ECG, {recording.seconds:g} s at {recording.fs:g} Hz"
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" role="img" width="{width:g}mm" height="{height:g}mm" '
        f'viewBox="0 0 {width:g} {height:g}" font-family="Helvetica, Arial, sans-serif" fill="{INK}">'
        f"<title>{escape(title or described)}</title>"
        f'<rect width="{width:g}" height="{height:g}" fill="#fff"/>{paper}'
        f'<g fill="none" stroke="{INK}" stroke-linejoin="round" stroke-linecap="round">'
        f'<path d="{pulses}" stroke-width=".3"/><g transform="scale(.01)" stroke-width="28">{ink}</g></g>'
        f'<g font-size="3.2" font-weight="bold">{names}</g>'
        f"{_heading(recording, title, width)}{_scale(recording, height, speed=speed, gain=gain)}</svg>\n"
    )


def _ink(recording: Recording, panel: Panel, *, speed: float, gain: float) -> str:
    lead = _samples(recording, panel.lead)
    if lead is None:
        return ""
    shown = lead[round(panel.first * recording.fs) : round(panel.last * recording.fs) + 1]
    path = trace(shown, panel.x, panel.y, fs=recording.fs, speed=speed, gain=gain)
    return f'<path id="{panel.lead}-{panel.row}" d="{path}"/>'


def _samples(recording: Recording, name: str) -> NDArray[np.float32] | None:
    upright = name.removeprefix("-")
    if upright not in recording.leads:
        return None
    lead = recording.lead(upright) - np.nan_to_num(np.nanmedian(recording.lead(upright)))
    return np.asarray(-lead if name.startswith("-") else lead, np.float32)


def _name(panel: Panel, tall: float) -> str:
    return f'<text x="{panel.x + 1:g}" y="{panel.y - tall / 2 + 4:g}">{escape(panel.lead)}</text>'


def _heading(recording: Recording, title: str, width: float) -> str:
    top = f'<text x="{MARGIN:g}" y="{MARGIN + 5:g}" font-size="4.5">{escape(title)}</text>' if title else ""
    if not recording.synthetic:
        return top
    return top + (
        f'<text x="{width - MARGIN:g}" y="{MARGIN + 5:g}" font-size="4.5" font-weight="bold" fill="#b00020" '
        f'text-anchor="end">{SYNTHETIC}</text>'
    )


def _scale(recording: Recording, height: float, *, speed: float, gain: float) -> str:
    words = f"{speed:g} mm/s   {gain:g} mm/mV   {recording.fs:g} Hz   {'; '.join(recording.history)}"
    return f'<text x="{MARGIN + PULSE:g}" y="{height - MARGIN - 2:g}" font-size="3">{escape(words[:180])}</text>'
