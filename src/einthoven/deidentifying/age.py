"""Age: years, as far as they may be told."""

from __future__ import annotations

import math

__all__ = ["OLDEST", "released_age"]

OLDEST = 90.0
"""What every age above 89 becomes: so few people are older that an age would name them."""


def released_age(age: float | None) -> float | None:
    """Return an age in years that may be told: above 89 it is 90; unknown stays None.

    Source: HIPAA Safe Harbor, 45 CFR 164.514(b)(2)(i)(C).

    >>> [released_age(age) for age in (41.5, 89, 89.5, 104, None, float("nan"))]
    [41.5, 89.0, 90.0, 90.0, None, None]
    """
    if age is None or math.isnan(age):
        return None
    return OLDEST if age > 89 else float(age)
