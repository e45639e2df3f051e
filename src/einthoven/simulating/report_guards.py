"""Guards: conditions on the measures of one ECG that a phrase asks for as {?name}, a remark as `when`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from math import isfinite

from einthoven.recording import LEADS
from einthoven.simulating.report_leads import (
    AVR,
    ST_LIMIT,
    V1,
    VIEWS,
    flat_leads,
    high_st,
    lost_r,
    low_st,
    q_leads,
    raised,
    st_leads,
    strain_leads,
    t_leads,
    tall_leads,
    transition,
    up_leads,
)
from einthoven.simulating.report_seen import Seen

__all__ = ["GUARDS"]

LEFT = tuple(LEADS.index(lead) for lead in ("I", "II", "V4", "V5", "V6"))


def _level(m: Seen) -> bool:
    return low_st(m) > -0.04 and all(m.st[k] < ST_LIMIT[k] for k in VIEWS)


def _upright(m: Seen) -> bool:
    return all(0.1 * max(m.r[k], 0.5) <= m.t[k] < 0.8 for k in LEFT)


def _no_reciprocal(m: Seen) -> bool:
    """No Q wave and no ST depression: what tells early repolarisation and pericarditis from an infarct."""
    return not q_leads(m) and all(m.st[k] > -0.05 for k in VIEWS if k != V1)


def _early(m: Seen) -> bool:
    """ST elevation of V2-V5 with tall T waves there, few other leads."""
    here = [k for k in range(7, 11) if m.st[k] > 0.11]
    return len(here) > 1 and all(m.t[k] > 0.4 for k in here) and len(up_leads(m)) - len(here) < 3 and _no_reciprocal(m)


def _widespread(m: Seen) -> bool:
    """ST elevation of limb and chest leads alike, opposite in aVR."""
    limb = sum(m.st[k] > 0.06 for k in (0, 1, 2, 5))
    chest = sum(m.st[k] > 0.06 for k in range(7, 12))
    return limb > 1 and limb + chest > 5 and m.st[AVR] < -0.03 and _no_reciprocal(m)


def _regular(m: Seen) -> bool:
    return m.irregularity < 0.05 and m.wide_beats + m.early_beats == 0 and isfinite(m.pr)


GUARDS: Mapping[str, Callable[[Seen], bool]] = {
    "steady": lambda m: 60 <= m.rate <= 100,
    "quick": lambda m: m.rate > 100,
    "leisurely": lambda m: m.rate < 55,
    "moderate": lambda m: 60 <= m.rate <= 95,
    "regular": _regular,
    "prompt": lambda m: 0.12 <= m.pr <= 0.198,
    "nearly": lambda m: m.pr < 0.215,
    "narrow": lambda m: m.qrs < 0.108,
    "broad": lambda m: m.qrs > 0.115,
    "usual_qt": lambda m: 0.35 <= m.qtc <= 0.445,
    "usual_p": lambda m: m.p_duration < 0.118 and m.p[1] < 0.22 and isfinite(m.pr),
    "p_negative": lambda m: m.p_end[V1] < -0.05,
    "normal_axis": lambda m: -20 < m.axis <= 95,
    "indifferent": lambda m: 30 <= m.axis < 60,
    "vertical": lambda m: 60 <= m.axis <= 95,
    "leftish": lambda m: -20 < m.axis < 30,
    "leftward": lambda m: -30 <= m.axis <= -20,
    "left": lambda m: -90 < m.axis < -30,
    "right": lambda m: 95 < m.axis <= 180,
    "extreme": lambda m: m.axis <= -90,
    "single": lambda m: m.wide_beats == 1,
    "few": lambda m: 1 <= m.wide_beats <= 2,
    "many": lambda m: m.wide_beats > 2,
    "flat": lambda m: len(flat_leads(m)) > 0 and not tall_leads(m),
    "tall": lambda m: len(tall_leads(m)) > 0,
    "raised": lambda m: raised(m) and len(up_leads(m)) > 0,
    "strained": lambda m: len(strain_leads(m)) > 0,
    "shallow": lambda m: low_st(m) > -0.09,
    "mild": lambda m: high_st(m) < 0.2,
    "st_down": lambda m: len(st_leads(m)) > 0,
    "t_down": lambda m: len(t_leads(m)) > 0,
    "tall_v1": lambda m: m.r[V1] > 0.4,
    "modest": lambda m: m.sokolow < 4.2,
    "progressive": lambda m: m.r[6] < m.r[8] and m.r[7] < m.r[9] and m.r[8] > 0.3 and 2 < transition(m) < 5,
    "early_transition": lambda m: transition(m) < 3,
    "late_transition": lambda m: 4 < transition(m) < 7,
    "slow_r": lambda m: m.r[8] < 0.28,
    "usual_voltage": lambda m: 1.0 < m.sokolow < 3.4 and max(m.r[k] + m.s[k] for k in range(6)) > 0.6,
    "no_q": lambda m: not q_leads(m) and not lost_r(m),
    "level_st": _level,
    "upright": _upright,
    "early_repolarisation": _early,
    "pericarditis": lambda m: _widespread(m) and not _early(m),
}
"""Guard -> whether it holds; phrases ask for it as {?guard}, remarks as `when`."""
