"""Device: how the machine filters and rounds what electrodes bring, and which of them are not where they should be.

Shapes: n patients, T samples; a record is I, II, V1-V6.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.signal import lfilter

from einthoven.simulating.state import State
from einthoven.simulating.streams import Row, chances

__all__ = ["FAULTS", "Device", "device", "disturbed", "rounded"]

STEPS = (5, 10, 20, 40)
"""Microvolts that coarse devices round to: 12 to 8 bits over about 10-20 mV."""
FAULTS = ("right arm and left arm swapped", "right arm and left leg swapped", "left arm and left leg swapped",
          "V1 and V2 swapped", "V2 and V3 swapped", "V3 and V4 swapped", "V4 and V5 swapped", "V5 and V6 swapped",
          "V1 not connected", "V2 not connected", "V3 not connected", "V4 not connected", "V5 not connected",
          "V6 not connected")  # fmt: skip
"""What may be wrong with electrodes: three limb swaps, then five chest swaps, then leads that are not there."""
_LIMB, _CHEST = 3, 8
_SHARE_OF_LIMBS = 0.6
"""Of swaps, those of limb electrodes: arms most of all (Batchvarov et al., 2007)."""


@dataclass(frozen=True)
class Device:
    """The machines and the hands that recorded n patients.

    Args:
        low_pass: SD of a Gaussian low-pass in seconds: 0.9, 1.4 and 3.3 ms stand for 150, 100 and 40 Hz, shape (n,).
        high_pass: corner of a first-order high-pass in Hz, 0 without, shape (n,).
        step: microvolts that chest leads are rounded to, shape (n,); 1 is as fine as can be.
        fault: index in FAULTS, -1 for none, shape (n,).
    """

    low_pass: Row
    high_pass: Row
    step: NDArray[np.int64]
    fault: NDArray[np.int64]


def device(state: State) -> Device:
    """Draw device and electrode faults of every patient by the site's shares."""
    z = chances(
        state.seed, state.numbers, "device",
        uniform=("low", "high", "corner", "coarse", "step", "swap", "which", "missing", "lead"),
    )  # fmt: skip
    place, noisy = state.dials.place, state.dials.noise > 0 and state.dials.keeps("noise")
    if not noisy:
        plain, whole = np.zeros(len(z["low"])), np.ones(len(z["low"]), np.int64)
        return Device(plain + 0.0014, plain, whole, -whole)
    low = np.select([z["low"] < 0.18, z["low"] < 0.32], [0.0009, 0.0014], 0.0022 + 0.0016 * z["low"])
    high = np.where(z["high"] < place.high_pass, 0.05 * 10 ** z["corner"], 0.0)
    coarse = np.array(STEPS)[(len(STEPS) * z["step"] ** 2).astype(int)]
    return Device(low, high, np.where(z["coarse"] < place.coarse, coarse, 1), _fault(z, place.swapped, place.missing))


def _fault(z: Mapping[str, Row], swapped: float, missing: float) -> NDArray[np.int64]:
    limb = np.minimum((_LIMB * z["which"] / _SHARE_OF_LIMBS).astype(int), _LIMB - 1)
    chest = _LIMB + ((_CHEST - _LIMB) * (z["which"] - _SHARE_OF_LIMBS) / (1 - _SHARE_OF_LIMBS)).astype(int)
    swap = np.where(z["which"] < _SHARE_OF_LIMBS, limb, np.clip(chest, _LIMB, _CHEST - 1))
    gone = _CHEST + (6 * z["lead"]).astype(int)
    return np.where(z["swap"] < swapped, swap, np.where(z["missing"] < missing, gone, -1))


def disturbed(eight: NDArray[np.float64], device: Device, row: int, *, fs: float) -> None:
    """Swap and lose electrodes, then pass the device's high-pass, in place; mV, shape (8, T)."""
    fault, corner = int(device.fault[row]), float(device.high_pass[row])
    if fault >= _CHEST:
        eight[2 + fault - _CHEST] = 0
    elif fault >= _LIMB:
        pair = [2 + fault - _LIMB, 3 + fault - _LIMB]
        eight[pair] = eight[pair[::-1]]
    elif fault >= 0:
        one, two = eight[0].copy(), eight[1].copy()
        eight[0], eight[1] = ((-one, two - one), (one - two, -two), (two, one))[fault]
    if corner:
        pole = np.exp(-2 * np.pi * corner / fs)
        gain = (1 + pole) / 2
        before = eight[:, : round(fs)].mean(axis=1, keepdims=True)  # what the filter has settled on
        eight[:] = lfilter([gain, -gain], [1, -pole], eight - before, axis=1)


def rounded(eight: NDArray[np.float64], step: int) -> None:
    """Turn mV into microvolts in place: multiples of `step`, in I and II of an even number.

    Half a sum of I and II is then whole, so that the augmented leads need no rounding of their own.
    """
    limb = 2 if step == 1 else 2 * step
    eight[:2] *= 1000 / limb
    eight[2:] *= 1000 / step
    np.rint(eight, out=eight)
    eight[:2] *= limb
    if step > 1:
        eight[2:] *= step
