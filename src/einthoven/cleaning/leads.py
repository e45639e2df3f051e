"""Leads: put in order by name, and the limb leads that two of them determine. L leads, T samples."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import combinations
from types import MappingProxyType
from typing import NoReturn

import numpy as np

from einthoven.errors import LeadError, did_you_mean
from einthoven.recording import LEADS, PRECORDIAL, Recording, Signal, lead_name

__all__ = ["CABRERA", "einthoven_error", "obtainable", "reorder", "standard"]

CABRERA = ("aVL", "I", "-aVR", "II", "aVF", "III", *PRECORDIAL)
"""The order by angle, from left shoulder to right foot, as Scandinavian pages print it."""

FRONTAL: Mapping[str, tuple[float, float]] = MappingProxyType(
    {
        "I": (1, 0),
        "II": (0, 1),
        "III": (-1, 1),
        "aVR": (-0.5, -0.5),
        "aVL": (1, -0.5),
        "aVF": (-0.5, 1),
        "-aVR": (0.5, 0.5),
    }
)
"""Each limb lead as a I + b II (Einthoven 1912, Goldberger 1942)."""
TURNED = {"aVR": "-aVR", "-aVR": "aVR"}


def standard(recording: Recording, leads: Sequence[str] = LEADS) -> Recording:
    """Return the named leads in the order asked, deriving limb leads where they were not recorded.

    Any two limb leads determine the other four; what was measured is kept as measured, never averaged with what
    could be derived. A chest lead cannot be derived.

    Args:
        recording: with any leads in any order.
        leads: the names wanted; aliases and "-aVR" are understood.

    Returns:
        A Recording with exactly `leads`; its history says which were derived, and from what.

    Raises:
        LeadError: a wanted lead was neither recorded nor can be derived, or is asked for twice.

    >>> eight = Recording(np.ones((8, 10)), ["I", "II", "V1", "V2", "V3", "V4", "V5", "V6"], 500)
    >>> standard(eight).history
    ('leads III aVR aVL aVF derived from I and II',)
    """
    wanted = tuple(map(lead_name, leads))
    if wanted == recording.leads:
        return recording
    derived = [name for name in wanted if name not in recording.leads]
    have = _obtainable(recording.leads)
    if not have.issuperset(derived) or len(set(wanted)) < len(wanted):
        _refuse(wanted, recording.leads, [name for name in derived if name not in have])
    if not derived:
        return recording.select(wanted)
    rows = dict(zip(recording.leads, recording.signal, strict=True))
    turned = {name: TURNED[name] for name in derived if TURNED.get(name) in rows}
    rest = [name for name in derived if name not in turned]
    steps = [f"{name} is {source} turned round" for name, source in turned.items()]
    rows |= {name: -rows[source] for name, source in turned.items()}
    if rest:
        sources, weights = _weights(recording.leads, rest)
        rows |= zip(rest, weights @ np.stack([rows[name] for name in sources]), strict=True)
        steps.append(f"leads {' '.join(rest)} derived from {' and '.join(sources)}")
    return recording.changed(", ".join(steps), np.stack([rows[name] for name in wanted]), leads=wanted)


def obtainable(recording: Recording, leads: Sequence[str] = LEADS) -> tuple[str, ...]:
    """Return those of `leads` that were recorded or can be derived, in the order asked.

    >>> obtainable(Recording(np.ones((3, 10)), ["II", "aVF", "V1"], 500))
    ('I', 'II', 'III', 'aVR', 'aVL', 'aVF', 'V1')
    """
    have = _obtainable(recording.leads)
    return tuple(name for name in map(lead_name, leads) if name in have)


def reorder(recording: Recording, leads: Sequence[str] = LEADS) -> Recording:
    """Return all leads of the recording, those named in `leads` first and in that order, the others after them.

    >>> reorder(Recording(np.ones((3, 10)), ["V1", "II", "X"], 500)).leads
    ('II', 'V1', 'X')
    """
    first = [name for name in map(lead_name, leads) if name in recording.leads]
    order = (*first, *(name for name in recording.leads if name not in first))
    return recording if order == recording.leads else recording.select(order)


def einthoven_error(recording: Recording) -> dict[str, float]:
    """Measure how far the recorded limb leads are from what I and II say of them.

    An exact recording has rounding error only; swapped names, per-lead gains and separately filtered leads show here.

    Args:
        recording: with I, II and at least one other limb lead.

    Returns:
        For each further limb lead, the rms of its difference from a I + b II in mV; gaps are left out.

    Raises:
        LeadError: I, II or every further limb lead is missing.

    >>> limb = Recording([[1, 1], [3, 3], [2, 2.5]], ["I", "II", "III"], 500)
    >>> round(einthoven_error(limb)["III"], 3)
    0.354
    """
    one, two = recording.lead("I"), recording.lead("II")
    others = [name for name in recording.leads if name in FRONTAL and name not in {"I", "II"}]
    if not others:
        raise LeadError(
            "Einthoven's law needs I, II and at least one further limb lead",
            came=f"the recording has {' '.join(recording.leads)}",
            instead="Nothing can be checked: use the recording as it is.",
            see="docs/cleaning.md",
        )
    with np.errstate(invalid="ignore"):  # infinity less infinity is a gap like any other
        return {name: _rms(recording.lead(name) - _mixed(FRONTAL[name], one, two)) for name in others}


def _mixed(weights: tuple[float, float], one: Signal, two: Signal) -> Signal:
    return np.float32(weights[0]) * one + np.float32(weights[1]) * two


def _rms(difference: Signal) -> float:
    known = difference[np.isfinite(difference)]
    return float(np.sqrt(np.mean(np.square(known, dtype=np.float64)))) if known.size else float("nan")


def _obtainable(leads: Sequence[str]) -> set[str]:
    axes = {name.removeprefix("-") for name in leads if name in FRONTAL}
    turned = {"aVR", "-aVR"} if "aVR" in axes else set()
    return {*leads, *turned, *(FRONTAL if len(axes) > 1 else ())}


def _weights(have: Sequence[str], wanted: Sequence[str]) -> tuple[tuple[str, ...], Signal]:
    """Choose the two leads to derive from, I and II or else those that say most, and how much of each: (L, 2)."""
    limb = sorted((name for name in have if name in FRONTAL), key=tuple(FRONTAL).index)
    basis = {pair: np.array([FRONTAL[name] for name in pair]) for pair in combinations(limb, 2)}
    pair = max(basis, key=lambda names: abs(np.linalg.det(basis[names])))
    share = np.array([FRONTAL[name] for name in wanted]) @ np.linalg.inv(basis[pair])
    return pair, share.astype(np.float32)


def _refuse(wanted: Sequence[str], have: Sequence[str], lost: Sequence[str]) -> NoReturn:
    twice = sorted({name for name in wanted if wanted.count(name) > 1})
    unknown = [name for name in lost if name not in {*LEADS, *FRONTAL}]
    came = f"{' '.join(lost)} cannot be had from {' '.join(have)}" if lost else f"{' '.join(twice)} asked for twice"
    instead = "Ask for other leads: limb leads need two limb leads, chest leads must be measured."
    raise LeadError(
        "each wanted lead is recorded, or derived from two limb leads, and wanted once",
        came=came,
        instead=did_you_mean(unknown[0], {*LEADS, *have}) if unknown else instead,
        see="docs/cleaning.md",
    )
