"""Mask: the ink of one lead alone, on a page as it was drawn or as it was worn."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from einthoven.drawing.stroke import Span, pen
from einthoven.drawing.truth import Truth

__all__ = ["mask"]


def mask(truth: Truth, number: int, line: float) -> NDArray[np.uint8]:
    """Return how much of each pixel the trace of lead `number` covers, 0 to 255, shape (height, width).

    Args:
        truth: about the page.
        number: of the lead, as in `truth.shown`.
        line: width of the trace on paper, mm.
    """
    points, (width, height) = truth.flat(truth.of(number)), truth.flat_size
    flat = np.zeros((height, width), np.uint8)
    measured = np.flatnonzero(np.isfinite(points[:, 1]))
    if not measured.size:
        return np.zeros((truth.height, truth.width), np.uint8)
    step = truth.speed / truth.fs * truth.px_per_mm
    left = float(points[measured[0], 0]) + 0.5 - measured[0] * step
    trace = pen([Span(left, step, len(points))], line=line * truth.px_per_mm, width=width)
    row = trace.row()
    row[slice(*trace.slots[0])] = points[:, 1] + np.float32(0.5)
    cells, cover = trace.covered(row, flat.shape)
    flat.reshape(-1)[cells] = cover
    if (truth.homography == np.eye(3)).all():
        return flat
    return np.asarray(cv2.warpPerspective(flat, truth.homography, (truth.width, truth.height)), np.uint8)
