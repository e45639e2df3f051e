"""Facts: what a reader takes from the measures of one ECG: numbers as readers round them, graded words, leads."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from math import isfinite

from einthoven.simulating.report_guards import GUARDS
from einthoven.simulating.report_leads import (
    VIEWS,
    flat_leads,
    high_st,
    lost_r,
    low_st,
    named,
    q_leads,
    raised,
    st_leads,
    strain_leads,
    t_leads,
    tall_leads,
    transition,
    up_leads,
    walls,
)
from einthoven.simulating.report_seen import Seen

__all__ = ["FACTS", "Facts", "stage"]


class Facts(dict[str, str | None]):
    """Facts of one patient by name, found when first asked for; None where a fact does not exist.

    A name that begins with "?" is a guard: "" where it holds, None where it does not.

    Args:
        one: the measures.
        known: facts that the reader brings: {age}, {aged}, {date}, {deg}.
        step: to how many ms this reader rounds intervals, and degrees.
    """

    def __init__(self, one: Seen, known: Mapping[str, str], step: int = 2) -> None:
        super().__init__(known)
        self.one, self.step = one, step

    def __missing__(self, name: str) -> str | None:
        if name.startswith("?"):
            value = "" if GUARDS[name[1:]](self.one) else None
        else:
            value = FACTS[name](self.one, self.step)
        self[name] = value
        return value

    def holds(self, guards: Sequence[str]) -> bool:
        """Whether all guards hold."""
        return all(self["?" + name] is not None for name in guards)


def stage(m: Seen) -> str:
    """Tell how old an infarct looks: "recent" with raised ST, "subacute" with deep negative T, else "old"."""
    if raised(m):
        return "recent"
    return "subacute" if min(m.t[k] for k in (0, 1, 5, 8, 9, 10, 11)) < -0.15 else "old"


def _grade(value: float, steps: Sequence[float], words: Sequence[str]) -> str:
    """Return the word of the highest step that `value` reaches."""
    return words[sum(value >= step for step in steps)]


def _ms(seconds: float, step: int) -> str | None:
    return f"{step * round(1000 * seconds / step)}" if isfinite(seconds) else None


def _s(seconds: float) -> str | None:
    return f"{seconds:.2f}" if isfinite(seconds) else None


def _degrees(m: Seen, step: int) -> str:
    coarse = 5 if step >= 10 else 1
    return f"{coarse * round(m.axis / coarse)}"


Fact = Callable[[Seen, int], str | None]

FACTS: Mapping[str, Fact] = {
    "rate": lambda m, _: f"{m.rate:.0f}",
    "about": lambda m, _: f"{5 * round(m.rate / 5)}",
    "tempo": lambda m, _: "normal rate" if 60 <= m.rate <= 100 else f"a rate of {m.rate:.0f}",
    "response": lambda m, _: _grade(m.rate, (60, 100.5), ("slow", "controlled", "rapid")),
    "pr": lambda m, step: _ms(m.pr, step),
    "pr_s": lambda m, _: _s(m.pr),
    "qrs": lambda m, step: _ms(m.qrs, min(step, 5)),
    "qrs_s": lambda m, _: _s(m.qrs),
    "qt": lambda m, step: _ms(m.qt, step),
    "qt_s": lambda m, _: _s(m.qt),
    "qtc": lambda m, step: _ms(m.qtc, step),
    "qtc_s": lambda m, _: _s(m.qtc),
    "p": lambda m, step: _ms(m.p_duration, step) if isfinite(m.pr) else None,
    "p_height": lambda m, _: f"{m.p[1]:.2f}",
    "axis": _degrees,
    "t_axis": lambda m, _: f"{m.t_axis:.0f}",
    "sokolow": lambda m, _: f"{m.sokolow:.1f}",
    "cornell": lambda m, _: f"{m.r[4] + m.s[8]:.1f}",
    "limb": lambda m, _: f"{max(m.r[k] + max(m.s[k], m.q[k]) for k in range(6)) + 0.05:.1f}",
    "slow": lambda m, _: _grade(m.rate, (46, 54), ("marked", "", "mild")),
    "fast": lambda m, _: _grade(m.rate, (108, 130), ("mild", "", "marked")),
    "uneven": lambda m, _: _grade(m.irregularity, (0.12,), ("moderate", "marked")),
    "delay": lambda m, _: _grade(m.pr, (0.225, 0.28), ("slightly", "", "markedly")) if isfinite(m.pr) else None,
    "degree": lambda m, _: _grade(m.pr, (0.225, 0.28), ("mild", "", "marked")) if isfinite(m.pr) else None,
    "broad": lambda m, _: _grade(m.qrs, (0.125, 0.155), ("slightly", "", "markedly")),
    "lengthened": lambda m, _: _grade(m.qtc, (0.485, 0.52), ("slightly", "", "markedly")),
    "deviated": lambda m, _: "marked" if not -60 < m.axis < 120 else "",
    "depth": lambda m, _: _grade(-low_st(m), (0.08, 0.15), ("slight", "moderate", "marked")),
    "depth_ly": lambda m, _: _grade(-low_st(m), (0.08, 0.15), ("slightly", "moderately", "markedly")),
    "depth_mv": lambda m, _: f"{-low_st(m):.1f}" if low_st(m) < -0.05 else None,
    "depth_mm": lambda m, _: f"{-10 * low_st(m):.1f}" if low_st(m) < -0.05 else None,
    "height": lambda m, _: _grade(high_st(m), (0.2, 0.3), ("slight", "moderate", "marked")),
    "height_mv": lambda m, _: f"{high_st(m):.1f}" if high_st(m) > 0.05 else None,
    "height_mm": lambda m, _: f"{10 * high_st(m):.1f}" if high_st(m) > 0.05 else None,
    "inverted": lambda m, _: _grade(-min(m.t[k] for k in VIEWS), (0.15, 0.4), ("shallow", "", "deep")),
    "big": lambda m, _: "very" if m.sokolow > 4.8 else "",
    "low": lambda m, _: "markedly" if max(m.r[k] + m.s[k] for k in range(6)) < 0.35 else "",
    "count": lambda m, _: _grade(m.wide_beats, (2, 3), ("isolated", "occasional", "frequent")),
    "early": lambda m, _: _grade(m.early_beats, (2, 3), ("isolated", "occasional", "frequent")),
    "q_leads": lambda m, _: named(q_leads(m)),
    "q_walls": lambda m, _: walls(q_leads(m)),
    "st_leads": lambda m, _: named(st_leads(m)),
    "st_walls": lambda m, _: walls(st_leads(m)),
    "low_leads": lambda m, _: named(st_leads(m, 0.025)),
    "up_leads": lambda m, _: named(up_leads(m)),
    "up_walls": lambda m, _: walls(up_leads(m)),
    "t_leads": lambda m, _: named(t_leads(m)),
    "t_walls": lambda m, _: walls(t_leads(m)),
    "flat_leads": lambda m, _: named(flat_leads(m)),
    "flat_walls": lambda m, _: walls(flat_leads(m)),
    "tall_leads": lambda m, _: named(tall_leads(m)),
    "lost_r": lambda m, _: named(lost_r(m)),
    "strain_leads": lambda m, _: named(strain_leads(m)),
    "transition": lambda m, _: f"V{transition(m)}" if 1 < transition(m) < 7 else None,
}
"""Fact -> how it is read; one fact, one line."""
