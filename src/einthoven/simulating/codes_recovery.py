"""Rules of recovery: ST segment, T wave and QT interval."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from einthoven.recording import LEADS
from einthoven.simulating.page import INFERIOR, Page, Row, Rule, Truth, likely, when

__all__ = ["RULES"]

VIEWS = tuple(lead for lead in LEADS if lead != "aVR")
"""Leads in which ST depression counts."""
UPRIGHT = tuple(lead for lead in VIEWS if lead not in ("V1", "III"))
"""Leads in which T is upright in health."""
LEFT, FRONT = ("I", "II", "V4", "V5", "V6"), ("V2", "V3", "V4")


def _ischaemia(name: str, leads: tuple[str, ...]) -> Rule:
    """Make the rule of one territory: ST depression and T inversion in the leads that look at it."""

    def rule(p: Page) -> Row:
        score = p.down(leads, 0.035) + p.inverted(leads, 0.06) + 0.5 * p.down(leads, 0.07) + 0.8 * (p.dice["st"] - 0.5)
        return when(p.c.has(name) & p.plain, likely(score, (0.6, 1.4), (50, 100)))

    return rule


def _injury(name: str, leads: tuple[str, ...]) -> Rule:
    return lambda p: when(p.c.has(name) & p.plain, likely(p.inverted(leads, 0.12), (1, 2), (50, 100)))


def _causeless(p: Page) -> Truth:
    """Whose ST and T have no other name: no block, no ischaemia, no drug."""
    named = [row for row in p.c.severity if row.endswith(("_ischaemia", "_injury"))]
    causes = ("rbbb", "digitalis", "hypokalaemia", "hyperkalaemia", "pericarditis", "rv_overload", "hcm")
    return np.asarray(p.plain & ~p.c.has(*causes, *named))


def _flat(p: Page, leads: tuple[str, ...] = LEFT) -> Row:
    """Count leads with a clear R whose T is lower than a tenth of it, flat or slightly inverted."""
    t, r = p.m.lead("t", *leads), p.m.lead("r", *leads)
    return np.asarray(((t < 0.1 * np.maximum(r, 0.5)) & (t > -0.25) & (r > 0.25)).sum(1), float)


def _word(p: Page, low: float, high: float) -> Truth:
    """Which of several words for a flat T this reader prefers."""
    return np.asarray((p.dice["t word"] >= low) & (p.dice["t word"] < high))


def _undiagnostic_t(p: Page) -> Row:
    """T flat in two neighbouring leads of those who have it, in all left leads of the others."""
    views = [_flat(p), _flat(p, INFERIOR), 1.5 * _flat(p, FRONT)]
    known = np.where(p.c.has("flat_t"), np.max(views, axis=0) - 2, _flat(p) - 4.2)
    return when(_causeless(p) & (known + 0.8 * (p.dice["t"] - 0.5) >= 0) & ~_word(p, 0.75, 0.9), 100)


def _flat_word(low: float, high: float) -> Rule:
    return lambda p: when(_causeless(p) & (_flat(p) >= 3) & _word(p, low, high), 0)


def _low_t(p: Page) -> Row:
    low = (np.abs(p.m.lead("t", *LEFT)) < 0.08).sum(1)
    return when(p.plain & (low >= 3) & _word(p, 0.2, 0.6), 0)


def _inverted_t(p: Page) -> Row:
    return when(p.plain & ~p.c.has("rbbb") & (p.inverted(UPRIGHT, 0.1) >= 2) & (p.dice["t form"] < 0.3), 0)


def _unspecific_st(p: Page) -> Row:
    low = p.down(VIEWS, 0.025) + 0.8 * (p.dice["st"] - 0.5)
    return when(p.c.has("minor_st") & p.plain & (low >= 1), np.where(p.dice["st word"] < 0.3, 0.0, 100.0))


def _depressed(p: Page) -> Row:
    return when(p.plain & ~p.c.has("rbbb") & (p.down(VIEWS, 0.07) >= 2) & (p.dice["st form"] < 0.5), 0)


def _elevated(p: Page) -> Row:
    """Readers leave most ST elevation of the healthy unsaid; that of a sick pericardium they name."""
    unsaid = np.where(p.c.has("pericarditis"), 0.2, 0.92)
    return when(p.plain & (p.raised(VIEWS) >= 3) & (p.dice["st form"] > unsaid), 0)


def _long_qt(p: Page) -> Row:
    """QTc (Fridericia) above 465 ms, in women 475, where QRS does not explain it."""
    limit = np.where(p.state.body.male, 0.465, 0.475)
    return when(p.plain & (p.m.qrs < 0.13) & (p.m.qtc > limit) & p.c.has("long_qt"), 100)


def _electrolytes(p: Page) -> Row:
    """Flat T under low potassium; tall T (above 1 mV in two leads, or 0.9 of R) under high."""
    t, r = p.m.lead("t", "II", "V2", "V3", "V4", "V5"), p.m.lead("r", "II", "V2", "V3", "V4", "V5")
    tall = ((t > 1.0) | ((t > 0.9 * r) & (t > 0.5))).sum(1) >= 2
    return when(p.plain & ((p.c.has("hypokalaemia") & (_flat(p) >= 1)) | (p.c.has("hyperkalaemia") & tall)), 50)


RULES: Mapping[str, Rule] = {
    "INJAS": _injury("anteroseptal_injury", ("V2", "V3", "V4")),
    "INJAL": _injury("anterolateral_injury", ("I", "V3", "V4", "V5")),
    "ISC_": _ischaemia("diffuse_ischaemia", LEFT),
    "ISCAL": _ischaemia("anterolateral_ischaemia", ("I", "aVL", "V4", "V5", "V6")),
    "ISCAS": _ischaemia("anteroseptal_ischaemia", ("V2", "V3")),
    "ISCLA": _ischaemia("lateral_ischaemia", ("I", "aVL", "V6")),
    "ISCIN": _ischaemia("inferior_ischaemia", INFERIOR),
    "ISCIL": _ischaemia("inferolateral_ischaemia", ("II", "III", "aVF", "V5", "V6")),
    "STD_": _depressed,
    "STE_": _elevated,
    "NST_": _unspecific_st,
    "NDT": _undiagnostic_t,
    "NT_": _flat_word(0.55, 0.85),
    "LOWT": _low_t,
    "INVT": _inverted_t,
    "TAB_": _flat_word(0.82, 1.0),
    "DIG": lambda p: when(p.c.has("digitalis") & p.plain & (p.down(VIEWS, 0.03) >= 2), 100),
    "LNGQT": _long_qt,
    "EL": _electrolytes,
}
