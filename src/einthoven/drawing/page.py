"""Page: a drawn page as pixels, with the truth about it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from einthoven.drawing.style import Style
from einthoven.drawing.truth import Truth
from einthoven.files import replacing

__all__ = ["Page", "Pixels"]

Pixels = NDArray[np.uint8]
"""Red, green and blue, shape (height, width, 3)."""


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
