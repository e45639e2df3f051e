"""Overlay: what was found, drawn over the page it was found on."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from einthoven.digitizing.digitized import Digitized
from einthoven.errors import PageError
from einthoven.files import replacing

__all__ = ["overlaid", "write_overlay"]

Pixels = NDArray[np.uint8]

_COLOURS = ((214, 39, 40), (31, 119, 180), (44, 160, 44), (148, 103, 189), (255, 127, 14), (23, 190, 207))


def overlaid(found: Digitized) -> Pixels:
    """Return the page, paler, with every trace in a colour and the name and confidence of its lead at its beginning."""
    if found.picture is None:
        raise PageError(
            "what was found is drawn over the picture it was found on",
            came="this page was read as lines, and has no picture",
            instead="Print the PDF to a PNG first, or look at the Recording with einthoven draw.",
            see="docs/digitizing.md",
        )
    picture = (255 - (255 - found.picture.astype(np.int32)) // 2).astype(np.uint8)
    size = max(picture.shape[:2]) / 2000
    for number, lead in enumerate(found.leads):
        colour = _COLOURS[number % len(_COLOURS)]
        seen = np.isfinite(lead.points).all(1)
        for part in np.split(lead.points, np.flatnonzero(~seen)):
            whole = np.rint(part[np.isfinite(part).all(1)] * 8).astype(np.int32)
            if len(whole) > 1:
                cv2.polylines(picture, [whole], False, colour, max(round(1.5 * size), 1), cv2.LINE_AA, 3)
        if seen.any():
            x, y = lead.points[seen][0]
            words = f"{lead.name} {lead.confidence:.2f}"
            at = round(float(x) + 4 * size), round(float(y) - 14 * size)
            thick = max(round(2 * size), 1)
            cv2.putText(picture, words, at, cv2.FONT_HERSHEY_SIMPLEX, 0.7 * size, colour, thick, cv2.LINE_AA)
    return picture


def write_overlay(found: Digitized, path: str | Path) -> None:
    """Write the overlay as .png or .jpg. Raises StorageError when the disk is full."""
    ending = Path(path).suffix.lower() or ".png"
    data = cv2.imencode(ending, cv2.cvtColor(overlaid(found), cv2.COLOR_RGB2BGR))[1].tobytes()
    with replacing(path) as draft:
        draft.write_bytes(data)
