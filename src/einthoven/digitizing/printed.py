"""Printed: the words that say how fast the paper ran and how tall a mV is, sought above and below the traces."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from einthoven.digitizing.names import DENSE, FACES, alike, written
from einthoven.digitizing.rows import Rows
from einthoven.drawing.style import GAINS, SPEEDS

__all__ = ["printed_scale"]

Map = NDArray[np.float32]

_LIKE, _CLEAR = 0.7, 0.004
"""Likeness from which words are there, and by how much they must be more alike than others."""
_HEIGHTS = (1.8, 2.0, 2.1, 2.2, 2.4, 2.7, 3.0)


def printed_scale(rows: Rows, scale: float) -> tuple[float | None, float | None]:
    """Return the printed speed in mm/s and gain in mm/mV; None what is not printed or not clear.

    Args:
        rows: of a flat page.
        scale: pixels per mm.
    """
    size = (round(rows.ink.shape[1] / scale * DENSE), round(rows.ink.shape[0] / scale * DENSE))
    page = np.asarray(cv2.resize(rows.ink, size, interpolation=cv2.INTER_AREA), np.float32)
    first, last = ((rows.zeros[end] + sign * rows.pitch * 0.45) / scale * DENSE for end, sign in ((0, -1), (-1, 1)))
    margins = page[: max(round(first), 0)], page[max(round(last), 0) :]
    return _said(margins, SPEEDS, "mm/s", usual=25), _said(margins, GAINS, "mm/mV", usual=10)


def _said(margins: Sequence[Map], values: Sequence[float], unit: str, *, usual: float) -> float | None:
    worth = []
    for value in values:
        words = [written(f"{value:g} {unit}", face, height, 400) for face in FACES for height in _HEIGHTS]
        fitting = [
            float(alike(margin, word).max())
            for margin in margins
            for word in words
            if margin.shape[0] >= word.shape[0] and margin.shape[1] >= word.shape[1]
        ]
        longer = 0.03 * len(f"{value:g}")  # "5 mm/mV" is a part of other words
        worth.append((max(fitting, default=-1.0) + longer + 0.03 * (value == usual), value))
    (best, value), (second, _), *_ = sorted(worth, reverse=True)
    return value if best >= _LIKE and best - second >= _CLEAR else None
