"""Ectopy: the beat that begins in a ventricle, premature, escaping or paced."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from einthoven.simulating.state import State
from einthoven.simulating.streams import Row, chances
from einthoven.simulating.waves import Waves, join, single, toward

__all__ = ["ectopic"]

SPREAD = (
    (-0.038, 0.012, 0.20, 0.10),
    (-0.012, 0.014, 0.75, 0.15),
    (0.018, 0.016, 0.85, -0.05),
    (0.048, 0.017, 0.55, -0.30),
    (0.078, 0.016, 0.20, -0.20),
)
"""How a beat spreads from cell to cell: seconds from R, width, share along its direction, share across it."""
RECOVERS = ((0.130, 0.045, -0.9), (0.280, 0.055, -4.4))
"""Its ST segment and T wave: seconds, width, height in units of the QRS area; both oppose the QRS."""
SPIKE = (-0.062, 0.0012)
"""A pacemaker's spike: seconds from R, width."""


def ectopic(state: State, gain: Row) -> Waves:
    """Return the ventricular beat of every patient: wide, slow, in a direction of its own."""
    z = chances(state.seed, state.numbers, "ectopy", normal=("size", "wide"), uniform=("angle", "depth", "pair"))
    paced = state.conditions.has("paced")
    main = np.where(paced[:, None], _from_apex(z), _from_anywhere(z))
    across = np.stack([-main[:, 1], main[:, 0], main[:, 2]], 1)
    size = np.where(paced, 1.0, 0.85) * gain**0.7 * np.exp(0.22 * z["size"])
    wide = np.where(paced, 0.88, 0.95) * np.exp(0.10 * z["wide"])
    beat = join(*(
        single(time * wide, width * wide, toward(main, along * size) + toward(across, beside * size))
        for time, width, along, beside in SPREAD
    ))  # fmt: skip
    late = [single(time * np.sqrt(wide), width, height * beat.area) for time, width, height in RECOVERS]
    spike = toward([0.5, 0.9, 0.4], np.where(paced, 1.0 + 2.5 * z["angle"], 0.0))
    return join(beat, *late, single(SPIKE[0] * wide, SPIKE[1], spike))


def _from_apex(z: Mapping[str, Row]) -> NDArray[np.float64]:
    """A lead in the right ventricle's apex sends the beat left, up and back."""
    return np.stack([0.45 + 0.3 * z["pair"], -0.75 + 0.4 * z["depth"], np.full(len(z["pair"]), 0.75)], 1)


def _from_anywhere(z: Mapping[str, Row]) -> NDArray[np.float64]:
    angle, depth = 2 * np.pi * z["angle"], np.pi * (z["depth"] - 0.5)
    return np.stack([np.cos(angle) * np.cos(depth), np.sin(angle) * np.cos(depth), np.sin(depth) + 0.2], 1)
