"""Engine: Lightning Fabric, which runs the same loop on a CPU, a GPU or several, in any precision."""

from __future__ import annotations

import logging
from typing import Any

import torch
from torch import nn

from einthoven.errors import MissingExtraError, TrainingError, did_you_mean
from einthoven.pretraining.step import Step

__all__ = ["STRATEGIES", "launched", "precise"]

STRATEGIES = ("auto", "ddp", "ddp-unused", "fsdp")
"""How processes train together. "auto" is "ddp" where there are several; "ddp-unused" is for an objective that leaves
weights of an encoder without a gradient, which plain DDP would wait for."""


def launched(*, device: str, devices: int, strategy: str, precision: str) -> Any:
    """Return Lightning Fabric, launched: from here on there are as many processes as devices.

    Args:
        device: "auto", "cpu", "cuda" or "cuda:1".
        devices: how many.
        strategy: one of `STRATEGIES`.
        precision: as Fabric names it.

    Raises:
        MissingExtraError: Lightning is not installed.
        TrainingError: an unknown strategy.
    """
    try:
        from lightning.fabric import Fabric
    except ImportError as error:
        raise MissingExtraError(
            "pretraining runs on Lightning Fabric",
            came="the package lightning is not installed",
            instead="Install it: pip install 'einthoven[train]'.",
            see="docs/pretraining.md",
        ) from error
    for name in ("lightning.fabric", "lightning.pytorch"):  # they announce the precision that was asked for
        logging.getLogger(name).setLevel(logging.WARNING)
    kind, _, number = device.partition(":")
    where: Any = [int(number)] if number else devices
    fabric = Fabric(accelerator=kind, devices=where, strategy=_strategy(strategy, devices), precision=precision)
    fabric.launch()
    return fabric


def precise(precision: str, device: str) -> str:
    """Return the precision itself, or for "auto" bf16-mixed where the hardware computes in it and 32-true elsewhere.

    >>> precise("32-true", "cpu")
    '32-true'
    """
    if precision != "auto":
        return precision
    if device.startswith("cuda") or (device == "auto" and torch.cuda.is_available()):
        return "bf16-mixed" if torch.cuda.is_bf16_supported(including_emulation=False) else "32-true"
    able: dict[str, Any] = getattr(torch.cpu, "get_capabilities", dict)()  # older torch cannot tell
    return "bf16-mixed" if able.get("avx512_bf16") or able.get("amx_bf16") else "32-true"


def _strategy(name: str, devices: int) -> Any:
    from lightning.fabric.strategies import DDPStrategy, ModelParallelStrategy

    if name not in STRATEGIES:
        raise TrainingError(
            "a strategy says how processes train together",
            came=f"strategy={name!r}",
            instead=did_you_mean(name, STRATEGIES),
            see="docs/pretraining.md",
        )
    if name == "fsdp":
        return ModelParallelStrategy(_sharded, data_parallel_size=devices, tensor_parallel_size=1)
    if name != "auto" or devices > 1:
        return DDPStrategy(find_unused_parameters=name == "ddp-unused")
    return "auto"


def _sharded(step: Step, mesh: Any) -> Step:
    """Divide parameters, gradients and optimiser over the processes (FSDP2), each encoder a unit of its own."""
    from torch.distributed.fsdp import fully_shard, register_fsdp_forward_method

    _unscalar(step)
    for encoder in step.encoders.values():
        fully_shard(encoder, mesh=mesh["data_parallel"])
        register_fsdp_forward_method(encoder, "pool")
    fully_shard(step, mesh=mesh["data_parallel"])
    return step


def _unscalar(module: nn.Module) -> None:
    """Make temperatures vectors of one, in place: FSDP cannot divide a scalar. A Model gets scalars again."""
    for part in module.modules():
        for name, weight in list(part.named_parameters(recurse=False)):
            if not weight.ndim:
                setattr(part, name, nn.Parameter(weight.detach().reshape(1), requires_grad=weight.requires_grad))
