"""ECG: the latent patient drawn as twelve leads, beat templates laid where the rhythm says, noise on top.

Every value is computed in float64 by operations whose order depends on the patient alone, then rounded to whole
microvolts (I and II to even ones), from which the other limb leads follow without another rounding. So the same patient
is the same integers in any batch and any worker, and the laws of Einthoven and Goldberger hold exactly.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from einthoven.errors import ConfigError
from einthoven.simulating.activation import Activation, activation
from einthoven.simulating.atria import Atria, atria, fibrillation, flutter
from einthoven.simulating.canvas import BEAT, P_WAVE, Canvas
from einthoven.simulating.device import Device, device, disturbed, rounded
from einthoven.simulating.ectopy import ectopic
from einthoven.simulating.noise import Levels, levels, noise
from einthoven.simulating.recovery import Recovery, recovery
from einthoven.simulating.rhythm import Beats, Tempo, beats, tempo
from einthoven.simulating.state import Dials, State, states
from einthoven.simulating.torso import lead_fields
from einthoven.simulating.waves import Waves, join

__all__ = ["Plan", "draw", "ecgs", "plan", "refuse"]

CHUNK = 64
"""Patients planned together."""


@dataclass(frozen=True)
class Plan:
    """Everything that is needed to draw patients, at any rate and length."""

    state: State
    activation: Activation
    recovery: Recovery
    atria: Atria
    beat: Waves
    wide: Waves
    fields: NDArray[np.float64]
    tempo: Tempo
    levels: Levels
    device: Device


def plan(seed: int, numbers: Sequence[int], dials: Dials | None = None) -> Plan:
    """Draw the latent state of patients and what follows from it, without drawing a sample."""
    state = states(seed, numbers, dials)
    fired = activation(state)
    recovered, above = recovery(state, fired), atria(state)
    beat = join(fired.waves, recovered.waves)
    return Plan(
        state=state,
        activation=fired,
        recovery=recovered,
        atria=above,
        beat=beat,
        wide=ectopic(state, fired.gain),
        fields=lead_fields(state),
        tempo=tempo(state, fired, above),
        levels=levels(state),
        device=device(state),
    )


def ecgs(
    seed: int, numbers: Sequence[int], *, fs: float = 500.0, seconds: float = 10.0, dials: Dials | None = None
) -> NDArray[np.float32]:
    """Draw the ECGs of patients `numbers`: the fast path for batches.

    Args:
        seed: the cohort's seed.
        numbers: patient numbers, any order, B of them.
        fs: sampling rate in Hz; 100 draws at 100, through the low-pass such a rate needs.
        seconds: length; a longer record begins with the shorter one's beats.
        dials: what to turn.

    Returns:
        mV, float32, shape (B, 12, T), in the order of `einthoven.recording.LEADS`; whole microvolts.

    Raises:
        ConfigError: the rate is outside 50-4000 Hz, the length outside 1-86,400 s, or a number is no whole number.

    >>> ecgs(3, [0, 1]).shape, bool((ecgs(3, [1]) == ecgs(3, [0, 1])[1:]).all())
    ((2, 12, 5000), True)
    """
    refuse(fs, seconds)
    out = np.empty((len(numbers), 12, round(fs * seconds)), np.float32)
    for first in range(0, len(numbers), CHUNK):
        chunk = plan(seed, numbers[first : first + CHUNK], dials)
        for row in range(len(chunk.state.numbers)):
            draw(chunk, row, fs=fs, out=out[first + row])
    return out


def draw(plan: Plan, row: int, *, fs: float, out: NDArray[np.float32]) -> None:
    """Draw the patient in `row` of a plan into `out`, mV, shape (12, T)."""
    samples = out.shape[1]
    eight = _eight(plan, row, beats(plan.tempo, row, samples / fs), fs=fs, samples=samples)
    disturbed(eight, plan.device, row, fs=fs)
    rounded(eight, int(plan.device.step[row]))
    _write(eight, out)


def _eight(plan: Plan, row: int, when: Beats, *, fs: float, samples: int) -> NDArray[np.float64]:
    """Return I, II, V1-V6 in mV, shape (8, T), as they reach the device: beats, atria, then noise."""
    canvas = Canvas(fs, samples)
    field, own = plan.fields[row], float(plan.device.low_pass[row])
    seen = max(own, 0.1325 / (0.4 * fs))  # the device's low-pass, or what the rate needs (-3 dB at 0.4 fs)
    canvas.lay(field, plan.beat, row, when.r[~when.wide], device=seen, span=BEAT)
    canvas.lay(field, plan.wide, row, when.r[when.wide], device=seen, span=BEAT)
    canvas.lay(field, plan.atria.waves, row, when.p[~when.early], device=seen, span=P_WAVE)
    canvas.lay(field, plan.atria.early, row, when.p[when.early], device=seen, span=P_WAVE)
    mode = plan.tempo.mode[row]
    eight = noise(plan.levels, row, low_pass=own, fs=fs, samples=samples)
    eight += canvas.drawn
    if mode in ("afib", "flutter"):
        time = np.arange(samples) / fs
        waves = (fibrillation if mode == "afib" else flutter)(plan.atria, row, time)
        eight += (field @ plan.atria.vector[row])[:, None] * waves
    return eight


def _write(eight: NDArray[np.float64], out: NDArray[np.float32]) -> None:
    """Write twelve leads in mV from eight in whole microvolts, of which I and II are even."""
    out[6:], out[:2] = eight[2:], eight[:2]
    one, two = out[0], out[1]
    np.subtract(two, one, out=out[2])
    np.add(one, two, out=out[3])
    out[3] *= -0.5
    np.subtract(one, 0.5 * two, out=out[4])
    np.subtract(two, 0.5 * one, out=out[5])
    out /= 1000


def refuse(fs: float, seconds: float) -> None:
    """Raise ConfigError where no ECG can be drawn."""
    if not (50 <= fs <= 4000 and 1 <= seconds <= 86_400):
        raise ConfigError(
            "an ECG is drawn at 50 to 4000 Hz and lasts 1 s to a day",
            came=f"fs={fs:g} Hz and seconds={seconds:g} came",
            instead="Pass fs=500, seconds=10 or values in those ranges.",
            see="docs/simulating.md",
        )
