"""Truth: where on a page every sample lies, and every lead and name; carried along when the page is worn."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

__all__ = ["Shown", "Truth"]

Points = NDArray[np.float32]
"""Places on a picture as (x, y), shape (..., 2): the centre of the top left pixel is (0, 0)."""


class Shown(NamedTuple):
    """One lead in one place.

    Args:
        lead: its standard name; "-aVR" is aVR upside down.
        row: row number, 0 at the top.
        first: the first sample shown.
        stop: the one after the last.
        level: mV that lie on the zero line.
    """

    lead: str
    row: int
    first: int
    stop: int
    level: float

    @property
    def sign(self) -> int:
        """-1 for a lead shown upside down, else 1."""
        return -1 if self.lead.startswith("-") else 1


@dataclass(frozen=True, slots=True, eq=False)
class Truth:
    """Where everything lies on a picture of `width` x `height` pixels. P leads shown, N samples shown in all.

    Args:
        shown: the leads in their places.
        points: pixel of every sample, lead after lead, shape (N, 2); NaN where nothing was measured.
        boxes: corners of each lead's place, from the top left clockwise, shape (P, 4, 2).
        names: corners of each lead's name; NaN where none is written, shape (P, 4, 2).
        zeros: where each trace's zero line begins on the flat page, shape (P, 2).
        homography: what takes a pixel of the flat page to one of this picture, shape (3, 3).
        px_per_mm: pixels per millimetre of the flat page.
        speed: mm/s.
        gain: mm/mV.
        fs: sampling rate of the samples, Hz.
        layout: name of the layout.
        width: of the picture, pixels.
        height: of the picture, pixels.
        flat_size: width and height of the flat page, pixels.
    """

    shown: tuple[Shown, ...]
    points: Points
    boxes: Points
    names: Points
    zeros: Points
    homography: NDArray[np.float64]
    px_per_mm: float
    speed: float
    gain: float
    fs: float
    layout: str
    width: int
    height: int
    flat_size: tuple[int, int]

    def of(self, number: int) -> Points:
        """Return the pixels of one lead's samples, shape (n, 2)."""
        begin = sum(one.stop - one.first for one in self.shown[:number])
        return self.points[begin : begin + self.shown[number].stop - self.shown[number].first]

    def flat(self, points: Points) -> Points:
        """Take pixels of this picture back to the flat page, shape (n, 2)."""
        return moved(points, np.linalg.inv(self.homography).astype(np.float64))

    def carried(self, homography: NDArray[np.float64], width: int, height: int) -> Truth:
        """Return the truth about a picture of this one, seen through a homography."""
        if (homography == np.eye(3)).all():
            return replace(self, width=width, height=height)
        return replace(
            self,
            points=moved(self.points, homography),
            boxes=moved(self.boxes, homography),
            names=moved(self.names, homography),
            homography=homography @ self.homography,
            width=width,
            height=height,
        )

    def millivolts(self, number: int, points: Points | None = None) -> NDArray[np.float32]:
        """Return the mV that pixels on lead `number` stand for; its samples' own pixels unless told."""
        one = self.shown[number]
        y = self.flat(self.of(number) if points is None else points)[:, 1]
        heights = one.sign * (self.zeros[number, 1] - y) / (self.px_per_mm * self.gain)
        return np.asarray(one.level + heights, np.float32)


def moved(points: Points, homography: NDArray[np.float64]) -> Points:
    """Take points (..., 2) through a homography.

    >>> moved(np.float32([[1, 2]]), np.diag([2.0, 2.0, 1.0]))
    array([[2., 4.]], dtype=float32)
    """
    x, y = points[..., 0].astype(np.float64), points[..., 1].astype(np.float64)
    across, down, depth = (row[0] * x + row[1] * y + row[2] for row in homography)
    return np.stack((across / depth, down / depth), -1).astype(np.float32)
