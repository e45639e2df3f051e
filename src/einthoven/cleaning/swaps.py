"""Swapped limb electrodes: found by what the chest leads say of the limb leads, and undone. Shapes: L leads, T samples.

Two electrodes of the arms and the left leg that changed places leave Einthoven's law and the chest leads untouched
(the central terminal is their mean), so nothing looks broken: leads I, II and III are only others than their names
say. But the six chest leads see the same heart: a linear map from them predicts leads I and II wave by wave. Each way
of swapping is undone in turn and asked how well it agrees with the prediction in the P wave, the QRS complex and the
T wave; a conditional logit weighs the three agreements. An arm electrode swapped with the right leg is seen otherwise:
the two legs have nearly one potential, so lead II (or III) is all but flat.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from types import MappingProxyType
from typing import Any

import numpy as np

from einthoven.cleaning.beats import r_peaks
from einthoven.cleaning.detector import Floats, mended
from einthoven.cleaning.leads import standard
from einthoven.errors import LeadError, SignalError
from einthoven.recording import LIMB, PRECORDIAL, Recording

__all__ = ["SWAPS", "WAVES", "Swap", "agreements", "beat", "swapped", "unswap"]

SEEN = ("I", "II", *PRECORDIAL)
SWAPS: Mapping[str, tuple[tuple[int, int], tuple[int, int]]] = MappingProxyType(
    {
        "": ((1, 0), (0, 1)),
        "RA-LA": ((-1, 0), (-1, 1)),
        "RA-LL": ((1, -1), (0, -1)),
        "LA-LL": ((0, 1), (1, 0)),
        "RA-LA-LL": ((-1, 1), (-1, 0)),
        "RA-LL-LA": ((0, -1), (1, -1)),
    }
)
"""What was recorded as (I, II) is this matrix times the true (I, II); the last two are all three electrodes in turn."""
LEGS = {"RA-RL": 1, "LA-RL": 2}
"""Which of I, II, III an arm electrode on the right leg and the right leg's on the arm make flat."""

FLAT = 0.1  # of the largest of I, II, III; the smallest seen in 550 sound recordings is 0.17
RATE = 100.0  # Hz: the grid of the median beat
BEFORE, AFTER = 0.30, 0.50  # s around the R peak
LEVEL = 1.0  # s: twice a moving mean of this is the baseline; a filter alike for all leads keeps what ties them
WAVES = {"P": (-0.22, -0.07), "QRS": (-0.06, 0.07), "T": (0.15, 0.42)}
"""From when to when after the R peak each wave is looked at, in seconds."""
ISOELECTRIC = (-0.07, -0.05)  # s
NOISE = {"P": 0.02, "QRS": 0.05, "T": 0.03}  # mV: a wave of this size says half of what a large one says
PLANE = np.linalg.inv([[1, 0], [0.5, np.sqrt(0.75)]])  # (I, II) to the frontal plane, where a swap turns or mirrors


@dataclass(frozen=True, slots=True)
class Swap:
    """A finding of `swapped`.

    Args:
        name: the electrodes that changed places, e.g. "RA-LA"; three names are all three moved round by one.
        probability: how sure, 0 to 1, counting on one swap in ten recordings; a calibrated second look, no verdict.
        evidence: what speaks for it, in words.
    """

    name: str
    probability: float
    evidence: tuple[str, ...]


def swapped(recording: Recording) -> Swap | None:
    """Say whether limb electrodes were swapped, and which.

    Args:
        recording: in mV with I, II (or two limb leads they can be derived from) and V1 to V6.

    Returns:
        The likeliest swap if it is likelier than none, else None. RA with LL and RA with LA are found nearly always;
        LA with LL in half the cases only, because it looks like another heart's normal axis. LL with RL changes
        nothing that could be seen.

    Raises:
        LeadError: a chest lead or the limb leads are missing.
        SignalError: fewer than two whole beats.

    >>> swapped(Recording(np.zeros((8, 5000)), ["I", "II", "V1", "V2", "V3", "V4", "V5", "V6"], 500))
    Traceback (most recent call last):
    ...
    einthoven.errors.SignalError: swapped leads are found in a beat; fewer than two whole beats came. ...

    Source: the idea is Kors and van Herpen's, Am J Cardiol 88 (2001) 396-399; the flat lead II or III, Haisty et al.,
    Am J Cardiol 71 (1993) 1490-1494. Maps and weights are ours, fitted by benchmarks/swaps.py to PTB-XL folds 1 to 8.
    """
    one = beat(recording)
    flat = _flat(one)
    if flat:
        return flat
    agreement = agreements(one)
    model = _model()
    points = agreement @ np.asarray(model["weights"]) + np.log(model["prior"])
    share = np.exp(points - points.max())
    best = int(points.argmax())
    if best == 0:
        return None
    name = tuple(SWAPS)[best]
    words = tuple(
        f"{wave}: agrees with the chest leads by {was:.2f} as recorded, by {would:.2f} with {name} undone"
        for wave, was, would in zip(WAVES, agreement[0], agreement[best], strict=True)
    )
    return Swap(name, float(share[best] / share.sum()), words)


