"""Labels: SCP codes of PTB-XL, decided from what was drawn. One code, one small rule.

Likelihoods follow PTB-XL: diagnostic codes carry 15, 35, 50, 80 or 100 %; codes of form and rhythm carry 0, which means
"present, likelihood not stated". A finding that the patient has but the drawn beat does not show gets no code.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from einthoven.recording import LEADS
from einthoven.simulating.conditions import Conditions
from einthoven.simulating.ecg import Plan
from einthoven.simulating.measuring import Measured
from einthoven.simulating.state import State
from einthoven.simulating.streams import Row, chances

__all__ = ["RULES", "labels"]

Truth = NDArray[np.bool_]
ANTERIOR, INFERIOR, LATERAL = ("V1", "V2", "V3", "V4"), ("II", "III", "aVF"), ("I", "aVL", "V5", "V6")
VIEWS = tuple(lead for lead in LEADS if lead != "aVR")
"""Leads in which ST depression and T inversion count."""


@dataclass(frozen=True)
class Page:
    """What a rule may look at: measures first, the latent finding where measures alone do not tell causes apart."""

    m: Measured
    c: Conditions
    state: State
    mode: NDArray[np.str_]
    dice: Mapping[str, Row]

    @property
    def plain(self) -> Truth:
        """Who is conducted in the usual way, so that Q waves, voltages and T waves mean what they say."""
        return ~self.c.has("lbbb", "preexcitation", "paced") & (self.mode != "av_block_3")


def _likely(score: Row, edges: tuple[float, ...], steps: tuple[float, ...]) -> Row:
    """Return the step of the highest edge that `score` reaches, NaN below the first."""
    out = np.full(len(score), np.nan)
    for edge, step in zip(edges, steps, strict=True):
        out = np.where(score >= edge, step, out)
    return out


def _when(condition: Truth, likelihood: float) -> Row:
    return np.where(condition, likelihood, np.nan)


# rhythm -------------------------------------------------------------------------------------------------------------


def _sinus(p: Page) -> Truth:
    return p.mode == "sinus"


def _fast(p: Page) -> Truth:
    return _sinus(p) & (p.m.rate > 99 + 4 * (p.dice["rate"] - 0.5))


def _slow(p: Page) -> Truth:
    """Readers write bradycardia the more surely the slower it is, from 60 down (most of PTB-XL's 55-60 are not labelled)."""
    return _sinus(p) & (p.m.rate < 60) & (p.dice["rate"] < (60 - p.m.rate) / 9)


def _arrhythmic(p: Page) -> Truth:
    return (
        _sinus(p)
        & ~_fast(p)
        & ~_slow(p)
        & (p.m.irregularity > 0.075 + 0.03 * p.dice["rhythm"])
        & (p.m.early_beats == 0)
    )


def _pattern(p: Page, name: str) -> Truth:
    return p.c.has(name) & np.isin(p.mode, ("sinus", "afib")) & (p.m.wide_beats + p.m.early_beats > 1)


def _ventricular(p: Page) -> Row:
    return _when((p.m.wide_beats > 0) & np.isin(p.mode, ("sinus", "afib")), 100)


# conduction ---------------------------------------------------------------------------------------------------------


def _first_degree(p: Page) -> Truth:
    return _sinus(p) & ~p.c.has("preexcitation") & (p.m.pr > 0.204 + 0.012 * p.dice["pr"])


def _prolonged(p: Page) -> Truth:
    return _sinus(p) & ~p.c.has("preexcitation") & (p.m.pr > 0.198) & (p.dice["pr form"] < 0.42)


def _left_block(p: Page) -> Row:
    return _when(p.c.has("lbbb") & (p.m.qrs >= 0.12) & (p.mode != "paced"), 100)


def _right_block(p: Page) -> Row:
    return _when(
        p.c.has("rbbb") & (p.m.qrs >= 0.118) & (p.m.lead("r_late", "V1")[:, 0] > 0.1) & (p.mode != "paced"), 100
    )


def _right_delay(p: Page) -> Row:
    late = p.m.lead("r_late", "V1")[:, 0]
    shown = (p.c.has("incomplete_rbbb") & (late > 0.05)) | (p.c.has("rbbb") & (p.m.qrs < 0.118))
    return _when(shown & (p.mode != "paced"), 100)


def _unspecific_delay(p: Page) -> Row:
    return _when(p.c.has("ivcd") & (p.m.qrs >= 0.105) & (p.mode != "paced"), 100)


def _left_anterior(p: Page) -> Row:
    return _when(p.c.has("lafb") & p.plain & (p.m.axis < -38), 100)


def _left_posterior(p: Page) -> Row:
    return _when(p.c.has("lpfb") & p.plain & (p.m.axis > 88), 100)


# chambers -----------------------------------------------------------------------------------------------------------


def _voltage(p: Page) -> Row:
    """How far voltages reach a criterion: Sokolow-Lyon 3.5 mV (4.5 below 40 years), Cornell 2.8 mV in men, 2.0 in women."""
    young = p.state.body.age < 40
    sokolow = p.m.lead("s", "V1")[:, 0] + p.m.lead("r", "V5", "V6").max(1)
    cornell = p.m.lead("r", "aVL")[:, 0] + p.m.lead("s", "V3")[:, 0]
    limit = np.where(p.state.body.male, 2.8, 2.0)
    return np.where(p.plain & ~p.c.has("rbbb"), np.maximum(sokolow / np.where(young, 4.5, 3.5), cornell / limit), 0)


def _strained(p: Page) -> Truth:
    return (p.m.lead("t", "I", "V5", "V6").min(1) < 0.02) | (p.m.lead("st", "I", "V5", "V6").min(1) < -0.04)


def _left_hypertrophy(p: Page) -> Row:
    score = _voltage(p) + 0.15 * _strained(p) + 0.12 * (p.dice["lvh"] - 0.5)
    return _likely(score, (1.0, 1.06, 1.12, 1.2), (35, 50, 80, 100))


def _right_hypertrophy(p: Page) -> Row:
    first = p.m.lead("r", "V1")[:, 0]
    score = (
        (first > 0.5) * 1.0 + (first > p.m.lead("s", "V1")[:, 0]) + (p.m.axis > 95) + (p.m.lead("s", "V6")[:, 0] > 0.4)
    )
    return np.where(
        p.c.has("rv_overload") & p.plain & ~p.c.has("rbbb"), _likely(score, (1, 2, 3), (50, 100, 100)), np.nan
    )


def _low(p: Page) -> Truth:
    total = p.m.r + np.maximum(p.m.s, p.m.q)
    limb, chest = total[:, :6].max(1), total[:, 6:].max(1)
    return p.plain & (limb < 0.55) & ((chest < 1.1) | (p.dice["low"] < 0.4))


def _left_atrium(p: Page) -> Row:
    score = (p.m.p_duration > 0.118) * 1.0 + (p.m.lead("p_end", "V1")[:, 0] < -0.075) + (p.m.p_duration > 0.13)
    return np.where(p.mode == "sinus", _likely(score + 0.5 * p.c.has("la_large"), (2, 2.5), (50, 100)), np.nan)


def _right_atrium(p: Page) -> Row:
    tall = p.m.lead("p", "II")[:, 0] + 0.02 * (p.dice["low"] - 0.5)
    return np.where(p.mode == "sinus", _likely(tall, (0.235, 0.25), (50, 100)), np.nan)


# infarction ---------------------------------------------------------------------------------------------------------


def _q_leads(p: Page, leads: tuple[str, ...]) -> Row:
    """Count the leads with a Q wave of 30 ms (near it counts half) and a quarter of R."""
    q, time, r = p.m.lead("q", *leads), p.m.lead("q_time", *leads), p.m.lead("r", *leads)
    deep = (q > 0.08) & (q > 0.2 * r)
    return np.asarray(((deep & (time >= 0.030)) + 0.5 * (deep & (time >= 0.022) & (time < 0.030))).sum(1))


def _anterior_score(p: Page) -> Row:
    """Count the right chest leads whose R is lost (V1 alone says nothing)."""
    r, q = p.m.lead("r", *ANTERIOR), p.m.lead("q", *ANTERIOR)
    lost = (q > 0.06) & (p.m.lead("q_time", *ANTERIOR) > 0.015) | (r < [0.03, 0.10, 0.22, 0.30])
    return np.asarray((lost * [0.5, 1, 1, 1]).sum(1))


def _raised(p: Page, leads: tuple[str, ...]) -> Row:
    return np.asarray((p.m.lead("st", *leads) > 0.09).sum(1))


def _infarct(name: str, kind: str) -> Callable[[Page], Row]:
    """Make the rule of one territory: what the leads that look at it show decides how likely it is called."""

    def rule(p: Page) -> Row:
        if kind == "anterior":
            score = _anterior_score(p) + (_raised(p, ("V2", "V3", "V4")) > 1) + 0.5 * (_q_leads(p, LATERAL) > 0)
        elif kind == "inferior":
            score = _q_leads(p, INFERIOR) + (_raised(p, INFERIOR) > 1) + 0.5 * (_q_leads(p, ("V5", "V6")) > 0)
        elif kind == "lateral":
            score = _q_leads(p, LATERAL) + (_raised(p, LATERAL) > 1)
        else:
            first, second = p.m.lead("r", "V1", "V2").T
            score = 1.0 * (first > p.m.lead("s", "V1")[:, 0]) + (second > p.m.lead("s", "V2")[:, 0]) + (first > 0.5)
        score = score + 0.6 * (p.c[name] > 0.55) + 0.6 * (p.dice["infarct"] - 0.5)
        return np.where(p.c.has(name) & p.plain, _likely(score, (0.45, 0.75, 1.1, 1.6), (15, 35, 50, 100)), np.nan)

    return rule


def _doubted_inferior(p: Page) -> Row:
    """Q waves in inferior leads without an infarct: some readers write "cannot be excluded"."""
    score = _q_leads(p, INFERIOR) - 1.2 * p.dice["infarct"]
    return np.where(p.plain & ~p.c.has(*_ALL_INFARCTS), _likely(score, (0.6, 1.6), (15, 50)), np.nan)


def _doubted_anterior(p: Page) -> Row:
    """Slow R progression without an infarct."""
    score = _anterior_score(p) - 1.6 * p.dice["infarct"]
    return np.where(p.plain & ~p.c.has(*_ALL_INFARCTS), _likely(score, (0.7, 1.7), (15, 50)), np.nan)


def _first_of(*rules: Callable[[Page], Row]) -> Callable[[Page], Row]:
    def rule(p: Page) -> Row:
        return np.nanmax([np.where(np.isnan(found), -1, found) for found in (one(p) for one in rules)], axis=0)

    return lambda p: np.where(rule(p) < 0, np.nan, rule(p))


# recovery -----------------------------------------------------------------------------------------------------------


def _down(p: Page, leads: tuple[str, ...], depth: float) -> Row:
    return np.asarray((p.m.lead("st", *leads) < -depth).sum(1))


def _inverted(p: Page, leads: tuple[str, ...], depth: float) -> Row:
    return np.asarray((p.m.lead("t", *leads) < -depth).sum(1))


def _ischaemia(name: str, leads: tuple[str, ...]) -> Callable[[Page], Row]:
    def rule(p: Page) -> Row:
        score = (
            _down(p, leads, 0.035)
            + _inverted(p, leads, 0.06)
            + 0.5 * _down(p, leads, 0.07)
            + 0.8 * (p.dice["st"] - 0.5)
        )
        return np.where(p.c.has(name) & p.plain, _likely(score, (0.6, 1.4), (50, 100)), np.nan)

    return rule


def _injury(name: str, leads: tuple[str, ...]) -> Callable[[Page], Row]:
    def rule(p: Page) -> Row:
        return np.where(p.c.has(name) & p.plain, _likely(_inverted(p, leads, 0.12), (1, 2), (50, 100)), np.nan)

    return rule


_LEFT_LEADS = ("I", "II", "aVL", "V4", "V5", "V6")


def _causeless(p: Page) -> Truth:
    """Whose ST and T have no other name: no block, no ischaemia, no infarct, no drug."""
    named = [row for row in p.c.severity if row.endswith(("_ischaemia", "_injury"))]
    return p.plain & ~p.c.has("rbbb", "digitalis", "hypokalaemia", "rv_overload", "hcm", *named)


def _flat(p: Page) -> Row:
    """Count left leads whose T is lower than a tenth of R, flat or slightly inverted."""
    t, r = p.m.lead("t", *_LEFT_LEADS), p.m.lead("r", *_LEFT_LEADS)
    return np.asarray(((t < 0.1 * np.maximum(r, 0.5)) & (t > -0.25) & (r > 0.25)).sum(1))


def _t_word(p: Page, low: float, high: float) -> Truth:
    """Which of several words for a flat T this reader prefers."""
    return (p.dice["t word"] >= low) & (p.dice["t word"] < high)


def _undiagnostic_t(p: Page) -> Row:
    return _when(_causeless(p) & (_flat(p) + 0.8 * (p.dice["t"] - 0.5) >= 2) & ~_t_word(p, 0.75, 0.9), 100)


def _unspecific_st(p: Page) -> Row:
    low = _down(p, VIEWS, 0.025) + 0.8 * (p.dice["st"] - 0.5)
    return np.where(p.c.has("minor_st") & p.plain & (low >= 1), np.where(p.dice["st word"] < 0.3, 0, 100), np.nan)


def _long_qt(p: Page) -> Row:
    limit = np.where(p.state.body.male, 0.465, 0.475)
    return np.where(p.plain & (p.m.qrs < 0.13) & (p.m.qtc > limit) & p.c.has("long_qt"), 100, np.nan)


def _inverted_t(p: Page) -> Truth:
    leads = tuple(lead for lead in VIEWS if lead not in ("V1", "III"))
    return p.plain & ~p.c.has("rbbb") & (_inverted(p, leads, 0.1) >= 2) & (p.dice["t form"] < 0.3)


_FALLBACK = ("diffuse_ischaemia",)
_ALL_INFARCTS = ("anteroseptal_infarct", "anterior_infarct", "anterolateral_infarct", "lateral_infarct",
                 "inferior_infarct", "inferolateral_infarct", "inferoposterior_infarct", "posterior_infarct")  # fmt: skip

RULES: Mapping[str, Callable[[Page], Row]] = {
    "AFIB": lambda p: _when(p.mode == "afib", 0),
    "AFLT": lambda p: _when(p.mode == "flutter", 100),
    "SVTAC": lambda p: _when(p.mode == "svt", 0),
    "PACE": lambda p: _when(p.mode == "paced", 100),
    "STACH": lambda p: _when(_fast(p), 0),
    "SBRAD": lambda p: _when(_slow(p), 0),
    "SARRH": lambda p: _when(_arrhythmic(p), 0),
    "SR": lambda p: _when((_sinus(p) | np.isin(p.mode, ("av_block_2",))) & ~_fast(p) & ~_slow(p) & ~_arrhythmic(p), 0),
    "BIGU": lambda p: _when(_pattern(p, "bigeminy"), 0),
    "TRIGU": lambda p: _when(_pattern(p, "trigeminy"), 0),
    "SVARR": lambda p: _when(_sinus(p) & (p.m.early_beats >= 2) & (p.dice["rhythm"] < 0.45), 0),
    "PVC": _ventricular,
    "PAC": lambda p: _when(_sinus(p) & (p.m.early_beats > 0), 0),
    "1AVB": lambda p: _when(_first_degree(p), 100),
    "LPR": lambda p: _when(_prolonged(p), 0),
    "2AVB": lambda p: _when(p.mode == "av_block_2", 100),
    "3AVB": lambda p: _when(p.mode == "av_block_3", 100),
    "CLBBB": _left_block,
    "ILBBB": lambda p: _when(p.c.has("incomplete_lbbb") & (p.mode != "paced"), 100),
    "CRBBB": _right_block,
    "IRBBB": _right_delay,
    "IVCD": _unspecific_delay,
    "WPW": lambda p: _when(p.c.has("preexcitation") & _sinus(p), 100),
    "LAFB": _left_anterior,
    "LPFB": _left_posterior,
    "LVH": _left_hypertrophy,
    "VCLVH": lambda p: _when((_voltage(p) > 1.0) & (p.dice["vclvh"] < 0.45), 0),
    "HVOLT": lambda p: _when((_voltage(p) > 0.9) & (_voltage(p) < 1.05) & (p.state.body.age < 45), 0),
    "LVOLT": lambda p: _when(_low(p), 0),
    "RVH": _right_hypertrophy,
    "SEHYP": lambda p: _when(p.c.has("hcm") & p.plain & (p.m.lead("t", "I", "V5", "V6").min(1) < 0), 100),
    "LAO/LAE": _left_atrium,
    "RAO/RAE": _right_atrium,
    "ASMI": _first_of(_infarct("anteroseptal_infarct", "anterior"), _doubted_anterior),
    "AMI": _infarct("anterior_infarct", "anterior"),
    "ALMI": _infarct("anterolateral_infarct", "anterior"),
    "LMI": _infarct("lateral_infarct", "lateral"),
    "IMI": _first_of(_infarct("inferior_infarct", "inferior"), _doubted_inferior),
    "ILMI": _infarct("inferolateral_infarct", "inferior"),
    "IPMI": _infarct("inferoposterior_infarct", "inferior"),
    "PMI": _infarct("posterior_infarct", "posterior"),
    "INJAS": _injury("anteroseptal_injury", ("V2", "V3", "V4")),
    "INJAL": _injury("anterolateral_injury", ("I", "V3", "V4", "V5")),
    "ISC_": _ischaemia("diffuse_ischaemia", ("I", "II", "V4", "V5", "V6")),
    "ISCAL": _ischaemia("anterolateral_ischaemia", ("I", "aVL", "V4", "V5", "V6")),
    "ISCAS": _ischaemia("anteroseptal_ischaemia", ("V2", "V3")),
    "ISCLA": _ischaemia("lateral_ischaemia", ("I", "aVL", "V6")),
    "ISCIN": _ischaemia("inferior_ischaemia", INFERIOR),
    "ISCIL": _ischaemia("inferolateral_ischaemia", ("II", "III", "aVF", "V5", "V6")),
    "STD_": lambda p: _when(p.plain & ~p.c.has("rbbb") & (_down(p, VIEWS, 0.045) >= 2) & (p.dice["st form"] < 0.5), 0),
    "STE_": lambda p: _when(p.plain & (_raised(p, VIEWS) >= 3) & (p.dice["st form"] > 0.85), 0),
    "NST_": _unspecific_st,
    "NDT": _undiagnostic_t,
    "NT_": lambda p: _when(_causeless(p) & (_flat(p) >= 2) & _t_word(p, 0.55, 0.85), 0),
    "LOWT": lambda p: _when(
        p.plain & (np.abs(p.m.lead("t", *_LEFT_LEADS)) < 0.08).sum(1).__ge__(3) & _t_word(p, 0.2, 0.6), 0
    ),
    "INVT": lambda p: _when(_inverted_t(p), 0),
    "TAB_": lambda p: _when(_causeless(p) & (_flat(p) >= 2) & _t_word(p, 0.9, 1.0), 0),
    "DIG": lambda p: _when(p.c.has("digitalis") & p.plain & (_down(p, VIEWS, 0.03) >= 2), 100),
    "LNGQT": _long_qt,
    "EL": lambda p: _when(p.c.has("hypokalaemia") & p.plain & (_flat(p) >= 1), 50),
    "QWAVE": lambda p: _when(p.plain & (_q_leads(p, INFERIOR + LATERAL) >= 2) & (p.dice["q form"] < 0.4), 0),
}
"""Code -> rule; each rule gives the likelihood of every patient, NaN where the code is absent."""

_DICE = ("rate", "rhythm", "pr", "pr form", "lvh", "vclvh", "low", "infarct", "st", "st word", "st form", "t", "t word",
         "t form", "q form", "abnormal", "sure")  # fmt: skip


def labels(plan: Plan, measured: Measured) -> list[dict[str, float]]:
    """Return each patient's codes with their likelihoods in percent, the rhythm first.

    NORM is given where no other code than SR is; QRS of an unusual shape is ABQRS in a part of the patients, as in
    PTB-XL.
    """
    dice = chances(plan.state.seed, plan.state.numbers, "report", uniform=_DICE)
    page = Page(measured, plan.state.conditions, plan.state, np.array(plan.tempo.mode), dice)
    found = {code: rule(page) for code, rule in RULES.items()}
    found["ABQRS"] = _abnormal(found, dice["abnormal"])
    rows = [
        {code: float(values[row]) for code, values in found.items() if not np.isnan(values[row])}
        for row in range(len(dice["rate"]))
    ]
    for row, codes in enumerate(rows):
        if set(codes) <= {"SR"}:
            codes["NORM"] = 100.0 if dice["sure"][row] < 0.75 else 80.0
    return rows


def _abnormal(found: Mapping[str, Row], dice: Row) -> Row:
    causes = ("CLBBB", "CRBBB", "IVCD", "AMI", "ASMI", "ALMI", "IMI", "ILMI", "LMI", "WPW", "LAFB")
    any_cause = np.any([~np.isnan(found[code]) for code in causes], axis=0)
    return _when(any_cause & (dice < 0.35), 0)
