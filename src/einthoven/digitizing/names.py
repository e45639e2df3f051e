"""Names: which lead a row's beginning is named after, by its looks beside names written in several typefaces."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache

import cv2
import numpy as np
from numpy.typing import NDArray

from einthoven.recording import LEADS

__all__ = ["DENSE", "FACES", "NAMES", "Names", "alike", "written"]

Map = NDArray[np.float32]

NAMES = (*LEADS, "-aVR")
DENSE = 5.0
"""Pixels per mm on which names are compared."""
_HEIGHTS = (1.9, 2.2, 2.5, 2.9, 3.3, 3.8, 4.4)
"""Heights of letters that are tried, mm."""
FACES = ("sans", "italic", "plain", "narrow")
_WIDE = 17.0
"""How far right of a place its name may reach, mm."""


class Names:
    """Looks for names on a flat page.

    Args:
        ink: of the page, shape (h, w).
        scale: pixels per mm.
        pitch: distance of the rows, pixels.
    """

    def __init__(self, ink: Map, scale: float, pitch: float) -> None:
        size = (round(ink.shape[1] / scale * DENSE), round(ink.shape[0] / scale * DENSE))
        self._page = np.asarray(cv2.resize(ink, size, interpolation=cv2.INTER_AREA), np.float32)
        self._above, self._by = pitch / scale * 0.62, DENSE / scale
        self._known: dict[tuple[int, int], Mapping[str, float]] = {}
        self._type: tuple[str, float] | None = None

    def settle(self, places: list[tuple[float, float]]) -> None:
        """Find the typeface and the height of letters that explain these places best."""
        worth = {
            (face, height): np.mean([max(self._likeness(*place, [(face, height)]).values()) for place in places])
            for face in FACES
            for height in _HEIGHTS
        }
        self._type = max(worth, key=lambda one: worth[one])
        self._known.clear()

    def at(self, x: float, zero: float) -> Mapping[str, float]:
        """Return how much each name looks like what is written at the beginning of a lead, -1 to 1.

        Args:
            x: where the lead begins, pixels of the flat page.
            zero: y of its zero line.
        """
        key = round(x), round(zero)
        if key not in self._known:
            face, height = self._type or ("sans", 3.3)
            near = [one for one in _HEIGHTS if abs(np.log(one / height)) < 0.2]
            self._known[key] = self._likeness(x, zero, [(face, one) for one in near])
        return self._known[key]

    def _likeness(self, x: float, zero: float, types: list[tuple[str, float]]) -> dict[str, float]:
        left, bottom = round(x * self._by - 1.5 * DENSE), round(zero * self._by + 0.5 * DENSE)
        top, right = round(bottom - self._above * DENSE), round(left + _WIDE * DENSE)
        window = self._page[max(top, 0) : max(bottom, 0), max(left, 0) : max(right, 0)]
        found = dict.fromkeys(NAMES, -1.0)
        for face, height in types:
            for name in NAMES:
                word = written(name, face, height)
                if window.shape[0] >= word.shape[0] and window.shape[1] >= word.shape[1]:
                    found[name] = max(found[name], float(alike(window, word).max()))
        return found


def alike(window: Map, word: Map) -> Map:
    """Return the correlation of a word with every place of a window, -1 to 1; what is faint there is no word.

    Args:
        window: as large as the word or larger, shape (H, W).
        word: shape (h, w).

    Returns:
        shape (H - h + 1, W - w + 1).
    """
    both = cv2.matchTemplate(window, word, cv2.TM_CCOEFF)
    high, wide = both.shape
    area = (word.shape[1], word.shape[0])
    mean, square = (
        cv2.boxFilter(one, cv2.CV_32F, area, anchor=(0, 0), borderType=cv2.BORDER_CONSTANT)[:high, :wide]
        for one in (window, window * window)
    )
    spread, own = np.sqrt(np.maximum(square - mean * mean, 0)), float(word.std())
    return np.asarray(both / (word.size * own * np.maximum(spread, 0.6 * own)), np.float32)


@lru_cache(maxsize=1024)
def written(name: str, face: str, height: float, weight: int = 600) -> Map:
    """Return a name as pixels, ink 1, with half a mm of white around it and some more to its right.

    Args:
        name: of a lead.
        face: "sans", "italic", "plain" or "narrow".
        height: of the letters, mm.
        weight: 400 is regular, 600 bold; of the first two faces.
    """
    fine, edge = 4, round(0.5 * DENSE)
    tall = round(height * DENSE * fine)
    picture = np.zeros((3 * tall, 8 * tall), np.uint8)
    if face in ("sans", "italic"):
        cv2.putText(picture, name, (tall, 2 * tall), 255, cv2.FontFace(face), round(tall / 0.72), weight)
    else:
        thick = max(round(tall * 0.14), 1)
        hershey = cv2.FONT_HERSHEY_SIMPLEX if face == "plain" else cv2.FONT_HERSHEY_DUPLEX
        cv2.putText(picture, name, (tall, 2 * tall), hershey, tall / 21.0, 255, thick, cv2.LINE_AA)
    rows, columns = np.flatnonzero(picture.max(1)), np.flatnonzero(picture.max(0))
    word = picture[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    size = (max(round(word.shape[1] / fine), 1), max(round(word.shape[0] / fine), 1))
    small = np.asarray(cv2.resize(word, size, interpolation=cv2.INTER_AREA), np.float32) / np.float32(255)
    return np.pad(small, ((edge, edge), (edge, 2 * edge)))