def unswap(recording: Recording, swap: Swap | str) -> Recording:
    """Undo a swap of limb electrodes: every limb lead of the recording gets its true signal.

    Args:
        recording: with I and II, or two limb leads they can be derived from.
        swap: a finding of `swapped`, or its name.

    Returns:
        A Recording with the same leads, its history saying what was undone. Chest leads stay: no swap among RA, LA and
        LL touches them.

    Raises:
        LeadError: the swap is unknown, or with the right leg: then one arm was not recorded and nothing brings it back.

    >>> limb = Recording(np.ones((2, 500)) * [[-1], [2]], ["I", "II"], 500)
    >>> unswap(limb, "RA-LA").signal[:, 0]
    array([1., 3.], dtype=float32)
    """
    name = swap if isinstance(swap, str) else swap.name
    if name not in SWAPS or not name:
        _refuse(name)
    limb = [lead for lead in recording.leads if lead in LIMB]
    recorded = standard(recording, ("I", "II")).signal
    truth = np.linalg.inv(SWAPS[name]).round().astype(np.float32) @ recorded
    signal = recording.signal.copy()
    signal[[recording.leads.index(lead) for lead in limb]] = standard(
        Recording(truth, ("I", "II"), recording.fs), limb
    ).signal
    return recording.changed(f"limb electrodes {name} put back", signal)


def beat(recording: Recording) -> Floats:
    """Return the median beat of I, II and V1 to V6 at 100 Hz from its isoelectric line, mV, shape (8, 80)."""
    from scipy.ndimage import uniform_filter1d

    fs = recording.fs
    signal = mended(standard(recording, SEEN).signal)[0]
    span = max(round(LEVEL * fs), 1)
    slow = uniform_filter1d(uniform_filter1d(signal, span, mode="nearest"), span, mode="nearest")
    fine = uniform_filter1d(signal - slow, max(round(fs / RATE), 1), mode="nearest")
    grid = np.rint(np.arange(-BEFORE, AFTER - 1e-9, 1 / RATE) * fs).astype(int)
    peaks = r_peaks(recording)
    peaks = peaks[(peaks + grid[0] >= 0) & (peaks + grid[-1] < recording.samples)]
    if peaks.size < 2:
        raise SignalError(
            "swapped leads are found in a beat",
            came="fewer than two whole beats came",
            instead="Pass a longer or better recording.",
            see="docs/quality.md",
        )
    beats = fine[:, peaks[:, None] + grid]
    one: Floats = np.median(beats - beats[..., _span(ISOELECTRIC)].mean(-1, keepdims=True), axis=1)
    return one


def agreements(one: Floats) -> Floats:
    """Return how well I and II agree with what V1 to V6 say, each swap undone: (6 swaps, 3 waves), -1 to 1."""
    found = []
    for wave, span in WAVES.items():
        leads = one[:, _span(span)]
        said = PLANE @ np.asarray(_model()["maps"][wave]) @ leads[2:]
        for matrix in SWAPS.values():
            seen = PLANE @ np.linalg.inv(matrix) @ leads[:2]
            size = np.sqrt(np.mean(np.sum(seen**2, 0)) * np.mean(np.sum(said**2, 0)))
            found.append(np.mean(np.sum(seen * said, 0)) / (size + NOISE[wave] ** 2))
    agreement: Floats = np.reshape(np.asarray(found, np.float64), (len(WAVES), len(SWAPS))).T
    return agreement


def _flat(one: Floats) -> Swap | None:
    size = np.std([one[0], one[1], one[1] - one[0]], axis=1)
    for name, row in LEGS.items():
        share = size[row] / max(float(size.max()), 1e-9)
        if share < FLAT:
            words = f"lead {('I', 'II', 'III')[row]} has {share:.0%} of the largest limb lead: nearly flat"
            return Swap(name, float(1 - share / FLAT / 2), (words,))
    return None


def _span(seconds: tuple[float, float]) -> slice:
    return slice(round((seconds[0] + BEFORE) * RATE), round((seconds[1] + BEFORE) * RATE))


@cache
def _model() -> dict[str, Any]:
    return tomllib.loads(files("einthoven.cleaning").joinpath("swaps.toml").read_text())


def _refuse(name: str) -> None:
    known = " ".join(other for other in SWAPS if other)
    lost = "with the right leg the potential of one arm was not recorded" if name in LEGS else f"{name!r} came"
    raise LeadError(
        f"a swap that can be undone is one of {known}",
        came=lost,
        instead="Record again." if name in LEGS else "Pass what swapped() returned.",
        see="docs/quality.md",
    )
