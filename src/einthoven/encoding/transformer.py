"""Transformer: the layers that signals and texts share. Shapes: B batch, N tokens, D width, H heads."""

from __future__ import annotations

import torch
import torch.nn.functional as F  # noqa: N812  (torch's own habit)
from torch import Tensor, nn

from einthoven.encoding.cache import Cache
from einthoven.errors import ModelError

__all__ = ["DropPath", "Gelu", "Layer", "Transformer", "looked_at", "masked_mean", "mean_of_parts", "pick", "sinusoids"]


class DropPath(nn.Module):
    """Leave a layer out for some items of a batch while training (stochastic depth, arXiv 1603.09382).

    Args:
        rate: chance that an item skips the layer, 0 to 1.
    """

    def __init__(self, rate: float) -> None:
        super().__init__()
        self.rate = rate

    def forward(self, step: Tensor) -> Tensor:
        """Return the layer's step (B, ...), zero for the items that skip it, the others scaled up."""
        if not self.training or self.rate == 0:
            return step
        kept = torch.rand(len(step), *[1] * (step.ndim - 1), device=step.device) >= self.rate
        return step * kept.to(step.dtype) / (1 - self.rate)


class Gelu(nn.Module):
    """GELU, in the memory of its input where nobody will ask for a gradient: a fresh page costs more than the maths."""

    def forward(self, step: Tensor) -> Tensor:
        """Return GELU of a tensor that is used nowhere else."""
        return F.gelu(step) if torch.is_grad_enabled() else torch.ops.aten.gelu_(step)


