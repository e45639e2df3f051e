"""Learning curves as SVG: a line a series, axes in plain words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape

__all__ = ["curves"]

WIDTH, HEIGHT, LEFT, BOTTOM, TOP = 560.0, 260.0, 52.0, 40.0, 30.0
INKS = ("#1f5fa8", "#c0392b", "#2e8b57", "#8e6bbf")

Point = tuple[float, float]


def curves(series: Mapping[str, Sequence[Point]], *, across: str, up: str) -> str:
    """Return an SVG of the named series of (x, y) points; a series without points is left out.

    Args:
        series: name -> points in ascending x.
        across: words below the x axis.
        up: words above the y axis.

    >>> curves({"train": [(0, 1), (10, 0.5)]}, across="step", up="loss").count("<polyline")
    1
    """
    drawn = {name: points for name, points in series.items() if points}
    if not drawn:
        return ""
    xs = [x for points in drawn.values() for x, _ in points]
    ys = [y for points in drawn.values() for _, y in points]
    x_ends, y_ends = (min(xs), max(xs)), (min(0.0, *ys), max(ys))

    def place(point: Point) -> Point:
        x, y = (_share(value, ends) for value, ends in zip(point, (x_ends, y_ends), strict=True))
        return LEFT + x * (WIDTH - LEFT - 12), HEIGHT - BOTTOM - y * (HEIGHT - BOTTOM - TOP)

    lines = "".join(
        f'<polyline fill="none" stroke="{ink}" stroke-width="1.8" '
        f'points="{" ".join(f"{x:.1f},{y:.1f}" for x, y in map(place, points))}"/>'
        for ink, points in zip(_inks(len(drawn)), drawn.values(), strict=True)
    )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" role="img" viewBox="0 0 {WIDTH:g} {HEIGHT:g}" '
        f'font-family="Helvetica, Arial, sans-serif" font-size="12" fill="#333"><title>{escape(up)}</title>'
        f"{_axes(x_ends, y_ends, across, up)}{lines}{_legend(list(drawn))}</svg>"
    )


def _share(value: float, ends: tuple[float, float]) -> float:
    return (value - ends[0]) / ((ends[1] - ends[0]) or 1.0)


def _inks(count: int) -> list[str]:
    return [INKS[i % len(INKS)] for i in range(count)]


def _axes(x_ends: tuple[float, float], y_ends: tuple[float, float], across: str, up: str) -> str:
    floor = HEIGHT - BOTTOM
    ticks = ""
    for part in (0.0, 0.5, 1.0):
        y = floor - part * (floor - TOP)
        x = LEFT + part * (WIDTH - LEFT - 12)
        ticks += f'<path d="M{LEFT:g} {y:g}H{WIDTH - 12:g}" stroke="#ddd"/>'
        ticks += f'<text x="{LEFT - 6:g}" y="{y + 4:g}" text-anchor="end">{_between(y_ends, part):.3g}</text>'
        ticks += f'<text x="{x:g}" y="{floor + 16:g}" text-anchor="middle">{_between(x_ends, part):.4g}</text>'
    words = f'<text x="{WIDTH / 2:g}" y="{HEIGHT - 6:g}" text-anchor="middle">{escape(across)}</text>'
    return f'{ticks}{words}<text x="6" y="16">{escape(up)}</text>'


def _between(ends: tuple[float, float], part: float) -> float:
    return ends[0] + part * (ends[1] - ends[0])


def _legend(names: Sequence[str]) -> str:
    words = ""
    for row, (name, ink) in enumerate(zip(names, _inks(len(names)), strict=True)):
        y = TOP + 4 + 16 * row
        words += f'<path d="M{WIDTH - 150:g} {y:g}h18" stroke="{ink}" stroke-width="3"/>'
        words += f'<text x="{WIDTH - 126:g}" y="{y + 4:g}">{escape(name)}</text>'
    return words
