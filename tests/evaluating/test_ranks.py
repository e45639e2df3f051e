"""Ranks agree with a slow loop; chance agrees with shuffling; ties are pessimistic."""

from __future__ import annotations

import numpy as np
import pytest

from einthoven.evaluating.ranks import (
    average_precision,
    chance_graded,
    chance_of,
    chance_retrieval,
    first_rank,
    gain_at,
    precision_at,
    retrieval_statistics,
)


def slow_rank(scores: np.ndarray, relevant: np.ndarray) -> float:
    order = sorted(range(len(scores)), key=lambda i: (-scores[i], relevant[i]))
    return next(rank for rank, i in enumerate(order, 1) if relevant[i])


def slow_precision(scores: np.ndarray, relevant: np.ndarray, k: int) -> float:
    order = sorted(range(len(scores)), key=lambda i: (-scores[i], relevant[i]))
    return float(np.mean([relevant[i] for i in order[:k]]))


@pytest.mark.parametrize("seed", range(5))
def test_ranks_and_precisions_agree_with_a_slow_loop(seed: int) -> None:
    rng = np.random.default_rng(seed)
    scores = rng.integers(0, 5, (7, 30)) / 4
    relevant = rng.random((7, 30)) < 0.2
    relevant[:, 0] |= ~relevant.any(axis=1)
    ranks, share = first_rank(scores, relevant), precision_at(scores, relevant, 10)
    for q in range(7):
        assert ranks[q] == slow_rank(scores[q], relevant[q])
        assert share[q] == pytest.approx(slow_precision(scores[q], relevant[q], 10))


def test_a_tie_counts_against_us() -> None:
    relevant = np.array([[True, False, False]])
    assert first_rank(np.zeros((1, 3)), relevant)[0] == 3
    assert precision_at(np.zeros((1, 3)), relevant, 1)[0] == 0


def test_a_query_with_nothing_right_has_no_rank() -> None:
    ranks = first_rank(np.ones((1, 3)), np.zeros((1, 3), bool))
    assert np.isnan(ranks[0])
    assert np.isnan(retrieval_statistics(ranks)["R@1"][0])


def test_chance_is_what_shuffling_reaches() -> None:
    rng = np.random.default_rng(0)
    relevant = np.zeros((4, 25), bool)
    for q, m in enumerate((1, 2, 5, 10)):
        relevant[q, :m] = True
    drawn = [first_rank(rng.permuted(np.tile(np.arange(25.0), (4, 1)), axis=1), relevant) for _ in range(4000)]
    ranks = np.stack(drawn)
    chance = chance_retrieval(relevant)
    assert chance["R@1"] == pytest.approx((ranks <= 1).mean(), abs=0.02)
    assert chance["R@5"] == pytest.approx((ranks <= 5).mean(), abs=0.02)
    assert chance["MRR"] == pytest.approx((1 / ranks).mean(), abs=0.02)
    assert chance["MnR"] == pytest.approx(ranks.mean(), rel=0.03)
    assert chance["MdR"] == pytest.approx(np.median(ranks), abs=1)


def test_chance_of_a_single_right_answer_is_known() -> None:
    chance = chance_retrieval(np.eye(10, dtype=bool))
    assert chance["R@1"] == pytest.approx(0.1)
    assert chance["R@5"] == pytest.approx(0.5)
    assert chance["R@10"] == pytest.approx(1)
    assert chance["MnR"] == pytest.approx(5.5)
    assert chance["MdR"] == pytest.approx(5)


@pytest.mark.parametrize("seed", range(3))
def test_graded_metrics_are_those_of_scikit_learn(seed: int) -> None:
    from sklearn.metrics import average_precision_score, ndcg_score

    rng = np.random.default_rng(seed)
    scores, relevant, gain = rng.normal(size=(6, 40)), rng.random((6, 40)) < 0.2, rng.random((6, 40))
    relevant[:, 0] = True
    precision, gained = average_precision(scores, relevant), gain_at(scores, gain, 10)
    for q in range(6):
        assert precision[q] == pytest.approx(average_precision_score(relevant[q], scores[q]))
        assert gained[q] == pytest.approx(ndcg_score(gain[q : q + 1], scores[q : q + 1], k=10))


def test_graded_metrics_count_ties_against_us_and_nothing_is_no_number() -> None:
    relevant = np.array([[True, False, False, False], [False] * 4])
    assert average_precision(np.zeros((2, 4)), relevant)[0] == 0.25
    assert gain_at(np.zeros((2, 4)), relevant * 1.0, 4)[0] == pytest.approx(1 / np.log2(5))
    assert np.isnan(average_precision(np.zeros((2, 4)), relevant)[1])
    assert np.isnan(gain_at(np.zeros((2, 4)), relevant * 1.0, 4)[1])


def test_chance_of_graded_metrics_is_what_shuffling_gives() -> None:
    rng = np.random.default_rng(0)
    relevant, gain = rng.random((5, 30)) < 0.3, rng.random((5, 30))
    shuffled = [rng.random((5, 30)) for _ in range(2000)]
    at_k, precision, gained = chance_graded(relevant, gain, 10)
    assert at_k == pytest.approx(np.mean([precision_at(one, relevant, 10) for one in shuffled], axis=0), abs=0.02)
    assert precision == pytest.approx(np.mean([average_precision(one, relevant) for one in shuffled], axis=0), abs=0.02)
    assert gained == pytest.approx(np.mean([gain_at(one, gain, 10) for one in shuffled], axis=0), abs=0.02)


def test_chance_needs_only_the_counts() -> None:
    relevant = np.random.default_rng(0).random((9, 20)) < 0.2
    relevant[0] = False
    assert chance_retrieval(relevant) == chance_of(relevant.sum(1), 20)
