"""Heart beats from all leads together: one sample index for each QRS complex. Shapes: L leads, B beats, S slow samples.

Long recordings are read a minute at a time with some seconds on either side, so that time is linear and memory bounded.
"""

from __future__ import annotations

from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from einthoven.cleaning.detector import EDGE, WINDOW, Floats, activity, mended
from einthoven.cleaning.fiducial import Indices, placed
from einthoven.errors import SignalError
from einthoven.recording import Recording

__all__ = ["MINUTE", "SHORTEST", "humps", "r_peaks"]

MINUTE = 60.0  # s: what is looked at in one go
MARGIN = 6.0  # s: what is looked at before and after it
SHORTEST = 0.8  # s: less has no beat and its rest
REFRACTORY = 0.20  # s: no ventricle beats faster than 300 a minute
REPOLARISING = 0.36  # s: within this of a stronger wave, ...
WEAKER = 0.65  # ... one that does not reach this part of it is its T or P wave
ENOUGH = 0.40  # a beat reaches this part of the beats around it
HARDLY = 0.30  # and this part, where the rhythm misses one
LEAST = 0.15  # and never less than this part of the highest
BEATS = 11  # of so many neighbours the middle one is the measure
MISSING = 1.66  # times the middle RR interval: so long a gap misses a beat (Pan and Tompkins 1985)
NEIGHBOURS = 5  # windows of 2.5 s: the beats around
UNEVEN = 1.1  # beats are so many times higher than the quiet quarter of the curve, and ...
LOUDER = 4.0  # ... so many times higher, ...
CLEARER = 1.5  # ... or so many times higher ...
RARER = 11.0  # ... and so many times further above it than the middle of the curve is, ...
REGULAR = 0.5  # ... or the curve correlates so much with itself a beat later; noise does none of the three


def r_peaks(recording: Recording) -> Indices:
    """Find the R peak of every heart beat, from all leads together.

    A beat is where the leads agree (`einthoven.cleaning.detector`); its place is where two in five of them, by
    weight, have reached their peak. Works on any leads and on one, from 100 Hz on, with gaps (NaN) in some leads or
    in all. A flat or purely noisy recording has no beats; a stretch without beats has none either.

    Args:
        recording: L leads in any unit; neither amplitude nor polarity matters.

    Returns:
        Sample indices at `recording.fs`, rising, int64, shape (B,); empty when there is no beat.

    Raises:
        SignalError: no sample of any lead was measured (all NaN).

    >>> t = np.arange(5000) / 500
    >>> heart = sum(np.exp(-0.5 * ((t - beat) / 0.01) ** 2) for beat in (1, 2, 3.1, 4, 5, 6.2, 7, 8, 9))
    >>> np.round(r_peaks(Recording(heart[None], ["II"], 500)) / 500, 1)
    array([1. , 2. , 3.1, 4. , 5. , 6.2, 7. , 8. , 9. ])

    Source: our own design; thresholds, refractory time and search-back in the tradition of Pan and Tompkins 1985,
    doi:10.1109/TBME.1985.325532. Measured in docs/beats.md.
    """
    signal, fs = recording.signal, recording.fs
    if not np.isfinite(signal[:, 0]).any() and not np.isfinite(signal).any():
        raise SignalError(
            "beats are looked for in samples that were measured",
            came="every sample of every lead is missing",
            instead="Pass a recording with at least one measured lead.",
            see="docs/beats.md",
        )
    parts = max(round(recording.seconds / MINUTE), 1)
    edges = np.linspace(0, recording.samples, parts + 1).astype(int)
    margin = round(MARGIN * fs)
    found = []
    for first, last in pairwise(edges):
        begin = max(first - margin, 0)
        beats = begin + _beats(signal[:, begin : last + margin], fs)
        found.append(beats[(beats >= first) & (beats < last)])
    return _apart(np.concatenate(found), REFRACTORY * fs / 2)


def _beats(signal: Floats, fs: float) -> Indices:
    """Return the beats of one stretch."""
    if signal.shape[1] < SHORTEST * fs:
        return np.empty(0, np.int64)
    whole, holes = mended(signal)
    seen = activity(whole, fs, holes)
    if not seen.weight.any():
        return np.empty(0, np.int64)
    return placed(humps(seen.curve, seen.fs), seen, fs)


