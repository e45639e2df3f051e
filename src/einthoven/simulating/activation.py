"""Activation: the QRS of each patient, by conduction pattern, axis, size and scar. One finding, one small function."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from einthoven.simulating.chambers import INFARCTS
from einthoven.simulating.conditions import table
from einthoven.simulating.state import State
from einthoven.simulating.streams import Row, chances
from einthoven.simulating.waves import Waves, join, single, toward, turned

__all__ = ["Activation", "activation"]

BASE_FRONTAL = np.deg2rad(33.0)
"""The frontal angle of the normal pattern's area, from which other axes are reached by turning."""
BASE_DURATION = 0.101
"""Seconds of QRS that scale 1 of the normal pattern stands for; men have 95 ms, women 87 (Rijnbeek et al., 2014)."""
WAVES = 10
ROUGHNESS = np.array([0.03, 0.05, 0.12, 0.12, 0.10, 0.09, 0.05, 0.03])[:, None]
"""SD in mV of what makes each vector of each patient his own, wave by wave."""
BLUNT = 1.35
"""How much wider the waves of a simple simulator are (its crude QRS measured 24 ms longer)."""
SPLINTERED, SPLINTERED_SCAR = 0.07, 0.35
"""Shares of patients with a fragmented QRS, without and with an infarct (Das et al., 2006; Terho et al., 2014)."""
_PATTERNS = ("lbbb", "rbbb", "incomplete_rbbb")


@dataclass(frozen=True)
class Activation:
    """The QRS waves, the area that a detour of conduction added (mV s, shape (n, 3)) and the size of the heart's field.

    Args:
        waves: Gaussian waves of the QRS.
        detour: area with the block minus area without, which recovery answers (Wilson's ventricular gradient).
        gain: 1 for a person of 40 years, shape (n,).
    """

    waves: Waves
    detour: NDArray[np.float64]
    gain: Row


@lru_cache
def _pattern(name: str) -> NDArray[np.float64]:
    rows = {str(row["name"]): row["waves"] for row in table("waves")["pattern"]}
    return np.array(rows[name], float) * [1e-3, 1e-3, 1, 1, 1]


def activation(state: State) -> Activation:
    """Return the QRS of every patient."""
    z = chances(
        state.seed, state.numbers, "activation",
        normal=("gain", "frontal", "horizontal", "duration", "block", "septal", "back", "basal", *_ROUGH),
        uniform=("delta", "notch", "splinters", "splinter size", "splinter time", "splinter angle"),
    )  # fmt: skip
    gain = _gain(state, z)
    pattern = np.broadcast_to(_pattern("normal"), (len(gain), WAVES, 5)).copy()
    if state.dials.keeps("qrs shape"):
        _make_own(pattern, state, z)
    else:
        pattern[:, :, 1] *= BLUNT
    scale = _duration(state, z) / BASE_DURATION
    plain = _shaped(pattern, scale, gain, state, z)
    blocked = _shaped(_blocked(pattern, state, z), _block_scale(scale, state, z), gain, state, z)
    extra = [
        _delta(state, gain, z),
        _last_fascicle(state, gain),
        _notch(state, gain, blocked, z),
        _right_heart(state, gain),
        _thick_left(state, gain),
    ]
    whole = join(blocked, *extra)
    detour = whole.area - plain.area
    waves = join(_scarred(whole, state), *_loss(state, gain), *_splinters(state, gain, z))
    return Activation(waves, detour, gain)


_ROUGH = tuple(f"rough {wave}{axis}" for wave in range(8) for axis in "xyz")
"""What makes every QRS its own: each vector's own departure (8 waves of 3 axes)."""


