"""Checkpoint: everything a killed run needs to go on as if nothing had happened, in safetensors."""

from __future__ import annotations

import hashlib
import json
import logging
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn
from torch.optim import Optimizer

from einthoven.files import replacing

__all__ = ["product", "read", "restore", "snapshot", "sweep", "weights", "whole", "write"]

logger = logging.getLogger("einthoven.pretraining")
NEW, OLD = "state.safetensors", "previous.safetensors"


def snapshot(module: nn.Module, optimizer: Optimizer) -> dict[str, Tensor]:
    """Return weights, buffers and the optimiser's state by name, whole and on the CPU.

    Under FSDP every process must call it, because each holds a part.
    """
    tensors = {f"module/{name}": one for name, one in weights(module).items()}
    for name, weight in module.named_parameters():
        for key, value in optimizer.state.get(weight, {}).items():
            tensors[f"optimizer/{name}/{key}"] = whole(value)
    return tensors


def weights(module: nn.Module) -> dict[str, Tensor]:
    """Return weights and buffers by name, whole and on the CPU. Under FSDP every process must call it."""
    return {name: whole(one) for name, one in module.state_dict().items()}


def product(tensors: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Return what a Model keeps of a step's weights: all but the scaffolding."""
    return {name: one for name, one in tensors.items() if name.split(".")[0] in {"encoders", "spaces", "heads"}}


def restore(module: nn.Module, optimizer: Optimizer, tensors: Mapping[str, Tensor]) -> None:
    """Put back what `snapshot` took, in place."""
    with torch.no_grad():
        for name, one in module.state_dict().items():
            one.copy_(_like(tensors[f"module/{name}"], one))
    for name, weight in module.named_parameters():
        start = f"optimizer/{name}/"
        found = {key.removeprefix(start): value for key, value in tensors.items() if key.startswith(start)}
        if found:
            optimizer.state[weight] = {
                key: value.clone() if key == "step" else _like(value.to(weight.device), weight)
                for key, value in found.items()
            }


def write(folder: Path, tensors: Mapping[str, Tensor], notes: Mapping[str, Any]) -> None:
    """Write a checkpoint beside the one before, which stays until the new one is complete.

    Raises:
        StorageError: the disk is full; what was there is untouched.
    """
    from safetensors.torch import save_file

    metadata = {"notes": json.dumps(notes, sort_keys=True), "digest": _digest(tensors)}
    with replacing(folder / NEW) as draft:
        save_file(dict(tensors), draft, metadata=metadata)
        if (folder / NEW).exists():
            (folder / NEW).replace(folder / OLD)
    (folder / OLD).unlink(missing_ok=True)


def read(folder: Path) -> tuple[dict[str, Tensor], dict[str, Any]] | None:
    """Return the newest sound checkpoint: its tensors and notes; None when there is none."""
    for name in (NEW, OLD):
        if (folder / name).is_file():
            found = _opened(folder / name)
            if found is not None:
                return found
            logger.warning("%s is damaged or incomplete and is ignored", folder / name)
    return None


def sweep(folder: Path, *, everything: bool) -> None:
    """Remove the drafts that a killed run left; with `everything`, the checkpoints too."""
    for pattern in (".*.part", "*.safetensors") if everything else (".*.part",):
        for path in folder.glob(pattern):
            path.unlink()


def _opened(path: Path) -> tuple[dict[str, Tensor], dict[str, Any]] | None:
    from safetensors import SafetensorError, safe_open

    try:
        with safe_open(path, framework="pt") as file:
            metadata = file.metadata() or {}
            tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118  (no mapping)
    except (SafetensorError, OSError):
        return None
    if metadata.get("digest") != _digest(tensors):
        return None
    return tensors, json.loads(metadata["notes"])


def _digest(tensors: Mapping[str, Tensor]) -> str:
    total = hashlib.blake2b(digest_size=16)
    for name in sorted(tensors):
        total.update(name.encode())
        content: Any = tensors[name].reshape(-1).view(torch.uint8).numpy()
        total.update(content)
    return total.hexdigest()


def whole(one: Tensor) -> Tensor:
    """Return a tensor that processes may hold in parts (FSDP) as one, copied to the CPU."""
    full = one.full_tensor() if hasattr(one, "full_tensor") else one
    return full.detach().to("cpu", copy=True).contiguous()


def _like(one: Tensor, model: Tensor) -> Tensor:
    """Return `one` divided among processes as `model` is."""
    if not hasattr(model, "full_tensor"):
        return one
    from torch.distributed.tensor import distribute_tensor

    return distribute_tensor(one.to(model.device), model.device_mesh, model.placements)  # type: ignore[attr-defined]
