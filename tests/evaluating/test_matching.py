"""Matched normals have the other side's ages and sexes."""

from __future__ import annotations

import numpy as np
import pytest

from einthoven.evaluating.matching import are_normal, matching
from einthoven.recording import Recording
from einthoven.study import Study

ECG = Recording(np.zeros((1, 10)), ["I"], 10)


def people(*kinds: tuple[int, float | None, str | None]) -> list[Study]:
    who = [(age, sex) for count, age, sex in kinds for _ in range(count)]
    return [Study(str(row), ECG, age=age, sex=sex) for row, (age, sex) in enumerate(who)]  # type: ignore[arg-type]


def test_weighted_shares_are_the_other_sides() -> None:
    ours = people((30, 35, "female"), (10, 70, "male"), (60, 50, "male"))
    theirs = people((5, 20, "female"), (15, 80, "male"))
    found = matching(ours, theirs)
    share = [found.weights[start:stop].sum() / found.weights.sum() for start, stop in ((0, 30), (30, 40), (40, 100))]
    assert share == pytest.approx([0.25, 0.75, 0.0])
    assert found.weights.mean() == pytest.approx(1)
    assert found.missing == 0


def test_equal_sides_keep_their_weights_and_unequal_ones_are_worth_less() -> None:
    ours = people((10, 35, "female"), (10, 70, "male"))
    assert matching(ours, ours).effective == pytest.approx(20)
    assert matching(ours, people((1, 35, "female"), (9, 70, "male"))).effective < 13


def test_whom_nobody_resembles_is_counted() -> None:
    found = matching(people((5, 35, "female")), people((1, 35, "female"), (1, 35, "male"), (2, None, "male")))
    assert found.missing == pytest.approx(0.75)


def test_unknown_ages_leave_the_weights_alone() -> None:
    found = matching(people((5, 35, "female")), people((5, None, None)))
    assert found.weights.tolist() == [1] * 5
    assert found.missing == 1


def test_normal_is_norm_and_nothing_else_diagnostic() -> None:
    codes = ({"NORM": 100, "SR": 0}, {"NORM": 80, "SARRH": 0, "PVC": 0}, {"NORM": 50, "NDT": 50}, {"SR": 0}, None)
    studies = [Study(str(row), ECG, labels=labels) for row, labels in enumerate(codes)]
    assert are_normal(studies).tolist() == [True, True, False, False, False]
