"""Hiding: which patches an encoder sees, and which are left for it to be asked about. B batch, N patches."""

from __future__ import annotations

import torch
from torch import Tensor

__all__ = ["hidden", "shown"]


def shown(valid: Tensor, ratio: float, luck: Tensor) -> Tensor:
    """Return the positions of the patches that stay visible.

    Of the n valid patches of a recording floor(ratio n) are hidden. Recordings that are shorter than others
    in the batch are filled up with padding, which the encoder masks, never with hidden patches.

    Args:
        valid: which patches hold something measured, bool (B, N).
        ratio: part to hide, 0 to below 1.
        luck: a random number for each patch, (B, N).

    Returns:
        int64 (B, N'), in order of place.

    >>> valid = torch.tensor([[True, True, True, True], [True, True, False, False]])
    >>> shown(valid, 0.5, torch.tensor([[0.1, 0.9, 0.8, 0.2], [0.7, 0.3, 0.0, 0.0]]))
    tensor([[0, 3],
            [1, 2]])
    """
    count = valid.sum(1)
    visible = count - (ratio * count).floor().long()
    place = luck.masked_fill(~valid, 2).argsort(1).argsort(1)
    # Visible patches come first, then padding, then the hidden ones; there is always padding enough.
    rank = torch.where(place < visible[:, None], place, place + valid.shape[1])
    rank = torch.where(valid, rank, place)
    order = rank.argsort(dim=1, stable=True)
    keep, _ = order[:, : int(visible.max().clamp(min=1))].sort(1)
    return keep


def hidden(valid: Tensor, keep: Tensor) -> Tensor:
    """Return which valid patches are not among `keep` (B, N'), bool (B, N).

    >>> hidden(torch.tensor([[True, True, False]]), torch.tensor([[1]]))
    tensor([[ True, False, False]])
    """
    return valid & ~torch.zeros_like(valid).scatter(1, keep, True)
