"""Atria: P waves, PR interval, and what the atria do when they fibrillate or flutter."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from einthoven.simulating.state import State
from einthoven.simulating.streams import Row, chances
from einthoven.simulating.waves import Waves, join, single, toward

__all__ = ["Atria", "atria", "fibrillation", "flutter"]


@dataclass(frozen=True)
class Atria:
    """P waves timed from the onset of P, those of premature atrial beats, and how the atria beat.

    Args:
        waves: sinus P.
        early: P of a premature atrial beat, from another place.
        pr: PR interval in seconds, onset to onset, shape (n,).
        duration: P duration in seconds, shape (n,).
        rate: f or F waves a second, shape (n,).
        size: f or F wave size in mV, shape (n,).
        vector: where f or F waves point, shape (n, 3).
        wander: how irregular f waves are, 0-1, shape (n,).
        phase: where f or F waves and their swelling begin, turns, shape (n, 3).
    """

    waves: Waves
    early: Waves
    pr: Row
    duration: Row
    rate: Row
    size: Row
    vector: NDArray[np.float64]
    wander: Row
    phase: NDArray[np.float64]


def atria(state: State) -> Atria:
    """Draw the atria of every patient.

    P: right atrium down and forward, left atrium left and back; lengths of PTB-XL's normals (median .11 mV).
    PR: 142 ms + 5 ms a decade above 62 years, spread 22 (so that P peaks lie before R as in PTB-XL's normals);
    long rows 200-340 ms; pre-excitation 80-120 ms.
    f waves 4-9 Hz and .02-.12 mV, flutter 4-5.7 Hz, downward in the inferior leads (Surawicz and Knilans, 2008).
    """
    z = chances(
        state.seed,
        state.numbers,
        "atria",
        normal=("pr", "size", "frontal", "depth", "width", "f size", "f angle", "early"),
        uniform=("f rate", "wander", "phase", "slow", "slower"),
    )
    c = state.conditions
    pr = 0.142 + 0.004 * state.body.male + 0.005 * state.body.decade + 0.022 * z["pr"] - 0.00025 * (state.rate - 68)
    pr = np.where(
        c.has("long_pr"), np.maximum(pr, 0.185) + 0.012 + 0.125 * c["long_pr"] ** 1.8, np.clip(pr, 0.115, 0.235)
    )
    pr = np.where(c.has("preexcitation"), 0.085 + 0.004 * z["pr"], pr)
    pr = np.where(c.has("svt"), 0.12, np.minimum(pr, 0.62 * 60 / np.clip(state.rate, 40, 150)))
    size = 0.105 * np.exp(0.34 * z["size"]) * (1 - 0.25 * c.has("low_voltage")) * (1 - 0.75 * c["hyperkalaemia"])
    waves, duration = _p_wave(state, size, z["frontal"], z["depth"], z["width"])
    early = Waves(waves.time, waves.width, waves.vector[:, ::-1] * [0.6, -0.7, 1.2])
    fluttering = c.has("flutter")
    rate = np.where(fluttering, 4.1 + 1.5 * z["f rate"], 4.2 + 4.3 * z["f rate"])
    f_size = np.where(fluttering, 0.16, 0.045) * np.exp(0.45 * z["f size"])
    angle = np.where(fluttering, -1.35 + 0.25 * z["f angle"], 0.9 + 0.6 * z["f angle"])
    vector = np.stack([0.55 * np.cos(angle), np.sin(angle), -0.75 + 0.2 * z["early"]], 1)
    phase = np.stack([z["phase"], z["slow"], z["slower"]], 1)
    if not state.dials.keeps("conduction times"):
        pr = np.where(c.has("long_pr"), 0.202 + 0.046 * c["long_pr"], np.minimum(pr, 0.2))
        rate, f_size = np.where(fluttering, 4.8, 6.2), np.where(fluttering, 0.16, 0.035)
    waves = join(waves, _inflamed(state, duration))
    return Atria(waves, early, pr, duration, rate, f_size, vector, 0.15 + 0.55 * z["wander"], phase)


def _inflamed(state: State, duration: Row) -> Waves:
    """The PR segment sinks in pericarditis: the atria are inflamed too (Spodick, 1976)."""
    depth = np.where(state.conditions.has("pericarditis"), 0.02 + 0.05 * state.conditions["pericarditis"], 0.0)
    return single(duration + 0.012, 0.022, toward([-0.6, -0.75, 0.25], depth))


def _p_wave(state: State, size: Row, frontal: Row, depth: Row, width: Row) -> tuple[Waves, Row]:
    c = state.conditions
    large = np.log(state.chambers.atrium)
    spread = 0.0158 * np.exp(0.12 * width + 0.25 * np.clip(large, -0.3, 0.6))
    gap = 0.035 + 0.030 * np.clip(large, 0, 0.7)
    right = size * np.where(c.has("ra_large"), 1.7 + 0.9 * c["ra_large"], 1.0)
    left = size * (1 + 0.35 * np.clip(large, -0.5, 1.2))
    angle = np.deg2rad(52 + 14 * frontal)
    down = np.stack([0.75 * np.cos(angle), 0.95 * np.sin(angle) + 0.1, -0.45 + 0.1 * depth], 1)
    back = np.stack([0.70 + 0 * angle, 0.60 * np.sin(angle), 0.28 + 0.12 * depth + 0.65 * np.clip(large, 0, 1)], 1)
    first, second = 2 * spread, 2 * spread + gap
    waves = join(single(first, spread, toward(down, right)), single(second, spread * 1.05, toward(back, left)))
    return waves, np.asarray(second + 2 * spread)


def fibrillation(atria: Atria, patient: int, seconds: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return f waves in mV along `atria.vector`, shape (T,): a carrier whose phase and size wander."""
    phase, slow, slower = 2 * np.pi * atria.phase[patient]
    wander, rate = atria.wander[patient], atria.rate[patient]
    drift = 2.2 * wander * np.sin(2 * np.pi * 0.37 * seconds + slow) + 1.6 * wander * np.sin(
        2 * np.pi * 1.13 * seconds + slower
    )
    carrier = 2 * np.pi * rate * seconds + phase + drift
    swell = 1 + 0.45 * np.sin(2 * np.pi * 0.23 * seconds + slower)
    return np.asarray(atria.size[patient] * swell * (np.sin(carrier) + 0.35 * np.sin(2 * carrier + slow)))


def flutter(atria: Atria, patient: int, seconds: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return F waves in mV along `atria.vector`, shape (T,): a sawtooth of five harmonics, slow down and fast up."""
    carrier = 2 * np.pi * (atria.rate[patient] * seconds + atria.phase[patient, 0])
    saw = sum(np.sin(k * carrier) / k for k in range(1, 6))
    return np.asarray(-0.7 * atria.size[patient] * saw)