def _make_own(pattern: NDArray[np.float64], state: State, z: Mapping[str, Row]) -> None:
    """Give each patient septal, posterior and basal forces and details of his own, in place."""
    pattern[:, 1, 2:] *= (np.exp(0.45 * z["septal"]) * (1 + 1.2 * state.conditions["hcm"]))[:, None]
    pattern[:, 4, 2:] *= np.exp(0.30 * z["back"])[:, None]
    pattern[:, 5, 2:] *= _basal(state, z)[:, None]
    own = np.stack([z[name] for name in _ROUGH], 1).reshape(-1, len(ROUGHNESS), 3)
    pattern[:, : len(ROUGHNESS), 2:] += own * ROUGHNESS


def _gain(state: State, z: Mapping[str, Row]) -> Row:
    """Scale of the field: -6 % a decade (Vitelli et al., 1998), lower with BMI, higher with LV mass; low-voltage rows.

    The spread of 0.22 is that of the longest QRS vector in PTB-XL's normals less what age explains.
    """
    frame, hearts, link = state.body, state.chambers, state.dials.link
    log = (
        0.19
        + 0.02 * frame.male
        - 0.055 * (frame.decade + 2.2)
        - 0.055 * frame.plump
        + 0.03 * frame.fitness
        + 0.22 * z["gain"]
    )
    log = (
        log
        + np.where(state.conditions.has("lvh"), 0.20 + 0.28 * state.conditions["lvh"], 0.0)
        + link * (0.060 * hearts.hypertrophy + 0.020 * hearts.dilation)
    )
    low = state.conditions["low_voltage"]
    return np.asarray(np.exp(np.where(low > 0, np.minimum(log, 0.1) - 0.75 - 0.4 * low, log)))


def _duration(state: State, z: Mapping[str, Row]) -> Row:
    """QRS duration in seconds without a block: sex, height, LV size and function (link), spread 8 ms."""
    frame, hearts, link, c = state.body, state.chambers, state.dials.link, state.conditions
    tall = (frame.height - np.where(frame.male, 176, 163)) / 6.4
    ms = 87 + 8 * frame.male + 1.5 * tall + 0.5 * frame.decade + 7.5 * z["duration"]
    ms = ms + link * (1.4 * hearts.dilation + 1.0 * hearts.hypertrophy - 1.2 * hearts.contractility)
    ms = ms + 2 * c.has("lafb") + 3 * c.has("lpfb")
    ms = np.where(c.has("ivcd"), np.maximum(ms, 100) + 10 + 22 * c["ivcd"], ms)
    ms = ms * (1 + 0.35 * c["hyperkalaemia"])
    return np.asarray(np.clip(ms, 68, 150) / 1000)


def _basal(state: State, z: Mapping[str, Row]) -> Row:
    """Factor on the terminal rightward-posterior force, larger where the right ventricle is large or weak."""
    hearts = state.chambers
    return np.asarray(
        np.exp(0.35 * z["basal"] - state.dials.link * (0.16 * hearts.right_function - 0.06 * hearts.right))
    )


def _blocked(pattern: NDArray[np.float64], state: State, z: Mapping[str, Row]) -> NDArray[np.float64]:
    """Blend each patient's normal pattern with that of his block."""
    c = state.conditions
    vary = float(state.dials.keeps("qrs shape"))
    amount = {
        "lbbb": c.has("lbbb") * (0.93 + 0.22 * vary * (c["lbbb"] - 0.5)) + 0.45 * c.has("incomplete_lbbb"),
        "rbbb": c.has("rbbb") * (0.90 + 0.4 * vary * (c["rbbb"] - 0.5)),
        "incomplete_rbbb": np.where(c.has("incomplete_rbbb"), 0.30 + 0.60 * c["incomplete_rbbb"], 0.0),
    }
    out, normal = pattern, _pattern("normal")
    for name, share in amount.items():
        own = np.where(name == "lbbb", 0.5, 1.0)  # a left bundle block overrules the patient's own details
        departure = (pattern - normal) * own
        target = _pattern(name) + departure
        out = np.where(share[:, None, None] > 0, pattern + share[:, None, None] * (target - pattern), out)
    rough = 1 + 0.10 * z["block"][:, None]
    wide = c.has(*_PATTERNS)[:, None]
    out[:, :, 2] = np.where(wide, out[:, :, 2] * rough, out[:, :, 2])
    return out


