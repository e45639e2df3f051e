"""Pictures of a comparison: the distributions of the measures, and the effects of findings, as SVG."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from einthoven.evaluating.distribution import distance, quantiles
from einthoven.evaluating.effects import Group, correlation, effect
from einthoven.evaluating.measures import MEASURES, SHOWN
from einthoven.evaluating.panels import framed, panel, scaled
from einthoven.evaluating.sides import Sides

__all__ = ["of_effects", "of_measures"]

Array = NDArray[np.float64]
REAL, MADE = "#1f5fa8", "#c0392b"
BINS = 20
SYNTHETIC = "Red: SYNTHETIC patients, nobody's heart. Blue: real."


def of_measures(sides: Sides, *, source: str) -> str:
    """Return the distributions of the shown measures among the normals of both sides.

    Args:
        sides: what was measured.
        source: whose real ECGs these are, in words.
    """
    columns = [[*MEASURES].index(name) for name in SHOWN]
    real, made = (side.values[side.normal] for side in (sides.real, sides.simulated))
    drawn = [
        _densities(name, real[:, column], made[:, column], sides.matching.weights)
        for name, column in zip(SHOWN, columns, strict=True)
        if np.isfinite(real[:, column]).any() and np.isfinite(made[:, column]).any()
    ]
    words = [
        f"{SYNTHETIC} Lines mark the medians; simulated normals (n={len(made)}) are weighted to the ages and sexes of "
        f"the real ones (n={len(real)}).",
        f"KS: Kolmogorov-Smirnov distance. Real ECGs: {source}",
    ]
    return framed(drawn, columns=5, title="Normal ECGs, simulated and real", words=words)


def of_effects(sides: Sides, groups: Sequence[Group], columns: Sequence[int], *, source: str) -> str:
    """Return, for each finding, its effect on every measure: real to the right, simulated upwards.

    Args:
        sides: what was measured.
        groups: the findings.
        columns: the measures that are compared.
        source: whose real ECGs these are, in words.
    """
    once = np.ones((1, len(sides.real.studies)))
    drawn = []
    for group in groups:
        both = []
        for side, weights in ((sides.real, once), (sides.simulated, sides.weights[None])):
            member = group.members(side.studies)
            both.append(effect(side.compared[:, columns], member, side.normal & ~member, weights))
        drawn.append(_scatter(group.name, *both))
    words = [
        "Each dot is a measure: the mean of those with the finding less that of the normals, in units of their spread.",
        f"To the right: real, from {source}",
        "Upwards: SYNTHETIC patients. The line is where both agree; r is their correlation.",
    ]
    return framed(drawn, columns=5, title="Effects of findings, simulated against real", words=words)


def _densities(name: str, real: Array, made: Array, weights: Array) -> str:
    both, counted = (
        np.concatenate([real, made]),
        np.concatenate([np.ones(len(real)) / len(real), weights / sum(weights)]),
    )
    low, high = quantiles(both, counted, [0.005, 0.995])
    edges = np.linspace(low, high, BINS + 1)
    shares = [
        np.histogram(values, edges, weights=each)[0] / each.sum()
        for values, each in ((real, np.ones(len(real))), (made, weights))
    ]
    top = max(float(share.max()) for share in shares) or 1.0
    picture = ""
    for values, each, share, ink in zip((real, made), (np.ones(len(real)), weights), shares, (REAL, MADE), strict=True):
        x, y = scaled(edges, (low, high)), scaled(share, (0, top), up=True)
        steps = "".join(f"L{a:.0f} {b:.0f}H{c:.0f}" for a, b, c in zip(x[:-1], y, x[1:], strict=True))
        floor = float(scaled(np.zeros(1), (0, top), up=True)[0])
        path = f"M{x[0]:.0f} {floor:.0f}{steps}V{floor:.0f}"
        picture += f'<path d="{path}" fill="{ink}" fill-opacity=".18" stroke="{ink}"/>'
        middle = scaled(quantiles(values, each, [0.5]), (low, high))[0]
        picture += f'<path d="M{middle:.1f} {floor:.0f}V24" stroke="{ink}" stroke-width="1.5"/>'
    far = distance(made, real, weights)
    return panel(f"{name} {MEASURES[name].unit}", picture, ends=(float(low), float(high)), word=f"KS {far:.2f}")


def _scatter(name: str, real: Array, made: Array) -> str:
    known = np.isfinite(real[0]) & np.isfinite(made[0])
    if not known.any():
        return panel(name, "", ends=(0, 0), word="too few")
    reach = float(np.abs([real[0, known], made[0, known]]).max())
    ends = (-reach, reach)
    x, y = scaled(real[0, known], ends), scaled(made[0, known], ends, up=True)
    dots = "".join(f"M{a:.1f} {b:.1f}h0" for a, b in zip(x, y, strict=True))
    corners = [*scaled(np.array(ends), ends), *scaled(np.array(ends), ends, up=True)]
    line = f"M{corners[0]:.0f} {corners[2]:.0f}L{corners[1]:.0f} {corners[3]:.0f}"
    picture = (
        f'<path d="{line}" stroke="#bbb"/>'
        f'<path d="{dots}" stroke="#333" stroke-opacity=".55" stroke-width="3.4" stroke-linecap="round"/>'
    )
    return panel(name, picture, ends=ends, word=f"r {correlation(real, made)[0]:.2f}")
