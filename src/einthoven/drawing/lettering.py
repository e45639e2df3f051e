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

__all__ = ["boxed", "write"]

_EMBEDDED = {"rubik": "sans", "slanted": "italic"}
_REGULAR, _BOLD = 400, 600


def write(page: Pixels, word: Word, style: Style) -> None:
    """Write a word on a page."""
    x, y = _begin(word, style)
    if word.end:
        x -= int(boxed(page, word._replace(end=False), style)[1, 0]) - x
    cv2.putText(page, word.text, (x, y), colour(word.colour or style.ink), *_type(word, style))


def boxed(page: Pixels, word: Word, style: Style) -> NDArray[np.float32]:
    """Return the corners of the box of a word that begins at its place, from the top left clockwise, in pixels."""
    frame, begin = (page.shape[1], page.shape[0]), _begin(word, style)
    left, top, wide, tall = cv2.getTextSize(frame, word.text, begin, *_type(word, style))
    right, bottom = left + wide, top + tall
    return np.array([(left, top), (right, top), (right, bottom), (left, bottom)], np.float32)


def _begin(word: Word, style: Style) -> tuple[int, int]:
    return round(word.x * style.px_per_mm - 0.5), round(word.y * style.px_per_mm - 0.5)


def _type(word: Word, style: Style) -> tuple[Any, int, int]:
    """Return typeface, size in pixels and weight of a word."""
    return _face(style.font), max(round(word.size * style.px_per_mm), 1), _BOLD if word.bold else _REGULAR


@lru_cache(maxsize=32)
def _face(font: str) -> Any:
    face = cv2.FontFace()
    if not face.set(_EMBEDDED.get(font, font)):
        raise ConfigError(
            "a font is rubik, slanted or a TrueType file",
            came=f"{font!r}, which could not be opened",
            instead="Check the path.",
            see="docs/drawing.md",
        )
    return face
