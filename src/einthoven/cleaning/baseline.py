"""Baseline: the slow wandering under the heart's waves, found and taken away. L leads, T samples."""

from __future__ import annotations

from functools import lru_cache
from typing import Literal, get_args

import numpy as np
from numpy.typing import NDArray

from einthoven.cleaning.band import Band, filter_band
from einthoven.cleaning.rate import resampled
from einthoven.errors import ConfigError, did_you_mean
from einthoven.recording import Recording, Signal

__all__ = ["METHODS", "Baseline", "check_baseline", "remove_baseline", "remove_noise"]

Baseline = Literal["highpass", "median", "wavelet", "ptacl"]
METHODS: tuple[str, ...] = get_args(Baseline)

HIGHPASS = 0.5
"""Corner of the "highpass" method in Hz."""
WAVELET = "db6"
PADDING = 2.0
"""Seconds of reflection before and after the wavelets see the signal; the recipe asks for at least one."""
SHORT = 20_000
"""Up to this many samples the slow waves are two small matrices; beyond, the matrices would outgrow the signal."""


def remove_noise(
    recording: Recording, *, band: Band | None = None, mains: float | None = None, baseline: str | None = None
) -> Recording:
    """Take baseline, mains and everything outside the band away, in as few passes as it can be done.

    A high-pass baseline, the band and the mains notch are one product in the frequency domain. Medians and
    wavelets are no product, so they go first, as long as the waves are still whole.

    Args:
        recording: without gaps.
        band: (lowest, highest) frequency in Hz that stays, or None.
        mains: 50 or 60 Hz, or None.
        baseline: a method of `remove_baseline`, or None.

    Returns:
        A Recording with its steps in its history.

    Raises:
        ConfigError: an empty band, one beyond half the rate, or an unknown method.
    """
    if check_baseline(baseline) == "highpass":
        return filter_band(recording, band=band, mains=mains, highpass=HIGHPASS)
    if baseline:
        recording = remove_baseline(recording, baseline)
    return filter_band(recording, band=band, mains=mains)


def remove_baseline(recording: Recording, method: str = "highpass") -> Recording:
    """Take the wandering baseline away.

    | method     | what it takes                                               | what it costs the waves            |
    |------------|-------------------------------------------------------------|------------------------------------|
    | "highpass" | below 0.5 Hz, zero phase, third order forwards and backwards | almost nothing (ST within 0.02 mV) |
    | "median"   | medians over 200 ms, then 600 ms                            | flattens wide T waves a little     |
    | "wavelet"  | db6, nine levels at 500 Hz: below 0.49 Hz                   | almost nothing                     |
    | "ptacl"    | db6, eight levels at 500 Hz: below 0.98 Hz, and above 125 Hz | moves ST levels by up to 0.5 mV    |

    Args:
        recording: without gaps.
        method: one of the four.

    Returns:
        A Recording with the method in its history.

    Raises:
        ConfigError: an unknown method.

    >>> offset = Recording(np.full((1, 5000), 3.0), ["II"], 500)
    >>> bool(np.abs(remove_baseline(offset, "wavelet").signal).max() < 1e-5)
    True

    Source: "ptacl" after the ECG pre-processing of PTACL (8-level wavelets; family and rule are not given there: db6,
        the last approximation and the first detail set to zero). "median" after de Chazal et al. (2004).
    """
    signal, fs = recording.signal, recording.fs
    match check_baseline(method):
        case "highpass":
            return filter_band(recording, highpass=HIGHPASS)
        case "median":
            cleaned = signal - _medians(signal, fs)
        case "ptacl":
            cleaned = signal - _wavelets(signal, fs, level=8, hiss=True)
        case _:
            cleaned = signal - _wavelets(signal, fs, level=9, hiss=False)
    return recording.changed(f"baseline out ({method})", cleaned)


def check_baseline(method: str | None) -> str | None:
    """Return the method, or say which there are. Raises ConfigError."""
    if method is not None and method not in METHODS:
        raise ConfigError(
            "a baseline is removed by a known method",
            came=f"baseline={method!r} came",
            instead=did_you_mean(str(method), METHODS),
            see="docs/cleaning.md",
        )
    return method


def _medians(signal: Signal, fs: float) -> Signal:
    from scipy.ndimage import median_filter

    found = signal.copy()
    for row in found:  # one lead at a time: scipy's running median is fifty times faster on one dimension
        for seconds in (0.2, 0.6):
            row[:] = median_filter(row, size=2 * round(seconds * fs / 2) + 1, mode="nearest")
    return found


def _wavelets(signal: Signal, fs: float, *, level: int, hiss: bool) -> Signal:
    """What the wavelets take: the approximation below 250 / 2^level Hz, and with `hiss` the details above 125 Hz.

    The cut of a level halves with the rate, so the level moves with it; at a rate that is not 500 Hz times a power
    of two the wavelets work at the next such rate above, and what they found is brought back.
    """
    octaves = max(int(np.ceil(np.log2(fs / 500) - 1e-9)), 1 - level)
    rate = 500 * 2.0**octaves
    if rate != fs:
        at_rate = _wavelets(resampled(signal, fs, rate), rate, level=level, hiss=hiss)
        return resampled(at_rate, rate, fs)[:, : signal.shape[1]]
    padding = round(PADDING * fs)
    if signal.shape[1] <= SHORT:
        bring, lay = _slow_waves(signal.shape[1], padding, level + octaves)
        found: Signal = np.asarray(signal @ bring @ lay, np.float32)
    else:
        found = _reconstruct(signal, padding, level=level + octaves, slow=True)
    if hiss and octaves >= 0:
        found += _reconstruct(signal, padding, level=1 + octaves, slow=False)
    return found


@lru_cache(maxsize=8)
def _slow_waves(samples: int, padding: int, level: int) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Write the slow part of the wavelet recipe as two thin matrices, (T, K) and (K, T).

    The last approximation of a short signal has few coefficients (K = 14 for 10 s and nine levels), so that two
    products do in 0.1 ms what nine steps down and nine steps up do in a millisecond and a half. The wavelets are
    orthogonal: what a coefficient lays down on the way up is what it picks up on the way down.
    """
    import pywt

    source = np.pad(np.arange(samples), (padding, _after(samples, padding, level)), mode="symmetric")
    few = len(source) // 2**level
    zeros = [np.zeros((few, few * 2**step)) for step in range(level)]
    waves = pywt.waverec([np.eye(few), *zeros], WAVELET, mode="periodization", axis=-1)
    bring = np.zeros((samples, few))
    np.add.at(bring, source, waves.T)
    return bring.astype(np.float32), np.ascontiguousarray(waves[:, padding : padding + samples], np.float32)


def _reconstruct(signal: Signal, padding: int, *, level: int, slow: bool) -> Signal:
    """Transform `level` steps down and back up, keeping the approximation (slow) or the details alone."""
    import pywt

    T = signal.shape[1]
    padded = np.pad(signal, ((0, 0), (padding, _after(T, padding, level))), mode="symmetric")
    parts = pywt.wavedec(padded, WAVELET, mode="periodization", level=level, axis=-1)
    for part in parts[1:] if slow else parts[:1]:
        part[:] = 0
    whole = pywt.waverec(parts, WAVELET, mode="periodization", axis=-1)
    return np.asarray(whole[:, padding : padding + T], np.float32)


def _after(samples: int, padding: int, level: int) -> int:
    """Padding after the signal that makes the whole a multiple of 2^level."""
    return padding + -(samples + 2 * padding) % (1 << level)
