"""Matching: who belongs to whom in a batch, and how surprising it is. Shapes: B batch, M columns of all processes."""

from __future__ import annotations

import torch
from torch import Tensor

from einthoven.pretraining.gather import gathered, rank

__all__ = ["cross_entropy", "positives"]


def positives(kinds: Tensor, here: Tensor, *, everywhere: bool = True) -> tuple[Tensor, Tensor]:
    """Return which columns belong to each row, bool (B, M), and which columns count, bool (M,).

    A row belongs to itself and to every row that shows the same content on either side.

    Args:
        kinds: numbers that are equal where the content is, int64 (B, 2), a column for each side.
        here: rows that count, bool (B,).
        everywhere: columns are the rows of all processes; else of this one.

    >>> kinds = torch.tensor([[0, 7], [1, 7], [2, 8]])
    >>> positives(kinds, torch.tensor([True, True, True]))[0].int()
    tensor([[1, 1, 0],
            [1, 1, 0],
            [0, 0, 1]], dtype=torch.int32)
    """
    columns, counted = (gathered(kinds), gathered(here)) if everywhere else (kinds, here)
    same = (kinds[:, None, :] == columns[None, :, :]).any(-1)
    mine = torch.arange(len(kinds), device=kinds.device) + (rank() * len(kinds) if everywhere else 0)
    itself = mine[:, None] == torch.arange(len(columns), device=kinds.device)[None]
    return (same | itself) & counted[None], counted


def cross_entropy(logits: Tensor, same: Tensor, here: Tensor) -> Tensor:
    """Return each row's cross entropy (B,) of its logits (B, M) against equal shares of its positives.

    Args:
        logits: (B, M).
        same: positives, bool (B, M).
        here: columns that count, bool (M,).
    """
    # The lowest finite number, not -inf: a batch without any pair must give zero, not NaN.
    logits = logits.masked_fill(~here[None], torch.finfo(logits.dtype).min)
    chances = torch.log_softmax(logits, 1).masked_fill(~same, 0)
    return -chances.sum(1) / same.sum(1).clamp(min=1)
