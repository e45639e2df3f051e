"""Pictures of a comparison are SVG, say SYNTHETIC, and put every value where it belongs."""

from __future__ import annotations

import re
from xml.etree import ElementTree

import numpy as np
import pytest

from einthoven.evaluating.effects import Group
from einthoven.evaluating.measures import MEASURES, SHOWN
from einthoven.evaluating.panels import HEIGHT, WIDTH, framed, panel, scaled
from einthoven.evaluating.pictures import of_effects, of_measures
from einthoven.evaluating.sides import Side, Sides
from einthoven.recording import Recording
from einthoven.study import Study

ECG = Recording(np.zeros((1, 10)), ["I"], 10)


def side(shift: float) -> Side:
    rng = np.random.default_rng(3)
    codes = [{"NORM": 100.0}] * 40 + [{"IMI": 100.0}] * 20
    studies = tuple(Study(str(row), ECG, labels=code) for row, code in enumerate(codes))
    values = rng.normal(size=(60, len(MEASURES)))
    values[40:] += shift * np.linspace(-3, 3, len(MEASURES))
    return Side(studies, values)


SIDES = Sides(side(1), side(-1))


def test_every_shown_measure_has_a_panel() -> None:
    svg = of_measures(SIDES, source="Somebody & Co, 1902")
    ElementTree.fromstring(svg)
    assert svg.count("KS 0.") == len(SHOWN)
    assert "SYNTHETIC" in svg
    assert "Somebody &amp; Co, 1902" in svg


def test_a_measure_that_one_side_lacks_has_none() -> None:
    lacking = side(1)
    lacking.values[:, [*MEASURES].index("noise_uv")] = np.nan
    svg = of_measures(Sides(lacking, side(1)), source="")
    assert svg.count("KS 0.") == len(SHOWN) - 1
    assert "noise_uv" not in svg


def test_opposite_effects_fall_and_like_ones_rise() -> None:
    columns = list(range(82))
    group = Group("IMI", frozenset({"IMI"}))
    worse = of_effects(SIDES, [group], columns, source="")
    same = of_effects(Sides(side(1), side(1)), [group], columns, source="")
    assert float(re.search(r"r (-?[\d.]+)<", worse)[1]) < -0.9  # type: ignore[index]
    assert "r 1.00<" in same
    assert "SYNTHETIC" in same


def test_a_finding_that_one_side_lacks_says_so() -> None:
    assert "too few" in of_effects(SIDES, [Group("LVH", frozenset({"LVH"}))], [0, 1], source="")


def test_scales_run_to_the_right_and_upwards_within_the_panel() -> None:
    x, y = (scaled(np.array([2.0, 3.0, 4.0]), (2, 4), up=up) for up in (False, True))
    assert np.all(np.diff(x) > 0)
    assert np.all(np.diff(y) < 0)
    assert x.min() >= 0
    assert x.max() <= WIDTH
    assert y.min() >= 0
    assert y.max() <= HEIGHT
    assert np.isfinite(scaled(np.array([1.0]), (1, 1))).all()


@pytest.mark.parametrize(("count", "rows"), [(1, 1), (5, 1), (6, 2)])
def test_panels_stand_in_rows(count: int, rows: int) -> None:
    svg = framed([panel("a <b>", "", ends=(0, 1))] * count, columns=5, title="t", words=["w"])
    ElementTree.fromstring(svg)
    assert float(re.search(r'viewBox="0 0 \S+ ([\d.]+)"', svg)[1]) == 34 + rows * HEIGHT + 24  # type: ignore[index]
