"""Grid: the one homography that takes a picture's pixels to millimetres of the paper, from the lines printed on it."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray
from scipy.optimize import least_squares

from einthoven.digitizing.lattice import Lattice, lattice
from einthoven.digitizing.sheet import moved

__all__ = ["Grid", "found_grid"]

Map = NDArray[np.float32]
Box = tuple[float, float, float, float]
Array = NDArray[np.float64]

_BLOCK = 10
"""Side of the square whose lines are compared with where they should be, mm."""
_AROUND = [(y, x) for y in (-1, 0, 1) for x in (-1, 0, 1)]
"""Steps to the blocks around one, and to itself."""
_SCALE = (3.0, 9.0)
"""Fewest and most pixels per mm of the flat picture the lines are compared on."""


@dataclass(frozen=True)
class Grid:
    """Where the paper's millimetres lie.

    Args:
        homography: pixel of the picture to mm of the paper, shape (3, 3); lines of 5 mm lie on its multiples of 5.
        px_per_mm: pixels of the picture to a mm, in the mean.
        error: how far the lines lie from where they should, mm (root mean square).
        box: left, top, right and bottom of what the lines cover, mm, to about a block.
    """

    homography: Array
    px_per_mm: float
    error: float
    box: tuple[float, float, float, float]


def found_grid(grid: Map) -> Grid | None:
    """Find the grid in a picture of it (`Lit.grid`); None where there is none."""
    seen = lattice(grid)
    if seen is None or len(seen.places) < 3:
        return None
    homography = _fitted(seen)
    error, box = np.inf, (0.0, 0.0, 0.0, 0.0)
    for order in (1, 1, 5, 5):
        homography, error, box = _phased(grid, homography, order)
    return Grid(homography, _density(homography, grid.shape), error, box)


def _density(homography: Array, shape: tuple[int, int]) -> float:
    middle = np.array([shape[1] / 2, shape[0] / 2])
    step = moved(middle + np.array([(0, 0), (1, 0), (0, 1)]), homography)
    area = abs(np.linalg.det(step[1:] - step[0]))
    return float(1 / np.sqrt(area))


def _fitted(seen: Lattice) -> Array:
    """Return the homography whose slopes are those of the lattice."""
    middle, reach = seen.places.mean(0), max(float(np.ptp(seen.places, axis=0).max()) / 2, 1.0)
    x, y = ((seen.places - middle) / reach).T
    wanted = np.stack((seen.across, seen.down), 1) * reach
    size = float(np.median(np.abs(wanted).max((1, 2))))
    weights = np.sqrt(seen.weights / seen.weights.max())[:, None, None]

    def slopes(p: Array) -> Array:
        depth = 1 + p[4] * x + p[5] * y
        rows = []
        for one, other in ((p[0], p[1]), (p[2], p[3])):
            value = (one * x + other * y) / depth
            rows.append(np.stack(((one - value * p[4]) / depth, (other - value * p[5]) / depth), 1))
        return np.stack(rows, 1)

    def off(p: Array) -> Array:
        return np.asarray(((slopes(p) - wanted) / size * weights).ravel())

    start = np.array([*np.median(wanted, 0).ravel(), 0, 0])
    p = least_squares(off, start, loss="soft_l1", f_scale=0.02).x
    unit = np.array([(1 / reach, 0, -middle[0] / reach), (0, 1 / reach, -middle[1] / reach), (0, 0, 1)])
    return np.asarray(np.array([(p[0], p[1], 0), (p[2], p[3], 0), (p[4], p[5], 1)]) @ unit)


def _phased(grid: Map, homography: Array, order: int) -> tuple[Array, float, Box]:
    """Move the homography so that the lines, every 5 / order mm, lie where they should; return it and their error."""
    height, width = grid.shape
    corners = moved(np.array([(0, 0), (width, 0), (width, height), (0, height)], float), homography)
    low = np.floor(corners.min(0) / _BLOCK) * _BLOCK
    blocks = np.clip(np.ceil((corners.max(0) - low) / _BLOCK), 1, 90).astype(int)
    scale = float(np.clip(_density(homography, grid.shape), *_SCALE))
    per = max(round(scale), 1) * _BLOCK  # a whole number of pixels to a mm of each block
    scale = per / _BLOCK
    to_flat = np.array([(scale, 0, -low[0] * scale), (0, scale, -low[1] * scale), (0, 0, 1)]) @ homography
    size = (int(blocks[0]) * per, int(blocks[1]) * per)
    flat = cv2.warpPerspective(
        grid, to_flat, size, flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_CONSTANT, borderValue=-1
    )
    there = flat >= 0
    flat = np.where(there, flat, 0)
    mm = np.arange(max(size), dtype=np.float64) / scale
    wave = np.exp(-2j * np.pi * order * mm / 5)
    tiles = flat.reshape(blocks[1], per, blocks[0], per)
    whole = there.reshape(tiles.shape).mean((1, 3)) > 0.7
    rows, columns = tiles.sum(1), tiles.sum(3)  # (by, bx, per) along x; (by, per, bx) along y
    across = np.einsum("bcx,cx->bc", rows, wave[: size[0]].reshape(blocks[0], per))
    down = np.einsum("byc,by->bc", columns, wave[: size[1]].reshape(blocks[1], per))
    by, bx = np.nonzero(whole)
    if len(by) < 4:
        return homography, np.inf, (0.0, 0.0, 0.0, 0.0)
    places = np.column_stack((bx, by)) * _BLOCK + low + _BLOCK / 2
    pair = np.column_stack((across[by, bx], down[by, bx]))
    clear = np.abs(pair)
    if order == 1 and not _bold(clear, (rows, columns), blocks, mm):
        return homography, np.inf, (0.0, 0.0, 0.0, 0.0)
    weight = (clear / (np.quantile(clear, 0.8, axis=0) + 1e-12)).min(1)
    good = weight > 0.35
    if good.sum() < 4:
        return homography, np.inf, (0.0, 0.0, 0.0, 0.0)
    places, weight = places[good], np.minimum(weight[good], 1)
    wanted = _unrolled(np.angle(pair[good]), by[good], bx[good], weight) / (2 * np.pi) * 5 / order
    if order > 1:  # the lines every 5 mm lie right already
        wanted -= np.rint(np.median(wanted, axis=0) * order / 5) * 5 / order
    box = _covered(by[good], bx[good], blocks, low)
    change = _correction(places, wanted, weight)
    rest = moved(places, change) - places - wanted
    rest -= np.rint(rest * order / 5) * 5 / order
    return change @ homography, float(np.sqrt(np.average((rest**2).sum(1), weights=weight))), box


def _bold(clear: Array, sums: tuple[Array, Array], blocks: Array, mm: Array) -> bool:
    """Return whether lines of 5 mm stand out, beside those of 1 mm."""
    rows, columns = sums
    per = rows.shape[2]
    fine = np.exp(-2j * np.pi * mm)
    across = np.einsum("bcx,cx->bc", rows, fine[: int(blocks[0]) * per].reshape(int(blocks[0]), per))
    down = np.einsum("byc,by->bc", columns, fine[: int(blocks[1]) * per].reshape(int(blocks[1]), per))
    every = min(float(np.quantile(np.abs(one), 0.8)) for one in (across, down))
    return bool(np.quantile(clear, 0.8, axis=0).min() > 0.15 * every)


def _covered(by: Array, bx: Array, blocks: Array, low: Array) -> Box:
    """Return the box in mm of the rows and columns of blocks in which lines are common."""
    sides = []
    for index, number in ((bx, blocks[0]), (by, blocks[1])):
        count = np.bincount(index, minlength=number)
        common = np.flatnonzero(count >= 0.35 * np.quantile(count[count > 0], 0.8))
        sides.append((float(common[0]), float(common[-1] + 1)))
    (left, right), (top, bottom) = sides
    x, y = float(low[0]), float(low[1])
    return x + left * _BLOCK, y + top * _BLOCK, x + right * _BLOCK, y + bottom * _BLOCK


def _unrolled(phase: Array, by: Array, bx: Array, weight: Array) -> Array:
    """Add whole turns to phases (n, 2) of blocks, from the clearest one outwards, so that neighbours lie close."""
    number = {place: one for one, place in enumerate(zip(by.tolist(), bx.tolist(), strict=True))}
    out, known = phase.copy(), np.zeros(len(phase), bool)
    for seed in np.argsort(-weight):
        if known[seed]:
            continue
        if known.any():  # an island: near what is known
            nearest = np.argmin(np.where(known, (by - by[seed]) ** 2 + (bx - bx[seed]) ** 2, np.inf))
            out[seed] += 2 * np.pi * np.rint((out[nearest] - out[seed]) / (2 * np.pi))
        known[seed] = True
        queue = deque([int(seed)])
        while queue:
            one = queue.popleft()
            for dy, dx in ((0, 1), (1, 0), (0, -1), (-1, 0)):
                other = number.get((int(by[one]) + dy, int(bx[one]) + dx))
                if other is not None and not known[other]:
                    near = [number.get((int(by[other]) + ey, int(bx[other]) + ex)) for ey, ex in _AROUND]
                    around = [place for place in near if place is not None and known[place]]
                    like = np.median(out[around], axis=0)
                    out[other] += 2 * np.pi * np.rint((like - out[other]) / (2 * np.pi))
                    known[other] = True
                    queue.append(other)
    return out


def _correction(places: Array, moves: Array, weight: Array) -> Array:
    """Return the homography near one that moves places by so much, outliers left out."""
    middle, reach = places.mean(0), max(float(np.ptp(places, axis=0).max()) / 2, 1.0)
    x, y = ((places - middle) / reach).T
    far = len(places) >= 12
    zero, one = np.zeros_like(x), np.ones_like(x)
    rows = np.concatenate([
        np.column_stack((x, y, one, zero, zero, zero, -x * x, -x * y)),
        np.column_stack((zero, zero, zero, x, y, one, -x * y, -y * y)),
    ])  # fmt: skip
    if not far:
        rows = rows[:, :6]
    target = np.concatenate(((moves / reach)[:, 0], (moves / reach)[:, 1]))
    scale = np.concatenate((weight, weight))
    for _ in range(6):
        p = np.linalg.lstsq(rows * scale[:, None], target * scale, rcond=None)[0]
        off = np.hypot(*np.split(rows @ p - target, 2))
        limit = 3 * np.median(off) + 1e-6
        scale = np.tile(weight * np.minimum(1, limit / np.maximum(off, 1e-9)), 2)
    p = np.concatenate((p, np.zeros(8 - len(p))))
    change = np.array([(1 + p[0], p[1], p[2]), (p[3], 1 + p[4], p[5]), (p[6], p[7], 1)])
    unit = np.array([(1 / reach, 0, -middle[0] / reach), (0, 1 / reach, -middle[1] / reach), (0, 0, 1)])
    return np.asarray(np.linalg.inv(unit) @ change @ unit)
