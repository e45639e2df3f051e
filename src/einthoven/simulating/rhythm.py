"""Rhythm: when atria and ventricles beat, and which beats come from elsewhere. One rhythm, one small function."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from einthoven.simulating.activation import Activation
from einthoven.simulating.atria import Atria
from einthoven.simulating.state import State
from einthoven.simulating.streams import Streams

__all__ = ["Beats", "Tempo", "beats", "tempo"]

LEAD_IN = 1.2
"""Seconds of beats before the first sample, so that the record begins in the middle of life."""
ECTOPIC = ("pvc", "pac", "bigeminy", "trigeminy")

Times = NDArray[np.float64]


@dataclass(frozen=True)
class Beats:
    """The beats of one patient, times in seconds from the first sample.

    Args:
        r: R waves.
        wide: which of them begin in a ventricle (premature, escape, paced), shape of `r`.
        p: onsets of P waves.
        early: which of those are premature and come from another place, shape of `p`.
    """

    r: Times
    wide: NDArray[np.bool_]
    p: Times
    early: NDArray[np.bool_]


@dataclass(frozen=True)
class Tempo:
    """What the rhythms need by patient: mode, mean RR and PR (s), QRS onset (s from R), severities, F waves/s.

    `steady` is a factor on the spread of sinus RR, the same for all.
    """

    mode: list[str]
    rr: Times
    pr: Times
    onset: Times
    age: Times
    fitness: Times
    burden: Times
    severity: Mapping[str, NDArray[np.float64]]
    detail: Mapping[str, NDArray[np.float64]]
    flutter: Times
    streams: Streams
    numbers: tuple[int, ...]
    steady: float = 1.0


def tempo(state: State, beat: Activation, atria: Atria) -> Tempo:
    """Collect what `beats` needs."""
    c = state.conditions
    mode = ["sinus"] * len(state.numbers)
    for name in RHYTHMS:
        for row in np.flatnonzero(c.severity.get(name, np.zeros(0)) > 0):
            mode[row] = name
    severity = {name: c[name] for name in (*RHYTHMS, *ECTOPIC, "sinus_arrhythmia") if name != "sinus"}
    return Tempo(
        mode=mode,
        rr=60 / state.rate,
        pr=atria.pr,
        onset=beat.waves.onset,
        age=state.body.decade,
        fitness=state.body.fitness,
        burden=c.burden,
        severity=severity,
        detail=c.detail,
        flutter=atria.rate,
        streams=Streams(state.seed, "rhythm"),
        numbers=state.numbers,
        steady=1.0 if state.dials.keeps("noise") else 0.5,
    )


@dataclass(frozen=True)
class _Dice:
    """One patient's randomness: two bells, four flats, then two bells a beat (a longer record only adds beats)."""

    bell: Times
    flat: Times
    beat: Times


def beats(tempo: Tempo, row: int, seconds: float) -> Beats:
    """Return the beats of the patient in `row`; a longer record begins with the same beats."""
    generator = tempo.streams.open(tempo.numbers[row])
    bell, flat = generator.standard_normal(2), generator.random(4)
    mode = tempo.mode[row]
    shortest = 0.34 if mode == "flutter" else 0.55 * min(tempo.rr[row], 1.2)
    count = int((seconds + LEAD_IN + 2.5) / shortest) + 6
    return RHYTHMS[mode](tempo, row, _Dice(bell, flat, generator.standard_normal((count, 2))))


def _start(dice: _Dice, rr: float) -> float:
    return -LEAD_IN - float(dice.flat[0]) * rr


def _sinus(tempo: Tempo, row: int, dice: _Dice) -> Beats:
    """RR with breathing (0.25 Hz) and slow (0.1 Hz) parts; their SD has the spread of PTB-XL's normals (9-100 ms)."""
    rr, count = tempo.rr[row], len(dice.beat)
    slack = 0.60 * dice.bell[0] - 0.18 * (tempo.age[row] + 1) - 0.25 * tempo.burden[row] + 0.15 * tempo.fitness[row]
    spread = tempo.steady * 0.029 * np.exp(slack)
    arrhythmia = tempo.severity["sinus_arrhythmia"][row]
    spread = min(spread, 0.10) if arrhythmia == 0 else 0.085 + 0.075 * arrhythmia
    time, turn = np.arange(count) * rr, 2 * np.pi * dice.flat[1:3]
    breath = np.sin(2 * np.pi * (0.20 + 0.1 * dice.flat[3]) * time + turn[0])
    wave = 1.15 * breath + 0.6 * np.sin(2 * np.pi * 0.09 * time + turn[1]) + 0.35 * dice.beat[:, 0]
    intervals = np.maximum(rr + min(spread, 0.16 * rr) * wave, 0.30)
    r = _start(dice, rr) + np.cumsum(intervals)
    return _with_ectopy(tempo, row, dice, Beats(r, np.zeros(count, bool), *_before(tempo, row, r, dice)))


def _before(tempo: Tempo, row: int, r: Times, dice: _Dice) -> tuple[Times, NDArray[np.bool_]]:
    """Put a P wave before every R wave."""
    return r + tempo.onset[row] - tempo.pr[row] + 0.002 * dice.beat[:, 0], np.zeros(len(r), bool)


