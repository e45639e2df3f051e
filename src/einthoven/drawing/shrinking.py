"""Shrinking: a matrix as a smaller picture, by reading between its samples or by the mean over areas."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["along", "shrunk", "taps", "weights"]

Floats = NDArray[np.floating[Any]]
Taps = tuple[NDArray[np.int64], NDArray[np.float32]]


@lru_cache(maxsize=64)
def taps(n: int, size: int) -> Taps:
    """Return the two neighbours (2, size) between which each new sample lies, and how far from the first, (size,).

    >>> taps(4, 2)[0].tolist(), taps(4, 2)[1].tolist()
    ([[0, 2], [1, 3]], [0.5, 0.5])

    Source: pixel centres at half numbers, as OpenCV's `INTER_LINEAR`; what lies outside is the edge.
    """
    place = np.clip((np.arange(size) + 0.5) * (n / size) - 0.5, 0, n - 1)
    first = np.minimum(np.floor(place), max(n - 2, 0)).astype(np.int64)
    return np.stack([first, np.minimum(first + 1, n - 1)]), (place - first).astype(np.float32)


@lru_cache(maxsize=64)
def weights(n: int, size: int, *, skip: bool) -> NDArray[np.float32]:
    """Return the matrix (size, n) that shrinks a series: bilinear taps with `skip`, else the mean over areas.

    `skip` passes over samples where size < n / 2, so that fine patterns alias; areas do not.

    >>> weights(4, 2, skip=False).tolist()
    [[0.5, 0.5, 0.0, 0.0], [0.0, 0.0, 0.5, 0.5]]
    """
    if not skip and size < n:
        edges = np.linspace(0, n, size + 1)
        inside = np.minimum(edges[1:, None], np.arange(1, n + 1)) - np.maximum(edges[:-1, None], np.arange(n))
        return np.asarray(np.clip(inside, 0, None) * (size / n), np.float32)
    (first, second), part = taps(n, size)
    matrix = np.zeros((size, n), np.float32)
    np.add.at(matrix, (np.arange(size), first), 1 - part)
    np.add.at(matrix, (np.arange(size), second), part)
    return matrix


def along(series: Floats, size: int, *, skip: bool) -> NDArray[np.float32]:
    """Return vectors (n, K) at another length, (size, K)."""
    if not skip:
        return np.asarray(weights(len(series), size, skip=False) @ series, np.float32)
    (first, second), part = taps(len(series), size)
    return np.asarray(_mixed(series[first], series[second], part[:, None]), np.float32)


def shrunk(picture: Floats, size: tuple[int, int] | None, *, skip: bool) -> Floats:
    """Return pictures (..., H, W) at another size, (height, width).

    Args:
        picture: of any number of planes.
        size: (height, width); None leaves it.
        skip: as in `weights`.
    """
    if size is None:
        return picture
    (height, width), (tall, wide) = picture.shape[-2:], size
    if not skip:
        return weights(height, tall, skip=False) @ picture @ weights(width, wide, skip=False).T
    (up, down), part = taps(height, tall)
    between = _mixed(picture[..., up, :], picture[..., down, :], part[:, None])
    (left, right), part = taps(width, wide)
    return _mixed(between[..., left], between[..., right], part)


def _mixed(first: Floats, second: Floats, part: NDArray[np.float32]) -> Floats:
    """Return first + part (second - first), in the memory of `second`."""
    second -= first
    second *= part
    second += first
    return second
