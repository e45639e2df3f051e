"""Lettering: words as pixels."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from einthoven.drawing.page import Pixels
from einthoven.drawing.plan import Word
from einthoven.drawing.style import Style, colour
from einthoven.errors import ConfigError

__all__ = ["write"]

_EMBEDDED = {"rubik": "sans", "slanted": "italic"}
_REGULAR, _BOLD = 400, 600


def write(page: Pixels, word: Word, style: Style) -> NDArray[np.float32]:
    """Write a word on a page and return the corners of its box, from the top left clockwise, in pixels."""
    face, weight, size = _face(style.font), _BOLD if word.bold else _REGULAR, round(word.size * style.px_per_mm)
    x, y = (round(at * style.px_per_mm - 0.5) for at in (word.x, word.y))
    frame = (page.shape[1], page.shape[0])
    left, top, wide, tall = cv2.getTextSize(frame, word.text, (x, y), face, size, weight)
    shift = wide if word.end else 0
    cv2.putText(page, word.text, (x - shift, y), colour(word.colour or style.ink), face, size, weight)
    left, right, bottom = left - shift, left - shift + wide, top + tall
    return np.array([(left, top), (right, top), (right, bottom), (left, bottom)], np.float32)


@lru_cache(maxsize=32)
def _face(font: str) -> Any:
    try:
        return cv2.FontFace(_EMBEDDED.get(font, font))
    except cv2.error as error:
        raise ConfigError(
            "a font is rubik, slanted or a TrueType file",
            came=f"{font!r}, which could not be opened",
            instead="Check the path.",
            see="docs/drawing.md",
        ) from error
