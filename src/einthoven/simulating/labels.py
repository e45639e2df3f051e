"""Labels: SCP codes of PTB-XL, decided from what was drawn. One code, one small rule.

Likelihoods follow PTB-XL: diagnostic codes carry 15, 35, 50, 80 or 100 %; codes of form and rhythm carry 0, which means
"present, likelihood not stated". A finding that the patient has but the drawn beat does not show gets no code.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from functools import lru_cache
from importlib import resources

import numpy as np

from einthoven.simulating import codes_qrs, codes_recovery, codes_rhythm
from einthoven.simulating.conditions import table
from einthoven.simulating.ecg import Plan
from einthoven.simulating.measuring import Measured
from einthoven.simulating.page import Page, Row, Rule, page, when

__all__ = ["KNOWN", "RULES", "findings", "labels"]

RULES: Mapping[str, Rule] = {**codes_rhythm.RULES, **codes_qrs.RULES, **codes_recovery.RULES}
"""Code -> rule; the rhythm comes first."""

KNOWN: tuple[str, ...] = (*RULES, "ABQRS", "NORM")
"""Every code that the simulator can give, all of them among PTB-XL's 71."""

UNUSUAL = ("CLBBB", "CRBBB", "IVCD", "AMI", "ASMI", "ALMI", "IMI", "ILMI", "LMI", "WPW", "LAFB")
"""What makes some readers add "abnormal QRS"."""


def labels(plan: Plan, measured: Measured) -> list[dict[str, float]]:
    """Return each patient's codes with their likelihoods in percent, the rhythm first.

    NORM is given where no other code than SR is.

    >>> from einthoven.simulating.ecg import plan
    >>> from einthoven.simulating.measuring import measure
    >>> drawn = plan(0, [2])
    >>> labels(drawn, measure(drawn))
    [{...}]
    """
    before = page(plan, measured)
    if plan.state.dials.keeps("drawn labels"):
        found = {code: rule(before) for code, rule in RULES.items()}
        found["ABQRS"] = _unusual(before, found)
    else:
        found = _latent(before)
    rows: list[dict[str, float]] = []
    for row, sure in enumerate(before.dice["sure"]):
        codes = {code: float(values[row]) for code, values in found.items() if not np.isnan(values[row])}
        rows.append(codes | {"NORM": 100.0 if sure < 0.75 else 80.0} if set(codes) <= {"SR"} else codes)
    return rows


def _latent(p: Page) -> dict[str, Row]:
    """Name each finding that a patient has, drawn or not; sinus rhythm where no other rhythm is named."""
    found = {"SR": when(p.sinus & ~p.c.has("fast_sinus", "slow_sinus", "sinus_arrhythmia"), 0)}
    for row in table("findings")["finding"]:
        if code := row.get("code"):
            before = found.get(code, np.full(len(p.mode), np.nan))
            found[code] = np.where(p.c.has(str(row["name"])), 100.0, before)
    return found


def _unusual(p: Page, found: Mapping[str, Row]) -> Row:
    any_cause = np.any([~np.isnan(found[code]) for code in UNUSUAL], axis=0)
    return when(any_cause & (p.dice["abnormal"] < 0.35), 0)


@lru_cache
def findings(*, enriched: bool = True) -> Mapping[str, float]:
    """Return every code the simulator can give and the share of patients who have it.

    A test compares the shares, which were counted on 20,000 patients of seed 0, with patients of another seed.

    >>> 0.01 < findings()["AFIB"] < 0.2
    True
    """
    text = resources.files(__package__).joinpath("prevalences.toml").read_text("utf-8")
    shares: dict[str, float] = tomllib.loads(text)["enriched" if enriched else "natural"]
    return shares
