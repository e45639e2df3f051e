"""Arrangement: which layout a page has, by its number of rows and by the names where leads would begin."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from einthoven.digitizing.names import NAMES, Names
from einthoven.drawing.layout import LAYOUTS, Layout

__all__ = ["Arrangement", "arranged"]

Array = NDArray[np.float64]

_LEVEL = 0.42
"""Likeness of a name from which it speaks for a layout."""


class Arrangement(NamedTuple):
    """A layout on a page.

    Args:
        name: of the layout.
        layout: with the strips that were seen.
        first: number of the row it begins with.
        likeness: of the names, in the mean.
        margin: by how much it explains the page better than the next one.
    """

    name: str
    layout: Layout
    first: int
    likeness: float
    margin: float


def arranged(names: Names, zeros: Array, start: float, stop: float, told: str | None = None) -> Arrangement | None:
    """Return the layout that explains the names best; None where no layout has so few rows.

    Args:
        names: looks for names.
        zeros: zero lines of the rows, pixels, shape (n,).
        start: x at which traces begin, pixels.
        stop: x at which they end.
        told: the layout's name, where it is known.
    """
    names.settle([(start, float(zero)) for zero in zeros])
    found = [
        _tried(names, name, layout, zeros, (start, stop), first=first)
        for name, layout in LAYOUTS.items()
        if told in (None, name)
        for first in range(len(zeros) - layout.lines + 1)
    ]
    if not found:
        return None
    found.sort(key=lambda one: -one[0])
    (best, arrangement), *others = found
    return arrangement._replace(margin=best - others[0][0] if others else 1.0)


def _tried(
    names: Names, name: str, layout: Layout, zeros: Array, extent: tuple[float, float], *, first: int
) -> tuple[float, Arrangement]:
    """Return how well a layout explains the page when it begins with a row, and the layout with the strips seen."""
    worth = 0.0
    seen: list[float] = []
    strips: list[str] = []
    for row, column, share, usual in _places(layout):
        lead = usual
        x = extent[0] + share * (extent[1] - extent[0])
        like = names.at(x, float(zeros[first + row]))
        if column is None:
            lead = max(NAMES[:-1], key=lambda one: like[one] + 0.1 * (one == usual))
            strips.append(lead if like[lead] > _LEVEL else usual)
        rest = max(value for other, value in like.items() if other != lead)
        seen.append(like[lead])
        worth += like[lead] - _LEVEL + 0.5 * min(like[lead] - rest, 0)
    unexplained = len(zeros) - layout.lines
    worth -= 1.5 * unexplained
    return worth, Arrangement(name, Layout(layout.rows, tuple(strips)), first, float(np.mean(seen)), 0.0)


def _places(layout: Layout) -> Iterator[tuple[int, int | None, float, str]]:
    """Yield row, column (None for a strip), share of the width at which it begins, and lead of each place."""
    for row, leads in enumerate(layout.rows):
        for column, lead in enumerate(leads):
            yield row, column, column / len(leads), lead
    for strip, lead in enumerate(layout.strips, len(layout.rows)):
        yield strip, None, 0.0, lead
