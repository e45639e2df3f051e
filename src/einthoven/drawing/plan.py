"""Plan: where everything on a page stands, in millimetres, whether it becomes vectors or pixels."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

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


@dataclass(frozen=True, slots=True)
class Word:
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
        _refuse_small(style, fixed, (2 * margin + wide, used + lines * max(tall, 8)))
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
    """Return a lead's samples in mV, the level that lies on its line, and its sign; None when it is absent.

    The level is the lead's own median, so that an electrode's offset moves no lead off its row.
    """
    upright = lead.removeprefix("-")
    if upright not in recording.leads:
        return None
    samples = recording.signal[recording.leads.index(upright)]
    return samples, level(samples), -1 if lead.startswith("-") else 1


def level(samples: NDArray[np.float32]) -> float:
    """Return the median of what was measured, 0 where nothing was.

    >>> level(np.float32([1, np.nan, 3, 2]))
    2.0
    """
    half = samples.size // 2
    if samples.size % 2 == 0:
        parts = np.partition(samples, (half - 1, half, samples.size - 1))
        middle = (float(parts[half - 1]) + float(parts[half])) / 2
    else:
        parts = np.partition(samples, (half, samples.size - 1))
        middle = float(parts[half])
    if np.isnan(parts[-1]):  # NaN is sorted last
        measured = samples[~np.isnan(samples)]
        return level(measured) if measured.size else 0.0
    return middle


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


def headed(recording: Recording, plan: Plan, style: Style, header: Sequence[str]) -> tuple[Word, ...]:
    """Return the words above the grid: the caller's lines, and what a synthetic recording must say.

    Raises:
        ConfigError: more lines than the heading holds.
    """
    left, top = style.margin, style.margin + _TITLE + 0.5
    if header and top + (len(header) - 1) * _PITCH > style.margin + style.heading:
        raise ConfigError(
            "a header fits above the grid",
            came=f"{len(header)} lines came for a heading of {style.heading:g} mm",
            instead=f"Give the style heading={_TITLE + 1 + _PITCH * (len(header) - 1):g} or fewer lines.",
            see="docs/drawing.md",
        )
    words = [Word(line, left, top + i * _PITCH, _LINE if i else _TITLE) for i, line in enumerate(header) if line]
    if recording.synthetic:
        words.append(Word(SYNTHETIC, plan.width - left, max(top, 3.6), _TITLE, bold=True, end=True, colour=ALARM))
    return tuple(words)


def scaled(recording: Recording, plan: Plan, style: Style) -> tuple[Word, ...]:
    """Return the words below the grid: speed, gain, rate and history."""
    if not style.scale:
        return ()
    words = f"{style.speed:g} mm/s   {style.gain:g} mm/mV   {recording.fs:g} Hz   {'; '.join(recording.history)}"
    return (Word(words[:180].rstrip(), style.margin + PULSE, plan.height - style.margin - 2, _LINE),)
