"""Baseline: the slow wandering under the heart's waves, found and taken away. L leads, T samples."""

from __future__ import annotations

import math
from typing import Literal, get_args

import numpy as np

from einthoven.cleaning.band import Band, filter_band, filtered
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

    >>> breathing = Recording(np.sin(np.linspace(0, 10, 5000))[None], ["II"], 500)
    >>> bool(np.abs(remove_baseline(breathing, "wavelet").signal).max() < 0.1)
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

    for seconds in (0.2, 0.6):
        width = 2 * round(seconds * fs / 2) + 1
        signal = median_filter(signal, size=(1, width), mode="nearest")
    return signal


def _wavelets(signal: Signal, fs: float, *, level: int, hiss: bool) -> Signal:
    """What the wavelets take: the approximation below 250 / 2^level Hz, and with `hiss` the details above 125 Hz.

    The cut of a level halves with the rate, so the level moves with it; at a rate that is not 500 Hz times a power
    of two the wavelets work at the next such rate above, and what they found is brought back.
    """
    octaves = math.ceil(math.log2(fs / 500) - 1e-9)
    rate = 500 * 2.0**octaves
    if rate != fs:
        found = _wavelets(resampled(signal, fs, rate), rate, level=level, hiss=hiss)
        return resampled(found, rate, fs)[:, : signal.shape[1]]
    return _transform(signal, round(PADDING * fs), level=level + octaves, details=1 + octaves if hiss else 0)


def _transform(signal: Signal, padding: int, *, level: int, details: int) -> Signal:
    import pywt

    T = signal.shape[1]
    width = -(-(T + 2 * padding) // 2**level) * 2**level
    padded = np.pad(signal, ((0, 0), (padding, width - T - padding)), mode="symmetric")
    parts = pywt.wavedec(padded, WAVELET, mode="periodization", level=level, axis=-1)
    for place in range(1, len(parts) - max(details, 0)):
        parts[place] = np.zeros_like(parts[place])
    return np.asarray(pywt.waverec(parts, WAVELET, mode="periodization", axis=-1)[:, padding : padding + T], np.float32)
