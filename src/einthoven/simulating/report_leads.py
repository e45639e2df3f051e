"""Leads: in which leads a reader sees something, and how he names them."""

from __future__ import annotations

from collections.abc import Sequence

from einthoven.recording import LEADS
from einthoven.simulating.report_seen import Seen

__all__ = ["AVR", "ST_LIMIT", "V1", "VIEWS", "flat_leads", "high_st", "lost_r", "low_st", "named", "q_leads", "raised",
           "st_leads", "strain_leads", "t_leads", "tall_leads", "transition", "up_leads", "walls"]  # fmt: skip

III, AVR, V1 = (LEADS.index(lead) for lead in ("III", "aVR", "V1"))
VIEWS = tuple(k for k in range(12) if k != AVR)
"""Every lead but aVR, which looks into the heart and turns everything round."""
CHEST = range(V1, 12)
ST_LIMIT = (0.1,) * 6 + (0.15, 0.25, 0.25, 0.15, 0.1, 0.1)
"""ST level in mV that health explains, by lead: 60 ms after QRS that of V2-V3 is often above 0.2."""


def named(here: Sequence[int]) -> str | None:
    """Name leads as readers do: limb leads one by one, neighbouring chest leads as a range; None for none.

    >>> named([0, 4, 9, 10, 11])
    'I, aVL, V4-V6'
    """
    runs: list[list[int]] = []
    for number in (lead - 5 for lead in here if lead >= 6):
        if runs and number == runs[-1][-1] + 1:
            runs[-1].append(number)
        else:
            runs.append([number])
    chest = [f"V{run[0]}-V{run[-1]}" if len(run) > 2 else ", ".join(f"V{number}" for number in run) for run in runs]
    return ", ".join([LEADS[lead] for lead in here if lead < 6] + chest) or None


def walls(here: Sequence[int]) -> str | None:
    """Name the walls that at least two of their leads look at; None for none.

    >>> walls([1, 2, 5, 10, 11])
    'inferior and lateral leads'
    """
    found = [name for name, leads in _WALLS.items() if len(leads.intersection(here)) > 1]
    return " and ".join((", ".join(found[:-1]), found[-1]) if len(found) > 1 else found) + " leads" if found else None


_WALLS = {
    "inferior": frozenset(LEADS.index(lead) for lead in ("II", "III", "aVF")),
    "anterior": frozenset(LEADS.index(lead) for lead in ("V1", "V2", "V3", "V4")),
    "lateral": frozenset(LEADS.index(lead) for lead in ("I", "aVL", "V5", "V6")),
}


def _with_company(here: Sequence[int]) -> list[int]:
    """Leave out III and V1 where they stand alone: a Q or a negative T there is nobody's finding."""
    alone = {lead for lead, company in ((III, {1, 5}), (V1, {7})) if not company.intersection(here)}
    return [lead for lead in here if lead not in alone]


def q_leads(m: Seen) -> list[int]:
    """Return the leads with a Q wave worth a word."""
    return _with_company([k for k in VIEWS if m.q[k] > 0.08 and m.q_time[k] > 0.02])


def t_leads(m: Seen) -> list[int]:
    """Return the leads with a negative T wave."""
    return _with_company([k for k in VIEWS if m.t[k] < -0.08])


def st_leads(m: Seen, depth: float = 0.04) -> list[int]:
    """Return the leads whose ST segment lies more than `depth` mV below the baseline."""
    return [k for k in VIEWS if m.st[k] < -depth]


def up_leads(m: Seen) -> list[int]:
    """Return the leads whose ST segment is elevated, as the rule of STE_ counts them."""
    return [k for k in VIEWS if m.st[k] > 0.11]


def raised(m: Seen) -> bool:
    """Whether ST is higher than health explains, which makes an infarct look recent."""
    return any(m.st[k] > ST_LIMIT[k] + 0.02 for k in VIEWS if k != V1)


def flat_leads(m: Seen) -> list[int]:
    """Return the leads in which T is low for its R, flat or slightly inverted."""
    return [k for k in (0, 1, 5, 8, 9, 10, 11) if -0.25 < m.t[k] < 0.1 * max(m.r[k], 0.5)]


def tall_leads(m: Seen) -> list[int]:
    """Return the leads with a T wave above 0.8 mV."""
    return [k for k in VIEWS if m.t[k] > 0.8]


def lost_r(m: Seen) -> list[int]:
    """Return the leads V1-V4 without the R that belongs there (V1 only in company)."""
    lost = [k for k, least in zip(CHEST, (0.02, 0.08, 0.18, 0.26), strict=False) if m.r[k] < least]
    return lost if lost != [V1] else []


def strain_leads(m: Seen) -> list[int]:
    """Return the left leads with ST depression or a negative T wave."""
    return [k for k in (0, 4, 9, 10, 11) if m.st[k] < -0.04 or m.t[k] < -0.05]


def transition(m: Seen) -> int:
    """Return the chest lead, 1 to 6, from which on R is taller than S; 7 where there is none."""
    return next((k - 5 for k in CHEST if m.r[k] > m.s[k]), 7)


def low_st(m: Seen) -> float:
    """Return the deepest ST level in mV, aVR left out."""
    return min(m.st[k] for k in VIEWS)


def high_st(m: Seen) -> float:
    """Return the highest ST level in mV, aVR left out."""
    return max(m.st[k] for k in VIEWS)
