"""Squares: the fields of all leads in one picture, side by side or as one series. L leads, T samples, K bins."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from einthoven.drawing.matrices import levels, sines, transitions
from einthoven.drawing.shrinking import along, shrunk, taps

if TYPE_CHECKING:
    from einthoven.drawing.fields import Fields

__all__ = ["ROWS", "concat", "grid"]

Size = tuple[int, int]
Floats = NDArray[np.float64]
Truth = NDArray[np.bool_]
Picture = NDArray[np.float32]
Planes = Mapping[str, Picture]

ROWS = 3
"""Rows of the grid; its columns are filled one after another."""
BLOCK = 64
"""Rows of a recurrence plot that are made at once."""
SUM = np.array([0.5, -0.5, 0.5], np.float32)
"""(GASF + 1) / 2 as a sum of three outer products: of the series, of its sines, of ones."""


def grid(recipe: Fields, beats: Floats, there: Truth, *, size: Size | None, planes: Planes) -> None:
    """Fill the planes with one square a lead.

    Args:
        recipe: what to make.
        beats: in [-1, 1], (L, T).
        there: leads that were measured, (L,); the squares of the others are black.
        size: (H, W) of the picture, or None for the squares as they are.
        planes: method -> the plane (H, W) it fills.
    """
    L, T = beats.shape
    for method, plane in planes.items():
        canvas = np.zeros((math.ceil(L / ROWS) * ROWS, T, T), np.float32)
        canvas[:L][there] = _squares(recipe, method, beats[there])
        whole = canvas.reshape(-1, ROWS, T, T).transpose(1, 2, 0, 3).reshape(ROWS * T, -1)
        plane[...] = shrunk(whole, size, skip="alias" in recipe.defects)


def _squares(recipe: Fields, method: str, beats: Floats) -> Picture:
    """Return one matrix a lead, (L, T, T), in [0, 1]."""
    thin = beats.astype(np.float32)
    if method == "rp":
        return _compared(recipe, thin, thin)
    if method == "gaf":
        rows = _angles(beats).astype(np.float32)
        return np.asarray((rows * SUM) @ rows.transpose(0, 2, 1), np.float32)
    level = levels(beats, recipe.bins)
    rows, chances = level.astype(np.float32), transitions(level).astype(np.float32)
    return np.asarray(rows @ chances @ rows.transpose(0, 2, 1), np.float32)


def concat(recipe: Fields, beats: Floats, there: Truth, *, size: Size | None, planes: Planes) -> None:
    """Fill the planes with all leads as one series; arguments as in `grid`.

    A Gramian field is a sum of three outer products and a transition field one of a few, so shrinking their factors
    shrinks them, exactly, without the large square ever being made.
    """
    L, T = beats.shape
    line, here = beats.reshape(-1), np.repeat(there, T)
    skip = "alias" in recipe.defects
    if "gaf" in planes:
        rows, columns = _factors(_angles(line) * here[:, None], size, skip=skip)
        np.matmul(rows * SUM, columns.T, out=planes["gaf"])
    if "mtf" in planes and here.any():
        level = np.zeros((L * T, recipe.bins))
        level[here] = levels(line[here], recipe.bins)
        counted = None if "seam" in recipe.defects else np.arange(1, L * T) % T != 0
        rows, columns = _factors(level, size, skip=skip)
        np.matmul(rows @ transitions(level, counted).astype(np.float32), columns.T, out=planes["mtf"])
    if "rp" in planes:
        _plot(recipe, line.astype(np.float32), here, size=size, plane=planes["rp"])


def _angles(series: Floats) -> Floats:
    """Return series (..., n) beside their sines and ones, (..., n, 3)."""
    return np.stack([series, sines(series), np.ones(series.shape)], -1)


def _factors(vectors: Floats, size: Size | None, *, skip: bool) -> tuple[Picture, Picture]:
    """Return the vectors (n, K) shrunk to rows (H, K) and to columns (W, K)."""
    thin = vectors.astype(np.float32)
    if size is None:
        return thin, thin
    rows = along(thin, size[0], skip=skip)
    return rows, rows if size[0] == size[1] else along(thin, size[1], skip=skip)


def _plot(recipe: Fields, line: Picture, here: Truth, *, size: Size | None, plane: Picture) -> None:
    """Fill the plane with the recurrence plot; only samples that the picture reads are compared."""
    if size is None:
        for first in range(0, line.size, BLOCK):  # a block stays in the processor's cache through all its passes
            rows = slice(first, first + BLOCK)
            _compared(recipe, line[rows], line, out=plane[rows])
        if not here.all():
            plane *= here[:, None] & here
    elif "alias" in recipe.defects:
        (rows_, down), (columns, across) = (taps(line.size, side) for side in size)
        read = _compared(recipe, line[rows_].reshape(-1), line[columns].reshape(-1)).reshape(2, size[0], 2, size[1])
        if not here.all():
            read *= here[rows_][:, :, None, None] & here[columns]
        tall = read[0] + down[:, None, None] * (read[1] - read[0])
        plane[...] = tall[:, 0] + across * (tall[:, 1] - tall[:, 0])
    else:
        whole = np.empty((line.size, line.size), np.float32)
        _plot(recipe, line, here, size=None, plane=whole)
        plane[...] = shrunk(whole, size, skip=False)


def _compared(recipe: Fields, rows: Picture, columns: Picture, *, out: Any = None) -> Picture:
    """Return the distances of all pairs, brought into [0, 1]: cut at 1, or halved."""
    plot: Picture = np.subtract(rows[..., :, None], columns[..., None, :], out=out)
    np.abs(plot, out=plot)
    if "clip" in recipe.defects:
        return np.minimum(plot, 1, out=plot)
    plot *= np.float32(0.5)
    return plot
