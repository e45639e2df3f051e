"""Lattice: in which direction and how densely the lines of a grid run, all over a picture. Shapes: n patches.

The spectrum of a patch of ECG paper has two rows of peaks: the multiples of one line every 5 mm, the fifth of them
strong where there are lines every mm. Their places say how many mm a pixel is, in both directions, at that patch.
"""

from __future__ import annotations

from typing import NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

__all__ = ["Lattice", "lattice"]

Map = NDArray[np.float32]
Array = NDArray[np.float64]

PATCH = 256
"""Side of a patch, pixels."""
_TILT = 25.0
"""Largest angle of the grid to the picture, degrees."""
_FIVE = (12.0, 110.0)
"""Fewest and most pixels in 5 mm: about 60 to 560 pixels per inch."""


class Lattice(NamedTuple):
    """The grid as it is seen here and there.

    Args:
        places: centres of the patches, x and y in pixels, shape (n, 2).
        across: how many mm one goes to the right of the paper with a pixel to the right and down, shape (n, 2).
        down: how many mm one goes down the paper, likewise, shape (n, 2).
        weights: how clearly each was seen, shape (n,).
    """

    places: Array
    across: Array
    down: Array
    weights: Array


def lattice(grid: Map) -> Lattice | None:
    """Find the grid in a picture of it, (H, W); None where there is none.

    The picture is upright to `_TILT` degrees.
    """
    places, spectra = _spectra(grid)
    if not len(places):
        return None
    coarse = _coarse(spectra.mean(0))
    if coarse is None:
        return None
    angle, five = coarse
    turns = (angle, angle + np.pi / 2)
    found = np.array([[_near(spectrum, turn, five) for turn in turns] for spectrum in spectra])
    clear = found[:, :, 2].min(1)
    keep = clear > max(0.25 * np.quantile(clear, 0.9), 1e-9)
    vectors = _towards(found[:, :, 0], found[:, :, 1])
    return Lattice(places[keep], vectors[keep, 0], vectors[keep, 1], clear[keep])


def _towards(angle: Array, five: Array) -> Array:
    """Return mm per pixel to the right and down, of lines every `five` pixels in a direction; shape (..., 2)."""
    return np.asarray((5 / five)[..., None] * np.stack((np.cos(angle), np.sin(angle)), -1))


def _spectra(grid: Map) -> tuple[Array, Map]:
    """Return the patches' centres and the magnitudes of their spectra, the zero frequency in the middle."""
    height, width = grid.shape
    side = min(PATCH, height, width)
    starts = [_starts(length, side) for length in (height, width)]
    hann = np.hanning(side).astype(np.float32)
    window = hann[:, None] * hann
    places, out = [], []
    for top in starts[0]:
        for left in starts[1]:
            patch = grid[top : top + side, left : left + side]
            patch = (patch - patch.mean()) * window
            if side < PATCH:
                patch = np.pad(patch, ((0, PATCH - side), (0, PATCH - side)))
            out.append(np.abs(np.fft.fftshift(np.fft.fft2(patch))).astype(np.float32))
            places.append((left + (side - 1) / 2, top + (side - 1) / 2))
    return np.array(places), np.array(out)


def _starts(length: int, side: int) -> list[int]:
    number = max(int(np.ceil(2 * length / side)) - 1, 1)
    return [int(start) for start in np.linspace(0, length - side, number)]


def _sampled(spectrum: Map, angle: Array, frequency: Array) -> Array:
    """Return the spectrum at frequencies (cycles per pixel) in directions (radians)."""
    x = PATCH / 2 + PATCH * frequency * np.cos(angle)
    y = PATCH / 2 + PATCH * frequency * np.sin(angle)
    return cv2.remap(spectrum, x.astype(np.float32), y.astype(np.float32), cv2.INTER_LINEAR).astype(np.float64)


_FINE_LINES = 14.0
"""Lines that are fewer pixels apart are those of 1 mm: a page has 70 pixels per inch at the least."""
_FREQUENCIES = np.arange(1 / 110, 0.42, 1 / (4 * PATCH))
_ANGLES = np.radians(np.arange(-_TILT, _TILT + 0.1, 0.5))


def _coarse(spectrum: Map) -> tuple[float, float] | None:
    """Return the angle (radians) and the pixels in 5 mm that explain the mean spectrum best."""
    angle, frequency = np.meshgrid(_ANGLES, _FREQUENCIES, indexing="ij")
    blurred = np.asarray(cv2.GaussianBlur(spectrum, (0, 0), 1.0), np.float32)
    rows = [_sampled(blurred, angle + turn, frequency) for turn in (0.0, np.pi / 2)]
    best = None
    for turned in range(len(_ANGLES)):
        pair = np.minimum(*[row[turned] for row in rows])
        for five in np.geomspace(*_FIVE, 160):
            score = _comb(pair, five)
            if best is None or score > best[0]:
                best = score, float(_ANGLES[turned]), float(five)
    if best is None:
        return None
    _, turn, five = best
    both = np.minimum(*[row[int(np.argmin(np.abs(_ANGLES - turn)))] for row in rows])
    order = 1 + int(np.argmax(np.interp(np.arange(1, 6) / five, _FREQUENCIES, both)))
    if order < 5 and five / order < _FINE_LINES:  # all lines alike, and too close for 5 mm
        five *= 5 / order
    return turn, five


def _comb(row: Array, five: float) -> float:
    """Return how much more a spectrum has at the multiples of a line every `five` pixels than between them."""
    orders = np.arange(1, 11)
    peaks = orders / five
    peaks = peaks[peaks < _FREQUENCIES[-1] - 0.5 / five]
    if len(peaks) < 2:
        return -np.inf
    at = np.interp(peaks, _FREQUENCIES, row)
    between = np.interp(peaks + 0.5 / five, _FREQUENCIES, row)
    return float(np.sum(np.sqrt(at)) - np.sum(np.sqrt(between)))


_TURNS = np.radians(np.linspace(-7, 7, 29))
_STRETCHES = np.exp(np.linspace(-0.2, 0.2, 41))
_ORDERS = np.arange(1, 21) / 2
"""Multiples of a line every 5 mm, and the places between them."""


def _near(spectrum: Map, angle: float, five: float) -> tuple[float, float, float]:
    """Return angle and pixels in 5 mm of one family of lines in one patch, near those of the whole, and how clear."""
    for width in (1.0, 0.15):
        turns, fives = angle + width * _TURNS, five * np.exp(width * np.log(_STRETCHES))
        turn, stretched, order = np.meshgrid(turns, fives, _ORDERS, indexing="ij")
        frequency = order / stretched
        level = np.sqrt(_sampled(spectrum, turn.reshape(len(turns), -1), frequency.reshape(len(turns), -1)))
        level = level.reshape(frequency.shape) * (frequency < 0.42)
        score = level[..., 1::2].sum(2) - level[..., 0::2].sum(2)
        best = np.unravel_index(np.argmax(score), score.shape)
        angle, five = float(turns[best[0]]), float(fives[best[1]])
    return angle, five, float(score.max())
