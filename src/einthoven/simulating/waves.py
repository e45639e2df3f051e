"""Waves: a beat as a sum of Gaussian heart vectors. Shapes: n patients, K waves, 3 axes (x left, y down, z back)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from einthoven.simulating.streams import Row

__all__ = ["Waves", "join", "toward", "turned"]

ROOT_TAU = float(np.sqrt(2 * np.pi))
VISIBLE = 0.03
"""A vector shorter than this (mV) neither begins nor ends a complex."""


@dataclass(frozen=True)
class Waves:
    """Gaussian waves of n patients; a dipole model in the manner of Sameni et al. (2007), with equations of our own.

    Args:
        time: centres in seconds from the R wave, shape (n, K).
        width: standard deviations in seconds, shape (n, K).
        vector: heart vectors at the centres in mV, shape (n, K, 3).
    """

    time: NDArray[np.float64]
    width: NDArray[np.float64]
    vector: NDArray[np.float64]

    @property
    def area(self) -> NDArray[np.float64]:
        """Integral of the vector over time in mV s, shape (n, 3)."""
        return np.asarray(ROOT_TAU * (self.width[..., None] * self.vector).sum(1))

    @property
    def onset(self) -> Row:
        """Seconds from R to where the first visible wave rises (two standard deviations early), shape (n,)."""
        return np.asarray(np.where(self._visible, self.time - 2 * self.width, np.inf).min(1))

    @property
    def offset(self) -> Row:
        """Seconds from R to where the last visible wave has gone, shape (n,)."""
        return np.asarray(np.where(self._visible, self.time + 2 * self.width, -np.inf).max(1))

    @property
    def _visible(self) -> NDArray[np.bool_]:
        seen = np.sqrt((self.vector**2).sum(2)) > VISIBLE
        return np.asarray(seen | ~seen.any(1, keepdims=True))


def join(*parts: Waves) -> Waves:
    """Return the waves of all parts as one set."""
    time = np.concatenate([part.time for part in parts], axis=1)
    width = np.concatenate([part.width for part in parts], axis=1)
    return Waves(time, width, np.concatenate([part.vector for part in parts], axis=1))


def single(time: ArrayLike, width: ArrayLike, vector: NDArray[np.float64]) -> Waves:
    """Return one wave a patient: `vector` of shape (n, 3), time and width of shape (n,) or scalars."""
    n = len(vector)
    return Waves(
        np.broadcast_to(time, n)[:, None].astype(float),
        np.broadcast_to(width, n)[:, None].astype(float),
        vector[:, None],
    )


def toward(direction: ArrayLike, length: ArrayLike) -> NDArray[np.float64]:
    """Return vectors of `length` (n,) along one direction (3,), or along one direction a patient (n, 3)."""
    return np.asarray(np.asarray(length)[:, None] * np.asarray(direction, float))


def turned(vector: NDArray[np.float64], *, frontal: Row, horizontal: Row) -> NDArray[np.float64]:
    """Turn vectors (n, K, 3) by angles in radians, shape (n,): down from the left, then back from the left.

    >>> turned(np.array([[[1.0, 0.0, 0.0]]]), frontal=np.array([np.pi / 2]), horizontal=np.array([0.0])).round(6)[0, 0]
    array([0., 1., 0.])
    """
    x, y, z = np.moveaxis(vector, 2, 0)
    cos, sin = np.cos(frontal)[:, None], np.sin(frontal)[:, None]
    x, y = x * cos - y * sin, x * sin + y * cos
    cos, sin = np.cos(horizontal)[:, None], np.sin(horizontal)[:, None]
    return np.asarray(np.stack([x * cos - z * sin, y, x * sin + z * cos], axis=2))
