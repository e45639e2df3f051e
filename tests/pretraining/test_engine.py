from __future__ import annotations

import torch
from lightning.fabric.strategies import DDPStrategy, ModelParallelStrategy
from waves import vit, words

from einthoven.pretraining import Contrast, Step, engine


def test_each_strategy_has_its_engine() -> None:
    assert engine._strategy("auto", 1) == "auto"
    for name, waits in (("auto", False), ("ddp", False), ("ddp-unused", True)):
        strategy = engine._strategy(name, 2)
        assert isinstance(strategy, DDPStrategy)
        assert strategy._ddp_kwargs["find_unused_parameters"] == waits
    assert isinstance(engine._strategy("fsdp", 2), ModelParallelStrategy)


def test_temperatures_become_vectors_that_can_be_divided() -> None:
    step = Step(Contrast(vit(), words()))
    before = {name: weight.detach().clone() for name, weight in step.named_parameters()}
    engine._unscalar(step)
    after = dict(step.named_parameters())
    assert list(before) == list(after)
    assert min(weight.ndim for weight in after.values()) == 1
    assert all(torch.equal(before[name].reshape(-1), after[name].reshape(-1)) for name in before)