def _block_scale(scale: Row, state: State, z: Mapping[str, Row]) -> Row:
    """Time scale of a blocked beat: its length hardly depends on the patient's own QRS."""
    c, own = state.conditions, 1 + 0.4 * (scale - 1)
    wide = np.where(c.has("lbbb", "rbbb"), own * (1 + 0.06 * z["block"]), scale)
    return np.asarray(np.where(c.has("incomplete_lbbb", "incomplete_rbbb"), np.clip(own, 0.9, 1.06), wide))


def _shaped(pattern: NDArray[np.float64], scale: Row, gain: Row, state: State, z: Mapping[str, Row]) -> Waves:
    vector = turned(pattern[:, :, 2:], frontal=_frontal(state, z), horizontal=_horizontal(state, z))
    c = state.conditions
    first = np.array([0.10, 0.32, 0.0]) * c.has("lafb")[:, None] - np.array([0.0, 0.16, 0.0]) * c.has("lpfb")[:, None]
    vector[:, 1:3] += first[:, None]  # a fascicular block begins opposite to where it ends
    time, width = (pattern[:, :, column] * scale[:, None] for column in (0, 1))
    return Waves(time, width, vector * (gain * (1 - 0.12 * c.has("lafb")))[:, None, None])


def _frontal(state: State, z: Mapping[str, Row]) -> Row:
    """Angle to turn in the frontal plane: leftward with age and BMI, fascicular blocks and a loaded right ventricle."""
    frame, hearts, link, c = state.body, state.chambers, state.dials.link, state.conditions
    degrees = -4.0 * (frame.decade + 2.2) - 6 * frame.plump - 4 * frame.male + 12.5 * z["frontal"]
    degrees = degrees + link * (3.0 * hearts.right - 1.0 * hearts.hypertrophy - 2.5 * hearts.right_function)
    degrees = np.where(c.has("rv_overload"), degrees + 45 + 35 * c["rv_overload"], degrees)
    degrees = np.where(c.has("lafb"), -64 - 26 * c["lafb"] + 6 * z["frontal"], degrees)
    degrees = np.where(c.has("lpfb"), 62 + 26 * c["lpfb"] + 6 * z["frontal"], degrees)
    return np.asarray(np.deg2rad(np.where(c.has("lbbb"), 0.6 * degrees, degrees)))


def _horizontal(state: State, z: Mapping[str, Row]) -> Row:
    frame, hearts, link, c = state.body, state.chambers, state.dials.link, state.conditions
    degrees = 3.0 + 3.0 * frame.male + 2.5 * frame.plump + 3.0 * frame.decade + 4 * c.burden + 16 * z["horizontal"]
    degrees = degrees + link * (3.0 * hearts.hypertrophy - 3.5 * hearts.right)
    degrees = degrees + (5 + 10 * c["lvh"]) * c.has("lvh") - 25 * c.has("rv_overload") - 28 * c.has("lafb")
    degrees = degrees if state.dials.keeps("progression") else degrees + 30
    return np.asarray(np.deg2rad(np.where(c.has("lbbb", "rbbb"), 0.5 * degrees, degrees)))


def _delta(state: State, gain: Row, z: Mapping[str, Row]) -> Waves:
    """The slow start of pre-excitation: left, and down or up by where the pathway lies."""
    c, place = state.conditions, z["delta"]
    vector = np.stack([0.20 + 0.1 * place, 0.30 - 0.6 * place, -0.22 + 0.1 * place], 1)
    strength = np.where(c.has("preexcitation"), (0.6 + 0.9 * c["preexcitation"]) * gain, 0.0)
    early = single(-0.048, 0.011, toward(vector, 0.8 * strength))
    return join(early, single(-0.030, 0.012, toward(vector, 1.2 * strength)))


