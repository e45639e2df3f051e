"""Engine: Lightning Fabric, which runs the same loop on a CPU, a GPU or several, in any precision."""

from __future__ import annotations

from typing import Any

from einthoven.errors import MissingExtraError, TrainingError, did_you_mean
from einthoven.pretraining.step import Step

__all__ = ["STRATEGIES", "launched"]

STRATEGIES = ("auto", "ddp", "fsdp")


def launched(*, device: str, devices: int, strategy: str, precision: str) -> Any:
    """Return Lightning Fabric, launched: from here on there are as many processes as devices.

    Args:
        device: "auto", "cpu", "cuda" or "cuda:1".
        devices: how many.
        strategy: "auto", "ddp" or "fsdp".
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
    kind, _, number = device.partition(":")
    where: Any = [int(number)] if number else devices
    fabric = Fabric(accelerator=kind, devices=where, strategy=_strategy(strategy, devices), precision=precision)
    fabric.launch()
    return fabric


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
    if name == "ddp" or devices > 1:
        # An encoder's pooling has no gradient from a masked objective: DDP must not wait for one.
        return DDPStrategy(find_unused_parameters=True)
    return "auto"


def _sharded(step: Step, mesh: Any) -> Step:
    """Divide parameters, gradients and optimiser over the processes (FSDP2), each encoder a unit of its own."""
    from torch.distributed.fsdp import fully_shard

    for encoder in step.encoders.values():
        fully_shard(encoder, mesh=mesh["data_parallel"])
    fully_shard(step, mesh=mesh["data_parallel"])
    return step
