"""Hand-made features of an ECG: the baseline that learnt representations must beat. Shapes: L leads, T samples.

They are what a reader measures: rates, intervals, axes, and in each of the eight independent leads the size
of R, S, ST and T, all on the median beat. Choices of windows are ours.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from einthoven.evaluating.beat import FS, LEADS, Beat, median_beat
from einthoven.recording import Recording

__all__ = ["FEATURES", "features", "features_of"]

Array = NDArray[np.float64]

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
        return features_of(median_beat(recording))


def features_of(beat: Beat | None) -> Array:
    """Return the features of a median beat, shape (len(FEATURES),); NaN where there is none."""
    if beat is None:
        return np.full(len(FEATURES), np.nan)
    shape = _shape(beat)
    return np.concatenate([_rhythm(beat), shape.ravel(), _whole(beat, shape)])


def _rhythm(beat: Beat) -> Array:
    rr = np.diff(beat.peaks) / FS
    on, off = beat.qrs
    qt = (beat.t_end - on) / FS
    pr = (on - int(np.argmax(beat.p_wave))) / FS
    return np.array(
        [
            60 / np.mean(rr), np.std(rr), np.sqrt(np.mean(np.diff(rr) ** 2)), np.ptp(rr) / np.mean(rr),
            1e3 * (off - on) / FS, 1e3 * qt, 1e3 * qt / np.sqrt(np.mean(rr)), 1e3 * pr, beat.p_wave.max(),
        ]
    )  # fmt: skip


def _shape(beat: Beat) -> Array:
    """Return the sizes of each lead, shape (len(_PER_LEAD), 8), mV (areas in mV x 100 ms)."""
    on, off = beat.qrs
    qrs = beat.signal[:, on : off + 1]
    third = max(qrs.shape[1] // 3, 1)
    end = beat.signal.shape[1] - 1
    t_wave = beat.signal[:, beat.t_start :]
    t_peak = int(np.argmax(np.abs(t_wave).sum(axis=0)))
    return np.stack(
        [
            qrs.max(axis=1), qrs.min(axis=1), qrs.sum(axis=1) / FS * 10, qrs[:, :third].mean(axis=1),
            qrs[:, -third:].mean(axis=1), beat.signal[:, min(off + 2, end)], beat.signal[:, min(off + 15, end)],
            t_wave[:, t_peak],
        ]
    )  # fmt: skip


def _whole(beat: Beat, shape: Array) -> Array:
    r, s, area, t = shape[0], shape[1], shape[2], shape[7]
    axis = np.arctan2((2 * area[1] - area[0]) / np.sqrt(3), area[0])  # aVF on I: the angle in the frontal plane
    t_axis = np.arctan2((2 * t[1] - t[0]) / np.sqrt(3), t[0])
    turn = area @ t / (np.linalg.norm(area) * np.linalg.norm(t) + 1e-9)
    sokolow = -s[2] + max(r[6], r[7])
    cornell = (r[0] - 0.5 * r[1]) - s[4]  # R in aVL is close to I - II / 2
    on, off = beat.qrs
    limb = np.ptp(beat.signal[:2, on : off + 1], axis=1).mean()
    turns = [np.sin(axis), np.cos(axis), np.sin(t_axis), np.cos(t_axis), turn]
    return np.array([*turns, sokolow, cornell, limb, beat.size.max()])
