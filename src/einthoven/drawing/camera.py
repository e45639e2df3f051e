"""Camera: one homography from the flat page to the picture of it: turned, seen askew, scaled, cut."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from einthoven.drawing.page import Page, Pixels, refuse_large
from einthoven.drawing.truth import Points, moved

__all__ = ["Camera", "Drawn", "aimed", "seen"]

Drawn = tuple[float, np.random.Generator]
"""A strength, and the chances of its kind."""


@dataclass(frozen=True, slots=True)
class Camera:
    """How a page is seen.

    Args:
        homography: pixel of the flat page to pixel of the picture, shape (3, 3).
        width: of the picture, pixels.
        height: of the picture, pixels.
        dpi: pixels per inch of paper, before the view is askew.
        flat: width and height of the flat page, pixels.
    """

    homography: NDArray[np.float64]
    width: int
    height: int
    dpi: float
    flat: tuple[int, int]

    @property
    def still(self) -> bool:
        """Whether the picture is the page itself."""
        return bool((self.homography == np.eye(3)).all()) and self.flat == (self.width, self.height)

    @property
    def px_per_mm(self) -> float:
        """Pixels per millimetre of paper, about."""
        return self.dpi / 25.4


def aimed(page: Page, *, dpi: Drawn, rotation: Drawn, corners: Drawn, room: Drawn, crop: Drawn) -> Camera:
    """Aim a camera at a page: the picture just holds the page and the room around it, before it is cropped."""
    height, width = page.pixels.shape[:2]
    if not any(strength for strength, _ in (dpi, rotation, corners, room, crop)):
        return Camera(np.eye(3), width, height, page.dpi, (width, height))
    edges = _edges(width, height)
    askew = edges + corners[0] * corners[1].uniform(-1, 1, (4, 2)) * (width, height)
    scale = dpi[0] / page.dpi if dpi[0] else 1.0
    turn = np.radians(rotation[0] * rotation[1].choice((-1, 1)))
    view = _turned(turn, scale) @ cv2.getPerspectiveTransform(edges, askew.astype(np.float32))
    reached = moved(edges, view).astype(np.float64)
    low, high = reached.min(0), reached.max(0)
    around = room[0] * (high - low)
    cut = crop[1].uniform(0, crop[0], (2, 2)) * (high - low)
    begin, end = low - around + cut[0], high + around - cut[1]
    shift = np.array([(1, 0, -begin[0] - 0.5), (0, 1, -begin[1] - 0.5), (0, 0, 1)])
    size = np.maximum(np.rint(end - begin), 1).astype(int)
    refuse_large(int(size[0]), int(size[1]), "the worn page")
    return Camera(shift @ view, int(size[0]), int(size[1]), page.dpi * scale, (width, height))


def _edges(width: int, height: int) -> Points:
    """Return the corners of a flat page, clockwise."""
    return np.array([(0, 0), (width, 0), (width, height), (0, height)], np.float32) - np.float32(0.5)


def _turned(turn: float, scale: float) -> NDArray[np.float64]:
    cos, sin = scale * np.cos(turn), scale * np.sin(turn)
    return np.array([(cos, -sin, 0), (sin, cos, 0), (0, 0, 1)])


def seen(pixels: Pixels, camera: Camera, table: Drawn) -> Pixels:
    """Return what the camera sees: the page, and the table around it."""
    if camera.still:
        return pixels
    size, view = (camera.width, camera.height), camera.homography
    smaller = float(np.sqrt(abs(np.linalg.det(view[:2, :2]))))
    if smaller < 0.7:  # pixels of the picture that see several of the page see their mean
        pixels = np.asarray(cv2.GaussianBlur(pixels, (0, 0), 0.4 / smaller), np.uint8)
    picture = _tabletop(size, *table) if table[0] else np.full((size[1], size[0], 3), 255, np.uint8)
    cv2.warpPerspective(pixels, view, size, picture, cv2.INTER_LINEAR, cv2.BORDER_TRANSPARENT)
    return picture


def _tabletop(size: tuple[int, int], strength: float, rng: np.random.Generator) -> Pixels:
    """Return a table top: one colour, with a grain along it."""
    colour = 255 - strength * rng.uniform(40, 230) * rng.uniform(0.7, 1, 3)
    grain = rng.normal(0, 14 * strength, (int(rng.integers(24, 96)), int(rng.integers(4, 12)), 1))
    small = np.clip(colour + grain, 0, 255).astype(np.uint8)
    return np.asarray(cv2.resize(small, size, interpolation=cv2.INTER_LINEAR), np.uint8)