def _notch(state: State, gain: Row, beat: Waves, z: Mapping[str, Row]) -> Waves:
    """A late splinter of unspecific delay."""
    c, angle = state.conditions, 2 * np.pi * z["notch"]
    vector = np.stack([np.cos(angle), 0.6 * np.sin(angle), 0.5 * np.sin(2 * angle)], 1)
    strength = np.where(c.has("ivcd"), (0.15 + 0.2 * c["ivcd"]) * gain, 0.0)
    return single(beat.time[:, 6] + 0.010, 0.009, toward(vector, strength))


def _splinters(state: State, gain: Row, z: Mapping[str, Row]) -> list[Waves]:
    """A fragmented QRS: a small sharp force and its answer 9 ms later, more often where there is scar."""
    scarred = state.conditions.has(*INFARCTS)
    here = z["splinters"] < np.where(scarred, SPLINTERED_SCAR, SPLINTERED)
    here &= state.dials.keeps("qrs shape")
    angle, size = 2 * np.pi * z["splinter angle"], np.where(here, (0.10 + 0.22 * z["splinter size"]) * gain, 0.0)
    vector = np.stack([np.cos(angle), 0.7 * np.sin(angle), 0.6 * np.cos(2 * angle)], 1)
    when = -0.018 + 0.050 * z["splinter time"]
    return [single(when, 0.0042, toward(vector, size)), single(when + 0.009, 0.0042, toward(vector, -0.8 * size))]


def _last_fascicle(state: State, gain: Row) -> Waves:
    """In a left anterior block the wall above is last: a late force up, right and back (S in V5 and V6)."""
    late = np.where(state.conditions.has("lafb"), (0.32 + 0.25 * state.conditions["lafb"]) * gain, 0.0)
    return single(0.024, 0.0085, toward([-0.90, -0.55, 0.05], late))


def _right_heart(state: State, gain: Row) -> Waves:
    """The forces of a loaded right ventricle: right and forward, with the main complex and after it."""
    load = np.where(state.conditions.has("rv_overload"), (0.35 + 0.65 * state.conditions["rv_overload"]) * gain, 0.0)
    main = single(0.004, 0.009, toward([-0.35, 0.05, -0.55], load))
    return join(main, single(0.026, 0.010, toward([-0.40, 0.05, 0.05], load)))


LARGE = 0.85
"""The one size of infarcts in a simple simulator."""


def _thick_left(state: State, gain: Row) -> Waves:
    """A thick left ventricle is still active when the right one is done: the S in I and V6 fills up."""
    amount = np.where(state.conditions.has("lvh"), (0.22 + 0.25 * state.conditions["lvh"]) * gain, 0.0)
    return single(0.021, 0.0085, toward([0.85, 0.10, 0.30], amount))


def _loss(state: State, gain: Row) -> list[Waves]:
    """The forces an infarct takes away, as waves that point away from the dead wall during the first 40 ms."""
    direction, depth, late = np.zeros((len(gain), 3)), np.zeros(len(gain)), np.zeros(len(gain))
    for row in table("territories")["infarct"]:
        size = state.conditions[str(row["name"])]
        here = size > 0
        size = size if state.dials.keeps("infarcts") else np.where(here, LARGE, 0.0)
        direction[here] = row["toward"]
        depth[here] = float(row["depth"]) * (0.12 + 0.88 * size[here])
        late[here] = float(row["late"]) / 1000
    lost = -toward(direction, depth * gain)
    after = toward(direction * [0.3, 0.0, 1.0], -0.7 * depth * gain)  # without a front wall, forces point back for long
    return [
        single(late - 0.021, 0.0075, 0.8 * lost),
        single(late - 0.006, 0.0075, 0.8 * lost),
        single(late + 0.010, 0.0080, after),
    ]


def _scarred(beat: Waves, state: State) -> Waves:
    """Weaken what is left: scar makes no voltage."""
    return Waves(beat.time, beat.width, beat.vector * np.clip(1 - 0.5 * state.chambers.scar, 0.6, 1)[:, None, None])
