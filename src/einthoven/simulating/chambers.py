"""The heart's chambers: volumes, mass and function, linked to the body and to what is the matter."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from einthoven.simulating.body import Body
from einthoven.simulating.conditions import Conditions
from einthoven.simulating.streams import Row, chances

__all__ = ["PHENOTYPES", "Chambers", "chambers"]

PHENOTYPES = ("LVEDV", "LVESV", "LVSV", "LVEF", "LVCO", "LVM", "RVEDV", "RVESV", "RVSV", "RVEF")
"""Volumes in ml, fractions in %, output in l/min, mass in g."""

INFARCTS = ("anteroseptal_infarct", "anterior_infarct", "anterolateral_infarct", "lateral_infarct",
            "inferior_infarct", "inferolateral_infarct", "inferoposterior_infarct", "posterior_infarct")  # fmt: skip


@dataclass(frozen=True)
class Chambers:
    """True volumes (ml) and mass (g), their departures from what the body explains, and the phenotypes as reported.

    Args:
        dilation: log LVEDV over the sex's mean, in standard deviations.
        hypertrophy: log LV mass over the sex's mean, in standard deviations.
        right: log RVEDV over the sex's mean, in standard deviations.
        contractility: LVEF from 60 %, in standard deviations.
        right_function: RVEF from 56 %, in standard deviations.
        atrium: left atrial size, 1 = normal.
        scar: infarcted share of the left ventricle.
        reported: name -> value, with the noise of a human segmentation.
    """

    lvedv: Row
    lvef: Row
    lvm: Row
    rvedv: Row
    rvef: Row
    dilation: Row
    hypertrophy: Row
    right: Row
    contractility: Row
    right_function: Row
    atrium: Row
    scar: Row
    reported: dict[str, Row]


def chambers(seed: int, numbers: Sequence[int], body: Body, conditions: Conditions, *, rate: Row) -> Chambers:
    """Draw the chambers: log-linear in body surface, age, rate, fitness and disease.

    Coefficients: the prototype's, calibrated to Petersen et al. (2017) and to the statistics of the UK Biobank's
    manual analysis; the rate effect is Petersen's too. Ages outside 45-82 extrapolate.
    """
    z = chances(
        seed, numbers, "chambers", normal=("volume", "mass", "function", "stroke", "right", "atrium", *_READERS)
    )
    c, decade, size, fast = conditions, body.decade, body.size, np.clip((rate - 63.5) / 10.5, -2.6, 4)
    pressure = (body.sbp - 140) / 18
    scar = 0.04 + 0.26 * c.share(*INFARCTS)
    scar = np.where(c.has(*INFARCTS), scar, 0.0)
    excess = 0.05 * body.fitness + 0.13 * z["volume"] - 0.062 * fast - 0.032 * decade
    excess = excess + 0.32 * c.has("dcm") + 0.55 * scar - 0.06 * c.has("hcm") + 0.07 * c.has("lbbb")
    lvedv = np.where(body.male, 160.0, 124.5) * np.exp(size + excess)
    lvef = np.where(body.male, 58.6, 61.6) - 6.0 * excess + 3.9 * z["function"] - 0.4 * fast - 17 * c.has("dcm")
    lvef = np.clip(lvef - 40 * scar - 5 * c.has("lbbb") - 3 * c.has("afib") + 3 * c.has("hcm"), 15, 78)
    thick = 0.8 * size + 0.38 * excess + 0.045 * pressure + 0.02 * body.fitness + 0.105 * z["mass"]
    thick = thick + 0.35 * c.has("hcm") + 0.10 * c.has("dcm") + 0.03 * scar
    thick = thick + np.where(c.has("lvh"), 0.18 + 0.30 * c["lvh"], 0)
    stroke = lvedv * lvef / 100
    right_stroke = stroke * np.exp(0.045 * z["stroke"])
    rvef = np.where(body.male, 54.2, 58.8) + 0.5 * (lvef - np.where(body.male, 57.8, 61.2)) + 3.6 * z["right"]
    rvef = np.clip(rvef - 0.25 * fast - 7 * c.has("rv_overload") - 0.72 * body.fitness, 18, 78)
    rvedv = right_stroke / rvef * 100
    atrium = np.exp(0.15 * z["atrium"] + 0.08 * decade + 0.06 * pressure + 0.35 * c.has("afib") + 0.5 * excess)
    lvm = np.where(body.male, 100.0, 69.0) * np.exp(thick)
    return Chambers(
        lvedv=lvedv,
        lvef=lvef,
        lvm=lvm,
        rvedv=rvedv,
        rvef=rvef,
        dilation=(size + excess) / 0.19,
        hypertrophy=thick / 0.17,
        right=np.log(rvedv / np.where(body.male, 175.0, 131.0)) / 0.18,
        contractility=(lvef - 60) / 6,
        right_function=(rvef - 56) / 6,
        atrium=atrium * np.where(c.has("la_large"), 1.35 + 0.4 * c["la_large"], 1.0),
        scar=scar,
        reported=_reported((lvedv, stroke, lvm, rvedv, right_stroke), rate, z),
    )


_READERS = ("read LVEDV", "read LVESV", "read LVM", "read RVEDV", "read RVESV")
_READER_NOISE = (0.035, 0.06, 0.05, 0.045, 0.07)


def _reported(true: Sequence[Row], rate: Row, z: Mapping[str, Row]) -> dict[str, Row]:
    """Add the noise of segmentation to the volumes and derive the rest, so that SV = EDV - ESV and EF = SV / EDV."""
    lvedv, stroke, lvm, rvedv, right_stroke = true
    blurred = [np.exp(noise * z[name]) for name, noise in zip(_READERS, _READER_NOISE, strict=True)]
    edv, esv, mass, right_edv, right_esv = (
        value * blur
        for value, blur in zip((lvedv, lvedv - stroke, lvm, rvedv, rvedv - right_stroke), blurred, strict=True)
    )
    left, right = edv - esv, right_edv - right_esv
    values = (
        edv,
        esv,
        left,
        100 * left / edv,
        left * rate / 1000,
        mass,
        right_edv,
        right_esv,
        right,
        100 * right / right_edv,
    )
    return dict(zip(PHENOTYPES, values, strict=True))
