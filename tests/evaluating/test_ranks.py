"""Ranks agree with a slow loop; chance agrees with shuffling; ties are pessimistic."""

from __future__ import annotations

import numpy as np
import pytest

from einthoven.evaluating.ranks import chance_retrieval, first_rank, precision_at, retrieval_statistics


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
