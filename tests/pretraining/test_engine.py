from __future__ import annotations

import pytest
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


def test_auto_precision_is_what_the_hardware_computes_in(monkeypatch: pytest.MonkeyPatch) -> None:
    for able, expected in (({"avx512_bf16": True}, "bf16-mixed"), ({"amx_bf16": True}, "bf16-mixed"), ({}, "32-true")):
        monkeypatch.setattr(torch.cpu, "get_capabilities", lambda able=able: able, raising=False)
        assert engine.precise("auto", "cpu") == expected
    for able, expected in ((True, "bf16-mixed"), (False, "32-true")):
        monkeypatch.setattr(torch.cuda, "is_bf16_supported", lambda including_emulation, able=able: able)
        assert engine.precise("auto", "cuda:1") == expected
    assert engine.precise("64-true", "auto") == "64-true"
