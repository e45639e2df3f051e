"""Page: a drawn page as pixels, with the truth about it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from einthoven.drawing.style import Style
from einthoven.drawing.truth import Truth
from einthoven.errors import ConfigError
from einthoven.files import replacing

__all__ = ["Page", "Pixels", "refuse_large"]

Pixels = NDArray[np.uint8]
"""Red, green and blue, shape (height, width, 3)."""


_LARGEST = 2**27
"""Pixels a picture may have."""


def refuse_large(width: int, height: int, what: str) -> None:
    """Raise ConfigError where a picture would have too many pixels."""
    if width * height > _LARGEST:
        raise ConfigError(
            f"a picture of a page has at most {_LARGEST:,} pixels",
            came=f"{what} has {width:,} x {height:,}",
            instead="Lower dpi=, show fewer seconds, or write an .svg or .pdf.",
            see="docs/drawing.md",
        )


@dataclass(frozen=True, slots=True, eq=False)
class Page:
    """A page as pixels.

    Args:
        pixels: red, green, blue, uint8, shape (height, width, 3).
        truth: where every sample, lead and name lies on them.
        style: how it was drawn.
        dpi: pixels per inch of paper (about, where a camera saw it).
        synthetic: a simulator made what it shows.
        wear: what happened to it, in order.
    """

    pixels: Pixels
    truth: Truth
    style: Style
    dpi: float
    synthetic: bool = False
    wear: tuple[str, ...] = ()

    def mask(self, number: int) -> NDArray[np.uint8]:
        """Return how much of each pixel the trace of one lead covers, 0 to 255, shape (height, width)."""
        from einthoven.drawing.mask import mask

        return mask(self.truth, number, self.style.line)

    def save(self, path: str | Path) -> Path:
        """Write the page as .png, .jpg or .pdf.

        Raises:
            ConfigError: another ending.
            StorageError: the disk is full.
        """
        from einthoven.drawing.picture import encoded

        data = encoded(self, Path(path).suffix)
        with replacing(path) as draft:
            draft.write_bytes(data)
        return Path(path)
