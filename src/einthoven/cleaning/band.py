"""Band and mains: what frequencies stay, by one zero-phase pass through the Fourier transform. L leads, T samples."""

from __future__ import annotations

import math
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from einthoven.cleaning.edges import KEPT, circle, line, unfold
from einthoven.errors import ConfigError
from einthoven.recording import Recording, Signal

__all__ = ["ORDER", "QUALITY", "Band", "check_band", "filter_band", "filtered", "response"]

Band = tuple[float | None, float | None]
"""Lowest and highest frequency that stays, in Hz; None leaves that side open."""

Angles = NDArray[np.float64]

ORDER = 3
"""Order of the Butterworth filters, as `scipy.signal.butter(3, ...)`; run forwards and backwards it counts twice."""
QUALITY = 30.0
"""Centre over width of the mains notch, as `scipy.signal.iirnotch(50, 30)`: 1.7 Hz wide at 50 Hz."""
_ROOM = 1 << 21
"""Samples transformed at once: hours of signal go lead by lead, so that memory stays a few times one lead."""


def filter_band(
    recording: Recording, *, band: Band | None = None, mains: float | None = None, highpass: float | None = None
) -> Recording:
    """Keep a band of frequencies and take the mains out, without moving a wave in time.

    All filters are one product in the frequency domain, so together they cost what one costs.

    Args:
        recording: without gaps.
        band: (lowest, highest) frequency in Hz that stays; either may be None.
        mains: frequency of the mains in Hz, usually 50 or 60.
        highpass: a further lowest frequency in Hz, for the baseline.

    Returns:
        A Recording with the filters named in its history; the same Recording when nothing was asked.

    Raises:
        ConfigError: the band is empty or reaches the Nyquist frequency, or the mains lies beyond it.

    >>> wave = Recording(np.ones((1, 1000)), ["II"], 500)
    >>> filter_band(wave, band=(0.5, 40), mains=50).history
    ('band 0.5-40 Hz, mains 50 Hz out',)
    """
    lo, hi = check_band(band, recording.fs)
    steps = [f"band {lo or 0:g}-{hi:g} Hz" if hi else f"band above {lo:g} Hz"] if lo or hi else []
    steps += [f"mains {mains:g} Hz out"] if mains else []
    steps += [f"baseline below {highpass:g} Hz out"] if highpass else []
    if not steps:
        return recording
    signal = filtered(recording.signal, recording.fs, band=band, mains=mains, highpass=highpass)
    return recording.changed(", ".join(steps), signal)


