"""Lines: what a PDF page draws and writes, in mm from its top left."""

from __future__ import annotations

import ctypes
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["Line", "Word", "lines_of", "words_of"]

_MM = 72 / 25.4
"""Points of a PDF to a mm."""
_FEWEST, _SHORTEST = 50, 15.0
"""Points and mm of the shortest line that is taken for a trace."""


@dataclass(frozen=True, eq=False)
class Line:
    """A drawn line: its corners in mm from the top left of the page, shape (n, 2)."""

    points: NDArray[np.float64]

    @property
    def graph(self) -> bool:
        """Whether it is the graph of a function of x, long enough to be a trace."""
        x = self.points[:, 0]
        return len(x) >= _FEWEST and float(x[-1] - x[0]) >= _SHORTEST and bool((np.diff(x) > 0).all())

    @property
    def upright(self) -> bool:
        """Whether it is one stroke straight down, as the lines of a grid are."""
        return len(self.points) == 2 and abs(float(self.points[0, 0] - self.points[1, 0])) < 1e-3


@dataclass(frozen=True, slots=True)
class Word:
    """A word, and the middle of its left end in mm."""

    text: str
    x: float
    y: float


def lines_of(page: Any) -> Iterator[Line]:
    """Yield the lines of a page of pypdfium2, also those within forms; curves by their corners."""
    from pypdfium2 import raw

    height = page.get_height()
    for thing in page.get_objects(filter=[raw.FPDF_PAGEOBJ_PATH], max_depth=8):
        number = raw.FPDFPath_CountSegments(thing.raw)
        if number < 2:
            continue
        x, y = ctypes.c_float(), ctypes.c_float()
        corners = np.empty((number, 2))
        begins = []
        for one in range(number):
            segment = raw.FPDFPath_GetPathSegment(thing.raw, one)
            raw.FPDFPathSegment_GetPoint(segment, x, y)
            corners[one] = x.value, y.value
            if raw.FPDFPathSegment_GetType(segment) == raw.FPDF_SEGMENT_MOVETO:
                begins.append(one)
        a, b, c, d, e, f = thing.get_matrix().get()
        moved = corners @ np.array([(a, b), (c, d)]) + (e, f)
        moved[:, 1] = height - moved[:, 1]
        for part in np.split(moved, [begin for begin in begins if begin]):
            if len(part) > 1:
                yield Line(part / _MM)


def words_of(page: Any) -> Iterator[Word]:
    """Yield the words of a page of pypdfium2."""
    text = page.get_textpage()
    height = page.get_height()
    for number in range(text.count_rects()):
        left, bottom, right, top = text.get_rect(number)
        for word in text.get_text_bounded(left, bottom, right, top).split():
            yield Word(word, left / _MM, (height - (bottom + top) / 2) / _MM)
