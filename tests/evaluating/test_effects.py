"""Effects are counted, sized and correlated as a slow hand would do it."""

from __future__ import annotations

import numpy as np
import pytest

from einthoven.evaluating.effects import ceiling, correlation, effect, groups_of, split_half
from einthoven.recording import Recording
from einthoven.study import Study

ECG = Recording(np.zeros((1, 10)), ["I"], 10)
ONE = np.ones((1, 60))


def labelled(*codes: tuple[int, str]) -> list[Study]:
    every = [code for count, code in codes for _ in range(count)]
    return [Study(str(row), ECG, labels=dict.fromkeys(code.split(), 100.0)) for row, code in enumerate(every)]


def drawn(size: float, seed: int = 0) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    member = np.arange(60) < 20
    values = rng.normal(size=(60, 40)) + size * np.outer(member, np.linspace(-1, 1, 40))
    return values, member, ~member


def test_groups_are_found_by_counting() -> None:
    studies = labelled((5, "NORM SR"), (4, "IMI"), (3, "AMI"), (2, "LVH"), (1, "AFIB"))
    assert [group.name for group in groups_of(studies, least=3)] == ["IMI", "AMI", "superclass MI"]
    assert {"AFIB", "LVH"} <= {group.name for group in groups_of(studies, least=1)}


def test_of_equal_groups_one_is_kept_and_normal_is_none() -> None:
    names = [group.name for group in groups_of(labelled((9, "NORM SR"), (5, "CLBBB"), (3, "IRBBB")), least=2)]
    assert sorted(names) == ["CLBBB", "IRBBB", "superclass CD"]


def test_an_effect_is_the_difference_over_the_mean_spread() -> None:
    values, member, normal = drawn(1)
    a, b = values[member], values[normal]
    expected = (a.mean(axis=0) - b.mean(axis=0)) / np.sqrt((a.var(axis=0) + b.var(axis=0)) / 2)
    np.testing.assert_allclose(effect(values, member, normal, ONE)[0], expected)


def test_weights_are_repetitions_and_gaps_are_left_out() -> None:
    values, member, normal = drawn(1)
    times = np.random.default_rng(1).integers(0, 4, 60)
    repeated = [np.repeat(part, times, axis=0) for part in (values, member, normal)]
    expected = effect(*repeated, np.ones((1, times.sum())))
    np.testing.assert_allclose(effect(values, member, normal, times[None].astype(float)), expected, rtol=1e-9)
    gap = np.where(np.arange(60)[:, None] == 3, np.nan, values)
    kept = np.arange(60) != 3
    expected = effect(values[kept], member[kept], normal[kept], ONE[:, kept])
    np.testing.assert_allclose(effect(gap, member, normal, ONE), expected)


def test_a_constant_measure_has_no_effect() -> None:
    values, member, normal = drawn(1)
    values[:, 0] = 7.1
    assert np.isnan(effect(values, member, normal, ONE)[0, 0])


def test_the_correlation_is_pearsons() -> None:
    rng = np.random.default_rng(0)
    a, b = rng.normal(size=(2, 3, 30))
    expected = [np.corrcoef(x, y)[0, 1] for x, y in zip(a, b, strict=True)]
    np.testing.assert_allclose(correlation(a, b), expected)
    b[0, :5] = np.nan
    assert correlation(a, b)[0] == pytest.approx(np.corrcoef(a[0, 5:], b[0, 5:])[0, 1])


def test_halves_agree_about_a_strong_effect_and_not_about_none() -> None:
    groups = [str(row) for row in range(60)]
    assert split_half(*drawn(3), groups=groups) > 0.9
    none = np.mean([split_half(*drawn(0, seed), groups=groups, halves=50) for seed in range(10)])
    assert abs(none) < 0.12


def test_a_patient_is_in_one_half() -> None:
    values, member, normal = drawn(0)
    twice = [np.repeat(part, 2, axis=0) for part in (values, member, normal)]
    alone = split_half(*twice, groups=[str(row) for row in range(120)])
    assert split_half(*twice, groups=[str(row // 2) for row in range(120)]) < alone - 0.2  # else a half would know


def test_the_ceiling_is_the_root_of_the_reliability() -> None:
    assert ceiling(1.0) == 1
    assert ceiling(-0.2) == 0
    assert ceiling(0.6) == pytest.approx(np.sqrt(0.75))