def filtered(
    signal: Signal, fs: float, *, band: Band | None = None, mains: float | None = None, highpass: float | None = None
) -> Signal:
    """Filter an array as `filter_band` does.

    Equal to `scipy.signal.sosfiltfilt(..., padtype="odd")` with a padding as long as the filter's memory, to
    within 1e-3 mV, edges included: the same responses, multiplied instead of recursed.

    Args:
        signal: mV, shape (L, T), finite.
        fs: sampling rate in Hz.
        band: as in `filter_band`.
        mains: as in `filter_band`.
        highpass: as in `filter_band`.

    Returns:
        float32 of shape (L, T).

    Raises:
        ConfigError: as in `filter_band`.

    Source: Gustafsson, Determining the initial states in forward-backward filtering (1996), names the problem at
        the edges; we differ in closing the odd extension to a circle, where there is no initial state.
    """
    from scipy.fft import irfft, rfft

    L, T = signal.shape
    n = circle(T, _reach(fs, band, mains, highpass))
    gain = response(n, fs, band=band, mains=mains, highpass=highpass)
    out = np.empty((L, T), np.float32)
    step = max(1, _ROOM // n)
    for first in range(0, L, step):
        rows = slice(first, first + step)
        spectrum = rfft(unfold(signal[rows], n), overwrite_x=True)
        spectrum *= gain
        out[rows] = irfft(spectrum, n, overwrite_x=True)[:, :T]
        if gain[0]:
            out[rows] += line(signal[rows])
    return out


def response(
    n: int, fs: float, *, band: Band | None = None, mains: float | None = None, highpass: float | None = None
) -> NDArray[np.float32]:
    """Return the gain of the forward-backward filter, |H|^2, at the n // 2 + 1 frequencies of a real transform.

    With w = tan(pi f / fs) (the bilinear map) a Butterworth band-pass of order k has
    |H|^2 = 1 / (1 + ((w^2 - lo hi) / ((hi - lo) w))^(2 k)) in closed form, so no filter is designed.

    Raises:
        ConfigError: as in `filter_band`.

    >>> response(8, 8, band=(None, 2))[[0, 2, 4]]
    array([1. , 0.5, 0. ], dtype=float32)
    """
    keep = _response if n <= KEPT else _response.__wrapped__
    return keep(n, float(fs), check_band(band, fs), check_mains(mains, fs), check_band((highpass, None), fs))


@lru_cache(maxsize=64)
def _response(n: int, fs: float, band: Band, mains: float | None, highpass: Band) -> NDArray[np.float32]:
    angle = np.arange(n // 2 + 1, dtype=np.float64) * (math.pi / n)
    gain = _butterworth(angle, fs, band) * _butterworth(angle, fs, highpass)
    if mains:
        gain = gain * _notch(2 * angle, 2 * math.pi * mains / fs)
    gain32: NDArray[np.float32] = gain.astype(np.float32)
    gain32.flags.writeable = False
    return gain32


def _butterworth(angle: Angles, fs: float, band: Band) -> Angles:
    lo, hi = (edge and math.tan(math.pi * edge / fs) for edge in band)
    w = np.tan(angle)
    with np.errstate(divide="ignore", over="ignore"):
        ratio = np.zeros_like(w)
        if lo and hi:
            ratio = (w * w - lo * hi) / ((hi - lo) * w)
        elif lo:
            ratio = lo / w
        elif hi:
            ratio = w / hi
        return np.asarray(1 / (1 + ratio ** (2 * ORDER)), np.float64)


def _notch(omega: Angles, centre: float) -> Angles:
    off = (np.cos(omega) - math.cos(centre)) ** 2
    return np.asarray(off / (off + (math.tan(centre / QUALITY / 2) * np.sin(omega)) ** 2), np.float64)


def check_band(band: Band | None, fs: float) -> Band:
    """Return the band as floats (0 becomes None), or say why no filter at `fs` Hz has it. Raises ConfigError.

    >>> check_band((0, 40), 500)
    (None, 40.0)
    """
    lo, hi = (None, None) if band is None else (float(edge) if edge else None for edge in band)
    ends = [edge for edge in (lo, hi) if edge is not None]
    if not all(0 < edge < fs / 2 for edge in ends) or (lo and hi and lo >= hi):
        raise ConfigError(
            "a band runs from a low to a higher frequency, both above 0 and below half the sampling rate",
            came=f"{lo} to {hi} Hz at {fs:g} Hz came",
            instead=f"Choose 0 < low < high < {fs / 2:g} Hz, or None to leave a side open, e.g. band=(0.5, 40).",
            see="docs/cleaning.md",
        )
    return lo, hi


def check_mains(mains: float | None, fs: float) -> float | None:
    """Return the mains frequency, or say why it cannot be filtered at `fs` Hz. Raises ConfigError."""
    if mains and not 0 < mains < fs / 2:
        raise ConfigError(
            "the mains can be taken out below half the sampling rate",
            came=f"{mains:g} Hz at a sampling rate of {fs:g} Hz came",
            instead="Write mains=50 or mains=60 at a higher rate, or mains=None: this rate holds no such frequency.",
            see="docs/cleaning.md",
        )
    return float(mains) if mains else None


def _reach(fs: float, band: Band | None, mains: float | None, highpass: float | None) -> int:
    """How far the slowest filter hears: e to the minus fifteen, for a pole of half its corner's speed."""
    slow = [5 / edge for edge in (band or (None, None)) if edge] + ([5 / highpass] if highpass else [])
    slow += [5 * QUALITY / mains] if mains else []
    slow += [5 / (band[1] - band[0])] if band and band[0] and band[1] else []
    return math.ceil(max([1.0, *slow]) * fs)
