"""Torso: from heart vectors to the eight independent leads I, II, V1-V6, each torso a little different."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from einthoven.simulating.state import State
from einthoven.simulating.streams import chances

__all__ = ["INDEPENDENT", "LEAD_FIELD", "lead_fields", "twelve"]

INDEPENDENT = ("I", "II", "V1", "V2", "V3", "V4", "V5", "V6")

LEAD_FIELD = np.array(
    [
        [0.74, -0.37, 0.03],
        [0.32, 0.93, -0.21],
        [-0.53, 0.29, -0.75],
        [0.06, -0.02, -1.59],
        [0.89, 0.23, -1.15],
        [1.13, 0.25, -0.52],
        [1.07, 0.12, -0.08],
        [0.86, 0.04, 0.13],
    ]
)
"""mV in I, II, V1-V6 per mV of heart vector (x left, y down, z back).

Dower, Machado and Osborne (1980), moved by ridge regression towards the median beats of 167 normal ECGs in folds
1-8 of PTB-XL: with the published coefficients the V leads of those beats are 20-40 % off.
"""


DOWER = np.array(
    [
        [0.632, -0.235, 0.059],
        [0.235, 1.066, -0.132],
        [-0.515, 0.157, -0.917],
        [0.044, 0.164, -1.387],
        [0.882, 0.098, -1.277],
        [1.213, 0.127, -0.601],
        [1.125, 0.127, -0.086],
        [0.831, 0.076, 0.230],
    ]
)
"""The coefficients as Dower et al. published them, for the knock-out."""


def lead_fields(state: State) -> NDArray[np.float64]:
    """Return each patient's lead field, shape (n, 8, 3).

    Electrodes of the chest sit up to half a space beside their place (neighbouring rows mix), each lead has a gain
    and a direction of its own, and a breast weakens V3-V5.
    """
    names = [f"{what} {lead}" for lead in INDEPENDENT for what in ("gain", "x", "y", "z")]
    z = chances(state.seed, state.numbers, "torso", normal=(*names, "shift", "height"))
    own = np.stack([z[name] for name in names], 1).reshape(-1, 8, 4)
    usual = LEAD_FIELD if state.dials.keeps("progression") else DOWER
    field = np.broadcast_to(usual, (len(own), 8, 3)).copy()
    beside = np.gradient(usual[2:], axis=0)
    field[:, 2:] += (0.16 * z["shift"])[:, None, None] * beside
    field[:, 2:, 1] += (0.06 * z["height"])[:, None]
    field = field * (1 + 0.09 * own[:, :, :1]) + 0.06 * own[:, :, 1:]
    breast = 0.12 * ~state.body.male * np.clip((state.body.bmi - 18) / 8, 0.4, 1.6)
    field[:, 4:7] *= (1 - breast)[:, None, None]
    return np.asarray(field)


def twelve(eight: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return twelve leads (..., 12, T) from I, II, V1-V6 (..., 8, T) by the laws of Einthoven and Goldberger.

    >>> float(twelve(np.ones((8, 1)))[3, 0])
    -1.0
    """
    one, two = eight[..., 0:1, :], eight[..., 1:2, :]
    limb = (one, two, two - one, -(one + two) / 2, one - two / 2, two - one / 2)
    return np.concatenate([*limb, eight[..., 2:, :]], axis=-2)
