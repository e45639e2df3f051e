"""Page: a drawn page as pixels, with the truth about it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from einthoven.drawing.style import Style
from einthoven.drawing.truth import Truth

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
