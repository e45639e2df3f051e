"""Stem: samples into tokens by convolutions that halve the time. Shapes: B batch, L leads, T samples, C channels."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import torch
import torch.nn.functional as F  # noqa: N812  (torch's own habit)
from torch import Tensor, nn
from torch.nn.utils.parametrize import is_parametrized

__all__ = ["Places", "Stem"]

_Marks = tuple[tuple[int, int, int], ...]
"""Of each parameter: which, where its memory is, how often it was written to."""


class Stem(nn.Module):
    """Convolutions of two samples each, two samples apart: 2^depth samples become one token.

    Each channel of the first is brought to mean 0 and variance 1 over the time that was measured, so that a recording
    says the same whatever padding follows it, and loses its absolute voltage, as in the published encoder.

    Args:
        leads: L.
        channels: C.
        depth: number of convolutions.

    >>> Stem(12, 8, depth=4)(torch.randn(1, 12, 5000), torch.tensor([5000])).shape
    torch.Size([1, 312, 8])

    Source: the feature encoder of wav2vec 2.0 (arXiv 2006.11477) as fairseq-signals cuts it for ECGs: four layers of
    kernel 2 and stride 2, normalisation after the first.
    """

    def __init__(self, leads: int, channels: int, *, depth: int) -> None:
        super().__init__()
        sizes = [leads, *[channels] * depth]
        self.convolutions = nn.ModuleList(
            nn.Conv1d(before, after, 2, 2, bias=False) for before, after in pairwise(sizes)
        )
        self.gain, self.shift = nn.Parameter(torch.ones(channels)), nn.Parameter(torch.zeros(channels))
        for convolution in self.convolutions:
            nn.init.kaiming_normal_(convolution.weight)  # type: ignore[arg-type]

    def forward(self, signal: Tensor, length: Tensor) -> Tensor:
        """Return tokens (B, N, C) of signals (B, L, T), of which `length` (B,) samples were measured."""
        first, *others = self.convolutions
        features = F.gelu(self._normed(first(signal), length // 2))
        for convolution in others:
            features = F.gelu(convolution(features))
        return features.transpose(1, 2)

    def _normed(self, features: Tensor, length: Tensor) -> Tensor:
        """Normalise each channel of (B, C, T / 2) over its first `length` steps, in full precision."""
        whole = features.float()
        here = torch.arange(whole.shape[-1], device=whole.device)[None] < length[:, None]
        weight = here / here.sum(1, keepdim=True).clamp(min=1)
        mean = torch.einsum("bct,bt->bc", whole, weight)[..., None]
        variance = torch.einsum("bct,bt->bc", (whole - mean).square(), weight)[..., None]
        scale = self.gain.float()[None, :, None] * (variance + 1e-5).rsqrt()
        return ((whole - mean) * scale + self.shift.float()[None, :, None]).to(features.dtype)


class Places(nn.Module):
    """What a token's neighbourhood looks like, added to it: positions without a table, for any length.

    Args:
        width: D.
        kernel: tokens that are looked at.
        groups: of the convolution; divides `width`.

    Source: wav2vec 2.0 (arXiv 2006.11477): one grouped convolution with weight normalisation over the kernel's axis.
    """

    def __init__(self, width: int, *, kernel: int, groups: int) -> None:
        super().__init__()
        around = nn.Conv1d(width, width, kernel, padding=kernel // 2, groups=groups)
        nn.init.normal_(around.weight, std=(4 / (kernel * width)) ** 0.5)
        nn.init.zeros_(around.bias)  # type: ignore[arg-type]
        self.around = nn.utils.parametrizations.weight_norm(around, dim=2)
        self._kept: tuple[_Marks, Tensor] | None = None

    def forward(self, tokens: Tensor) -> Tensor:
        """Return what is to be added to tokens (B, N, D)."""
        one: Any = self.around
        looked = F.conv1d(tokens.transpose(1, 2), self._weight(one), one.bias, padding=one.padding, groups=one.groups)
        return F.gelu(looked[..., : tokens.shape[1]]).transpose(1, 2)

    def _weight(self, around: Any) -> Tensor:
        """Return the normalised weight; where no gradient is asked for, it is kept until its parameters change."""
        parts = list(around.parametrizations.weight.parameters()) if is_parametrized(around, "weight") else []
        # what was made in inference mode does not count its changes
        if torch.is_grad_enabled() or not parts or any(part.is_inference() for part in parts):
            weight: Tensor = around.weight
            return weight
        marks = tuple((id(part), part.data_ptr(), part._version) for part in parts)
        if self._kept is None or self._kept[0] != marks:
            self._kept = marks, around.weight
        return self._kept[1]
