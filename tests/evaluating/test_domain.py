"""A classifier tells apart what differs, and nothing else."""

from __future__ import annotations

import numpy as np
import pytest

from einthoven.evaluating.domain import CLASSIFIERS, lost_without, told_apart
from einthoven.evaluating.metrics import auroc

TRUTH, ONES = np.arange(200) % 2 == 0, np.ones(200)
GROUPS = [str(row) for row in range(200)]


def values(shift: float) -> np.ndarray:
    drawn = np.random.default_rng(0).normal(size=(200, 6))
    drawn[:, 2] += shift * TRUTH
    drawn[::7, 4] = np.nan
    return drawn


@pytest.mark.parametrize("name", CLASSIFIERS)
def test_equals_cannot_be_told_apart_and_others_can(name: str) -> None:
    areas = []
    for shift in (0, 6):
        scores = told_apart(values(shift), TRUTH, GROUPS, act=CLASSIFIERS[name], weights=ONES)
        areas.append(auroc(scores, TRUTH, ONES[None])[0])
    assert abs(areas[0] - 0.5) < 0.12
    assert areas[1] > 0.98


@pytest.mark.parametrize("name", CLASSIFIERS)
def test_who_counts_nothing_teaches_nothing(name: str) -> None:
    drawn, wrong = values(6), np.arange(200) < 80
    drawn[wrong, 2] = 6.0 * ~TRUTH[wrong]
    score = CLASSIFIERS[name](drawn, TRUTH, np.where(wrong, 0.0, 1.0))
    assert auroc(score(drawn[~wrong]), TRUTH[~wrong], np.ones((1, 120)))[0] > 0.98


def test_a_patient_with_two_ecgs_is_not_recognised() -> None:
    noise = np.repeat(np.random.default_rng(1).normal(size=(100, 6)), 2, axis=0)
    truth = np.repeat(np.arange(100) % 2 == 0, 2)
    scores = told_apart(noise, truth, [str(row // 2) for row in range(200)], act=CLASSIFIERS["gradient boosting"],
                        weights=ONES)  # fmt: skip
    assert auroc(scores, truth, ONES[None])[0] < 0.65


def test_the_measure_that_tells_is_named() -> None:
    lost = lost_without(values(6), TRUTH, GROUPS, weights=ONES)
    assert np.argmax(lost) == 2
    assert lost[2] > 0.3
    assert np.abs(np.delete(lost, 2)).max() < 0.05
