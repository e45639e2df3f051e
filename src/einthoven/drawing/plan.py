"""Plan: where everything on a page stands, in millimetres, whether it becomes vectors or pixels."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from einthoven.drawing.layout import FOOTER, PULSE, ROW_HEIGHT, Panel
from einthoven.drawing.style import PAGES, Style
from einthoven.errors import ConfigError
from einthoven.recording import Recording

__all__ = [
    "ALARM",
    "SYNTHETIC",
    "Line",
    "Plan",
    "Word",
    "headed",
    "named",
    "pulses",
    "raised",
    "scaled",
    "standing",
    "ticks",
]

SYNTHETIC = "SYNTHETIC - NOT A PATIENT"
ALARM = "#b00020"
"""Colour of the words that say so."""
_TITLE, _LINE, _PITCH = 4.5, 3.0, 4.0
"""Height of the title, of further lines of the header, and the distance of lines, mm."""


Line = tuple[tuple[float, float], ...]
"""Corners of a line, mm."""


class Word(NamedTuple):
    """Words somewhere: the left end of their baseline at (x, y) in mm, or the right end where `end` says so."""

    text: str
    x: float
    y: float
    size: float
    bold: bool = False
    end: bool = False
    colour: str = ""


@dataclass(frozen=True, slots=True)
class Plan:
    """Where everything stands, mm from the top left corner of the page.

    Args:
        width: of the page.
        height: of the page.
        grid: left, top, width and height of the grid.
        panels: every lead in its place.
        row_height: distance of the rows.
    """

    width: float
    height: float
    grid: tuple[float, float, float, float]
    panels: tuple[Panel, ...]
    row_height: float

    def box(self, panel: Panel, speed: float) -> tuple[float, float, float, float]:
        """Return left, top, right and bottom of a lead's place."""
        half = self.row_height / 2
        return panel.x, panel.y - half, panel.x + (panel.last - panel.first) * speed, panel.y + half


