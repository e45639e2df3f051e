"""Light: a picture divided by the paper that it shows, so that paper is 1 everywhere. Shapes: H, W pixels."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import cv2
import numpy as np
from numpy.typing import NDArray

__all__ = ["Lit", "evened"]

Map = NDArray[np.float32]
Pixels = NDArray[np.uint8]

_WINDOW = 1 / 110
"""Side of the window in which some paper is always seen, as part of the picture's longer side: about 2.5 mm."""
_INK = 0.35
"""What is darker than this in every colour is ink, not grid."""


@dataclass(frozen=True, eq=False)
class Lit:
    """A picture in even light.

    Args:
        colours: red, green and blue as parts of the paper's, shape (H, W, 3).
    """

    colours: Map

    @cached_property
    def ink(self) -> Map:
        """How dark each pixel is in its brightest colour: 0 paper, about 1 black; a coloured grid is nearly paper."""
        return np.asarray(np.clip(1 - self.colours.max(2), 0, 1), np.float32)

    @cached_property
    def grid(self) -> Map:
        """How dark each pixel is in its darkest colour, with the ink taken out: what a grid is sought in."""
        dark = np.clip(1 - self.colours.min(2), 0, 1).astype(np.float32)
        ink = cv2.dilate((self.ink > _INK).astype(np.uint8), np.ones((3, 3), np.uint8)) > 0
        level = float(np.median(dark[~ink])) if not ink.all() else 0.0
        dark[ink] = level
        return np.asarray(np.minimum(dark, 0.5), np.float32)


def evened(pixels: Pixels) -> Lit:
    """Divide a picture by its paper, colour by colour.

    Args:
        pixels: red, green, blue, shape (H, W, 3).
    """
    height, width = pixels.shape[:2]
    small = cv2.resize(pixels, ((width + 1) // 2, (height + 1) // 2), interpolation=cv2.INTER_AREA)
    side = 2 * max(round(_WINDOW * max(height, width) / 4), 2) + 1
    window = cv2.getStructuringElement(cv2.MORPH_RECT, (side, side))
    paper = cv2.morphologyEx(cv2.medianBlur(small, 3), cv2.MORPH_CLOSE, window)
    paper = cv2.blur(paper, (side, side))
    paper = cv2.resize(paper, (width, height), interpolation=cv2.INTER_LINEAR)
    return Lit(np.asarray(pixels / np.maximum(paper, 8).astype(np.float32), np.float32))
