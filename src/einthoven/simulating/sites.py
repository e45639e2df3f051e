"""Sites: where ECGs are taken, as one row of sites.toml each."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, fields
from functools import lru_cache
from importlib import resources

from einthoven.errors import ConfigError, did_you_mean

__all__ = ["Site", "site", "sites"]


@dataclass(frozen=True)
class Site:
    """What differs between sites beside the hearts; see sites.toml for each field.

    Args:
        about: one line.
        muscle: factor on muscle noise.
        drift: factor on baseline wander.
        mains: share of records with hum.
        sixty: share of those with 60 Hz.
        artefact: share of records with bursts or a loose electrode.
        coarse: share of records rounded to 5-40 uV.
        high_pass: share of records through a device's high-pass.
        swapped: share of records with two electrodes swapped.
        missing: share of records without one of the chest leads.
        youngest: years.
        oldest: years.
        middle: median age in years.
        sick: factor on every finding's share.
        more: factors on single findings.
    """

    about: str
    muscle: float
    drift: float
    mains: float
    sixty: float
    artefact: float
    coarse: float
    high_pass: float
    swapped: float
    missing: float
    youngest: float
    oldest: float
    middle: float
    sick: float
    more: Mapping[str, float]


@lru_cache
def _table() -> dict[str, Site]:
    text = resources.files(__package__).joinpath("sites.toml").read_text("utf-8")
    names = [one.name for one in fields(Site)]
    return {key: Site(**{name: row[name] for name in names}) for key, row in tomllib.loads(text).items()}


def sites() -> tuple[str, ...]:
    """Return the names of the sites.

    >>> sites()
    ('archive', 'emergency', 'abroad', 'biobank')
    """
    return tuple(_table())


def site(name: str) -> Site:
    """Return a site by name. Raises ConfigError for an unknown one.

    >>> site("biobank").youngest
    45
    """
    if name not in _table():
        raise ConfigError(
            "patients are simulated at a site",
            came=f"site={name!r} came",
            instead=did_you_mean(name, sites()),
            see="docs/simulating.md",
        )
    return _table()[name]
