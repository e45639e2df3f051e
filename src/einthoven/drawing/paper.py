"""ECG paper as vectors: a grid of 1 mm and 5 mm."""

from __future__ import annotations

from einthoven.drawing.style import GRIDS, Style

__all__ = ["BOLD", "FINE", "grid"]

FINE, BOLD = 0.1, 0.2
"""Width of the 1 mm and the 5 mm lines, mm."""


def grid(style: Style, x: float, y: float, size: tuple[float, float]) -> str:
    """Return SVG of the grid that fills a rectangle in mm, as two patterns (a few bytes, whatever the page)."""
    paper, minor, major = GRIDS[style.grid]
    shape = f'x="{x:g}" y="{y:g}" width="{size[0]:g}" height="{size[1]:g}"'
    if minor == paper:
        return ""
    fine = (
        f'<pattern id="mm" x="{x:g}" y="{y:g}" width="1" height="1" patternUnits="userSpaceOnUse">'
        f'<path d="M1 0H0V1" fill="none" stroke="{minor}" stroke-width="{FINE:g}"/></pattern>'
    )
    return (
        f"<defs>{fine if style.fine else ''}"
        f'<pattern id="cm" x="{x:g}" y="{y:g}" width="5" height="5" patternUnits="userSpaceOnUse">'
        f'<path d="M5 0H0V5" fill="none" stroke="{major}" stroke-width="{BOLD:g}"/></pattern></defs>'
        + (f'<rect {shape} fill="url(#mm)"/>' if style.fine else "")
        + f'<rect {shape} fill="url(#cm)" stroke="{major}" stroke-width="{BOLD:g}"/>'
    )