@lru_cache(maxsize=256)
def standing(style: Style, seconds: float) -> Plan:
    """Plan a page of `seconds` in a style.

    Raises:
        ConfigError: the page is too small for its layout.

    >>> plan = standing(Style(), 10)
    >>> plan.width, plan.height, len(plan.panels)
    (278.5, 154.0, 13)
    """
    lines, place = style.place.lines, style.place
    wide, margin = PULSE + seconds * style.speed, style.margin
    fixed = PAGES[style.page] if isinstance(style.page, str) else style.page
    used = 2 * margin + style.heading + FOOTER
    tall = style.row_height or ROW_HEIGHT[int(style.gain)]
    if fixed is None:
        width, height = 2 * margin + wide, used + lines * tall
    else:
        width, height = fixed
        room = (height - used) / lines
        tall = style.row_height or float(min(room, 1.5 * tall) // 1)
        _refuse_small(style, fixed, (2 * margin + wide, used + lines * (style.row_height or max(tall, 8))))
    top = margin + style.heading
    panels = place.panels(seconds, speed=style.speed, row_height=tall, left=margin + PULSE, top=top)
    grid = (margin, top, width - 2 * margin, height - top - margin - FOOTER)
    return Plan(width, height, grid, panels, tall)


def _refuse_small(style: Style, page: tuple[float, float], needed: tuple[float, float]) -> None:
    if page[0] < needed[0] or page[1] < needed[1]:
        raise ConfigError(
            "a page holds its layout",
            came=f"{style.layout_name} at {style.speed:g} mm/s needs {needed[0]:g} x {needed[1]:g} mm "
            f"and the page has {page[0]:g} x {page[1]:g}",
            instead='Use page="fit", show fewer seconds, or run the paper more slowly.',
            see="docs/drawing.md",
        )


def raised(recording: Recording, lead: str) -> tuple[NDArray[np.float32], float, int] | None:
    """Return a lead's samples in mV, the level that lies on its line, and its sign; None when it is absent."""
    upright = lead.removeprefix("-")
    if upright not in recording.leads:
        return None
    samples = recording.signal[recording.leads.index(upright)]
    return samples, levels(samples[None])[0], -1 if lead.startswith("-") else 1


def levels(signal: NDArray[np.float32]) -> list[float]:
    """Return the median of what was measured of each lead, 0 where nothing was.

    It lies on the lead's line, so that an electrode's offset moves no lead off its row.

    >>> levels(np.float32([[1, np.nan, 3, 2], [4, 3, 2, 1]]))
    [2.0, 2.5]
    """
    half = signal.shape[1] // 2
    parts = np.partition(signal, half, axis=1)
    middles = parts[:, half]
    if signal.shape[1] % 2 == 0:
        middles = (middles + parts[:, :half].max(1)) / 2
    for row in np.flatnonzero(np.isnan(parts[:, half:].max(1))):  # NaN is sorted last
        measured = signal[row, ~np.isnan(signal[row])]
        middles[row] = np.median(measured) if measured.size else 0
    return [float(middle) for middle in middles]


def pulses(plan: Plan, style: Style) -> tuple[Line, ...]:
    """Return the corners in mm of every row's calibration pulse: 1 mV for 200 ms.

    >>> pulses(standing(Style(), 10), Style())[0][2]
    (11.25, 23.0)
    """
    if not style.pulse:
        return ()
    wide, tall = 0.2 * style.speed, style.gain
    foot = min(wide / 4, (PULSE - 2 - wide) / 2)
    x = style.margin + 2
    across = (x, x + foot, x + foot, x + foot + wide, x + foot + wide, x + 2 * foot + wide)
    rows = dict.fromkeys(panel.y for panel in plan.panels)
    return tuple(tuple(zip(across, (y, y, y - tall, y - tall, y, y), strict=True)) for y in rows)


def ticks(plan: Plan, style: Style) -> tuple[Line, ...]:
    """Return the separators: a stroke of 4 mm around the zero line where the next lead of a row begins."""
    if not style.separators:
        return ()
    inner = [panel for panel in plan.panels if panel.first > 0]
    return tuple(((panel.x, panel.y - 2), (panel.x, panel.y + 2)) for panel in inner)


def named(plan: Plan, style: Style) -> tuple[Word, ...]:
    """Return the names of the leads, one a panel."""
    drop = plan.row_height / 2 - 0.8 - style.name_size
    return tuple(Word(panel.lead, panel.x + 1, panel.y - drop, style.name_size, bold=True) for panel in plan.panels)


def headed(style: Style, header: Sequence[str]) -> tuple[Word, ...]:
    """Return the caller's lines above the grid.

    Raises:
        ConfigError: more lines than the heading holds.
    """
    top = style.margin + _TITLE + 0.5
    if header and top + (len(header) - 1) * _PITCH > style.margin + style.heading:
        raise ConfigError(
            "a header fits above the grid",
            came=f"{len(header)} lines came for a heading of {style.heading:g} mm",
            instead=f"Give the style heading={_TITLE + 1 + _PITCH * (len(header) - 1):g} or fewer lines.",
            see="docs/drawing.md",
        )
    lines = [Word(line, style.margin, top + i * _PITCH, _LINE if i else _TITLE) for i, line in enumerate(header)]
    return tuple(line for line in lines if line.text)


def warned(plan: Plan, style: Style, synthetic: bool) -> tuple[Word, ...]:
    """Return what the page of a synthetic recording must say."""
    top = max(style.margin + _TITLE + 0.5, 3.6)
    word = Word(SYNTHETIC, plan.width - style.margin, top, _TITLE, bold=True, end=True, colour=ALARM)
    return (word,) if synthetic else ()


def scaled(recording: Recording, plan: Plan, style: Style) -> tuple[Word, ...]:
    """Return the words below the grid: speed, gain, rate and history."""
    if not style.scale:
        return ()
    words = f"{style.speed:g} mm/s   {style.gain:g} mm/mV   {recording.fs:g} Hz   {'; '.join(recording.history)}"
    return (Word(words[:180].rstrip(), style.margin + PULSE, plan.height - style.margin - 2, _LINE),)
