"""Across processes: tensors of all ranks with their gradient, and means that are the whole batch's. B batch."""

from __future__ import annotations

from typing import Any

import torch
import torch.distributed as dist
from torch import Tensor

__all__ = ["agreed", "gathered", "largest", "mean_over_all", "rank", "world_size"]


def world_size() -> int:
    """Return the number of processes that train together; 1 without torch.distributed."""
    return dist.get_world_size() if dist.is_available() and dist.is_initialized() else 1


def rank() -> int:
    """Return the number of this process, 0 without torch.distributed."""
    return dist.get_rank() if world_size() > 1 else 0


class _Gathered(torch.autograd.Function):
    """Concatenate all ranks' rows; backward each rank receives the gradients that all ranks have for its rows."""

    @staticmethod
    def forward(ctx: Any, mine: Tensor) -> Tensor:
        parts = [torch.empty_like(mine) for _ in range(world_size())]
        dist.all_gather(parts, mine.contiguous())
        ctx.rows = len(mine)
        return torch.cat(parts)

    @staticmethod
    def backward(ctx: Any, grad: Tensor) -> Tensor:
        total = grad.contiguous()
        dist.all_reduce(total)
        return total[rank() * ctx.rows : (rank() + 1) * ctx.rows]


def gathered(mine: Tensor) -> Tensor:
    """Return the rows of all processes, in order of rank, (W B, ...); gradients find their way back.

    Every process must bring the same number of rows.
    """
    if world_size() == 1:
        return mine
    if mine.dtype == torch.bool:
        return gathered(mine.to(torch.uint8)).bool()
    out: Tensor = _Gathered.apply(mine)  # type: ignore[no-untyped-call]
    return out


def mean_over_all(values: Tensor, counted: Tensor) -> Tensor:
    """Return this process's share of the mean of `values` over all counted rows of all processes.

    The engines average losses and gradients over processes; the shares are scaled so that this average is the
    mean of the whole batch, even when some processes count fewer rows than others.

    Args:
        values: (B,).
        counted: bool (B,).
    """
    count = counted.sum()
    if world_size() > 1:
        dist.all_reduce(count)
    return (values * counted).sum() * world_size() / count.clamp(min=1)


def largest(count: int, device: torch.device) -> int:
    """Return the largest of the numbers that the processes have."""
    if world_size() == 1:
        return count
    most = torch.tensor(count, device=device)
    dist.all_reduce(most, op=dist.ReduceOp.MAX)
    return int(most)


def agreed(flag: bool, device: torch.device) -> bool:
    """Return True on all processes when any of them says so."""
    if world_size() == 1:
        return flag
    vote = torch.tensor(int(flag), device=device)
    dist.all_reduce(vote, op=dist.ReduceOp.MAX)
    return bool(vote)
