"""Where each lead stands on the page: millimetres of paper, seconds of signal."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from einthoven.errors import ConfigError, did_you_mean

__all__ = ["FOOTER", "HEADER", "LAYOUTS", "MARGIN", "PULSE", "ROW_HEIGHT", "Layout", "Panel", "layout_named"]

MARGIN = 8.0
"""White space around the grid, mm; a header above and a footer below use it."""
PULSE = 12.5
"""Width kept at the left of every row for the calibration pulse, mm."""
HEADER = 10.0
FOOTER = 8.0
ROW_HEIGHT = {5: 20.0, 10: 30.0, 20: 50.0}
"""Distance of rows in mm by gain in mm/mV."""

_CABRERA = ("aVL", "I", "-aVR", "II", "aVF", "III")


@dataclass(frozen=True, slots=True)
class Panel:
    """One lead in one place.

    Args:
        lead: standard name of the lead; "-aVR" is aVR upside down.
        x: left edge, mm from the left of the page.
        y: where 0 mV lies, mm from the top of the page.
        first: first second shown.
        last: second at which it ends, no longer shown.
        row: row number, 0 at the top.
    """

    lead: str
    x: float
    y: float
    first: float
    last: float
    row: int

    def samples(self, fs: float, samples: int) -> tuple[int, int]:
        """Return the first sample shown and the one after the last, of a lead of `samples` samples at `fs` Hz.

        >>> Panel("I", 0, 0, 2.5, 5, 0).samples(500, 5000)
        (1250, 2500)
        """
        first, stop = (-int(-(second * fs - 1e-6) // 1) for second in (self.first, self.last))
        return min(first, samples), min(stop, samples)


@dataclass(frozen=True, slots=True)
class Layout:
    """A grid of leads and the rhythm strips below it.

    Args:
        rows: names by row; the columns of a row share the time from left to right, as on a printed page.
        strips: leads shown for the whole time, one a row, below the others.
    """

    rows: tuple[tuple[str, ...], ...]
    strips: tuple[str, ...] = ()

    @property
    def lines(self) -> int:
        """Number of rows and strips."""
        return len(self.rows) + len(self.strips)

    def panels(
        self,
        seconds: float,
        *,
        speed: float,
        row_height: float,
        left: float = MARGIN + PULSE,
        top: float = MARGIN + HEADER,
    ) -> tuple[Panel, ...]:
        """Place every lead of a page that shows `seconds` at `speed` mm/s, rows `row_height` mm apart.

        Rows begin `left` mm from the left of the page; the first lies half a row below `top`.
        """
        places = []
        for row, names in enumerate((*self.rows, *((strip,) for strip in self.strips))):
            width = seconds / len(names)
            y = top + (row + 0.5) * row_height
            for column, lead in enumerate(names):
                first = column * width
                places.append(Panel(lead, left + first * speed, y, first, first + width, row))
        return tuple(places)


def _by_columns(*columns: Sequence[str]) -> tuple[tuple[str, ...], ...]:
    return tuple(zip(*columns, strict=True))


_LIMB, _AUGMENTED = ("I", "II", "III"), ("aVR", "aVL", "aVF")
_RIGHT, _LEFT = ("V1", "V2", "V3"), ("V4", "V5", "V6")
_3x4 = _by_columns(_LIMB, _AUGMENTED, _RIGHT, _LEFT)
_6x2 = _by_columns(_LIMB + _AUGMENTED, _RIGHT + _LEFT)

LAYOUTS = {
    "3x4": Layout(_3x4),
    "3x4+1": Layout(_3x4, ("II",)),
    "3x4+2": Layout(_3x4, ("II", "V1")),
    "3x4+3": Layout(_3x4, ("II", "V1", "V5")),
    "6x2": Layout(_6x2),
    "6x2+1": Layout(_6x2, ("II",)),
    "2x6": Layout((_LIMB + _AUGMENTED, _RIGHT + _LEFT)),
    "12x1": Layout(tuple((lead,) for lead in _LIMB + _AUGMENTED + _RIGHT + _LEFT)),
    "cabrera": Layout(_by_columns(_CABRERA, _RIGHT + _LEFT)),
}


def layout_named(name: str) -> Layout:
    """Return a layout by its name. Raises ConfigError listing those that exist.

    >>> layout_named("3x4+1").strips
    ('II',)
    """
    if name not in LAYOUTS:
        raise ConfigError(
            "a page has a known layout",
            came=f"layout {name!r}",
            instead=did_you_mean(name, LAYOUTS),
            see="docs/drawing.md",
        )
    return LAYOUTS[name]
