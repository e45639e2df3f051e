"""Sensor: what a camera and its file add: blur, noise, JPEG."""

from __future__ import annotations

from functools import lru_cache

import cv2
import numpy as np
from numpy.typing import NDArray

from einthoven.drawing.page import Pixels
from einthoven.drawing.picture import decoded, jpeg

__all__ = ["blurred", "compressed", "noisy"]

_TILE = 1024
"""Side of the square of noise that pictures are covered with, each from a place of its own."""


def blurred(pixels: Pixels, sigma: float) -> Pixels:
    """Blur by a Gaussian of `sigma` pixels."""
    wide = 2 * int(np.ceil(2.5 * sigma)) + 1
    return np.asarray(cv2.GaussianBlur(pixels, (wide, wide), sigma), np.uint8) if sigma else pixels


def noisy(pixels: Pixels, sigma: float, rng: np.random.Generator) -> Pixels:
    """Add noise of `sigma` grey levels."""
    if not sigma:
        return pixels
    down, across = rng.integers(0, _TILE, 2)
    tile = np.roll(_noise(), (down, across), (0, 1))
    times = (-(-pixels.shape[0] // _TILE), -(-pixels.shape[1] // _TILE), 1)
    grain = np.tile(tile, times)[: pixels.shape[0], : pixels.shape[1]]
    return np.asarray(cv2.addWeighted(pixels, 1, grain, sigma / 20, -128 * sigma / 20, dtype=cv2.CV_8U), np.uint8)


@lru_cache(maxsize=1)
def _noise() -> NDArray[np.uint8]:
    """Return normal noise about 128, standard deviation 20."""
    rng = np.random.Generator(np.random.Philox(key=0))
    return np.clip(np.rint(rng.normal(128, 20, (_TILE, _TILE, 3))), 0, 255).astype(np.uint8)


def compressed(pixels: Pixels, quality: float) -> Pixels:
    """Go through a JPEG of that quality."""
    return decoded(jpeg(pixels, 100, quality=round(quality))) if quality else pixels
