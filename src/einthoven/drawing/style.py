"""Style: how a page looks, whatever is drawn on it."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from einthoven.drawing.layout import Layout, layout_named
from einthoven.errors import ConfigError, did_you_mean

__all__ = ["FONTS", "GAINS", "GRIDS", "PAGES", "SPEEDS", "Style"]

SPEEDS, GAINS = (12.5, 25.0, 50.0), (5.0, 10.0, 20.0)

GRIDS = {
    "red": ("#ffffff", "#f6d5d5", "#eda6a6"),
    "pink": ("#fff4f2", "#f9c9c6", "#f08f8b"),
    "brown": ("#fdf8ef", "#ecd8bd", "#cfa877"),
    "blue": ("#ffffff", "#d3e0f3", "#9db8e2"),
    "green": ("#fbfff8", "#cfe6cf", "#93c493"),
    "grey": ("#ffffff", "#dedede", "#b4b4b4"),
    "none": ("#ffffff", "#ffffff", "#ffffff"),
}
"""Colours of the paper, its 1 mm lines and its 5 mm lines, by name; "grey" and "none" are black and white prints."""

PAGES = {"fit": None, "a4": (297.0, 210.0), "letter": (279.4, 215.9), "a3": (420.0, 297.0), "legal": (355.6, 215.9)}
"""Width and height in mm, lying; "fit" is as large as what is drawn."""

FONTS = ("rubik", "slanted")
"""Fonts that are always there (OpenCV carries both); any TrueType file may be named instead."""


@dataclass(frozen=True, slots=True)
class Style:
    """How a page looks. Frozen and hashable: what many pages share is made once.

    Args:
        layout: a name of `LAYOUTS`, or a Layout of your own.
        speed: paper speed, 12.5, 25 or 50 mm/s.
        gain: 5, 10 or 20 mm/mV.
        seconds: how much is shown at the most, from the start.
        dpi: pixels per inch of a picture; vectors have none.
        page: "fit", "a4", "letter", "legal", "a3", or width and height in mm.
        grid: colour of the grid, a name of `GRIDS`.
        fine: draw the 1 mm lines, not only those of 5 mm.
        ink: colour of the traces and words, "#rrggbb".
        line: width of the traces in mm.
        names: write the names of the leads.
        name_size: their height in mm.
        separators: a tick between the leads of a row.
        pulse: a calibration pulse, 1 mV for 200 ms, at the left of every row.
        scale: write speed, gain, rate and history below the grid.
        font: a name of `FONTS`, or the path of a TrueType file (pictures only).
        margin: white space around everything, mm.
        heading: height kept for the header, mm.
        row_height: distance of the rows in mm; None for what the gain needs and the page has.

    Raises:
        ConfigError: a name that does not exist, or a number that no page has.

    >>> Style(layout="6x2", grid="blue", dpi=100).px_per_mm
    3.937007874015748
    """

    layout: str | Layout = "3x4+1"
    speed: float = 25
    gain: float = 10
    seconds: float = 10
    dpi: float = 200
    page: str | tuple[float, float] = "fit"
    grid: str = "red"
    fine: bool = True
    ink: str = "#16161d"
    line: float = 0.28
    names: bool = True
    name_size: float = 3.2
    separators: bool = False
    pulse: bool = True
    scale: bool = True
    font: str = "rubik"
    margin: float = 8
    heading: float = 10
    row_height: float | None = None

    def __post_init__(self) -> None:
        for word, value, known in (("speed", self.speed, SPEEDS), ("gain", self.gain, GAINS)):
            _refuse_scale(word, value, known)
        for word, value, low, high in (
            ("dpi", self.dpi, 20, 1200), ("seconds", self.seconds, 0.1, 3600), ("line", self.line, 0.05, 2),
            ("margin", self.margin, 0, 50), ("heading", self.heading, 0, 100), ("name_size", self.name_size, 1, 20),
            ("row_height", self.row_height or 30, 4, 200),
        ):  # fmt: skip
            _refuse_number(word, value, low, high)
        _refuse_name("grid", self.grid, GRIDS)
        if isinstance(self.page, str):
            _refuse_name("page", self.page, PAGES)
        else:
            _refuse_size(self.page)
        if Path(self.font).suffix.lower() not in {".ttf", ".otf", ".ttc"}:
            _refuse_name("font", self.font, FONTS)
        colour(self.ink)
        _ = self.place

    @property
    def place(self) -> Layout:
        """The Layout, by whatever it was named."""
        return self.layout if isinstance(self.layout, Layout) else layout_named(self.layout)

    @property
    def layout_name(self) -> str:
        """Name of the layout, "own" where it has none."""
        return self.layout if isinstance(self.layout, str) else "own"

    @property
    def px_per_mm(self) -> float:
        """Pixels per millimetre of a picture."""
        return self.dpi / 25.4


def colour(text: str) -> tuple[int, int, int]:
    """Return red, green and blue of "#rrggbb", 0 to 255. Raises ConfigError where it is none.

    >>> colour("#ff8000")
    (255, 128, 0)
    """
    try:
        if len(text) != 7 or text[0] != "#":
            raise ValueError(text)
        return int(text[1:3], 16), int(text[3:5], 16), int(text[5:7], 16)
    except ValueError as error:
        raise ConfigError(
            "a colour is written #rrggbb",
            came=f"{text!r} came",
            instead="Write for example #16161d.",
            see="docs/drawing.md",
        ) from error


def _refuse_scale(word: str, value: float, known: tuple[float, ...]) -> None:
    if value not in known:
        raise ConfigError(
            "ECG paper runs at 12.5, 25 or 50 mm/s and shows 5, 10 or 20 mm/mV",
            came=f"{word}={value!r}",
            instead=f"Choose {word} from {', '.join(f'{one:g}' for one in known)}.",
            see="docs/drawing.md",
        )


def _refuse_number(word: str, value: Any, low: float, high: float) -> None:
    if not isinstance(value, (int, float)) or not low <= value <= high:
        raise ConfigError(
            f"{word} of a page is a number from {low:g} to {high:g}",
            came=f"{word}={value!r}",
            instead=f"Choose {word} in that range.",
            see="docs/drawing.md",
        )


def _refuse_size(page: Any) -> None:
    if not isinstance(page, tuple) or len(page) != 2 or not all(10 <= side <= 5000 for side in page):
        raise ConfigError(
            "a page has a name, or width and height from 10 to 5000 mm",
            came=f"page={page!r}",
            instead="Write for example page=(297, 210).",
            see="docs/drawing.md",
        )


def _refuse_name(word: str, value: str, known: Collection[str]) -> None:
    if value not in known:
        raise ConfigError(
            f"a page has a known {word}",
            came=f"{word} {value!r}",
            instead=did_you_mean(value, known),
            see="docs/drawing.md",
        )
