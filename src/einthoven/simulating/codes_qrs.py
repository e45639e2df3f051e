"""Rules of the QRS and P: intraventricular conduction, axis, voltages, chambers, infarcts."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from einthoven.simulating.page import ANTERIOR, INFERIOR, LATERAL, Page, Row, Rule, Truth, all_of, likely, when

__all__ = ["RULES"]


def _unpaced(p: Page) -> Truth:
    """Whose ventricles are reached from the atria or the node, so that bundle branches matter."""
    return np.asarray(p.m.wide_only == 0)


def _left_block(p: Page) -> Row:
    return when(p.c.has("lbbb") & (p.m.qrs >= 0.12) & _unpaced(p), 100)


def _late_in_v1(p: Page) -> Row:
    return p.m.lead("r_late", "V1")[:, 0].copy()


def _right_block(p: Page) -> Row:
    return when(p.c.has("rbbb") & (p.m.qrs >= 0.118) & (_late_in_v1(p) > 0.1) & _unpaced(p), 100)


def _right_delay(p: Page) -> Row:
    shown = (p.c.has("incomplete_rbbb") & (_late_in_v1(p) > 0.05)) | (p.c.has("rbbb") & (p.m.qrs < 0.118))
    return when(shown & _unpaced(p), 100)


def _voltage(p: Page) -> Row:
    """How far voltages reach a criterion: Sokolow-Lyon 3.5 mV (4.5 below 40 years), Cornell 3.6 mV (women 3.0).

    Cornell's own limits are 2.8 and 2.2 mV; PTB-XL's readers go by Sokolow-Lyon, so it has 0.8 mV to spare here.
    """
    sokolow = p.m.lead("s", "V1")[:, 0] + p.m.lead("r", "V5", "V6").max(1)
    cornell = p.m.lead("r", "aVL")[:, 0] + p.m.lead("s", "V3")[:, 0]
    share = np.maximum(
        sokolow / np.where(p.state.body.age < 40, 4.5, 3.5), cornell / np.where(p.state.body.male, 3.6, 3.0)
    )
    return np.where(p.plain & ~p.c.has("rbbb"), share, 0.0)


def _strained(p: Page) -> Truth:
    low = (p.m.lead("t", "I", "V5", "V6").min(1) < 0.02) | (p.m.lead("st", "I", "V5", "V6").min(1) < -0.04)
    return np.asarray(low)


def _left_hypertrophy(p: Page) -> Row:
    """By voltage, the more likely with strain: PTB-XL's readers call about one in ten."""
    score = _voltage(p) + 0.15 * _strained(p) + 0.12 * (p.dice["lvh"] - 0.5)
    return likely(score, (1.17, 1.22, 1.32, 1.42), (35, 50, 80, 100))


def _high(p: Page) -> Row:
    share = _voltage(p)
    return when((share > 0.9) & (share < 1.05) & (p.state.body.age < 45), 0)


def _low(p: Page) -> Row:
    """Limb leads below 0.5 mV from peak to peak, chest leads below 1.0 mV (or the reader looks at limbs alone)."""
    total = p.m.r + np.maximum(p.m.s, p.m.q)
    limb, chest = total[:, :6].max(1), total[:, 6:].max(1)
    return when(p.plain & (limb < 0.5) & ((chest < 1.0) | (p.dice["low"] < 0.4)), 0)


def _right_hypertrophy(p: Page) -> Row:
    first = p.m.lead("r", "V1")[:, 0]
    signs = [first > 0.5, first > p.m.lead("s", "V1")[:, 0], p.m.axis > 95, p.m.lead("s", "V6")[:, 0] > 0.4]
    score = np.sum(signs, axis=0)
    return when(p.c.has("rv_overload") & p.plain & ~p.c.has("rbbb"), likely(score, (1, 2), (50, 100)))


def _septal_hypertrophy(p: Page) -> Row:
    return when(p.c.has("hcm") & p.plain & (p.m.lead("t", "I", "V5", "V6").min(1) < 0), 100)


def _left_atrium(p: Page) -> Row:
    signs = [p.m.p_duration > 0.124, p.m.lead("p_end", "V1")[:, 0] < -0.07, p.m.p_duration > 0.136]
    score = np.sum(signs, axis=0) + 0.5 * p.c.has("la_large")
    return when(p.sinus, likely(score, (2, 2.5), (50, 100)))


