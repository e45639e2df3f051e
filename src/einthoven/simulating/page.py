"""Page: what a rule of labelling may look at, and the few ways in which rules speak."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from einthoven.simulating.chambers import INFARCTS
from einthoven.simulating.conditions import Conditions
from einthoven.simulating.ecg import Plan
from einthoven.simulating.measuring import Measured
from einthoven.simulating.state import State
from einthoven.simulating.streams import Row, chances

__all__ = ["ANTERIOR", "INFERIOR", "LATERAL", "Page", "Row", "Rule", "Truth", "all_of", "likely", "page", "when"]

Truth = NDArray[np.bool_]
"""One yes or no a patient, shape (n,)."""

ANTERIOR, INFERIOR, LATERAL = ("V1", "V2", "V3", "V4"), ("II", "III", "aVF"), ("I", "aVL", "V5", "V6")

_DICE = ("rate", "rhythm", "pr", "pr form", "lvh", "vclvh", "low", "infarct", "st", "st word", "st form", "t", "t word",
         "t form", "q form", "abnormal", "sure")  # fmt: skip
"""What readers differ in, by name."""


@dataclass(frozen=True)
class Page:
    """What a rule may look at: measures first, the finding behind them only where measures do not tell causes apart.

    Args:
        m: what was measured on the drawn beats.
        c: what is the matter with the patients.
        state: who they are.
        mode: the rhythm of each, as `rhythm` names it.
        dice: one uniform number a patient for everything readers differ in.
    """

    m: Measured
    c: Conditions
    state: State
    mode: NDArray[np.str_]
    dice: Mapping[str, Row]

    @cached_property
    def sinus(self) -> Truth:
        """Whose rhythm is sinus."""
        return np.asarray(self.mode == "sinus")

    @cached_property
    def plain(self) -> Truth:
        """Who is conducted in the usual way, so that Q waves, voltages and T waves mean what they say."""
        return np.asarray(~self.c.has("lbbb", "preexcitation", "paced") & (self.mode != "av_block_3"))

    @cached_property
    def scarred(self) -> Truth:
        """Who has an infarct, visible or not."""
        return self.c.has(*INFARCTS)

    def down(self, leads: Sequence[str], depth: float) -> Row:
        """Count the leads whose ST segment is lower than -`depth` mV."""
        return np.asarray((self.m.lead("st", *leads) < -depth).sum(1), float)

    def raised(self, leads: Sequence[str]) -> Row:
        """Count the leads whose ST segment is higher than 0.11 mV."""
        return np.asarray((self.m.lead("st", *leads) > 0.11).sum(1), float)

    def inverted(self, leads: Sequence[str], depth: float) -> Row:
        """Count the leads whose T wave is lower than -`depth` mV."""
        return np.asarray((self.m.lead("t", *leads) < -depth).sum(1), float)

    def q_waves(self, leads: Sequence[str]) -> Row:
        """Count the leads with a Q wave of 30 ms and a fifth of R; from 22 ms on it counts half."""
        q, time, r = self.m.lead("q", *leads), self.m.lead("q_time", *leads), self.m.lead("r", *leads)
        deep = (q > 0.08) & (q > 0.2 * r)
        return np.asarray((deep & (time >= 0.030)).sum(1) + 0.5 * (deep & (time >= 0.022) & (time < 0.030)).sum(1))


Rule = Callable[[Page], Row]
"""A rule gives every patient's likelihood in percent, NaN where the code is absent."""


def page(plan: Plan, measured: Measured) -> Page:
    """Lay a plan and its measures before the readers."""
    state = plan.state
    dice = chances(state.seed, state.numbers, "labels", uniform=_DICE)
    return Page(measured, state.conditions, state, np.array(plan.tempo.mode), dice)


def likely(score: NDArray[np.floating[Any]], edges: Sequence[float], steps: Sequence[float]) -> Row:
    """Return the step of the highest edge that `score` reaches, NaN below the first.

    >>> likely(np.array([0.2, 1.0, 3.0]), (1, 2), (50, 100))
    array([ nan,  50., 100.])
    """
    out = np.full(len(score), np.nan)
    for edge, step in zip(edges, steps, strict=True):
        out = np.where(score >= edge, step, out)
    return out


def when(condition: Truth, likelihood: float | Row) -> Row:
    """Return `likelihood` where the condition holds, NaN elsewhere."""
    return np.where(condition, likelihood, np.nan)


def all_of(*rules: Rule) -> Rule:
    """Return the rule that gives the highest likelihood any of `rules` gives."""

    def rule(p: Page) -> Row:
        found = np.max([np.nan_to_num(one(p), nan=-1.0) for one in rules], axis=0)
        return when(found >= 0, found)

    return rule
