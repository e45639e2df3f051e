"""How much of a QRS complex there is at each moment: one curve of all leads.

Shapes: L leads, T samples, S slow samples.

The curve is built in four steps, each with one physiological reason:

1. spikes narrower than 10 ms are cut (a pacemaker's are; no ventricle is that quick);
2. the leads are thinned to 100-150 Hz: a QRS complex has little above 40 Hz;
3. an analytic band-pass around 15 Hz gives each lead's envelope: P and T waves lie below it, muscle and mains above;
4. each lead is divided by its own beats' height and weighed by how far they stand out, then averaged; no lead counts
   for more than half as much again as at its beats, so that a loose electrode in one lead cannot be a beat.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["EDGE", "WINDOW", "Activity", "Floats", "activity", "mended", "without_spikes"]

Floats = NDArray[np.floating[Any]]

SPIKE = 0.010  # s: what is narrower is no muscle
RATE = 100.0  # Hz: the slow rate is at least this
CENTRE = 15.0  # Hz: where QRS complexes have their energy and P, T, mains and muscle have little
WIDTH = 0.040  # s: the standard deviation of the smoothing, so that a wide QRS complex is one hump
WINDOW = 2.5  # s: holds a beat down to 25 a minute
CAP = 1.5  # a lead counts for at most this much of its own beats' height
EDGE = 0.2  # s: a wave cut by the end of the signal is sharper than it was
FAINT = 0.01  # a lead whose beats are smaller than this part of its middle deviation says nothing, ...
SILENT = 0.005  # ... nor one whose beats are smaller than this part of the middle lead's


@dataclass(frozen=True, slots=True)
class Activity:
    """The curve and what it was made of.

    Args:
        curve: QRS activity, shape (S,); about 1 at beats.
        envelope: each lead's envelope around 15 Hz in units of its own beats, shape (L, S), capped.
        weight: how much each lead is trusted, shape (L,), sum 1, or all 0 when no lead says anything.
        slow: the thinned leads, mean 0, in units of the signal, shape (L, S).
        calm: the signal without spikes, shape (L, T).
        fs: the slow rate in Hz.
        step: samples of the signal in one slow sample.
    """

    curve: Floats
    envelope: Floats
    weight: Floats
    slow: Floats
    calm: Floats
    fs: float
    step: int


def activity(signal: Floats, fs: float, holes: NDArray[np.bool_] | None = None) -> Activity:
    """Return the QRS activity of a signal without gaps.

    Args:
        signal: any unit, shape (L, T); see `mended`.
        fs: sampling rate in Hz.
        holes: True where nothing was measured, shape (L, T), or None.
    """
    from scipy.ndimage import gaussian_filter1d

    step = max(int(fs // RATE), 1)
    calm = without_spikes(signal, fs)
    slow = _thinned(calm, step)
    slow = slow - slow.mean(1, keepdims=True)
    envelope = _envelope(slow, fs / step)
    if holes is not None:
        envelope[_thinned(holes.astype(np.float32), step) > 0] = 0
    some = signal[:, :: 4 * step + 3]  # a stride at which no mains stands still
    middle = np.median(some, axis=1, keepdims=True)
    least = np.maximum(FAINT * np.median(np.abs(some - middle), axis=1), 1e-6 * np.abs(middle[:, 0]))
    weight, height = _weights(envelope, fs / step, least=least)
    np.minimum(envelope / height[:, None], CAP, out=envelope)
    curve = gaussian_filter1d(weight @ envelope, WIDTH * fs / step, mode="constant", truncate=3.0)
    return Activity(curve, envelope, weight, slow, calm, fs / step, step)


def mended(signal: Floats) -> tuple[Floats, NDArray[np.bool_] | None]:
    """Return the signal with straight lines across its gaps, and where these were (None when there were none)."""
    if np.isfinite(signal.sum()):
        return signal, None
    holes = ~np.isfinite(signal)
    whole = np.array(signal)
    moments = np.arange(signal.shape[1])
    for row, hole in zip(whole, holes, strict=True):
        row[hole] = np.interp(moments[hole], moments[~hole], row[~hole]) if not hole.all() else 0
    return whole, holes


def without_spikes(signal: Floats, fs: float) -> Floats:
    """Return the signal without what is narrower than 10 ms: a morphological opening, then a closing, lead by lead.

    Source: opening and closing by a flat element, Maragos and Schafer 1987, IEEE Trans. ASSP 35.
    """
    width = round(SPIKE * fs)
    if width < 2:
        return signal
    ends = 2 * (width - 1)
    cut = np.empty((signal.shape[0], signal.shape[1] + 2 * ends), signal.dtype)
    cut[:, ends:-ends] = signal
    cut[:, :ends], cut[:, -ends:] = signal[:, :1], signal[:, -1:]
    for extreme in (np.minimum, np.maximum, np.maximum, np.minimum):
        cut = _running(cut, width, extreme)
    return cut


def _running(signal: Floats, width: int, extreme: np.ufunc) -> Floats:
    """Take the extreme of `width` samples at each place, by doubling: about log2(width) passes."""
    done = 1
    while done < width:
        shift = min(done, width - done)
        signal = extreme(signal[:, :-shift], signal[:, shift:])
        done += shift
    return signal


def _thinned(signal: Floats, step: int) -> Floats:
    """Average `step` samples into one; what is left over at the end stays out."""
    slow = signal.shape[1] // step
    # a product with a constant is the fastest mean over few samples
    mean: Floats = signal[:, : slow * step].reshape(-1, slow, step) @ np.full(step, 1 / step, signal.dtype)
    return mean


def _envelope(slow: Floats, fs: float) -> Floats:
    """Return the magnitude of the analytic signal of each lead in the band u^2 exp(1 - u^2), u = f / 15 Hz."""
    from scipy import fft

    length, pad = slow.shape[1], round(0.25 * fs)
    size = fft.next_fast_len(length + 2 * pad, real=True)
    fade = (0.5 - 0.5 * np.cos(np.arange(pad) * (np.pi / pad))).astype(np.float32)
    padded = np.zeros((slow.shape[0], size), np.float32)
    padded[:, pad : pad + length] = slow
    padded[:, :pad] = (2 * slow[:, :1] - slow[:, pad:0:-1]) * fade
    padded[:, pad + length : length + 2 * pad] = (2 * slow[:, -1:] - slow[:, -2 : -2 - pad : -1]) * fade[::-1]
    u = np.arange(size // 2 + 1) * (fs / size / CENTRE)
    band = np.zeros((slow.shape[0], size), np.complex64)
    band[:, : u.size] = fft.rfft(padded) * (2 * u**2 * np.exp(1 - u**2)).astype(np.float32)
    envelope: Floats = np.abs(fft.ifft(band, overwrite_x=True)[:, pad : pad + length])
    return envelope


def _weights(envelope: Floats, fs: float, *, least: Floats) -> tuple[Floats, Floats]:
    """Return each lead's weight and the height of its beats: the middle one of the highest points of all windows.

    What is smaller than `least`, the rounding of a large offset, is no beat.
    """
    inside = envelope[:, round(EDGE * fs) : -round(EDGE * fs)]
    window = min(round(WINDOW * fs), inside.shape[1])
    windows = inside[:, : inside.shape[1] // window * window].reshape(len(envelope), -1, window)
    height = np.median(windows.max(-1), axis=1)
    rest = np.median(envelope, axis=1)
    heard = height > np.maximum(SILENT * np.median(height), least)
    height = np.where(heard, height, 1)
    weight = np.where(heard, np.clip(height / np.maximum(rest, 1e-3 * height) - 2, 0.1, 10), 0)
    return (weight / max(weight.sum(), 1e-9)).astype(np.float32), height.astype(np.float32)
