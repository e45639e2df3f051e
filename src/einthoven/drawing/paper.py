"""ECG paper: a grid of 1 mm and 5 mm, and the calibration pulse that says how tall 1 mV is."""

from __future__ import annotations

__all__ = ["grid", "pulse"]

MINOR, MAJOR = "#f6d5d5", "#eda6a6"


def grid(x: float, y: float, width: float, height: float) -> str:
    """Return SVG of the grid that fills a rectangle in mm, as two patterns (a few bytes, whatever the page)."""
    return (
        f'<defs><pattern id="mm" x="{x:g}" y="{y:g}" width="1" height="1" patternUnits="userSpaceOnUse">'
        f'<path d="M1 0H0V1" fill="none" stroke="{MINOR}" stroke-width=".1"/></pattern>'
        f'<pattern id="cm" x="{x:g}" y="{y:g}" width="5" height="5" patternUnits="userSpaceOnUse">'
        f'<path d="M5 0H0V5" fill="none" stroke="{MAJOR}" stroke-width=".2"/></pattern></defs>'
        f'<rect x="{x:g}" y="{y:g}" width="{width:g}" height="{height:g}" fill="url(#mm)"/>'
        f'<rect x="{x:g}" y="{y:g}" width="{width:g}" height="{height:g}" fill="url(#cm)" '
        f'stroke="{MAJOR}" stroke-width=".2"/>'
    )


def pulse(x: float, y: float, *, speed: float, gain: float) -> str:
    """Return the path of the calibration pulse: 1 mV for 200 ms, its foot at (x, y) in mm."""
    wide = 0.2 * speed
    return f"M{x:g} {y:g}h{wide / 4:g}v{-gain:g}h{wide:g}v{gain:g}h{wide / 4:g}"
