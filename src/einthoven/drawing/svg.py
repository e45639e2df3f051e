"""The page as one SVG document, true to the millimetre."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape

from einthoven.drawing.layout import ROW_HEIGHT, Panel
from einthoven.drawing.paper import grid
from einthoven.drawing.plan import Plan, Word, headed, named, pulses, raised, scaled, standing, ticks, warned
from einthoven.drawing.style import GRIDS, Style
from einthoven.drawing.traces import trace
from einthoven.recording import Recording

__all__ = ["ROW_HEIGHT", "vectors"]


def vectors(recording: Recording, style: Style, header: Sequence[str] = ()) -> str:
    """Return the SVG of `recording` on paper; leads the recording does not have leave their place empty."""
    plan = standing(style, min(style.seconds, recording.seconds))
    width, height = plan.width, plan.height
    ink = "".join(_ink(recording, panel, style) for panel in plan.panels)
    paper = grid(style, *plan.grid[:2], plan.grid[2:])
    names = _words(named(plan, style)) if style.names else ""
    words = _words((*headed(style, header), *warned(plan, style, recording.synthetic), *scaled(recording, plan, style)))
    described = f"{len(recording.leads)}-lead ECG, {recording.seconds:g} s at {recording.fs:g} Hz"
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" role="img" width="{width:g}mm" height="{height:g}mm" '
        f'viewBox="0 0 {width:g} {height:g}" font-family="Helvetica, Arial, sans-serif" fill="{style.ink}">'
        f"<title>{escape(next(filter(None, header), described))}</title>"
        f'<rect width="{width:g}" height="{height:g}" fill="{GRIDS[style.grid][0]}"/>{paper}'
        f'<g fill="none" stroke="{style.ink}" stroke-linejoin="round" stroke-linecap="round">'
        f'<path d="{_lines(plan, style)}" stroke-width="{style.line:g}"/>'
        f'<g transform="scale(.01)" stroke-width="{100 * style.line:g}">{ink}</g></g>{names}{words}</svg>\n'
    )


def _ink(recording: Recording, panel: Panel, style: Style) -> str:
    lead = raised(recording, panel.lead)
    if lead is None:
        return ""
    samples, level, sign = lead
    first, stop = panel.samples(recording.fs, recording.samples)
    x = panel.x + (first / recording.fs - panel.first) * style.speed
    path = trace(sign * (samples[first:stop] - level), x, panel.y, fs=recording.fs, speed=style.speed, gain=style.gain)
    return f'<path id="{panel.lead}-{panel.row}" d="{path}"/>'


def _lines(plan: Plan, style: Style) -> str:
    drawn = (*pulses(plan, style), *ticks(plan, style))
    return "".join("M" + "L".join(f"{x:g} {y:g}" for x, y in line) for line in drawn)


def _words(words: Iterable[Word]) -> str:
    return "".join(
        f'<text x="{word.x:g}" y="{word.y:g}" font-size="{word.size:g}"'
        + (' font-weight="bold"' if word.bold else "")
        + (' text-anchor="end"' if word.end else "")
        + (f' fill="{word.colour}"' if word.colour else "")
        + f">{escape(word.text)}</text>"
        for word in words
    )
