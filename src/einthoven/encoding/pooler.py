"""Pooler: learned questions to a sequence of tokens. Shapes: B batch, N tokens, D width, Q queries, W their width."""

from __future__ import annotations

import torch
import torch.nn.functional as F  # noqa: N812  (torch's own habit)
from torch import Tensor, nn

from einthoven.encoding.transformer import looked_at
from einthoven.errors import ModelError

__all__ = ["Pooler"]


class Pooler(nn.Module):
    """Q learned queries attend to the tokens of each item; each answers with one vector.

    The queries are the same for every item, so they are projected once and not once an item. That is why
    nn.MultiheadAttention is not used here: given an expanded query it projects B copies, and in bfloat16 falls into a
    slow batched product (benchmarks/melp_encoder.py).

    Args:
        queries: Q.
        width: W; what is pooled has this width.
        context: D of the tokens.
        heads: attention heads; divides `width`.

    Raises:
        ModelError: `heads` does not divide `width`.

    >>> tokens, mask = torch.randn(2, 7, 32), torch.ones(2, 7, dtype=torch.bool)
    >>> Pooler(5, 16, context=32, heads=2)(tokens, mask).shape
    torch.Size([2, 5, 16])

    Source: the attentional pooler of CoCa (arXiv 2205.01917, section 3.2), and a norm of what comes out, as MELP has.
    """

    def __init__(self, queries: int, width: int, *, context: int, heads: int) -> None:
        super().__init__()
        if width % heads:
            raise ModelError(
                "a pooler's width is a multiple of its heads",
                came=f"width {width}, heads {heads}",
                instead=f"Choose e.g. width {max(1, width // heads) * heads}.",
                see="docs/encoder.md",
            )
        self.heads = heads
        self.queries = nn.Parameter(torch.randn(queries, width))
        self.norm_query, self.norm_context, self.norm = nn.LayerNorm(width), nn.LayerNorm(context), nn.LayerNorm(width)
        self.query, self.keyvalue = nn.Linear(width, width), nn.Linear(context, 2 * width)
        self.out = nn.Linear(width, width)
        for part in (self.query, self.keyvalue, self.out):
            nn.init.xavier_uniform_(part.weight)
            nn.init.zeros_(part.bias)

    def forward(self, tokens: Tensor, mask: Tensor) -> Tensor:
        """Return the answers (B, Q, W); tokens (B, N, D) where `mask`, bool (B, N), is False are not looked at."""
        B, N, _ = tokens.shape
        Q, W = self.queries.shape
        query = self.query(self.norm_query(self.queries)).view(1, Q, self.heads, W // self.heads).transpose(1, 2)
        both = self.keyvalue(self.norm_context(tokens)).view(B, N, 2, self.heads, W // self.heads)
        key, value = both.permute(2, 0, 3, 1, 4)
        seen = F.scaled_dot_product_attention(query.expand(B, -1, -1, -1), key, value, attn_mask=looked_at(mask))
        answers: Tensor = self.norm(self.out(seen.transpose(1, 2).reshape(B, Q, W)))
        return answers
