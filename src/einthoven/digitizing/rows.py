"""Rows: where on a flat page traces run: their zero lines, where they begin and end, and how dark they are."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from einthoven.digitizing.sheet import Sheet

__all__ = ["Rows", "found_rows"]

Map = NDArray[np.float32]
Array = NDArray[np.float64]

_FAINTEST = 0.12
"""How dark a trace is at the least, of black."""
_TALLEST = 14
"""Most rows of a page."""


@dataclass(frozen=True, eq=False)
class Rows:
    """Traces one below the other.

    Args:
        ink: of the page, grid taken out, the traces about 1, shape (h, w).
        zeros: y of each row's zero line, pixels of the flat page, shape (n,).
        pitch: distance of the rows, pixels.
        start: x at which the traces begin, about, pixels.
        stop: x at which they end, about, pixels.
    """

    ink: Map
    zeros: Array
    pitch: float
    start: float
    stop: float


def cleared(sheet: Sheet) -> Map:
    """Return the ink with the grid taken out and the traces about 1."""
    ink = sheet.ink
    level = max(float(np.median(ink.max(0))), _FAINTEST)
    floor = min(float(np.quantile(ink, 0.9)), 0.45 * level)
    return np.asarray(np.clip((ink - floor) / max(level - floor, 1e-3), 0, 1), np.float32)


def found_rows(sheet: Sheet, box: tuple[float, float, float, float]) -> Rows | None:
    """Find the rows of traces; None where there are none.

    Args:
        sheet: the flat page.
        box: left, top, right and bottom of the grid, mm: zero lines lie inside.
    """
    ink, scale = cleared(sheet), sheet.scale
    dark = (ink > 0.4).astype(np.uint8)
    left, top, right, bottom = (round((side - sheet.origin[k % 2]) * scale) for k, side in enumerate(box))
    dark[:, : max(left - round(3 * scale), 0)] = 0
    dark[:, max(right + round(3 * scale), 0) :] = 0
    long = cv2.morphologyEx(dark, cv2.MORPH_CLOSE, np.ones((1, max(round(0.8 * scale), 1)), np.uint8))
    long[: max(top, 0)] = 0
    long[max(bottom, 0) :] = 0
    profile = cv2.GaussianBlur(long.mean(1).astype(np.float32)[:, None], (0, 0), 0.35 * scale)[:, 0]
    wide = cv2.dilate(long, np.ones((round(5 * scale) | 1, 1), np.uint8))
    columns = slice(max(left, 0), max(right, left + 1))
    cover = wide[:, columns].mean(1).astype(np.float64)
    found = _comb(profile.astype(np.float64), cover, scale)
    if found is None:
        return None
    zeros, pitch = found
    zeros = _settled(zeros, profile, scale)
    extent = _extent(dark, zeros, pitch, scale)
    return None if extent is None else Rows(ink, zeros, pitch, *extent)


def _comb(profile: Array, cover: Array, scale: float) -> tuple[Array, float] | None:
    """Return the evenly spaced rows that explain the page best, and their distance.

    Args:
        profile: how much ink lies at each height.
        cover: in which part of the columns there is ink near each height.
        scale: pixels per mm.
    """
    peak = profile.max()
    if peak < 0.05:
        return None
    tops = np.flatnonzero((profile[1:-1] >= profile[:-2]) & (profile[1:-1] > profile[2:])) + 1
    tops = tops[(profile[tops] > 0.12 * peak) & (cover[tops] > 0.6)]
    window = np.ones((max(round(2 * scale), 1) | 1, 1), np.uint8)
    near = np.sqrt(cv2.dilate(profile.astype(np.float32)[:, None], window)[:, 0] / peak)
    worth = np.minimum(cover - 0.6, 0.35) + 0.3 * (near - 0.5)
    best: tuple[float, Array, float] | None = None
    for first in tops:
        if best is None or worth[first] > best[0]:
            best = float(worth[first]), np.array([float(first)]), 25 * scale
        for pitch in np.arange(8 * scale, 62 * scale, 0.1 * scale):
            places = first + pitch * np.arange(_TALLEST)
            places = places[places < len(profile) - 2]
            total = np.cumsum(worth[np.rint(places).astype(int)])
            number = int(np.argmax(total)) + 1
            if number > 1 and total[number - 1] > best[0]:
                best = float(total[number - 1]), places[:number], float(pitch)
    return None if best is None else best[1:]


def _settled(zeros: Array, profile: Map, scale: float) -> Array:
    """Move each zero line to the darkest height within 2 mm."""
    reach = round(2 * scale)
    out = []
    for zero in np.rint(zeros).astype(int):
        low = max(zero - reach, 0)
        window = profile[low : zero + reach + 1]
        out.append(low + int(np.argmax(window)))
    return np.array(out, float)


def _extent(dark: NDArray[np.uint8], zeros: Array, pitch: float, scale: float) -> tuple[float, float] | None:
    """Return where most rows have ink without a long break: the first and the last column."""
    half = round(min(pitch / 2, 15 * scale))
    there = []
    for zero in np.rint(zeros).astype(int):
        row = dark[max(zero - half, 0) : zero + half + 1].max(0)[None]
        there.append(cv2.morphologyEx(row, cv2.MORPH_CLOSE, np.ones((1, max(round(0.7 * scale), 1)), np.uint8))[0])
    share = np.mean(there, axis=0)
    full = share >= 0.5
    edges = np.flatnonzero(np.diff(np.concatenate(([0], full.astype(np.int8), [0]))))
    runs = edges.reshape(-1, 2)
    if not len(runs):
        return None
    joined: list[list[int]] = []
    for begin, end in runs.tolist():
        if joined and begin - joined[-1][1] <= 0.8 * scale:
            joined[-1][1] = end
        else:
            joined.append([begin, end])
    begin, end = max(joined, key=lambda run: run[1] - run[0])
    return (float(begin), float(end - 1)) if end - begin > 20 * scale else None
