"""The patient's body: sex, age, size, pressure and fitness, before any disease."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from einthoven.simulating.sites import Site
from einthoven.simulating.streams import Row, chances

__all__ = ["Body", "body"]

MIDDLE_AGE = 62.0
"""The median age of PTB-XL (Wagner et al., 2020); ages enter equations as decades from it."""
AGE_SPREAD = 0.95
"""SD of the normal whose logistic is the age between the site's youngest and oldest."""


@dataclass(frozen=True)
class Body:
    """One body a row, every field of shape (n,).

    Args:
        male: who is a man.
        age: years.
        height: cm.
        bmi: kg/m2.
        bsa: body surface area in m2 (DuBois and DuBois, 1916).
        sbp: systolic blood pressure in mmHg.
        fitness: standard deviations.
    """

    male: NDArray[np.bool_]
    age: Row
    height: Row
    bmi: Row
    bsa: Row
    sbp: Row
    fitness: Row

    @property
    def decade(self) -> Row:
        """Age in decades from 62 years."""
        return (self.age - MIDDLE_AGE) / 10

    @property
    def plump(self) -> Row:
        """BMI in standard deviations."""
        return (self.bmi - 26.5) / 4.3

    @property
    def size(self) -> Row:
        """Logarithm of body surface area over the mean of the sex."""
        return np.asarray(np.log(self.bsa / np.where(self.male, 2.00, 1.72)))


def body(seed: int, numbers: Sequence[int], place: Site, *, enriched: bool = False) -> Body:
    """Draw the bodies of `numbers`, of the ages that come to a site.

    Age is a logistic of a normal; at the archive with median 62 and quartiles 50 and 73 years (PTB-XL folds 1-8: 50,
    62, 72). Enriched, half of the patients are of any age alike, so that no age is rare. Height, BMI and pressure
    follow the UK Biobank imaging cohort (Petersen et al., 2017).
    """
    z = chances(
        seed, numbers, "body", normal=("age", "height", "bmi", "sbp", "fitness"), uniform=("sex", "any", "years")
    )
    male = z["sex"] < 0.52
    low, high = place.youngest, place.oldest
    middle = np.log((place.middle - low) / (high - place.middle))
    share = np.where(enriched & (z["any"] < 0.5), z["years"], 1 / (1 + np.exp(-middle - AGE_SPREAD * z["age"])))
    age = np.round(low + (high - low) * share)
    height = np.where(male, 176.5 + 6.8 * z["height"], 163.5 + 6.4 * z["height"]) - 0.08 * (age - MIDDLE_AGE)
    bmi = np.clip(np.where(male, 26.8 * np.exp(0.14 * z["bmi"]), 25.9 * np.exp(0.17 * z["bmi"])), 16.5, 48)
    bsa = 0.007184 * (bmi * (height / 100) ** 2) ** 0.425 * height**0.725
    sbp = 134 + 4 * male + 0.45 * (age - MIDDLE_AGE) + 0.7 * (bmi - 26.5) + 15 * z["sbp"]
    return Body(male, age, height, bmi, bsa, np.clip(sbp, 88, 230), z["fitness"])
