"""Marks: what people and stamps leave on the paper, and what time takes from it."""

from __future__ import annotations

from collections.abc import Callable

import cv2
import numpy as np
from numpy.typing import NDArray

from einthoven.drawing.camera import Drawn
from einthoven.drawing.page import Pixels

__all__ = ["faded", "marked"]

_PENS = ((20, 30, 120), (15, 15, 20), (170, 20, 30), (10, 90, 60), (90, 90, 95))
_NOTES = ("COPY", "seen", "12:40", "no. 7", "REVIEWED", "bed 4", "p. 2", "cf. prev.", "A-14", "filed")
_BINARY = 4
"""Binary digits after the point in the corners OpenCV is given."""


def faded(pixels: Pixels, lost: float) -> Pixels:
    """Take a part of the contrast from everything on the paper."""
    if not lost:
        return pixels
    table = np.rint(255 - (1 - lost) * (255 - np.arange(256))).astype(np.uint8)
    return np.asarray(cv2.LUT(pixels, table), np.uint8)


def marked(pixels: Pixels, scale: float, *, marks: Drawn, strokes: Drawn) -> Pixels:
    """Put marks and strokes of a pen on the paper, which has `scale` pixels per mm."""
    if not round(marks[0]) and not round(strokes[0]):
        return pixels
    paper = pixels.copy()
    for _ in range(round(marks[0])):
        kind: Callable[..., None] = marks[1].choice(np.array(_KINDS, object))
        kind(paper, scale, _pen(marks[1]), marks[1])
    for _ in range(round(strokes[0])):
        _scribble(paper, scale, _pen(strokes[1]), strokes[1])
    return paper


def _pen(rng: np.random.Generator) -> tuple[int, int, int]:
    return _PENS[int(rng.integers(len(_PENS)))]


def _place(paper: Pixels, rng: np.random.Generator) -> NDArray[np.float64]:
    return np.asarray(rng.uniform(0.05, 0.95, 2) * (paper.shape[1], paper.shape[0]))


def _width(scale: float, rng: np.random.Generator) -> int:
    return max(round(rng.uniform(0.3, 0.7) * scale), 1)


def _lines(paper: Pixels, points: NDArray[np.float64], pen: tuple[int, int, int], width: int) -> None:
    corners = np.rint(points * 2**_BINARY).astype(np.int32)
    cv2.polylines(paper, [corners], False, pen, width, cv2.LINE_AA, _BINARY)


def _ring(paper: Pixels, scale: float, pen: tuple[int, int, int], rng: np.random.Generator) -> None:
    """Circle something, as a hand does: not quite round, not quite closed."""
    turn = np.linspace(0, rng.uniform(5.8, 6.9), 60) + rng.uniform(0, 6)
    radii = rng.uniform(4, 16, 2) * scale * (1 + 0.06 * np.sin(turn[:, None] * rng.uniform(0.5, 1.5, 2)))
    around = radii * np.column_stack((np.cos(turn), np.sin(turn)))
    _lines(paper, _place(paper, rng) + around, pen, _width(scale, rng))


def _arrow(paper: Pixels, scale: float, pen: tuple[int, int, int], rng: np.random.Generator) -> None:
    tip, turn, long = _place(paper, rng), rng.uniform(0, 2 * np.pi), rng.uniform(8, 25) * scale
    width = _width(scale, rng)
    for away, reach in ((0.0, long), (0.5, 3 * scale), (-0.5, 3 * scale)):
        end = tip + reach * np.array((np.cos(turn + away), np.sin(turn + away)))
        _lines(paper, np.array([tip, end]), pen, width)


def _frame(paper: Pixels, scale: float, pen: tuple[int, int, int], rng: np.random.Generator) -> None:
    """Print a frame, as of a form."""
    corner, size = _place(paper, rng), rng.uniform(6, 40, 2) * scale
    square = np.array([(0, 0), (1, 0), (1, 1), (0, 1), (0, 0)])
    _lines(paper, corner + square * size, pen, _width(scale, rng))


def _note(paper: Pixels, scale: float, pen: tuple[int, int, int], rng: np.random.Generator) -> None:
    """Print or stamp a few words."""
    x, y = _place(paper, rng).astype(int).tolist()
    face = cv2.FontFace("italic" if rng.random() < 0.5 else "sans")
    words = _NOTES[int(rng.integers(len(_NOTES)))]
    cv2.putText(paper, words, (x, y), pen, face, max(round(rng.uniform(3, 7) * scale), 6), int(rng.integers(300, 700)))


def _stripe(paper: Pixels, scale: float, pen: tuple[int, int, int], rng: np.random.Generator) -> None:
    """Draw a highlighter over something; what is under it stays to be seen."""
    del pen
    (x, y), (wide, tall) = _place(paper, rng).astype(int), (rng.uniform((15, 3), (60, 6)) * scale).astype(int)
    under = paper[y : y + tall, x : x + wide]
    tint = np.array(((255, 245, 120), (170, 255, 170), (255, 190, 220))[int(rng.integers(3))], np.uint16)
    under[:] = (under * tint // 255).astype(np.uint8)


def _scribble(paper: Pixels, scale: float, pen: tuple[int, int, int], rng: np.random.Generator) -> None:
    """Write what looks like a word by hand: loops that run along a line."""
    letters, size = int(rng.integers(4, 12)), rng.uniform(1.2, 2.6) * scale
    turn = np.linspace(0, 2 * np.pi * letters, 24 * letters)
    knots = np.linspace(0, turn[-1], letters + 1)
    heights, widths = (np.interp(turn, knots, rng.uniform(0.3, high, letters + 1)) for high in (1.6, 0.7))
    along = np.cumsum(np.interp(turn, knots, rng.uniform(0.6, 2.2, letters + 1))) * size / 24
    loops = np.column_stack((along + size * widths * np.sin(turn), size * heights * np.cos(turn + rng.uniform(0, 1))))
    lean = rng.uniform(-0.3, 0.3)
    turned = loops @ np.array([(np.cos(lean), np.sin(lean)), (-np.sin(lean), np.cos(lean))])
    _lines(paper, _place(paper, rng) + turned, pen, _width(scale, rng))


_KINDS = (_ring, _arrow, _frame, _note, _stripe)
