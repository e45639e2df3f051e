"""Hand-made features of an ECG: the baseline that learnt representations must beat. Shapes: L leads, T samples.

They are what a reader measures: rates, intervals, axes, and in each of the eight independent leads the size
of R, S, ST and T, all on the median beat. Choices of windows are ours.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from einthoven.cleaning import clean
from einthoven.cleaning.beats import r_peaks
from einthoven.recording import Recording

__all__ = ["FEATURES", "features"]

Array = NDArray[np.float64]
LEADS = ("I", "II", "V1", "V2", "V3", "V4", "V5", "V6")
FS = 250.0
BEFORE, AFTER = 80, 150
"""Samples of the median beat before and after the R peak: 320 and 600 ms."""

_RHYTHM = ("rate", "rr_sd", "rmssd", "rr_range", "qrs_ms", "qt_ms", "qtc_ms", "pr_ms", "p_mv")
_PER_LEAD = ("r", "s", "area", "early", "late", "j", "st60", "t")
_WHOLE = ("axis_sin", "axis_cos", "t_axis_sin", "t_axis_cos", "qrs_t_cos", "sokolow", "cornell", "limb_size", "size")
FEATURES = (*_RHYTHM, *(f"{name}_{lead}" for name in _PER_LEAD for lead in LEADS), *_WHOLE)
"""Names of the features, in their order."""


def features(recording: Recording) -> Array:
    """Return the features of one ECG, shape (len(FEATURES),); NaN what cannot be measured.

    Source: the measurements of a resting ECG (Macfarlane & Lawrie 2011); the windows are ours.
    """
    with np.errstate(all="ignore"):
        tidy = clean(recording, band=(0.5, 40), fs=FS, leads=LEADS)
        peaks = r_peaks(tidy)
        beat = _median_beat(tidy.signal.astype(np.float64), peaks)
        if beat is None:
            return np.full(len(FEATURES), np.nan)
        on, off = _qrs(beat)
        rhythm = _rhythm(beat, on, off, peaks)
        shape = _shape(beat, on, off)
        return np.concatenate([rhythm, shape.ravel(), _whole(beat, shape, on, off)])


def _median_beat(signal: Array, peaks: Sequence[int] | NDArray[np.int64]) -> Array | None:
    whole = [peak for peak in peaks if BEFORE <= peak < signal.shape[1] - AFTER]
    if len(whole) < 2 or len(peaks) < 3:
        return None
    beats = np.stack([signal[:, peak - BEFORE : peak + AFTER] for peak in whole])
    beat: Array = np.median(beats, axis=0)
    return beat - np.median(beat[:, BEFORE - 22 : BEFORE - 15], axis=1, keepdims=True)  # the PQ segment is 0 mV


def _qrs(beat: Array) -> tuple[int, int]:
    """Return first and last sample of the QRS: where the slope of all leads stays above an eighth of its peak."""
    slope = np.convolve(np.sqrt((np.diff(beat, axis=1) ** 2).sum(axis=0)), np.ones(3) / 3, "same")
    first, last = BEFORE - 20, BEFORE + 30
    above = np.flatnonzero(slope[first:last] > slope[first:last].max() / 8)
    return first + int(above[0]), first + int(above[-1]) + 1


def _rhythm(beat: Array, on: int, off: int, peaks: Sequence[int] | NDArray[np.int64]) -> Array:
    rr = np.diff(peaks) / FS
    size = np.sqrt((beat**2).sum(axis=0))
    t_wave, p_wave = size[off + 15 :], size[: max(on - 8, 10)]
    t_peak = off + 15 + int(np.argmax(t_wave))
    below = np.flatnonzero(size[t_peak:] < 0.25 * size[t_peak])
    t_end = t_peak + int(below[0]) if below.size else beat.shape[1]
    qt = (t_end - on) / FS
    pr = (on - int(np.argmax(p_wave))) / FS
    return np.array(
        [
            60 / np.mean(rr), np.std(rr), np.sqrt(np.mean(np.diff(rr) ** 2)), np.ptp(rr) / np.mean(rr),
            1e3 * (off - on) / FS, 1e3 * qt, 1e3 * qt / np.sqrt(np.mean(rr)), 1e3 * pr, p_wave.max(),
        ]
    )  # fmt: skip


def _shape(beat: Array, on: int, off: int) -> Array:
    """Return the sizes of each lead, shape (len(_PER_LEAD), 8), mV (areas in mV x 100 ms)."""
    qrs = beat[:, on : off + 1]
    third = max(qrs.shape[1] // 3, 1)
    end = beat.shape[1] - 1
    t_wave = beat[:, min(off + 15, end) :]
    t_peak = int(np.argmax(np.abs(t_wave).sum(axis=0)))
    return np.stack(
        [
            qrs.max(axis=1), qrs.min(axis=1), qrs.sum(axis=1) / FS * 10, qrs[:, :third].mean(axis=1),
            qrs[:, -third:].mean(axis=1), beat[:, min(off + 2, end)], beat[:, min(off + 15, end)], t_wave[:, t_peak],
        ]
    )  # fmt: skip


def _whole(beat: Array, shape: Array, on: int, off: int) -> Array:
    r, s, area, t = shape[0], shape[1], shape[2], shape[7]
    axis = np.arctan2((2 * area[1] - area[0]) / np.sqrt(3), area[0])  # aVF on I: the angle in the frontal plane
    t_axis = np.arctan2((2 * t[1] - t[0]) / np.sqrt(3), t[0])
    turn = area @ t / (np.linalg.norm(area) * np.linalg.norm(t) + 1e-9)
    sokolow = -s[2] + max(r[6], r[7])
    cornell = (r[0] - 0.5 * r[1]) - s[4]  # R in aVL is close to I - II / 2
    limb = np.ptp(beat[:2, on : off + 1], axis=1).mean()
    size = np.sqrt((beat**2).sum(axis=0)).max()
    turns = [np.sin(axis), np.cos(axis), np.sin(t_axis), np.cos(t_axis), turn]
    return np.array([*turns, sokolow, cornell, limb, size])
