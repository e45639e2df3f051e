"""Printed: a page as a query. What it does not show is completed for the encoder; what it shows finds its own ECG."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from einthoven.cleaning.beats import r_peaks
from einthoven.errors import EinthovenError
from einthoven.recording import Recording

__all__ = ["CANDIDATES", "agreement", "completed", "same_first"]

Array = NDArray[np.float64]

CANDIDATES = 400
"""Cases nearest in the archive's space that are compared with the page sample by sample."""
_SAME = 0.6
"""Correlation over all that the page shows from which a case is the very same ECG: others stay below 0.4, and pages
that were read well are above 0.9 (pages of PTB-XL's folds 1-8)."""
_RATE = 125
"""Samples a second that are compared."""
_SHIFT = 0.04
"""Seconds by which the page may begin earlier or later."""


def completed(recording: Recording) -> Recording:
    """Fill what a page does not show: each lead goes on with its own beats, in step with the R peaks of the page.

    For the eyes of an encoder only: nobody measured these samples.

    Args:
        recording: as `digitize` returns it, NaN where the page shows nothing.

    Returns:
        the same leads; a lead that is not shown at all stays NaN.
    """
    signal = recording.signal.copy()
    peaks = _peaks(recording)
    samples = signal.shape[1]
    begun = np.searchsorted(peaks, np.arange(samples), side="right") - 1
    since = np.arange(samples) - np.where(begun >= 0, peaks[np.maximum(begun, 0)] if len(peaks) else 0, 0)
    for lead in signal:
        shown = np.isfinite(lead)
        if not shown.any() or shown.all():
            continue
        own = peaks[(peaks < samples) & shown[np.minimum(peaks, samples - 1)]] if len(peaks) else peaks
        level = float(np.median(lead[shown]))
        filled = np.full(samples, level, np.float32)
        for number, peak in enumerate(own):
            turn = (begun % len(own)) == number
            source = peak + since
            there = turn & (source >= 0) & (source < samples)
            values = lead[np.clip(source, 0, samples - 1)]
            there &= np.isfinite(values)
            filled[there] = values[there]
        lead[~shown] = filled[~shown]
    return replace(recording, signal=signal, history=(*recording.history, "what the page does not show is completed"))


def _peaks(recording: Recording) -> NDArray[np.intp]:
    """Return the R peaks of the page: of the leads that are whole, else of each stretch by the leads it shows."""
    shown = np.isfinite(recording.signal)
    whole = shown.mean(1) > 0.97
    stretches = [(0, recording.samples, whole)] if whole.any() else _stretches(shown)
    found: list[NDArray[np.intp]] = []
    for begin, end, leads in stretches:
        part = np.nan_to_num(recording.signal[leads, begin:end])
        names = tuple(name for name, one in zip(recording.leads, leads, strict=True) if one)
        try:
            found.append(begin + np.asarray(r_peaks(Recording(part, names, recording.fs)), np.intp))
        except EinthovenError:  # too short, or no beats: nothing to be in step with
            continue
    return np.unique(np.concatenate(found)) if found else np.empty(0, np.intp)


def _stretches(shown: NDArray[np.bool_]) -> list[tuple[int, int, NDArray[np.bool_]]]:
    """Return begin, end and leads of the stretches in which the same leads are shown."""
    changes = np.flatnonzero((np.diff(shown.astype(np.int8), axis=1) != 0).sum(0) > 1) + 1
    edges = [0, *changes.tolist(), shown.shape[1]]
    out = []
    for begin, end in pairwise(edges):
        leads = shown[:, begin:end].mean(1) > 0.9
        if leads.any() and end - begin > 1:
            out.append((begin, end, leads))
    return out


def agreement(page: Recording, other: Recording) -> float:
    """Return the correlation of all that a page shows with another ECG at the same time, -1 to 1.

    The ECG is sampled where the page is; each lead is compared about its own mean.
    """
    ratio = other.fs / page.fs
    names = [name for name in page.leads if name in other.leads]
    thin = slice(None, None, max(round(page.fs / _RATE), 1))
    reach = round(_SHIFT * page.fs)
    best = -1.0
    for shift in range(-reach, reach + 1, max(reach // 5, 1)):
        ours, theirs = [], []
        for name in names:
            samples = page.signal[page.leads.index(name)].astype(np.float64)
            at = (np.arange(len(samples)) + shift) * ratio
            samples, at = samples[thin], at[thin]
            stored = other.signal[other.leads.index(name)].astype(np.float64)
            seen = np.isfinite(samples) & (at >= 0) & (at <= len(stored) - 1)
            values = np.interp(at[seen], np.arange(len(stored)), stored)
            both = np.isfinite(values)
            if both.sum() > 10:
                ours.append(samples[seen][both] - samples[seen][both].mean())
                theirs.append(values[both] - values[both].mean())
        if ours:
            best = max(best, _cosine(np.concatenate(ours), np.concatenate(theirs)))
    return best


def _cosine(one: Array, other: Array) -> float:
    size = float(np.linalg.norm(one) * np.linalg.norm(other))
    return float(one @ other) / size if size else -1.0


def same_first(cases: Sequence[Recording], page: Recording) -> list[int]:
    """Return the places of cases with those that are the page's very ECG first, most alike first; others in order."""
    alike = [agreement(page, case) for case in cases]
    same = sorted((place for place, like in enumerate(alike) if like >= _SAME), key=lambda place: -alike[place])
    return [*same, *(place for place, like in enumerate(alike) if like < _SAME)]
