from __future__ import annotations

import math

import pytest

from einthoven.errors import TrainingError
from einthoven.pretraining.plan import Plan


@pytest.mark.parametrize(("warmup", "warm"), [(0.2, 20), (5, 5), (0, 0), (0.001, 0)])
def test_the_rate_warms_up_and_follows_half_a_cosine(warmup: float, warm: int) -> None:
    plan = Plan(steps=100, lr=3e-4, warmup=warmup)
    assert plan.warm == warm
    for step in range(100):
        if step < warm:
            expected = 3e-4 * (step + 1) / warm
        else:
            expected = 3e-4 * 0.5 * (1 + math.cos(math.pi * (step - warm) / (100 - warm)))
        assert plan.rate(step) == pytest.approx(expected)
    assert plan.rate(warm) == pytest.approx(3e-4)


def test_steps_and_epochs_are_counted() -> None:
    assert Plan(epochs=3).filled(7).total == 21
    assert Plan(epochs=3, steps=15).filled(7).epochs == 3
    assert Plan(steps=5).filled(7).total == 5
    assert Plan().total == 0


@pytest.mark.parametrize(
    "wrong", [{"epochs": 0}, {"batch": 0}, {"steps": 0}, {"lr": 0}, {"lr": float("nan")}, {"clip": -1}, {"warmup": -1}]
)
def test_numbers_out_of_range_are_refused(wrong: dict[str, float]) -> None:
    ((name, value),) = wrong.items()
    with pytest.raises(TrainingError, match=rf"counts are 1 or more.*{name}={value}.*Choose e\.g\. epochs=10"):
        Plan(**wrong)


def test_an_unknown_choice_is_answered() -> None:
    with pytest.raises(TrainingError, match="Did you mean retrieval"):
        Plan(choose="retreival")