class Layer(nn.Module):
    """Self-attention and a two-layer perceptron, each with its residual.

    Args:
        width: D.
        heads: H; divides `width`.
        hidden: width between the two linear layers.
        dropout: on the two steps and on attention weights.
        drop_path: chance to skip the layer.
        norm: "pre" (before each step) or "post" (after each sum, as BERT).
    """

    def __init__(
        self, width: int, heads: int, *, hidden: int, dropout: float = 0.0, drop_path: float = 0.0, norm: str = "pre"
    ) -> None:
        super().__init__()
        self.heads, self.dropout, self.post = heads, dropout, norm == "post"
        self.norm1, self.norm2 = nn.LayerNorm(width), nn.LayerNorm(width)
        self.qkv, self.out = nn.Linear(width, 3 * width), nn.Linear(width, width)
        self.mlp = nn.Sequential(nn.Linear(width, hidden), Gelu(), nn.Linear(hidden, width))
        self.drop, self.path = nn.Dropout(dropout), DropPath(drop_path)

    def forward(self, tokens: Tensor, attend: Tensor | None, cache: Cache | None = None) -> Tensor:
        """Return tokens (B, N, D) after each has looked at those where `attend`, bool (B, 1, 1 or N, N), is True.

        None looks at all. With a cache, tokens are looked at after those that went through before them.
        """
        if self.post:
            tokens = self.norm1(tokens + self._step(self._attention(tokens, attend, cache)))
            return self._normed(tokens + self._step(self.mlp(tokens)))
        tokens = tokens + self._step(self._attention(self.norm1(tokens), attend, cache))
        return tokens + self._step(self.mlp(self.norm2(tokens)))

    def _attention(self, tokens: Tensor, attend: Tensor | None, cache: Cache | None) -> Tensor:
        B, N, D = tokens.shape
        query, key, value = self.qkv(tokens).view(B, N, 3, self.heads, D // self.heads).permute(2, 0, 3, 1, 4)
        if cache is not None:
            key, value = cache.extended(self, key, value)
        rate = self.dropout if self.training else 0.0
        seen = F.scaled_dot_product_attention(query, key, value, attn_mask=attend, dropout_p=rate)
        joined: Tensor = self.out(seen.transpose(1, 2).reshape(B, N, D))
        return joined

    def _step(self, step: Tensor) -> Tensor:
        dropped: Tensor = self.path(self.drop(step))
        return dropped

    def _normed(self, tokens: Tensor) -> Tensor:
        normed: Tensor = self.norm2(tokens)
        return normed


class Transformer(nn.Module):
    """Layers one after another, and a last norm when they are pre-norm.

    Args:
        width: D.
        depth: number of layers.
        heads: H; divides `width`.
        mlp: hidden width of each perceptron as a multiple of `width`.
        dropout: see `Layer`.
        drop_path: chance to skip the last layer; earlier layers less, the first never.
        norm: "pre" or "post".
        causal: a token looks at itself and those before it.

    Raises:
        ModelError: `heads` does not divide `width`, or `norm` is neither "pre" nor "post".

    >>> tokens, mask = torch.randn(2, 7, 32), torch.ones(2, 7, dtype=torch.bool)
    >>> Transformer(32, depth=2, heads=4)(tokens, mask).shape
    torch.Size([2, 7, 32])
    """

    def __init__(
        self,
        width: int,
        *,
        depth: int,
        heads: int,
        mlp: float = 4.0,
        dropout: float = 0.0,
        drop_path: float = 0.0,
        norm: str = "pre",
        causal: bool = False,
    ) -> None:
        super().__init__()
        self.causal = causal
        if width % heads or norm not in {"pre", "post"}:
            raise ModelError(
                'a transformer\'s width is a multiple of its heads, and its norm is "pre" or "post"',
                came=f"width={width}, heads={heads}, norm={norm!r}",
                instead=f"Choose e.g. width={max(1, width // heads) * heads}, heads={heads}, norm='pre'.",
                see="docs/encoder.md",
            )
        rates = [drop_path * row / max(depth - 1, 1) for row in range(depth)]
        sizes = {"hidden": round(width * mlp), "dropout": dropout, "norm": norm}
        self.layers = nn.ModuleList(Layer(width, heads, drop_path=rate, **sizes) for rate in rates)  # type: ignore[arg-type]
        self.norm = nn.LayerNorm(width) if norm == "pre" else nn.Identity()
        self.apply(_initialised)

    def forward(self, tokens: Tensor, mask: Tensor, cache: Cache | None = None) -> Tensor:
        """Return tokens (B, N, D) after all layers; those where `mask`, bool (B, N), is False are not looked at.

        With a cache (of a causal transformer) these are the tokens that follow those before, all of them real.
        """
        attend = self._causal(mask, cache.length if cache else 0) if self.causal else looked_at(mask)
        for layer in self.layers:
            tokens = layer(tokens, attend, cache)
        last: Tensor = self.norm(tokens)
        return last

    def _causal(self, mask: Tensor, before: int) -> Tensor:
        """Return who looks at whom, bool (B, 1, N, before + N): at itself, and at real tokens before."""
        count = mask.shape[1]
        seen = torch.cat([mask.new_ones(len(mask), before), mask], 1)[:, None, None, :]
        square = mask.new_ones(count, before + count)
        return seen & square.tril(before) | (square.tril(before) & square.triu(before))


def looked_at(mask: Tensor) -> Tensor:
    """Return which keys are attended to, bool (B, 1, 1, N), for real tokens `mask`, bool (B, N)."""
    # An item without any token would be a softmax over nothing: NaN. Let it look at its zeros; no mask keeps them.
    return (mask | ~mask.any(-1, keepdim=True))[:, None, None, :]


def masked_mean(tokens: Tensor, mask: Tensor) -> Tensor:
    """Return the mean (B, D) of the tokens (B, N, D) where `mask` (B, N) is True; zeros where there is none.

    >>> masked_mean(torch.tensor([[[1.0], [3.0], [9.0]]]), torch.tensor([[True, True, False]]))
    tensor([[2.]])
    """
    total = tokens.masked_fill(~mask[..., None], 0).sum(1, dtype=torch.float32)
    return (total / mask.sum(1, keepdim=True).clamp(min=1)).to(tokens.dtype)


def mean_of_parts(tokens: Tensor, part: Tensor) -> tuple[Tensor, Tensor]:
    """Return the mean of the tokens (B, N, D) of each part, (B, S, D), and which parts have any, bool (B, S).

    `part`, int64 (B, N), numbers the part of each token from 0; -1 is in none. S is at least 1.

    >>> mean_of_parts(torch.tensor([[[9.0], [1.0], [3.0], [5.0]]]), torch.tensor([[-1, 0, 0, 1]]))
    (tensor([[[2.],
             [5.]]]), tensor([[True, True]]))
    """
    count = int(part.max()) + 1 if part.numel() else 0
    member = part[:, None, :] == torch.arange(max(count, 1), device=part.device)[None, :, None]
    size = member.sum(-1)
    total = member.to(tokens.dtype) @ tokens
    return total / size.clamp(min=1)[..., None].to(tokens.dtype), size > 0


def pick(tokens: Tensor, keep: Tensor) -> Tensor:
    """Return the tokens (B, N') or (B, N', D) at positions `keep` (B, N') of (B, N) or (B, N, D).

    >>> pick(torch.tensor([[5, 6, 7]]), torch.tensor([[2, 0]]))
    tensor([[7, 5]])
    """
    if tokens.ndim == 2:
        return tokens.gather(1, keep)
    return tokens.gather(1, keep[..., None].expand(-1, -1, tokens.shape[-1]))


def sinusoids(count: int, width: int) -> Tensor:
    """Return `count` positions as sines and cosines of falling frequency, (count, D) (arXiv 1706.03762, 3.5).

    >>> sinusoids(40, 64).shape
    torch.Size([40, 64])
    """
    place = torch.arange(count, dtype=torch.float32)[:, None]
    rate = torch.exp(torch.arange(0, width, 2) * (-9.210340371976184 / width))
    table = torch.stack([(place * rate).sin(), (place * rate).cos()], dim=-1)
    return table.flatten(1)[:, :width]


def _initialised(module: nn.Module) -> None:
    """Start linear layers as Xavier did, biases at zero: what the masked-autoencoder papers use."""
    if isinstance(module, nn.Linear):
        nn.init.xavier_uniform_(module.weight)
        nn.init.zeros_(module.bias)
