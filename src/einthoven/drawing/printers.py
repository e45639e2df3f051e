"""Printers: styles drawn at random, as many hospitals' machines print many pages."""

from __future__ import annotations

from typing import Any

import numpy as np

from einthoven.drawing.chance import chance
from einthoven.drawing.layout import LAYOUTS
from einthoven.drawing.style import FONTS, Style

__all__ = ["styles"]

_SECONDS = {12.5: 10.0, 25: 10.0, 50: 5.0}
"""What is shown at a paper speed: as much as a sheet holds."""
_INKS = ("#000000", "#16161d", "#2b2b33", "#1b2350", "#3a3a3a")


def styles(seed: int, number: int, *, start: int = 0, dpi: float | None = None, **fixed: Any) -> tuple[Style, ...]:
    """Draw `number` styles at random; style k of a seed is the same however many are drawn.

    Every layout is as likely as any other; 25 mm/s and 10 mm/mV prevail, as in hospitals.

    Args:
        seed: 0 to 2**64 - 1.
        number: how many.
        start: number of the first.
        dpi: the same for all; None for 100 to 300.
        fixed: further fields of Style that are the same for all, e.g. layout="3x4+1".

    Raises:
        ConfigError: a seed or a field that does not exist.

    >>> styles(3, 5)[4] == styles(3, 1, start=4)[0]
    True
    """
    told = {**fixed, **({} if dpi is None else {"dpi": dpi})}
    looks = ({**_look(chance(seed, start + one, "style")), **told} for one in range(number))
    return tuple(Style(**{"seconds": _SECONDS[look["speed"]], **look}) for look in looks)


def _look(rng: np.random.Generator) -> dict[str, Any]:
    speed = float(rng.choice([25, 50, 12.5], p=[0.8, 0.12, 0.08]))
    grid = str(
        rng.choice(["red", "pink", "brown", "blue", "green", "grey", "none"], p=[0.3, 0.2, 0.1, 0.12, 0.1, 0.13, 0.05])
    )
    return {
        "layout": str(rng.choice(list(LAYOUTS))),
        "speed": speed,
        "gain": float(rng.choice([10, 5, 20], p=[0.84, 0.1, 0.06])),
        "dpi": float(rng.integers(100, 301)),
        "grid": grid,
        "fine": bool(rng.random() < 0.9),
        "ink": str(rng.choice(_INKS)),
        "line": round(float(rng.uniform(0.2, 0.45)), 2),
        "name_size": round(float(rng.uniform(2.6, 4.2)), 1),
        "separators": bool(rng.random() < 0.4),
        "pulse": bool(rng.random() < 0.85),
        "scale": bool(rng.random() < 0.8),
        "font": str(rng.choice(FONTS)),
        "margin": round(float(rng.uniform(2, 12)), 1),
        "heading": round(float(rng.uniform(8, 24)), 1),
    }
