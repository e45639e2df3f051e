"""Rate: the same signal at another sampling rate, free of aliases. L leads, T samples."""

from __future__ import annotations

import math
from fractions import Fraction
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from einthoven.cleaning.edges import KEPT, circle, unfold
from einthoven.errors import ConfigError
from einthoven.recording import Recording, Signal

__all__ = ["resample", "resampled"]

PASS = 0.8
"""Share of the new half rate that stays untouched when the rate falls; above it the gain fades to nothing."""
_REACH = 1.0
"""Seconds mirrored beyond each end: at least fifty lobes of the interpolating kernel."""
_ROOM = 1 << 21


def resample(recording: Recording, fs: float) -> Recording:
    """Return the recording at `fs` Hz; the same Recording when it has that rate.

    Args:
        recording: without gaps.
        fs: the new sampling rate in Hz, any ratio to the old one.

    Returns:
        A Recording of round(T fs / old) samples, its first sample at the same moment.

    Raises:
        ConfigError: the rate is not a positive number, or leaves no sample.

    >>> resample(Recording(np.zeros((2, 5000)), ["I", "II"], 500), 257)
    Recording(2 leads x 2570 samples, 257 Hz, 10 s)
    """
    if fs == recording.fs:
        return recording
    signal = resampled(recording.signal, recording.fs, fs)
    return recording.changed(f"rate {recording.fs:g} to {fs:g} Hz", signal, fs=float(fs))


def resampled(signal: Signal, fs: float, to: float) -> Signal:
    """Change the rate of an array: band-limited interpolation through the Fourier transform.

    Rising rates keep every frequency (at a whole multiple the old samples stay as they were). Falling rates pass up
    to 0.8 of the new half rate and fade to zero at it by a raised cosine: what is above cannot fold back. Ends are
    mirrored oddly, so that a drift makes no ripple there.

    Args:
        signal: mV, shape (L, T), finite.
        fs: its rate in Hz.
        to: the new rate in Hz.

    Returns:
        float32 of shape (L, round(T to / fs)).

    Raises:
        ConfigError: as in `resample`.
    """
    from scipy.fft import irfft, rfft

    L, T = signal.shape
    samples = _new_length(T, fs, to)
    n, m = _circles(T, float(fs), float(to))
    fade = _fade(n, m) if n <= KEPT else _fade.__wrapped__(n, m)
    out = np.empty((L, samples), np.float32)
    step = max(1, _ROOM // max(n, m))
    for first in range(0, L, step):
        rows = slice(first, first + step)
        spectrum = rfft(unfold(signal[rows], n), overwrite_x=True)[:, : m // 2 + 1]
        out[rows] = irfft(spectrum * fade, m, overwrite_x=True)[:, :samples]
        out[rows] += _line_at(signal[rows], samples, fs / to)
    return out


def _new_length(samples: int, fs: float, to: float) -> int:
    # 0 < to < inf is False for NaN too
    length = round(samples * to / fs) if 0 < to < math.inf else 0
    if length < 1:
        raise ConfigError(
            "a new sampling rate is a positive number in Hz that leaves at least one sample",
            came=f"{to} Hz for {samples} samples at {fs:g} Hz came",
            instead="Write a rate such as fs=500.",
            see="docs/cleaning.md",
        )
    return length


@lru_cache(maxsize=256)
def _circles(samples: int, fs: float, to: float) -> tuple[int, int]:
    """Find circumferences (n, m) with n / fs = m / to: the old and the new samples of one closed stretch of time.

    Any real ratio has a fraction right to 1 / denominator^2, so with a denominator near the circle's own size the
    clock drifts by less than a thousandth of a sample.
    """
    from scipy.fft import next_fast_len

    least = circle(samples, math.ceil(_REACH * fs))
    ratio = Fraction(to / fs).limit_denominator(1000)
    if abs(float(ratio) * fs / to - 1) * samples > 1e-6:
        ratio = Fraction(to / fs).limit_denominator(max(least, 1000))
    times = next_fast_len(math.ceil(least / ratio.denominator), real=True)
    return times * ratio.denominator, times * ratio.numerator


@lru_cache(maxsize=64)
def _fade(n: int, m: int) -> NDArray[np.float32]:
    """Gain at the frequencies that both circles hold; m / n makes up for the two transforms' norms."""
    bins = min(n, m) // 2 + 1
    gain = np.full(bins, m / n)
    if m < n:
        gain *= 0.5 + 0.5 * np.cos(np.pi * np.clip((np.arange(bins) / (m / 2) - PASS) / (1 - PASS), 0, 1))
    elif m > n and n % 2 == 0:
        gain[-1] /= 2  # the old half rate's one bin becomes two
    gain32 = gain.astype(np.float32)
    gain32.flags.writeable = False
    return gain32


def _line_at(signal: Signal, samples: int, stride: float) -> Signal:
    """Evaluate each lead's end-to-end line at the new samples, the first at the same moment."""
    first, last = signal[:, :1], signal[:, -1:]
    rise = (last - first) / max(signal.shape[1] - 1, 1)
    return np.asarray(first + rise * (np.arange(samples, dtype=np.float32) * np.float32(stride)), np.float32)