def _with_ectopy(tempo: Tempo, row: int, dice: _Dice, beats: Beats) -> Beats:
    """Make some beats premature: ventricular ones leave the pace alone, atrial ones reset it."""
    kind = next((name for name in ECTOPIC if tempo.severity[name][row] > 0), "")
    if not kind:
        return beats
    amount, place = tempo.severity[kind][row], tempo.detail["ectopy"][row]
    atrial = kind == "pac" or (kind in ("bigeminy", "trigeminy") and place > 0.8)
    chosen = _premature(kind, dice, amount)
    coupling = (0.70 if atrial else 0.60) + 0.10 * dice.flat[3]
    r, step = beats.r.copy(), np.diff(beats.r, prepend=beats.r[0] - tempo.rr[row])
    pull = np.where(chosen, (1 - coupling) * step, 0.0)
    r -= pull if not atrial else 0.85 * np.cumsum(pull) + 0.15 * pull
    p = beats.p + (r - beats.r) if atrial else beats.p
    keep = np.ones(len(r), bool) if atrial else ~chosen
    return Beats(r, chosen & (not atrial), p[keep], (chosen & atrial)[keep])


def _premature(kind: str, dice: _Dice, amount: float) -> NDArray[np.bool_]:
    """Choose the premature beats: every second, every third, or at random with at least one after three seconds."""
    count = np.arange(len(dice.beat))
    if kind in ("bigeminy", "trigeminy"):
        return np.asarray(count % (2 if kind == "bigeminy" else 3) == 1)
    wild = dice.beat[:, 1] > 2.1 - 1.1 * amount
    wild[4 + int(4 * dice.flat[2])] = True
    wild[0] = False
    for beat in range(1, len(wild)):
        wild[beat] &= not wild[beat - 1]
    return wild


def _none() -> tuple[Times, NDArray[np.bool_]]:
    return np.zeros(0), np.zeros(0, bool)


def _fibrillating(tempo: Tempo, row: int, dice: _Dice) -> Beats:
    """RR without order: log-normal with a coefficient of variation of 0.14-0.30; no P."""
    rr, spread = tempo.rr[row], 0.14 + 0.16 * dice.flat[1]
    intervals = np.clip(rr * np.exp(spread * dice.beat[:, 0] - spread**2 / 2), 0.30, 2.4)
    r = _start(dice, rr) + np.cumsum(intervals)
    beats = _with_ectopy(tempo, row, dice, Beats(r, np.zeros(len(r), bool), *_before(tempo, row, r, dice)))
    return Beats(beats.r, beats.wide, *_none())


def _fluttering(tempo: Tempo, row: int, dice: _Dice) -> Beats:
    """Every second, third or fourth F wave conducts; in one of three patients the ratio changes from beat to beat."""
    period = 1 / tempo.flutter[row]
    ratio = np.full(len(dice.beat), 2 + int(2.6 * tempo.severity["flutter"][row]))
    if dice.flat[1] < 1 / 3:
        ratio += np.clip(np.round(dice.beat[:, 0]), -1, 2).astype(int)
    r = _start(dice, 0.7) + np.cumsum(np.maximum(ratio, 2) * period) + 0.006 * dice.beat[:, 1]
    return Beats(r, np.zeros(len(r), bool), *_none())


def _racing(tempo: Tempo, row: int, dice: _Dice) -> Beats:
    """Supraventricular tachycardia: regular, P hidden in or right after the QRS."""
    rr = tempo.rr[row]
    r = _start(dice, rr) + rr * np.arange(1, len(dice.beat) + 1) + 0.003 * dice.beat[:, 0]
    if dice.flat[1] < 0.5:
        return Beats(r, np.zeros(len(r), bool), *_none())
    return Beats(r, np.zeros(len(r), bool), r + 0.075, np.ones(len(r), bool))


def _pacing(tempo: Tempo, row: int, dice: _Dice) -> Beats:
    """Every beat paced in the ventricle; half of the patients have a P wave before it."""
    rr = tempo.rr[row]
    r = _start(dice, rr) + rr * np.arange(1, len(dice.beat) + 1)
    if dice.flat[1] < 0.5:
        return Beats(r, np.ones(len(r), bool), *_none())
    return Beats(r, np.ones(len(r), bool), r - 0.235, np.zeros(len(r), bool))


def _dropping(tempo: Tempo, row: int, dice: _Dice) -> Beats:
    """Second-degree block: PR grows until a beat drops (Wenckebach), or every second beat drops."""
    cycle = 2 if tempo.severity["av_block_2"][row] > 0.7 else 3 + int(2.99 * dice.flat[1])
    turn = np.arange(len(dice.beat)) % cycle
    p = _start(dice, tempo.rr[row]) + tempo.rr[row] * np.arange(1, len(dice.beat) + 1) + 0.006 * dice.beat[:, 0]
    delay = 0.03 + 0.11 * np.sqrt(turn / 2.0)
    r = (p + delay + tempo.pr[row] - tempo.onset[row])[turn < cycle - 1]
    return Beats(r, np.zeros(len(r), bool), p, np.zeros(len(p), bool))


def _dissociated(tempo: Tempo, row: int, dice: _Dice) -> Beats:
    """Third-degree block: atria and ventricles each at their own rate; the escape is narrow or wide."""
    rr, count = tempo.rr[row], len(dice.beat)
    r = _start(dice, rr) + rr * np.arange(1, count + 1) + 0.008 * dice.beat[:, 0]
    p = -LEAD_IN + (0.62 + 0.25 * dice.flat[1]) * np.arange(count) + 0.006 * dice.beat[:, 1]
    return Beats(r, np.full(count, bool(dice.flat[2] < 0.55)), p, np.zeros(count, bool))


RHYTHMS: Mapping[str, Callable[[Tempo, int, _Dice], Beats]] = {
    "sinus": _sinus,
    "afib": _fibrillating,
    "flutter": _fluttering,
    "svt": _racing,
    "paced": _pacing,
    "av_block_2": _dropping,
    "av_block_3": _dissociated,
}
