"""Cache: keys and values that a causal transformer keeps, so that one more word costs one word. Shapes: B batch."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor

__all__ = ["Cache"]


class Cache:
    """What the layers of causal transformers have computed of the words so far.

    Args:
        length: words that are in it.
        kept: whose they are -> keys and values, (B, H, N, D / H) each.
        body: the cache of a Hugging Face model, which has its own.

    >>> cache, one = Cache(), torch.zeros(2, 4, 1, 8)
    >>> _ = cache.extended("a layer", one, one)
    >>> cache.extended("a layer", one, one)[0].shape
    torch.Size([2, 4, 2, 8])
    """

    def __init__(self) -> None:
        self.length = 0
        self.kept: dict[object, tuple[Tensor, Tensor]] = {}
        self.body: Any = None

    def extended(self, owner: object, key: Tensor, value: Tensor) -> tuple[Tensor, Tensor]:
        """Return the keys and values of all words so far, these the last; they are kept."""
        if owner in self.kept:
            before = self.kept[owner]
            key, value = torch.cat([before[0], key], 2), torch.cat([before[1], value], 2)
        self.kept[owner] = key, value
        return key, value

    def once(self, owner: object, make: Callable[[], tuple[Tensor, Tensor]]) -> tuple[Tensor, Tensor]:
        """Return keys and values that are the same for every word: made at the first, kept afterwards."""
        if owner not in self.kept:
            self.kept[owner] = make()
        return self.kept[owner]

    def pick(self, rows: Tensor) -> None:
        """Go on with these rows of the batch, int64 (B',); a beam may be chosen twice."""
        self.kept = {owner: (key[rows], value[rows]) for owner, (key, value) in self.kept.items()}
        if self.body is not None:
            self.body.batch_select_indices(rows)
