"""Lamp: the light that falls on a page: its gradient, shadows and colour, and what folds, creases and stains do to it.

All of it is one map of factors, a quarter of the picture's size, that the picture is multiplied with.
"""

from __future__ import annotations

from collections.abc import Mapping

import cv2
import numpy as np
from numpy.typing import NDArray

from einthoven.drawing.camera import Camera, Drawn
from einthoven.drawing.page import Pixels
from einthoven.drawing.truth import moved

__all__ = ["LIGHTS", "lit"]

LIGHTS = ("light", "shadow", "cast", "folds", "creases", "stains")
"""The kinds of wear that are light."""

_CELL = 4
"""Pixels of the picture to one of the map."""
_SMOOTH = 4
"""Cells of the map to one of what has no edges."""
Map = NDArray[np.float32]


def lit(pixels: Pixels, camera: Camera, drawn: Mapping[str, Drawn]) -> Pixels:
    """Light a picture.

    Args:
        pixels: the picture.
        camera: what it is seen with, which knows where the paper is.
        drawn: strength and chances of light, shadow, cast, folds, creases and stains.
    """
    if not any(strength for strength, _ in drawn.values()):
        return pixels
    height, width = (-(-side // _CELL) for side in pixels.shape[:2])
    wide = np.clip((width // _SMOOTH, height // _SMOOTH), 2, None)
    x, y = ((np.arange(side, dtype=np.float32) + 0.5) / side for side in wide)
    smooth = _gradient(x[None], y[:, None], *drawn["light"]) * _shadow(x[None], y[:, None], *drawn["shadow"])
    light = cv2.resize(smooth, (width, height), interpolation=cv2.INTER_LINEAR)[..., None]
    if drawn["cast"][0]:
        light = light * _tint(*drawn["cast"])
    return _multiplied(pixels, np.asarray(light * _relief(camera, (height, width), drawn), np.float32))


def _relief(camera: Camera, shape: tuple[int, int], drawn: Mapping[str, Drawn]) -> Map:
    """Return what folds, creases and stains do to the light that falls on the paper; the table has none of them."""
    folds, creases, stains = (round(drawn[kind][0]) for kind in ("folds", "creases", "stains"))
    if not folds + creases + stains:
        return np.ones((1, 1, 1), np.float32)
    paper = np.ones((*shape, 1), np.float32)
    for _ in range(folds):
        paper *= _fold(camera, shape, drawn["folds"][1])[..., None]
    if creases:
        paper *= _creases(camera, shape, creases, drawn["creases"][1])[..., None]
    for _ in range(stains):
        paper = paper * _stain(camera, shape, drawn["stains"][1])
    edges = np.array([(0, 0), (1, 0), (1, 1), (0, 1)], np.float32) * camera.flat
    there = np.zeros((*shape, 1), np.uint8)
    cv2.fillConvexPoly(there, _whole(moved(edges, camera.homography)), 255, cv2.LINE_AA, 4)
    paper -= 1
    paper *= there * np.float32(1 / 255)
    paper += 1
    return paper


def _whole(points: NDArray[np.float32]) -> NDArray[np.int32]:
    """Return places on the picture as places on the map, in sixteenths of a cell, as OpenCV is given them."""
    return np.asarray(np.rint(points * (16 / _CELL)), np.int32)


def _multiplied(pixels: Pixels, lamp: Map) -> Pixels:
    small = cv2.convertScaleAbs(lamp, alpha=255)
    if lamp.shape[2] == 1:
        small = cv2.cvtColor(small, cv2.COLOR_GRAY2RGB)
    factors = cv2.resize(small, (pixels.shape[1], pixels.shape[0]), interpolation=cv2.INTER_LINEAR)
    return np.asarray(cv2.multiply(pixels, factors, scale=1 / 255), np.uint8)


def _gradient(x: Map, y: Map, light: float, rng: np.random.Generator) -> Map:
    """Return light that falls off evenly to 1 - `light` at the far side."""
    turn = rng.uniform(0, 2 * np.pi)
    along = np.cos(turn) * (x - 0.5) + np.sin(turn) * (y - 0.5)
    reach = (abs(np.cos(turn)) + abs(np.sin(turn))) / 2
    return np.asarray(1 - light * (0.5 + 0.5 * along / reach), np.float32)


def _shadow(x: Map, y: Map, dark: float, rng: np.random.Generator) -> Map:
    """Return a shadow with a soft edge: of something large beside the page, or of a hand over it."""
    turn, at, soft = rng.uniform(0, 2 * np.pi), rng.uniform(-0.2, 0.35), rng.uniform(0.01, 0.08)
    along = np.cos(turn) * (x - 0.5) + np.sin(turn) * (y - 0.5)
    beside = -np.sin(turn) * (x - 0.5) + np.cos(turn) * (y - 0.5)
    inside = along - at if rng.random() < 0.5 else 0.25 - np.hypot(along - at, beside * rng.uniform(0.4, 1.2))
    return np.asarray(1 - dark / (1 + np.exp(np.clip(-inside / soft, -30, 30))), np.float32)


def _tint(cast: float, rng: np.random.Generator) -> Map:
    """Return the colour of the light, warm or cold."""
    warm = rng.uniform(-1, 1)
    colour = np.array((1 + min(warm, 0) * 0.3 * cast, 1 - abs(warm) * 0.08 * cast, 1 - max(warm, 0) * 0.4 * cast))
    return colour.astype(np.float32)


def _fold(camera: Camera, shape: tuple[int, int], rng: np.random.Generator) -> Map:
    """Return a fold across the page: a dark line, a bright edge, and one half turned from the light."""
    width, height = camera.flat
    at, tilt = rng.uniform(0.2, 0.8), rng.uniform(-0.03, 0.03)
    ends = np.array([(0, at), (1, at + tilt)] if rng.random() < 0.5 else [(at, 0), (at + tilt, 1)])
    first, last = moved((ends * (width, height)).astype(np.float32), camera.homography) / _CELL
    normal = np.array((last[1] - first[1], first[0] - last[0])) / np.hypot(*(last - first))
    x, y = np.arange(shape[1], dtype=np.float32)[None], np.arange(shape[0], dtype=np.float32)[:, None]
    away = (normal[0] * (x - first[0]) + normal[1] * (y - first[1])).astype(np.float32)
    wide = max(rng.uniform(0.4, 1.2) * camera.px_per_mm / _CELL, 0.6)
    depth, turned = rng.uniform(0.15, 0.45), rng.uniform(0, 0.12)
    light = np.where(away < 0, np.float32(1 - turned), np.float32(1))
    near = np.abs(away) < 8 * wide
    at = away[near] / wide
    light[near] += depth * (0.3 * np.exp(-np.square(at / 2 - 1)) - np.exp(-np.square(at)))
    return light


def _creases(camera: Camera, shape: tuple[int, int], number: int, rng: np.random.Generator) -> Map:
    """Return short creases: each a dark line with a bright one beside it."""
    width, height = camera.flat
    dark, bright = np.zeros(shape, np.float32), np.zeros(shape, np.float32)
    starts = rng.random((number, 1, 2)) * (width, height)
    walk = np.cumsum(rng.normal(0, 0.05 * width, (number, 4, 2)), 1) + rng.normal(0, 0.04 * width, (number, 1, 2))
    lines = moved((starts + walk).astype(np.float32), camera.homography) / _CELL
    for line, depth in zip(lines, rng.uniform(0.08, 0.3, number), strict=True):
        cv2.polylines(dark, [np.rint(line * 16).astype(np.int32)], False, float(depth), 1, cv2.LINE_8, 4)
        cv2.polylines(bright, [np.rint((line + 1.2) * 16).astype(np.int32)], False, float(depth) / 2, 1, cv2.LINE_8, 4)
    wide = max(0.25 * camera.px_per_mm / _CELL, 0.5)
    return np.asarray(1 - cv2.GaussianBlur(dark, (0, 0), wide) + cv2.GaussianBlur(bright, (0, 0), wide), np.float32)


def _stain(camera: Camera, shape: tuple[int, int], rng: np.random.Generator) -> Map:
    """Return a stain of coffee or tea, darkest at its rim."""
    width, height = camera.flat
    centre = moved((rng.random((1, 2)) * (width, height)).astype(np.float32), camera.homography)[0] / _CELL
    radius = rng.uniform(5, 25) * camera.px_per_mm / _CELL
    x = np.arange(shape[1], dtype=np.float32)[None] - centre[0]
    y = np.arange(shape[0], dtype=np.float32)[:, None] - centre[1]
    ragged = 1 + 0.08 * np.sin(3 * np.arctan2(y, x) + rng.uniform(0, 6)) + 0.04 * np.sin(7 * np.arctan2(y, x))
    away = np.hypot(x, y) / (radius * ragged)
    soaked = 0.45 / (1 + np.exp(np.clip((away - 1) / 0.02, -30, 30))) + 0.55 * np.exp(-np.square((away - 0.97) / 0.04))
    tea = rng.uniform(0.2, 0.7) * np.array((0.25, 0.45, 0.75))
    return np.asarray(1 - soaked[..., None] * tea, np.float32)
