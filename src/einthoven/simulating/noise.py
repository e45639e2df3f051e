"""Noise: what muscles, breath, mains and loose electrodes add, electrode by electrode, and how the device filters.

Noise is born at nine electrodes (right arm, left arm, left leg, V1-V6), so that leads share it as real leads do.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from einthoven.simulating.state import State
from einthoven.simulating.streams import Row, Streams, chances

__all__ = ["Levels", "bank", "levels", "noise"]

ELECTRODES = 9
LIMBS = (2.2, 2.2, 1.2, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0)
"""How much louder muscles are at an electrode: arms tremble most (lead I has the most noise in PTB-XL folds 1-8)."""
BANK = 2**17
"""Samples of muscle noise drawn once per rate; every electrode of every patient starts somewhere in it."""
GRID = 20.0
SOFT = 0.002
"""A device whose low-pass has a longer SD than this (s) filters muscle noise too."""
"""Points a second at which slow noise is computed before it is drawn as straight lines."""


@dataclass(frozen=True)
class Levels:
    """How noisy each patient's record is, shape (n,) each.

    Args:
        muscle: SD of muscle noise in mV at 500 Hz.
        drift: SD of baseline wander in mV.
        mains: amplitude of 50 or 60 Hz in mV, and `hertz` which of the two.
        artefact: severity of bursts and loose electrodes, 0 without.
    """

    muscle: Row
    drift: Row
    mains: Row
    hertz: Row
    artefact: Row
    streams: Streams
    numbers: tuple[int, ...]


def levels(state: State) -> Levels:
    """Draw how noisy the records are: heavy tails, fitted to bands of PTB-XL folds 1-8 (see docs/simulating.md)."""
    z = chances(
        state.seed, state.numbers, "levels",
        normal=("muscle", "drift", "mains"), uniform=("tail", "has mains", "hertz", "artefact"),
    )  # fmt: skip
    dial, place = state.dials.noise, state.dials.place
    if not state.dials.keeps("noise"):
        same = np.full(len(z["muscle"]), dial)
        return Levels(0.006 * same, 0.022 * same, 0 * same, 50 * same, 0 * same, _streams(state), state.numbers)
    tail = np.where(z["tail"] < 0.12, 1 + 1.5 * z["tail"] / 0.12, 1.0)
    return Levels(
        muscle=dial * 0.0078 * place.muscle * tail * np.exp(0.45 * z["muscle"]),
        drift=dial * 0.032 * place.drift * np.exp(0.62 * z["drift"]),
        mains=dial * np.where(z["has mains"] < place.mains, 0.004 * np.exp(0.6 * z["mains"]), 0.0),
        hertz=np.where(z["hertz"] < 1 - place.sixty, 50.0, 60.0),
        artefact=dial * np.where(z["artefact"] < place.artefact, 0.2 + 0.8 * z["artefact"] / place.artefact, 0.0),
        streams=_streams(state),
        numbers=state.numbers,
    )


def _streams(state: State) -> Streams:
    return Streams(state.seed, "noise")


@lru_cache(maxsize=8)
def bank(fs: float, samples: int) -> NDArray[np.float64]:
    """Return two banks of muscle noise at `fs`, BANK samples each, followed by the first `samples` of them again.

    The first is near white, the second has gone through a device's low-pass of 40 Hz; the power of a hertz is the same
    at every rate. Philox's key is fixed, so that the banks are the same in every process. Shape (2, BANK + samples).
    """
    white = np.sqrt(fs / 500) * Streams(0, "bank").open(round(fs * 1000)).standard_normal(BANK)
    reach = np.arange(-int(4 * 0.0033 * fs), int(4 * 0.0033 * fs) + 1)
    banks = []
    for device in (0.0009, 0.0033):
        kernel = np.exp(-0.5 * (reach / (device * fs)) ** 2)
        kernel /= kernel.sum()
        smooth = sum(weight * np.roll(white, shift) for weight, shift in zip(kernel, reach, strict=True))
        banks.append(np.concatenate([smooth] * (1 + -(-samples // BANK)))[: BANK + samples])
    return np.array(banks)


def noise(levels: Levels, row: int, *, low_pass: float, fs: float, samples: int) -> NDArray[np.float64]:
    """Return the noise of I, II, V1-V6 in mV, shape (8, T), behind a device of this low-pass (SD in seconds)."""
    generator = levels.streams.open(levels.numbers[row])
    flat, bell = generator.random((4, ELECTRODES)), generator.standard_normal((ELECTRODES, 8))
    body = _slow(levels, row, flat, bell, fs=fs, samples=samples)
    store = bank(fs, samples)[0 if low_pass < SOFT else 1]
    for electrode, (place, strength) in enumerate(zip(flat[0], flat[1], strict=True)):
        start = int(place * BANK)
        size = levels.muscle[row] * LIMBS[electrode] * (0.45 + 0.6 * strength)
        body[electrode] += size * store[start : start + samples]
    if levels.mains[row]:
        _add_mains(body, levels, row, flat, fs=fs)
    if levels.artefact[row]:
        _burst(body, levels.artefact[row], flat[3], fs=fs)
    return _leads(body)


def _slow(
    levels: Levels, row: int, flat: NDArray[np.float64], bell: NDArray[np.float64], *, fs: float, samples: int
) -> NDArray[np.float64]:
    """Baseline wander: four slow sinusoids of random size and phase at each electrode, and a loose electrode's step."""
    every = max(round(fs / GRID), 1)
    time = np.arange(-(-samples // every) + 1) * (every / fs)
    hertz = np.array([0.09, 0.17, 0.29, 0.47]) * (0.75 + 0.5 * flat[2, :4])
    angle = 2 * np.pi * hertz[:, None] * time
    basis = np.concatenate([np.sin(angle), np.cos(angle)])
    size = levels.drift[row] * np.array([0.75, 0.6, 0.45, 0.22])
    knots = (bell * np.concatenate([size, size])) @ basis
    if levels.artefact[row] > 0.5:
        which, when = int(flat[3, 0] * ELECTRODES), 9 * flat[3, 1]
        knots[which] += np.where(time > when, (1.2 * flat[3, 2] - 0.6) * np.exp(-(time - when) / 0.6), 0)
    ramp = np.arange(every) / every
    lines = knots[:, :-1, None] + np.diff(knots, axis=1)[:, :, None] * ramp
    return np.ascontiguousarray(lines.reshape(ELECTRODES, -1)[:, :samples])


def _add_mains(body: NDArray[np.float64], levels: Levels, row: int, flat: NDArray[np.float64], *, fs: float) -> None:
    """Add hum where the rate can hold it, with a strength of its own at each electrode."""
    hertz = levels.hertz[row]
    if hertz < 0.45 * fs:
        hum = levels.mains[row] * np.sin(2 * np.pi * hertz * np.arange(body.shape[1]) / fs + 6 * flat[2, 5])
        body += (flat[2] - 0.3)[:, None] * hum


def _burst(body: NDArray[np.float64], strength: float, flat: NDArray[np.float64], *, fs: float) -> None:
    """Let some electrodes tremble for a while: their fast noise grows for one to four seconds."""
    start, stop = int(fs * 8 * flat[3]), int(fs * (8 * flat[3] + 1 + 3 * flat[4]))
    part = body[:, start:stop]
    if part.shape[1] < 3:
        return
    rough = part - 0.5 * (np.roll(part, 1, axis=1) + np.roll(part, -1, axis=1))
    rough[:, [0, -1]] = 0
    part += (2.5 * strength * (flat > 0.55))[:, None] * rough


def _leads(body: NDArray[np.float64]) -> NDArray[np.float64]:
    """Take differences of electrodes: I, II and V1-V6 against Wilson's centre."""
    right, left, leg = body[0], body[1], body[2]
    out = body[1:]
    centre = (right + left + leg) / 3
    body[3:] -= centre
    leg -= right
    left -= right
    return out
