"""Chance: random streams by counter, so that page k of a seed is the same in any batch and any worker."""

from __future__ import annotations

import numpy as np

from einthoven.errors import ConfigError

__all__ = ["PURPOSES", "chance"]

PURPOSES = (
    "style", "dpi", "rotation", "corners", "room", "crop", "table", "fade", "marks", "strokes", "light", "shadow",
    "cast", "folds", "creases", "stains", "blur", "noise", "jpeg",
)  # fmt: skip
"""What randomness is for; each purpose has streams of its own. New ones stand at the end."""


def chance(seed: int, number: int, purpose: str) -> np.random.Generator:
    """Return the random numbers of page `number` of a seed for one purpose.

    Philox is a keyed hash of a counter (Salmon et al. 2011, doi:10.1145/2063384.2063405): the key is (seed,
    purpose), the third word of the counter the page's number.

    >>> bool(chance(3, 7, "style").random() == chance(3, 7, "style").random())
    True
    """
    for word, value in (("seed", seed), ("number", number)):
        if isinstance(value, bool) or not isinstance(value, (int, np.integer)) or not 0 <= value < 2**64:
            raise ConfigError(
                f"a {word} is a whole number from 0 to 2**64 - 1",
                came=f"{word}={value!r} came",
                instead=f"Pass {word}=0 or any other whole number in that range.",
                see="docs/drawing.md",
            )
    key = np.array([seed, PURPOSES.index(purpose)], np.uint64)
    return np.random.Generator(np.random.Philox(key=key, counter=np.array([0, 0, number, 0], np.uint64)))