def _right_atrium(p: Page) -> Row:
    tall = p.m.lead("p", "II")[:, 0] + 0.02 * (p.dice["low"] - 0.5)
    return when(p.sinus, likely(tall, (0.245, 0.265), (50, 100)))


def _anterior(p: Page) -> Row:
    """Count the right chest leads whose R is lost (V1 alone says little), and what goes with an infarct there."""
    r, q, time = (p.m.lead(what, *ANTERIOR) for what in ("r", "q", "q_time"))
    lost = ((q > 0.06) & (time > 0.015)) | (r < [0.02, 0.08, 0.18, 0.26])
    return np.asarray((lost * [0.5, 1, 1, 1]).sum(1))


def _anterior_signs(p: Page) -> Row:
    return np.asarray(_anterior(p) + (p.raised(("V2", "V3", "V4")) > 1) + 0.5 * (p.q_waves(LATERAL) > 0))


def _inferior_signs(p: Page) -> Row:
    return np.asarray(p.q_waves(INFERIOR) + (p.raised(INFERIOR) > 1) + 0.5 * (p.q_waves(("V5", "V6")) > 0))


def _lateral_signs(p: Page) -> Row:
    return np.asarray(p.q_waves(LATERAL) + (p.raised(LATERAL) > 1))


def _posterior_signs(p: Page) -> Row:
    first, second = p.m.lead("r", "V1", "V2").T
    right, next_right = p.m.lead("s", "V1", "V2").T
    return np.asarray(np.sum([first > right, second > next_right, first > 0.5], axis=0), float)


def _infarct(name: str, signs: Rule) -> Rule:
    """Make the rule of one territory: how surely it is called depends on what the leads that look at it show."""

    def rule(p: Page) -> Row:
        score = signs(p) + 0.6 * (p.c[name] > 0.55) + 0.6 * (p.dice["infarct"] - 0.5)
        return when(p.c.has(name) & p.plain, likely(score, (0.45, 0.75, 1.1, 1.6), (15, 35, 50, 100)))

    return rule


def _doubted_inferior(p: Page) -> Row:
    """Inferior Q waves without an infarct: some readers write that one cannot be excluded."""
    score = p.q_waves(INFERIOR) - 1.9 * p.dice["infarct"]
    return when(p.plain & ~p.scarred, likely(score, (0.6, 1.6), (15, 50)))


def _doubted_anterior(p: Page) -> Row:
    """Slow R progression without an infarct, likewise."""
    score = _anterior(p) - 2.6 * p.dice["infarct"]
    return when(p.plain & ~p.scarred, likely(score, (0.7, 1.7), (15, 50)))


RULES: Mapping[str, Rule] = {
    "CLBBB": _left_block,
    "ILBBB": lambda p: when(p.c.has("incomplete_lbbb") & _unpaced(p), 100),
    "CRBBB": _right_block,
    "IRBBB": _right_delay,
    "IVCD": lambda p: when(p.c.has("ivcd") & (p.m.qrs >= 0.105) & _unpaced(p), 100),
    "WPW": lambda p: when(p.c.has("preexcitation") & p.sinus, 100),
    "LAFB": lambda p: when(p.c.has("lafb") & p.plain & (p.m.axis < -38), 100),
    "LPFB": lambda p: when(p.c.has("lpfb") & p.plain & (p.m.axis > 88), 100),
    "LVH": _left_hypertrophy,
    "VCLVH": lambda p: when((_voltage(p) > 1.08) & (p.dice["vclvh"] < 0.35), 0),
    "HVOLT": _high,
    "LVOLT": _low,
    "RVH": _right_hypertrophy,
    "SEHYP": _septal_hypertrophy,
    "LAO/LAE": _left_atrium,
    "RAO/RAE": _right_atrium,
    "ASMI": all_of(_infarct("anteroseptal_infarct", _anterior_signs), _doubted_anterior),
    "AMI": _infarct("anterior_infarct", _anterior_signs),
    "ALMI": _infarct("anterolateral_infarct", _anterior_signs),
    "LMI": _infarct("lateral_infarct", _lateral_signs),
    "IMI": all_of(_infarct("inferior_infarct", _inferior_signs), _doubted_inferior),
    "ILMI": _infarct("inferolateral_infarct", _inferior_signs),
    "IPMI": _infarct("inferoposterior_infarct", _inferior_signs),
    "PMI": _infarct("posterior_infarct", _posterior_signs),
    "QWAVE": lambda p: when(p.plain & (p.q_waves(INFERIOR + LATERAL) >= 2) & (p.dice["q form"] < 0.4), 0),
}
