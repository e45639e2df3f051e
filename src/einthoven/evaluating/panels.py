"""Panels: small pictures side by side in one SVG, with a heading above and words below. Pixels."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

import numpy as np
from numpy.typing import NDArray

__all__ = ["HEIGHT", "WIDTH", "framed", "panel", "scaled"]

WIDTH, HEIGHT = 190.0, 130.0
"""Of one panel."""
TOP, BOTTOM = 18.0, 16.0
"""Kept above and below the picture within a panel."""


def scaled(values: NDArray[np.float64], ends: tuple[float, float], *, up: bool = False) -> NDArray[np.float64]:
    """Return where values lie within a panel's picture: to the right, or upwards.

    >>> scaled(np.array([0.0, 1.0]), (0, 1)).tolist()
    [8.0, 182.0]
    """
    share = (np.asarray(values, float) - ends[0]) / ((ends[1] - ends[0]) or 1.0)
    if up:
        return np.asarray(HEIGHT - BOTTOM - share * (HEIGHT - TOP - BOTTOM))
    return np.asarray(8 + share * (WIDTH - 16))


def panel(title: str, picture: str, *, ends: tuple[float, float], word: str = "") -> str:
    """Return a panel: its title, its picture, the ends of its x axis, and a word at the upper right."""
    floor = HEIGHT - BOTTOM
    return (
        f'<text x="8" y="12" font-weight="bold">{escape(title)}</text>'
        f'<text x="{WIDTH - 8:g}" y="12" text-anchor="end">{escape(word)}</text>'
        f'<path d="M8 {floor:g}H{WIDTH - 8:g}" stroke="#999" fill="none"/>{picture}'
        f'<text x="8" y="{HEIGHT - 4:g}" fill="#666">{ends[0]:.3g}</text>'
        f'<text x="{WIDTH - 8:g}" y="{HEIGHT - 4:g}" fill="#666" text-anchor="end">{ends[1]:.3g}</text>'
    )


def framed(panels: Sequence[str], *, columns: int, title: str, words: Sequence[str]) -> str:
    """Return one SVG of all panels, the heading above them and a line for each of `words` below."""
    rows = -(-len(panels) // columns)
    width, height = columns * WIDTH, 34 + rows * HEIGHT + 16 * len(words) + 8
    placed = "".join(
        f'<g transform="translate({row % columns * WIDTH:g} {34 + row // columns * HEIGHT:g})">{one}</g>'
        for row, one in enumerate(panels)
    )
    below = "".join(
        f'<text x="8" y="{34 + rows * HEIGHT + 16 * (line + 1):g}" fill="#444">{escape(told)}</text>'
        for line, told in enumerate(words)
    )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" role="img" viewBox="0 0 {width:g} {height:g}" width="{width:g}" '
        f'font-family="Helvetica, Arial, sans-serif" font-size="11" fill="#222"><title>{escape(title)}</title>'
        f'<rect width="{width:g}" height="{height:g}" fill="#fff"/>'
        f'<text x="8" y="21" font-size="15" font-weight="bold">{escape(title)}</text>{placed}{below}</svg>\n'
    )