def humps(curve: Floats, fs: float) -> Indices:
    """Return where the curve has a beat's hump, in slow samples."""
    from scipy.signal import find_peaks

    height = _heights(curve, fs)
    candidates: Indices = np.asarray(find_peaks(height, height=LEAST, distance=REFRACTORY * fs)[0], np.int64)
    if candidates.size == 0:
        return candidates
    seconds, size = candidates / fs, height[candidates]
    size = size / _usual(size, (size >= HARDLY) & _own(seconds, size))
    return candidates[_searched_back(seconds, size, (size >= ENOUGH) & _own(seconds, size))]


def _usual(height: Floats, loud: NDArray[np.bool_]) -> Floats:
    """Return the middle height of the loud waves around each wave, at most 1: high premature beats set no standard."""
    middle = height[loud]
    if middle.size == 0:
        return np.ones_like(height)
    around = np.clip(np.arange(middle.size) - BEATS // 2, 0, max(middle.size - BEATS, 0))
    middle = np.median(middle[around[:, None] + np.arange(min(BEATS, middle.size))], axis=1)
    usual: Floats = np.minimum(middle[np.clip(np.cumsum(loud) - 1, 0, None)], 1)
    return usual


def _heights(curve: Floats, fs: float) -> Floats:
    """Return the curve in units of the beats around each moment: 0 is quiet, 1 a beat; 0 where nothing stands out."""
    inside = curve[round(EDGE * fs) : -round(EDGE * fs)]
    window = min(round(WINDOW * fs), inside.size)
    windows = np.sort(inside[: inside.size // window * window].reshape(-1, window))
    level = windows[:, [-1, window // 4, window // 2]]
    around = np.clip(np.arange(len(windows)) - NEIGHBOURS // 2, 0, max(len(windows) - NEIGHBOURS, 0))
    nearby = np.sort(level[around[:, None] + np.arange(min(NEIGHBOURS, len(windows)))], axis=1)
    beat, quiet, middle = nearby[:, -(nearby.shape[1] * 2 // 5) - 1, 0], *nearby[:, nearby.shape[1] // 2, 1:].T
    # beats grown much smaller than the whole stretch's are a pause, not a heart
    beat = np.maximum(beat, HARDLY * np.percentile(level[:, 0], 60))
    far = (beat >= LOUDER * quiet) | ((beat >= CLEARER * quiet) & (beat - quiet >= RARER * (middle - quiet)))
    if not far.all() and not _regular(inside, fs):
        beat[~far] = np.inf
    beat[beat < UNEVEN * quiet] = np.inf
    here = np.clip((np.arange(curve.size) - round(EDGE * fs)) // window, 0, len(windows) - 1)
    height: Floats = (curve - quiet[here]) / np.maximum(beat - quiet, 1e-9)[here]
    return height


def _regular(curve: Floats, fs: float) -> bool:
    """Say whether the curve repeats itself: a fast wide rhythm leaves no quiet between its beats, but it is regular."""
    from scipy.signal import correlate

    change = curve - curve.mean()
    same = correlate(change, change, method="fft")[change.size - 1 :]
    lags = same[round(REFRACTORY * fs) : round(1.5 * fs)] / max(float(same[0]), 1e-12)
    return bool(lags.size and lags.max() > REGULAR)


def _own(seconds: Floats, height: Floats) -> NDArray[np.bool_]:
    """Say which waves are nobody's T or P wave: none close by is much stronger, or they are as strong as any beat."""
    own = np.ones(seconds.size, bool)
    close, least = np.diff(seconds) < REPOLARISING, WEAKER * np.minimum(height, 1)
    own[1:] &= ~(close & (height[1:] < least[:-1]))
    own[:-1] &= ~(close & (height[:-1] < least[1:]))
    return own


def _searched_back(seconds: Floats, height: Floats, kept: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Add the highest wave of each gap that is too long for the rhythm."""
    beats = np.flatnonzero(kept)
    if beats.size < 3:
        return kept
    gaps = np.diff(seconds[beats])
    too_long = gaps > MISSING * np.median(gaps)
    for first, last in zip(beats[:-1][too_long], beats[1:][too_long], strict=True):
        between = np.arange(first + 1, last)[height[first + 1 : last] >= HARDLY]
        apart = (seconds[between] - seconds[first] > REPOLARISING) & (seconds[last] - seconds[between] > REPOLARISING)
        if apart.any():
            kept[between[apart][np.argmax(height[between[apart]])]] = True
    return kept


def _apart(beats: Indices, least: float) -> Indices:
    """Drop what two stretches found twice."""
    return beats[np.diff(beats, prepend=-np.inf) > least].astype(np.int64)
