"""The numbers agree with scikit-learn, and their intervals with a slow loop."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from sklearn.metrics import average_precision_score, f1_score, roc_auc_score

from einthoven.evaluating.interval import interval, resamples
from einthoven.evaluating.metrics import auprc, auroc, best_threshold, f1, macro
from einthoven.evaluating.scored import paired

ONE = np.ones((1, 200))


def answers(seed: int, n: int = 200, *, ties: bool = False) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    truth = rng.random(n) < 0.3
    scores = rng.normal(size=n) + truth
    return (np.round(scores, 0) if ties else scores), truth


@pytest.mark.parametrize("ties", [False, True])
@pytest.mark.parametrize("seed", range(3))
def test_auroc_and_auprc_agree_with_scikit_learn(seed: int, ties: bool) -> None:
    scores, truth = answers(seed, ties=ties)
    assert auroc(scores, truth, ONE)[0] == pytest.approx(roc_auc_score(truth, scores), abs=1e-12)
    assert auprc(scores, truth, ONE)[0] == pytest.approx(average_precision_score(truth, scores), abs=1e-12)


def test_a_weighting_is_the_same_as_repeating_the_studies() -> None:
    scores, truth = answers(5, ties=True)
    weights = np.random.default_rng(1).integers(0, 4, (3, 200)).astype(float)
    for row in weights:
        times = row.astype(int)
        repeated = np.repeat(scores, times), np.repeat(truth, times)
        assert auroc(scores, truth, row[None])[0] == pytest.approx(roc_auc_score(repeated[1], repeated[0]), abs=1e-12)
        area = average_precision_score(repeated[1], repeated[0])
        assert auprc(scores, truth, row[None])[0] == pytest.approx(area, abs=1e-12)
        decided = scores > 0
        expected = f1_score(repeated[1], repeated[0] > 0)
        assert f1(decided, truth, row[None])[0] == pytest.approx(expected, abs=1e-12)


def test_a_class_without_positives_has_no_value_and_leaves_the_mean_alone() -> None:
    scores, truth = answers(0)
    both = np.stack([truth, np.zeros_like(truth)], axis=1)
    whole, by_class = macro(auroc, np.stack([scores, scores], axis=1), both, ONE)
    assert np.isnan(by_class[0, 1])
    assert whole[0] == by_class[0, 0]
    assert np.isnan(auprc(scores, both[:, 1], ONE)[0])
    assert np.isnan(f1(scores > 0, both[:, 1], ONE)[0])


@given(st.lists(st.tuples(st.integers(-3, 3), st.booleans()), min_size=2, max_size=30))
def test_the_best_threshold_beats_every_other(pairs: list[tuple[int, bool]]) -> None:
    scores, truth = np.array([p[0] for p in pairs], float), np.array([p[1] for p in pairs])
    assume(truth.any())
    ones = np.ones((1, len(pairs)))
    best = f1(scores >= best_threshold(scores, truth), truth, ones)[0]
    assert all(best >= f1(scores >= other, truth, ones)[0] - 1e-12 for other in scores)


def test_nobody_is_claimed_where_validation_had_no_positive() -> None:
    assert best_threshold(np.array([1.0, 2.0]), np.array([False, False])) == float("inf")


def test_resamples_draw_patients_whole() -> None:
    weights = resamples(["a", "a", "b", "c"], count=500, seed=3)
    assert (weights[0] == 1).all()
    assert (weights[:, 0] == weights[:, 1]).all()
    assert (weights[1:, 1:].sum(axis=1) == 3).all()
    assert weights[1:, 2].mean() == pytest.approx(1, abs=0.15)


def test_the_interval_of_a_mean_has_the_width_of_its_standard_error() -> None:
    values = np.random.default_rng(0).normal(size=400)
    weights = resamples([str(i) for i in range(400)], count=2000, seed=0)
    value, low, high = interval(weights @ values / weights.sum(axis=1))
    error = values.std() / 20
    assert value == pytest.approx(values.mean())
    assert (high - low) == pytest.approx(2 * 1.96 * error, rel=0.08)


def test_the_same_seed_gives_the_same_interval() -> None:
    groups = [str(i // 2) for i in range(20)]
    np.testing.assert_array_equal(resamples(groups, seed=4), resamples(groups, seed=4))
    assert (resamples(groups, seed=4) != resamples(groups, seed=5)).any()


def test_a_statistic_that_never_exists_has_no_interval() -> None:
    value, low, high = interval(np.array([1.0, np.nan, np.nan]))
    assert value == 1
    assert np.isnan(low)
    assert np.isnan(high)


def test_a_paired_difference_is_the_mean_over_runs() -> None:
    scores, truth = answers(2)
    other, _ = answers(3)
    ours, theirs, truth2 = scores[:, None], other[:, None], truth[:, None]
    value = paired([ours, theirs], [theirs, theirs], truth2, ONE)[0]
    expected = (roc_auc_score(truth, scores) - roc_auc_score(truth, other)) / 2
    assert value == pytest.approx(expected, abs=1e-12)
