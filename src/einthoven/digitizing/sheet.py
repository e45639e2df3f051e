"""Sheet: the page laid flat, its ink as millimetres of paper see it. Shapes: h, w pixels of the flat page."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

__all__ = ["Sheet", "laid_flat", "moved"]

Map = NDArray[np.float32]
Array = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Sheet:
    """A flat page.

    Args:
        ink: how dark, 0 paper to 1 as dark as the traces, shape (h, w).
        scale: pixels per mm.
        origin: mm of the paper at the centre of the top left pixel, x and y.
        homography: pixel of the picture to pixel of this page, shape (3, 3).
    """

    ink: Map
    scale: float
    origin: tuple[float, float]
    homography: Array


def moved(points: Array, homography: Array) -> Array:
    """Take points through a homography; both (n, 2), float64."""
    flat = np.column_stack((points, np.ones(len(points)))) @ homography.T
    return np.asarray(flat[:, :2] / flat[:, 2:])


def laid_flat(ink: Map, to_mm: Array, scale: float, box: tuple[float, float, float, float] | None = None) -> Sheet:
    """Lay a picture's ink flat.

    Args:
        ink: of the picture, shape (H, W).
        to_mm: pixel of the picture to mm of the paper, shape (3, 3).
        scale: pixels per mm of the flat page.
        box: left, top, right and bottom of what is wanted, mm; None for everything.
    """
    height, width = ink.shape
    corners = np.array([(0, 0), (width - 1, 0), (width - 1, height - 1), (0, height - 1)], float)
    flat = moved(corners, to_mm)
    low, high = flat.min(0), flat.max(0)
    if box is not None:
        low, high = np.maximum(low, box[:2]), np.minimum(high, box[2:])
    size = np.ceil((high - low) * scale).astype(int) + 1
    to_flat = np.array([(scale, 0, -low[0] * scale), (0, scale, -low[1] * scale), (0, 0, 1)]) @ to_mm
    out = cv2.warpPerspective(ink, to_flat, (int(size[0]), int(size[1])), flags=cv2.INTER_CUBIC, borderValue=0)
    return Sheet(np.clip(out, 0, 1), scale, (float(low[0]), float(low[1])), to_flat)
