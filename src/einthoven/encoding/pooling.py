"""Pooling: one vector of a text's tokens. Shapes: B batch, N tokens, D width."""

from __future__ import annotations

import torch
from torch import Tensor

from einthoven.encoding.transformer import masked_mean
from einthoven.errors import ModelError

__all__ = ["pooled_by", "pooled_of"]


def pooled_by(pooling: str | None, causal: bool, known: set[str]) -> str:
    """Return how a text encoder pools: as it was told, else by the last token where it is causal and by the mean.

    Raises:
        ModelError: an unknown pooling.
    """
    pooling = pooling or ("last" if causal else "mean")
    if pooling not in known:
        raise ModelError(
            f"a text is pooled by {' or '.join(sorted(known))}",
            came=f"pooling={pooling!r}",
            instead='Choose pooling="mean" unless the model was trained for one of its tokens.',
            see="docs/encoder.md",
        )
    return pooling


def pooled_of(tokens: Tensor, mask: Tensor, pooling: str) -> Tensor:
    """Return one vector a text, (B, D), of its tokens (B, N, D): their "mean", the first ("cls") or the "last"."""
    if pooling == "mean":
        return masked_mean(tokens, mask)
    place = torch.zeros_like(mask[:, 0], dtype=torch.long) if pooling == "cls" else _last(mask)
    return tokens[torch.arange(len(tokens), device=tokens.device), place]


def _last(mask: Tensor) -> Tensor:
    """Return the place of the last real token of each row; 0 where there is none."""
    return (mask * torch.arange(mask.shape[1], device=mask.device)).amax(1)
