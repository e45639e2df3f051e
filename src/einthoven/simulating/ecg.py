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
from einthoven.simulating.activation import Activation, activation, ectopic
from einthoven.simulating.atria import Atria, atria, fibrillation, flutter
from einthoven.simulating.noise import Levels, levels, noise
from einthoven.simulating.recovery import Recovery, recovery
from einthoven.simulating.rhythm import Beats, Tempo, beats, tempo
from einthoven.simulating.state import Dials, State, states
from einthoven.simulating.torso import lead_fields
from einthoven.simulating.waves import Waves, join

__all__ = ["Plan", "complex_at", "ecgs", "plan"]

CHUNK = 64
"""Patients planned together."""
BEFORE, AFTER = 0.16, 0.80
"""Seconds of a beat's template around R."""
ATRIAL = 0.26
"""Seconds of a P wave's template from its onset."""
FINE = 400.0
"""Templates are drawn at this rate or above, so that at 100 Hz beats still fall between samples."""


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
    _refuse(fs, seconds)
    samples = round(fs * seconds)
    out = np.empty((len(numbers), 12, samples), np.float32)
    for first in range(0, len(numbers), CHUNK):
        chunk = plan(seed, numbers[first : first + CHUNK], dials)
        for row in range(len(chunk.state.numbers)):
            _write(_eight(chunk, row, beats(chunk.tempo, row, seconds), fs=fs, samples=samples), out[first + row])
    return out


def _eight(plan: Plan, row: int, when: Beats, *, fs: float, samples: int) -> NDArray[np.float64]:
    """Return I, II, V1-V6 in mV, shape (8, T): beats, atria, then noise."""
    canvas = _Canvas(fs, samples)
    field, device = plan.fields[row], _low_pass(plan.levels.device[row], fs)
    canvas.lay(field, plan.beat, row, when.r[~when.wide], device=device, span=(-BEFORE, AFTER))
    canvas.lay(field, plan.wide, row, when.r[when.wide], device=device, span=(-BEFORE, AFTER))
    canvas.lay(field, plan.atria.waves, row, when.p[~when.early], device=device, span=(-0.02, ATRIAL))
    canvas.lay(field, plan.atria.early, row, when.p[when.early], device=device, span=(-0.02, ATRIAL))
    mode = plan.tempo.mode[row]
    eight = noise(plan.levels, row, fs=fs, samples=samples)
    eight += canvas.drawn
    if mode in ("afib", "flutter"):
        time = np.arange(samples) / fs
        stream = plan.tempo.streams.open(plan.state.numbers[row])
        waves = fibrillation(plan.atria, row, time, stream) if mode == "afib" else flutter(plan.atria, row, time)
        eight += (field @ plan.atria.vector[row])[:, None] * waves
    return eight


class _Canvas:
    """A strip of eight leads with margins on which beats are laid; mV."""

    def __init__(self, fs: float, samples: int) -> None:
        self.fs, self.samples = fs, samples
        self.fine = max(int(np.ceil(FINE / fs)), 1)
        self.margin = int((BEFORE + AFTER) * fs) + 4
        self.strip = np.zeros((8, samples + 2 * self.margin))

    @property
    def drawn(self) -> NDArray[np.float64]:
        return self.strip[:, self.margin : self.margin + self.samples]

    def lay(
        self, field: NDArray[np.float64], waves: Waves, row: int, times: NDArray[np.float64], *, device: float,
        span: tuple[float, float],
    ) -> None:  # fmt: skip
        """Add the complex at each of `times`, to the nearest fine sample."""
        rate = self.fs * self.fine
        first = int(np.floor(span[0] * rate))
        starts = np.rint(times * rate).astype(int) + first
        whole = -(-starts // self.fine)
        length = int((span[1] - span[0]) * self.fs)
        inside = (whole > -self.margin) & (whole < self.samples)
        if not inside.any():
            return
        grid = (np.arange((length + 1) * self.fine) + first) / rate
        template = complex_at(field, waves, row, grid, device=device)
        for start, place in zip(starts[inside].tolist(), whole[inside].tolist(), strict=True):
            skip = place * self.fine - start
            at = place + self.margin
            self.strip[:, at : at + length] += template[:, skip : skip + length * self.fine : self.fine]


def complex_at(
    field: NDArray[np.float64], waves: Waves, row: int, grid: NDArray[np.float64], *, device: float
) -> NDArray[np.float64]:
    """Return one complex in I, II, V1-V6 (mV) at the times of `grid` (s), seen through a Gaussian low-pass.

    A Gaussian through a Gaussian is a wider Gaussian of the same area: filtering costs nothing and is exact.
    """
    width = waves.width[row]
    seen = np.sqrt(width**2 + device**2)
    shape = grid - waves.time[row][:, None]
    shape *= (1 / seen)[:, None]
    np.multiply(shape, shape, out=shape)
    shape *= -0.5
    np.exp(shape, out=shape)
    return np.asarray(field @ (waves.vector[row] * (width / seen)[:, None]).T @ shape)


def _low_pass(device: float, fs: float) -> float:
    """Return the low-pass SD in seconds: the device's, or what the rate needs (-3 dB at 0.4 fs)."""
    return max(float(device), 0.1325 / (0.4 * fs))


def _write(eight: NDArray[np.float64], out: NDArray[np.float32]) -> None:
    """Round to whole microvolts, I and II to even ones, and write twelve leads in mV."""
    eight[:2] *= 500
    eight[2:] *= 1000
    np.rint(eight, out=eight)
    eight[:2] *= 2
    out[6:], out[:2] = eight[2:], eight[:2]
    one, two = out[0], out[1]
    np.subtract(two, one, out=out[2])
    np.add(one, two, out=out[3])
    out[3] *= -0.5
    np.subtract(one, 0.5 * two, out=out[4])
    np.subtract(two, 0.5 * one, out=out[5])
    out /= 1000


def _refuse(fs: float, seconds: float) -> None:
    if not (50 <= fs <= 4000 and 1 <= seconds <= 86_400):
        raise ConfigError(
            "an ECG is drawn at 50 to 4000 Hz and lasts 1 s to a day",
            came=f"fs={fs:g} Hz and seconds={seconds:g} came",
            instead="Pass fs=500, seconds=10 or values in those ranges.",
            see="docs/simulating.md",
        )
