"""Pages: the recipe of the drawn pages that an image encoder eats. Shapes: L leads, T samples, H height, W width."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from einthoven.cleaning.preparation import Preparation, Prepared
from einthoven.drawing.printers import styles
from einthoven.drawing.style import Style
from einthoven.errors import ConfigError, did_you_mean
from einthoven.recording import Recording

if TYPE_CHECKING:
    from einthoven.drawing.page import Pixels

__all__ = ["Pages"]


@dataclass(frozen=True)
class Pages:
    """How a recording becomes a page when an encoder of pages is shown one.

    The page holds the grid, the traces and the names of the leads; no words about the recording, not even that it is
    synthetic, so that nothing but the heart tells simulated pages from others.

    Args:
        layout: a name of `LAYOUTS`.
        speed: mm/s.
        gain: mm/mV.
        seconds: how much is shown.
        dpi: pixels per inch.
        varied: where a key is given, another layout, paper and pen for each page (`styles`).
        wear: where a key is given, what happens to the page, a name of `WEARS`.
        missing: "mask" leaves the place of an absent lead empty, "refuse" does not draw.

    Raises:
        ConfigError: a name that does not exist, or a number that no page has.

    >>> import numpy as np
    >>> from einthoven.recording import LEADS
    >>> Pages().draw(Recording(np.zeros((12, 5000)), LEADS, 500)).shape
    (528, 1057, 3)
    """

    layout: str = "3x4+1"
    speed: float = 25.0
    gain: float = 10.0
    seconds: float = 10.0
    dpi: float = 100.0
    varied: bool = False
    wear: str = "none"
    missing: str = "mask"

    def __post_init__(self) -> None:
        from einthoven.drawing.wear import WEARS

        _ = self.style, self.preparation
        if self.wear not in WEARS:
            raise ConfigError(
                "a page is worn in a way that has a name",
                came=f"wear={self.wear!r}",
                instead=did_you_mean(self.wear, WEARS),
                see="docs/drawing.md",
            )

    @property
    def preparation(self) -> Preparation:
        """What is done to a recording before it is drawn: leads by name, gaps mended; the band stays as measured."""
        return Preparation(fs=500, seconds=self.seconds, band=None, scale="mV", missing=self.missing)

    @property
    def style(self) -> Style:
        """The plain style, drawn where no key is given."""
        look = {"layout": self.layout, "speed": self.speed, "gain": self.gain, "seconds": self.seconds}
        return Style(dpi=self.dpi, scale=False, margin=3, heading=0, **look)  # type: ignore[arg-type]

    def to_json(self) -> dict[str, Any]:
        """Return the recipe as plain values."""
        return {"kind": "pages", **asdict(self)}

    def draw(self, recording: Recording, *, key: int | None = None) -> Pixels:
        """Return the page of any recording, uint8 (H, W, 3).

        Args:
            recording: any rate, length and leads.
            key: decides style and wear where these vary; None draws the plain page.

        Raises:
            SignalError: too short, or a gap that cannot be mended.
            LeadError: a lead is missing that the recipe refuses to miss.
        """
        return self.show(self.preparation.condition(recording), self.preparation, key=key)

    def show(self, prepared: Prepared, preparation: Preparation, *, key: int | None = None) -> Pixels:
        """Return the page of a recording that `preparation` conditioned, its amplitudes in mV."""
        from einthoven.drawing.raster import paint
        from einthoven.drawing.wear import worn

        style = self.style
        if self.varied and key is not None:
            style = styles(0, 1, start=key, dpi=self.dpi, scale=False)[0]
        page = paint(preparation.recording(prepared), style)
        return page.pixels if key is None or self.wear == "none" else worn(page, self.wear, number=key).pixels
