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


def test_a_cosine_may_start_again() -> None:
    plan = Plan(epochs=4, lr=1.0, warmup=0, cycle=2).filled(5)
    rates = [plan.rate(step) for step in range(20)]
    assert rates[:10] == rates[10:]
    assert rates[0] == 1
    assert rates[9] < 0.03


def test_everything_decays_when_told() -> None:
    from waves import vit

    from einthoven.pretraining import Masked, Step
    from einthoven.pretraining.loop import adamw

    step = Step(Masked(vit()))
    for decay, spared in (("matrices", 0.0), ("all", 0.3)):
        groups = adamw(step, Plan(weight_decay=0.3, decay=decay)).param_groups
        assert [group["weight_decay"] for group in groups] == [0.3, spared]
    with pytest.raises(TrainingError, match="decay='none'"):
        Plan(decay="none")
