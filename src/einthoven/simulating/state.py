"""The latent patient: body, findings, chambers and heart rate, drawn in that order because each shapes the next."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from einthoven.errors import ConfigError, did_you_mean
from einthoven.simulating.body import Body, body
from einthoven.simulating.chambers import Chambers, chambers
from einthoven.simulating.conditions import Conditions, conditions
from einthoven.simulating.knockouts import KNOCKOUTS, SIMPLE_FINDINGS
from einthoven.simulating.sites import Site, site
from einthoven.simulating.streams import Row, chances

__all__ = ["Dials", "State", "states"]


@dataclass(frozen=True)
class Dials:
    """What a caller may turn.

    Args:
        enriched: draw findings with the enriched prevalences (each 1-20 %) instead of the natural ones.
        link: how strongly chambers shape the ECG, 1 as published, 0 not at all (disease, sex, age and body stay).
        noise: factor on everything the body and the device add to the heart, 0 for a clean signal.
        site: where the ECGs are taken, a name of `sites`.
        without: names of `KNOCKOUTS` to leave out.

    Raises:
        ConfigError: an unknown site or knock-out.
    """

    enriched: bool = False
    link: float = 1.0
    noise: float = 1.0
    site: str = "archive"
    without: frozenset[str] = frozenset()

    def __post_init__(self) -> None:
        site(self.site)
        for name in self.without:
            if name not in KNOCKOUTS:
                raise ConfigError(
                    "what makes simulated ECGs real is left out by name",
                    came=f"without={name!r} came",
                    instead=did_you_mean(name, KNOCKOUTS),
                    see="docs/simulating.md",
                )

    @property
    def place(self) -> Site:
        """The site."""
        return site(self.site)

    def keeps(self, name: str) -> bool:
        """Return whether a knock-out is not left out."""
        return name not in self.without


@dataclass(frozen=True)
class State:
    """Latent patients, one a row.

    Args:
        seed: the seed of the cohort.
        numbers: patient numbers, shape (n,).
        dials: what the caller turned.
        body: sex, age, size.
        conditions: severities by finding.
        chambers: volumes, mass, function.
        rate: mean ventricular rate in beats/min before premature beats, shape (n,).
    """

    seed: int
    numbers: tuple[int, ...]
    dials: Dials
    body: Body
    conditions: Conditions
    chambers: Chambers
    rate: Row


def states(seed: int, numbers: Sequence[int], dials: Dials | None = None) -> State:
    """Draw the latent state of patients `numbers`.

    >>> one, many = states(3, [5]), states(3, [4, 5])
    >>> bool(one.body.age[0] == many.body.age[1])
    True
    """
    dials = dials or Dials()
    numbers = tuple(int(number) for number in numbers)
    place, mixed = dials.place, dials.keeps("population")
    frame = body(seed, numbers, place if mixed else site("biobank"), enriched=dials.enriched and mixed)
    findings = conditions(seed, numbers, frame, enriched=dials.enriched, place=place, company=mixed)
    findings = findings if dials.keeps("findings") else findings.only(SIMPLE_FINDINGS)
    rate = _rate(seed, numbers, frame, findings)
    return State(seed, numbers, dials, frame, findings, chambers(seed, numbers, frame, findings, rate=rate), rate)


def _rate(seed: int, numbers: Sequence[int], frame: Body, c: Conditions) -> Row:
    """Draw the ventricular rate in beats/min.

    Sinus: median 68, 5-95 % about 51-94 as in the normals of PTB-XL folds 1-8. The other rhythms take the rates of
    textbooks (Surawicz and Knilans, 2008): flutter is set by its conduction ratio in `rhythm`.
    """
    z = chances(seed, numbers, "rate", normal=("rate", "spread"))
    normal = 66.5 + 2.5 * ~frame.male - 3.5 * frame.fitness + 0.3 * (frame.bmi - 26.5) + 9.5 * z["rate"]
    normal = normal + 4 * np.clip(z["spread"] - 1, 0, None) * 3
    fast = 98 + 42 * c["fast_sinus"] ** 1.5 - 3 * np.clip(frame.decade, -2, 3)
    slow = 59 - 17 * c["slow_sinus"] ** 1.3
    sinus = np.where(c.has("fast_sinus"), fast, np.where(c.has("slow_sinus"), slow, np.clip(normal, 48, 115)))
    rate = np.where(c.has("afib"), np.clip(86 + 22 * z["rate"], 48, 170), sinus)
    rate = np.where(c.has("svt"), 150 + 60 * c["svt"], rate)
    rate = np.where(c.has("paced"), 60 + 25 * c["paced"] ** 2, rate)
    rate = np.where(c.has("av_block_2"), np.clip(rate, 50, 95), rate)
    rate = np.where(c.has("av_block_3"), 30 + 18 * c["av_block_3"], rate)
    return np.asarray(rate)
