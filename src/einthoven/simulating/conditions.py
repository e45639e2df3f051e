"""What is the matter with each patient: findings drawn from a table, with age, sex and company taken into account."""

from __future__ import annotations

import tomllib
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources
from typing import Any

import numpy as np
from numpy.typing import NDArray

from einthoven.simulating.body import Body
from einthoven.simulating.sites import Site
from einthoven.simulating.streams import Row, chances

__all__ = ["Conditions", "Row", "conditions", "table"]

CROWDED = 0.95
"""The most that all rows of one group may take of the patients: someone must be without."""
SHARED = 0.8
"""How strongly a row follows the patient's burden of disease: log odds per standard deviation."""
AGEING = 0.45
"""How much steeper than its own slope a row rises with age, log odds per decade, per unit of what it shares."""
SPREAD = 1.65
"""The standard deviation of age in decades, which keeps a row's prevalence what it says after the age effect."""


@lru_cache
def table(name: str) -> dict[str, list[dict[str, Any]]]:
    """Return one of this room's TOML tables; treat it as read-only.

    >>> table("findings")["finding"][0]["name"]
    'dcm'
    """
    return tomllib.loads(resources.files(__package__).joinpath(f"{name}.toml").read_text("utf-8"))


@dataclass(frozen=True)
class Conditions:
    """What is the matter with n patients.

    Args:
        severity: by finding, 0 where the patient has it not, else in (0, 1], shape (n,).
        detail: one more chance a group, shape (n,).
        burden: of disease, in standard deviations, shape (n,): what the findings share, seen or not.
    """

    severity: Mapping[str, Row]
    detail: Mapping[str, Row]
    burden: Row

    def __getitem__(self, name: str) -> Row:
        return self.severity[name]

    def only(self, names: Collection[str]) -> Conditions:
        """Return the same patients without any finding but `names`."""
        left = {name: row if name in names else np.zeros(len(row)) for name, row in self.severity.items()}
        return Conditions(left, self.detail, self.burden)

    def has(self, *names: str) -> NDArray[np.bool_]:
        """Return who has any of `names`, shape (n,)."""
        return np.asarray(np.any([self.severity[name] > 0 for name in names], axis=0))

    def share(self, *names: str) -> Row:
        """Return the largest severity among `names`, shape (n,)."""
        return np.asarray(np.max([self.severity[name] for name in names], axis=0))


def conditions(
    seed: int, numbers: Sequence[int], body: Body, *, enriched: bool, place: Site, company: bool = True
) -> Conditions:
    """Draw every finding of the table for every patient.

    Args:
        seed: the cohort.
        numbers: the patients.
        body: theirs.
        enriched: which prevalences.
        place: the site, which has factors on them.
        company: whether diseases keep company; without, each is drawn for itself.

    Rows of one group exclude each other (a patient has one rhythm, one kind of block). A row's prevalence is
    multiplied by exp(decade * decades above 62 years), the steeper the more it shares (nine of ten of PTB-XL's patients
    below 35 are normal, two of ten above 75), by `men` in men, by the burden of disease that the patient's
    findings share (42 of 71 infarcts of PTB-XL come with another superclass), by `boost` where an earlier one is, and
    by the site.
    """
    groups: dict[str, list[dict[str, Any]]] = {}
    for row in table("findings")["finding"]:
        groups.setdefault(str(row.get("group", row["name"])), []).append(row)
    names = [f"{group}:{part}" for group in groups for part in ("which", "severity", "detail")]
    dice = chances(seed, numbers, "findings", normal=("burden",), uniform=names)
    severity: dict[str, Row] = {}
    for group, rows in groups.items():
        shares = [place.sick * place.more.get(str(row["name"]), 1.0) for row in rows]
        plain = [row if company else {**row, "shared": 0.0, "boost": {}} for row in rows]
        odds = np.array([
            share * _odds(row, body, severity, enriched, dice["burden"])
            for share, row in zip(shares, plain, strict=True)
        ])  # fmt: skip
        odds *= np.minimum(1, CROWDED / np.maximum(odds.sum(0), CROWDED))
        edges, which = np.cumsum(odds, axis=0), dice[f"{group}:which"]
        lower = np.zeros(len(which))
        for row, upper in zip(rows, edges, strict=True):
            here, lower = (which >= lower) & (which < upper), upper
            severity[str(row["name"])] = np.where(here, np.maximum(dice[f"{group}:severity"], 1e-3), 0.0)
    burden = dice["burden"] if company else np.zeros(len(dice["burden"]))
    return Conditions(severity, {group: dice[f"{group}:detail"] for group in groups}, burden)


def _odds(row: Mapping[str, Any], body: Body, drawn: Mapping[str, Row], enriched: bool, burden: Row) -> Row:
    shared, men = float(row.get("shared", SHARED)), float(row.get("men", 1.0))
    slope = float(row.get("decade", 0.0)) + AGEING * shared
    base = float(row["enriched" if enriched else "natural"])
    odds = base * np.exp(slope * body.decade - 0.5 * (slope * SPREAD) ** 2)
    odds = odds * np.where(body.male, 2 * men / (1 + men), 2 / (1 + men))
    odds = odds * np.exp(shared * burden - shared**2 / 2)
    for other, factor in dict(row.get("boost", {})).items():
        odds = odds * np.where(drawn[other] > 0, factor, 1.0)
    return np.asarray(np.minimum(odds, 0.9))
