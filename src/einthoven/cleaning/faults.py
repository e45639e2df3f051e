"""The size of everything that can be wrong with a recording. Shapes: L leads, T samples, N blocks of 0.2 s."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from einthoven.cleaning.beats import MINUTE, SHORTEST, humps
from einthoven.cleaning.detector import Floats, activity, mended
from einthoven.cleaning.leads import einthoven_error
from einthoven.recording import Recording

__all__ = ["Measured", "measured"]

BLOCK = 0.2  # s
STILL = 0.002  # mV: a block whose highest and lowest sample are nearer has nothing in it
EXTREME = 0.3  # of its range: so far from its middle a lead's end can be clipping
SAME = 0.005  # of its size: two leads that differ by less are one
MAINS = (50.0, 60.0)  # Hz
NEAR = 2  # samples of 100 Hz or more on either side of a beat
SURELY = 1.1  # the power of the hum is known to a tenth
MAINS_SECONDS = 10  # at most so many pieces of one second are looked at


@dataclass(frozen=True, slots=True)
class Measured:
    """Values by fault name, one for each lead or one for the recording; `mains` is the stronger frequency in Hz."""

    values: Mapping[str, Floats]
    mains: float


def measured(recording: Recording) -> Measured:
    """Measure every fault of a recording."""
    signal, fs = recording.signal, recording.fs
    whole, holes = mended(signal)
    length = max(round(BLOCK * fs), 2)
    blocks = _blocks(whole, length)
    swing = np.ptp(blocks, axis=-1)
    still = swing < STILL if holes is None else (swing < STILL) & ~_blocks(holes, length).any(-1)
    beats, unheard = _heard(whole, fs, holes)
    hum, mains = _hum(whole, fs)
    size = _size(swing)
    values = {
        "gaps": np.zeros(len(signal)) if holes is None else holes.mean(1),
        "flat": _longest(still) * length / fs,
        "clipped": _clipped(whole),
        "muscle": _rough(whole, fs, hum=hum, mains=mains),
        "mains": hum,
        "wander": _wander(blocks),
        "burst": np.where(swing.max(1) > 1, swing.max(1) / np.maximum(size, 0.05), 0),
        "unheard": unheard,
        "repeated": _repeated(whole),
        "law": _law(recording),
        "large": np.median(size, keepdims=True),
        "small": np.max(size, keepdims=True) if beats else np.ones(1),
        "beatless": np.array([float(beats == 0)]),
    }
    return Measured(values, mains)


def _blocks(signal: NDArray[Any], length: int) -> NDArray[Any]:
    """Cut into blocks, shape (L, N, samples of a block); a short signal is one block."""
    length = min(length, signal.shape[1])
    count = signal.shape[1] // length
    return signal[:, : count * length].reshape(len(signal), count, length)


def _size(swing: Floats) -> Floats:
    """Return the height of a typical beat: the middle one of the largest blocks of all pieces of two seconds."""
    size: Floats = np.median(_blocks(swing, 10).max(-1), axis=1)
    return size


def _longest(mask: NDArray[np.bool_]) -> Floats:
    """Return the longest run of True in each row."""
    run = best = np.zeros(len(mask))
    for column in mask.T:
        run = (run + 1) * column
        best = np.maximum(best, run)
    return best


def _clipped(signal: Floats) -> Floats:
    """Return the part of the time each lead stands at its highest or lowest value, if that is far from its middle."""
    top, bottom = signal.max(1, keepdims=True), signal.min(1, keepdims=True)
    middle, reach = np.median(signal[:, ::3], axis=1, keepdims=True), EXTREME * (top - bottom)
    above = (signal == top).mean(1) * (top - middle > reach)[:, 0]
    below = (signal == bottom).mean(1) * (middle - bottom > reach)[:, 0]
    clipped: Floats = np.where(top[:, 0] > bottom[:, 0], above + below, 0)
    return clipped


def _rough(signal: Floats, fs: float, *, hum: Floats, mains: float) -> Floats:
    """Return the noise above some 40 Hz between beats without the hum, mV rms.

    It is the rms of a second difference over 6 ms in the quiet quarter of all blocks. White noise has 1.5 times its
    variance in such a difference; a hum of amplitude a has a^2 / 2 (1 - cos w)^2, and is only known to some per cent.
    """
    step = max(round(0.006 * fs), 1)
    if signal.shape[1] < 3 * step:
        return np.zeros(len(signal))
    fine = signal[:, step:-step] - (signal[:, : -2 * step] + signal[:, 2 * step :]) / 2
    blocks = _blocks(fine, max(round(BLOCK * fs), 2))
    power = np.sort(np.einsum("lnb,lnb->ln", blocks, blocks), axis=1)[:, blocks.shape[1] // 4] / blocks.shape[2]
    hummed = hum**2 / 2 * (1 - np.cos(2 * np.pi * mains * step / fs)) ** 2
    noise: Floats = np.sqrt(np.maximum(power - SURELY * hummed, 0) / 1.5)
    return noise


def _hum(signal: Floats, fs: float) -> tuple[Floats, float]:
    """Return the amplitude of the mains in mV above what its neighbours have, and its frequency in Hz."""
    second = round(fs)
    known = [mains for mains in MAINS if mains + 6 < fs / 2]
    if not known or signal.shape[1] < second:
        return np.zeros(len(signal)), MAINS[0]
    pieces = _blocks(signal, second)
    pieces = pieces[:, :: max(pieces.shape[1] // MAINS_SECONDS, 1)]
    window = np.hanning(second)
    wanted = np.array([[mains - 5, mains, mains + 5] for mains in known]).ravel()
    waves = np.exp(-2j * np.pi * wanted[:, None] * np.arange(second) / fs) * window * (2 / window.sum())
    # real and imaginary parts by two real products: no complex copy of the signal
    parts = pieces @ np.concatenate([waves.real, waves.imag]).T.astype(np.float32)
    sizes = np.median(np.hypot(parts[..., : len(wanted)], parts[..., len(wanted) :]), axis=1)
    below, at, above = np.moveaxis(sizes.reshape(len(signal), len(known), 3), -1, 0)
    hum = np.maximum(at - np.maximum(below, above), 0)
    best = int(hum.max(0).argmax())
    return hum[:, best], known[best]


def _wander(blocks: Floats) -> Floats:
    """Return how far the mean of a second moves, in mV."""
    total = np.cumsum(np.pad(blocks.mean(-1), ((0, 0), (1, 0))), axis=1)
    count = min(5, total.shape[1] - 1)
    wander: Floats = np.ptp((total[:, count:] - total[:, :-count]) / count, axis=1)
    return wander


def _repeated(signal: Floats) -> Floats:
    """Return 1 for each lead that is the same as one before it, else 0."""
    some = signal[:, :: max(signal.shape[1] // 1000, 1)]
    some = some - some.mean(1, keepdims=True)
    product = (some @ some.T).astype(np.float64)
    power = np.diag(product)
    apart = power[:, None] + power - 2 * product
    same = (apart < SAME**2 * power[:, None]) & (power[:, None] > 0)
    repeated: Floats = np.tril(same, -1).any(1).astype(np.float64)
    return repeated


def _law(recording: Recording) -> Floats:
    """Return how far each limb lead is from what I and II say of it, in mV rms; 0 where nothing can be checked."""
    if not {"I", "II"} < {*recording.leads} & {"I", "II", "III", "aVR", "aVL", "aVF"}:
        return np.zeros(len(recording.leads))
    errors = einthoven_error(recording)
    return np.asarray(np.nan_to_num([errors.get(name, 0.0) for name in recording.leads]), np.float64)


def _heard(signal: Floats, fs: float, holes: NDArray[np.bool_] | None) -> tuple[int, Floats]:
    """Return the beats of the first minute, and how far each lead rises at the common beats above its own rest."""
    last = round(MINUTE * fs)
    nothing = np.full(len(signal), 9.0)
    if signal.shape[1] < SHORTEST * fs:
        return 0, nothing
    seen = activity(signal[:, :last], fs, None if holes is None else holes[:, :last])
    beats = humps(seen.curve, seen.fs) if seen.weight.any() else np.empty(0, np.int64)
    if beats.size < 2:
        return int(beats.size), nothing
    at = np.clip(beats[:, None] + np.arange(-NEAR, NEAR + 1), 0, seen.curve.size - 1)
    rest = np.median(seen.envelope, axis=1)
    height = np.median(seen.envelope[:, at].max(-1), axis=1)
    return int(beats.size), np.where(rest > 0, height / np.maximum(rest, 1e-9), nothing)
