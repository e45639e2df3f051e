"""Recovery: ST segment, T and U wave, by what is normal, by what activation demands and by what ischaemia changes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from einthoven.simulating.activation import Activation
from einthoven.simulating.conditions import table
from einthoven.simulating.state import State
from einthoven.simulating.streams import Row, chances
from einthoven.simulating.waves import ROOT_TAU, Waves, join, single, toward, turned

__all__ = ["Recovery", "recovery"]

T_WAVES = ((-0.056, 0.038, 0.35), (-0.014, 0.030, 0.45), (0.020, 0.034, 0.50))
"""The T wave as three Gaussians: seconds from its peak, width, share; slow up, fast down."""
T_VECTORS = ((0.72, 0.10, -0.74), (0.85, 0.17, -0.62), (0.97, 0.48, -0.27))
"""Where they point: forward first, left and down later (median normal beat of PTB-XL folds 1-8)."""
T_TAIL = 0.082
"""Seconds from the peak of T to its end."""
ST_WAVES = ((0.064, 0.024, 1.0), (0.114, 0.034, 1.0))
"""The ST segment as two Gaussians: seconds from R, width, share of what lowers or raises it."""
ST_NORMAL = (0.25, 1.0)
"""Shares of the normal ST vector: it leaves the baseline late and merges with T."""
GRADIENT = 0.75
"""The share of an abnormal QRS area that recovery answers (Wilson's gradient would be 1 if nothing else changed)."""
FLAT_PLACES = (0.5, 0.7, 0.87)
"""Of flat T waves, this share is flat throughout, up to these shares in left and lower leads, the rest in front."""
SCAR_STAGES = (0.22, 0.55)
"""Of infarcts, this share is recent (ST up), and up to this share subacute (T deep)."""


@dataclass(frozen=True)
class Recovery:
    """ST, T and U waves, and the QT interval they end (seconds, shape (n,))."""

    waves: Waves
    qt: Row


def recovery(state: State, beat: Activation) -> Recovery:
    """Return ST, T and U of every patient."""
    z = chances(
        state.seed, state.numbers, "recovery",
        normal=("size", "frontal", "horizontal", "qt", "early", "st x", "st y", "st z", "late"),
        uniform=("strain",),
    )  # fmt: skip
    qt, size = _qt(state, z, beat), _size(state, z)
    t, calm, st = _normal_t(state, z, size), _normal_st(state, z, size), np.zeros((len(size), 3))
    for dt, dst in _changes(state, size, z["strain"]):
        t, st = t + dt, st + dst
    t = t * _flattening(state)[:, None, :]
    answer = -GRADIENT * beat.detour
    peak, stretch = beat.waves.onset + qt - T_TAIL, np.clip(qt / 0.385, 0.8, 1.3) * _tent(state)
    shape = [(peak + dt * stretch, w * stretch, share) for dt, w, share in T_WAVES]
    total = sum(share * w * ROOT_TAU for _, w, share in shape) + 0.25 * sum(w * ROOT_TAU for _, w, _ in ST_WAVES)
    secondary = answer / np.asarray(total)[:, None]
    late = np.maximum(beat.waves.offset - 0.050, 0)
    parts = [single(when, w, t[:, k] + share * secondary) for k, (when, w, share) in enumerate(shape)]
    parts += [
        single(when + late, w, share * st + usual * calm + 0.25 * secondary)
        for (when, w, share), usual in zip(ST_WAVES, ST_NORMAL, strict=True)
    ]
    return Recovery(join(*parts, _u_wave(state, peak, size), _j_wave(state, beat)), qt)


def _qt(state: State, z: Mapping[str, Row], beat: Activation) -> Row:
    """QT in seconds: Fridericia's cube root; women +10 ms, 2 ms a decade; long QT, digitalis, wide QRS."""
    frame, hearts, c, link = state.body, state.chambers, state.conditions, state.dials.link
    ms = (
        396
        + 10 * ~frame.male
        + 2 * frame.decade
        + 24 * z["qt"]
        + link * (3 * hearts.hypertrophy - 2 * hearts.contractility)
    )
    ms = ms + 500 * np.maximum(beat.waves.offset - beat.waves.onset - 0.105, 0)
    ms = np.where(c.has("long_qt"), np.maximum(ms, 410) + 55 + 80 * c["long_qt"], ms)
    ms = ms + 35 * c["hypokalaemia"] - np.where(c.has("digitalis"), 25, 0)
    return np.asarray(np.clip(ms / 1000 * np.cbrt(60 / np.clip(state.rate, 40, 220)), 0.21, 0.62))


def _size(state: State, z: Mapping[str, Row]) -> Row:
    """Length of the T vector in mV: median 0.40 at 40 years, -6 % a decade, spread 0.30 (PTB-XL folds 1-8, normals)."""
    frame, hearts, link = state.body, state.chambers, state.dials.link
    log = (
        -0.06 * (frame.decade + 2.2) - 0.06 * frame.plump + 0.06 * frame.fitness + 0.06 * frame.male + 0.28 * z["size"]
    )
    log = log + link * (0.06 * hearts.contractility - 0.03 * hearts.hypertrophy)
    log = log - 0.004 * (np.clip(state.rate, 50, 130) - 70)
    low = np.where(state.conditions.has("low_voltage"), 0.55, 1.0)
    return np.asarray(0.475 * np.exp(log) * low)


def _normal_t(state: State, z: Mapping[str, Row], size: Row) -> NDArray[np.float64]:
    """T waves (n, 3, 3): men's point further forward (T in V2 .62 against .36 mV in PTB-XL's normals)."""
    shares = np.array([share for *_, share in T_WAVES])
    vector = np.array(T_VECTORS) * shares[:, None] * (size * _tall(state))[:, None, None]
    vector[:, :, 2] *= np.where(state.body.male, 1.25, 0.85)[:, None]
    frontal = np.deg2rad(9 * z["frontal"] - 2 * state.body.plump)
    horizontal = np.deg2rad(-8 + 14 * z["horizontal"] - 2.5 * state.body.decade)
    if not state.dials.keeps("t vector"):
        frontal, horizontal = 0.6 * frontal + np.deg2rad(36), 0.6 * horizontal - np.deg2rad(22)
    return turned(vector, frontal=frontal, horizontal=horizontal)


def _normal_st(state: State, z: Mapping[str, Row], t: Row) -> NDArray[np.float64]:
    """ST vector (n, 3): forward, twice as long in men, longest in fit young men and in early repolarisation.

    It also points left in the young and healthy; with age, rate and burden of disease that part goes, whatever the
    disease (ST 60 ms after QRS in V6: 12 uV in PTB-XL's normals of folds 1-8, about one SD lower with any finding).
    """
    early = 0.034 + 0.030 * state.body.male * np.clip(1 - 0.15 * state.body.decade, 0.5, 1.6)
    early = early + 0.35 * t * state.conditions["early_repolarisation"]
    size = early * np.exp(0.45 * z["early"] + 0.10 * state.body.fitness)
    spread = 0.012 * np.stack([z["st x"], z["st y"], z["st z"]], 1)
    left = 0.020 - 0.006 * (state.body.decade + 1) - 0.011 * state.conditions.burden - 0.0008 * (state.rate - 70)
    return np.asarray(toward([0.25, 0.15, -0.9], size) + toward([0.95, 0.45, -0.15], left) + spread)


Change = tuple[NDArray[np.float64], NDArray[np.float64]]
"""What a finding adds to T (n, 3, 3) and to ST (n, 3)."""


def _changes(state: State, size: Row, chance: Row) -> list[Change]:
    """Return what each finding changes; a new finding is a new line here."""
    if not state.dials.keeps("st-t"):
        return [_simple(state), *([_infarct(state, size)] if state.dials.keeps("infarcts") else [])]
    return [
        *([_infarct(state, size)] if state.dials.keeps("infarcts") else []),
        _ischaemia(state, size),
        _inflamed(state, size),
        _strain(state, size, chance),
        _right_strain(state, size),
        _minor(state, size),
        _drugs(state, size),
    ]


def _spread(vector: NDArray[np.float64]) -> NDArray[np.float64]:
    """Share one change of T among its three waves: (n, 3) -> (n, 3, 3)."""
    shares = np.array([share for *_, share in T_WAVES])
    return np.asarray(shares[None, :, None] * vector[:, None, :])


def _infarct(state: State, size: Row) -> Change:
    """T away from the dead wall, ST towards it when it is recent, both by size and stage."""
    c, stage = state.conditions, state.conditions.detail["infarct"]
    t, st = np.zeros((len(size), 3)), np.zeros((len(size), 3))
    recent, subacute = stage < SCAR_STAGES[0], stage < SCAR_STAGES[1]
    for row in table("territories")["infarct"]:
        extent = c[str(row["name"])]
        here = extent > 0
        deep = np.where(recent, 0.4, np.where(subacute, 1.2, 0.6)) * (0.2 + 0.9 * extent)
        t -= toward(row.get("t_toward", row["toward"]), np.where(here, deep * size, 0))
        up = np.where(recent, 0.05 + 0.16 * extent, np.where(subacute, 0.025, 0.0))
        st += toward(row["toward"], np.where(here, up, 0))
    return _spread(t), st


def _ischaemia(state: State, size: Row) -> Change:
    """ST away from the wall that lacks blood, and T with it; some have mostly the one, some the other."""
    c, mix = state.conditions, state.conditions.detail["ischaemia"]
    t, st = np.zeros((len(size), 3)), np.zeros((len(size), 3))
    for row in table("territories")["ischaemia"]:
        amount = c[str(row["name"])]
        here = amount > 0
        st -= toward(row["toward"], np.where(here, float(row["st"]) * (0.2 + 0.8 * amount) * (1.25 - 0.8 * mix), 0))
        t -= toward(
            row["toward"], np.where(here, float(row["t"]) * (0.3 + 0.7 * amount) * (0.25 + 0.9 * mix) * size, 0)
        )
    return _spread(t), st


def _simple(state: State) -> Change:
    """What a simple simulator knows of ischaemia: one depth of ST depression away from the left ventricle."""
    names = [str(row["name"]) for row in table("territories")["ischaemia"]]
    st = -toward([0.80, 0.45, -0.38], np.where(state.conditions.has(*names), 0.09, 0))
    return np.zeros((len(st), 3, 3)), st


def _inflamed(state: State, size: Row) -> Change:
    """Pericarditis: ST up towards the whole left ventricle, T turning down as it ages (Spodick, 1976)."""
    c, age = state.conditions, state.conditions.detail["st_up"]
    amount = np.where(c.has("pericarditis"), 0.07 + 0.15 * c["pericarditis"], 0)
    direction = [0.72, 0.62, -0.30]
    return _spread(-toward(direction, np.where(amount > 0, 1.3 * np.clip(age - 0.6, 0, 1), 0) * size)), toward(
        direction, amount * np.clip(1.6 - age, 0, 1)
    )


def _strain(state: State, size: Row, chance: Row) -> Change:
    """A thick left ventricle: ST and T turn away from the left, in part of the patients."""
    thick = np.clip(0.35 * (state.chambers.hypertrophy - 1.1), 0, 1.5) * state.dials.link
    amount = np.where(chance < 0.65, thick, 0.2 * thick) + 0.9 * state.conditions["hcm"] + 0.3 * state.conditions["dcm"]
    direction = [0.92, 0.25, 0.10]
    return _spread(-toward(direction, 1.1 * np.clip(amount, 0, 1.6) * size)), -toward(
        direction, 0.12 * np.clip(amount, 0, 1.4)
    )


def _right_strain(state: State, size: Row) -> Change:
    """A loaded right ventricle turns T away from itself."""
    load = state.conditions["rv_overload"]
    return _spread(-toward([-0.45, 0.25, -0.85], 1.3 * load * size)), -toward([-0.4, 0.2, -0.9], 0.04 * load)


def _minor(state: State, size: Row) -> Change:
    """Slight ST depression without a territory."""
    amount = state.conditions["minor_st"]
    vector = toward([0.7, 0.5, -0.35], np.where(amount > 0, 0.05 + 0.06 * amount, 0))
    return _spread(-toward([0.7, 0.4, -0.3], 0.35 * amount * size)), -vector


def _drugs(state: State, size: Row) -> Change:
    """Digitalis scoops the ST segment; low potassium lowers it and fills U."""
    glycoside, potassium = state.conditions["digitalis"], state.conditions["hypokalaemia"]
    depth = np.where(glycoside > 0, 0.06 + 0.09 * glycoside, 0) + 0.05 * potassium
    return _spread(-toward([0.7, 0.45, -0.4], 0.55 * (glycoside > 0) * size)), -toward([0.75, 0.5, -0.3], depth)


def _flattening(state: State) -> NDArray[np.float64]:
    """Factor on T (n, 3) of non-diagnostic abnormalities and low potassium.

    A flat T is flat throughout (less so in front) in half of the patients, else in left, lower or front leads alone.
    """
    c = state.conditions
    if not state.dials.keeps("st-t"):
        return np.ones((len(state.numbers), 3))
    flat, one = 0.62 - 0.85 * c["flat_t"], np.ones(len(state.numbers))
    less = flat - 0.25
    kinds = np.stack([(flat, flat, 0.45 + 0.55 * flat), (less, one, one), (one, less - 0.3, one), (one, one, less)])
    kind = np.searchsorted(FLAT_PLACES, c.detail["recovery"])
    potassium = np.where(c.has("hypokalaemia"), 0.5 - 0.3 * c["hypokalaemia"], 1.0)
    own = np.where(c.has("flat_t"), kinds[kind, :, np.arange(len(kind))].T, potassium)
    return np.asarray(own.T)


def _tall(state: State) -> Row:
    """Factor on the normal T of early repolarisation and high potassium."""
    c = state.conditions
    return np.asarray(
        (1 + 0.2 * c.has("early_repolarisation") + 0.3 * c["early_repolarisation"])
        * np.where(c.has("hyperkalaemia"), 1.5 + 1.3 * c["hyperkalaemia"], 1.0)
    )


def _tent(state: State) -> Row:
    """Factor on the width of T: narrow and pointed where potassium is high (Surawicz and Knilans, 2008)."""
    high = state.conditions["hyperkalaemia"]
    return np.where(high > 0, 0.80 - 0.15 * high, 1.0)


def _j_wave(state: State, beat: Activation) -> Waves:
    """The notch at the end of QRS in early repolarisation (Macfarlane et al., 2015)."""
    amount = state.conditions["early_repolarisation"]
    height = np.where(amount > 0.4, 0.08 + 0.14 * amount, 0.0)
    return single(beat.waves.offset - 0.004, 0.006, toward([0.75, 0.65, -0.10], height))


def _u_wave(state: State, peak: Row, size: Row) -> Waves:
    potassium = state.conditions["hypokalaemia"]
    height = 0.03 * size + np.where(potassium > 0, 0.05 + 0.10 * potassium, 0)
    return single(peak + 0.165, 0.032, toward([0.5, 0.25, -0.75], height))
