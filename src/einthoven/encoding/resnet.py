"""ResNet: a signal through convolutions. Shapes: B batch, L leads, T samples, N tokens, C channels, D width."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import torch
import torch.nn.functional as F  # noqa: N812  (torch's own habit)
from torch import Tensor, nn

from einthoven.encoding.base import Encoding, Signals
from einthoven.encoding.signal import SignalEncoder
from einthoven.encoding.transformer import masked_mean
from einthoven.errors import ModelError

if TYPE_CHECKING:
    from einthoven.cleaning.preparation import Preparation

__all__ = ["ResNet"]

POOLINGS = {"mean": 1, "mean+max": 2}
"""Pooling -> vectors of the last channels that are laid side by side."""


class ResNet(SignalEncoder):
    """A 1-D residual network; tokens are the columns of its last feature map.

    Args:
        preparation: leads and samples it eats.
        widths: channels of each stage; every stage after the first halves the time.
        depths: residual blocks of each stage.
        kernel: samples of every convolution after the stem; odd.
        stem: samples of the first convolution; odd.
        stride: of the first convolution.
        max_pool: halve once more after the stem, as image networks do.
        norm: "batch" or "group" (no statistics over the batch).
        pooling: "mean+max" lays the mean and the maximum over time side by side (D = 2 * the last width);
            "mean" is the mean alone. Tokens always have the last width.
        dropout: on `pooled`, while training (two passes then are two views, as MERL has them).
        lead_embedding: add an embedding of which leads are there after the stem.

    Raises:
        ModelError: a size that cannot be built.

    Source: ResNet-18 (arXiv 1512.03385) in one dimension; as the ECG tower of MERL (arXiv 2403.06659).
    """

    architecture = "resnet"

    def __init__(
        self,
        preparation: Preparation,
        *,
        widths: Sequence[int] = (48, 96, 160, 256),
        depths: Sequence[int] = (1, 1, 1, 1),
        kernel: int = 7,
        stem: int = 15,
        stride: int = 4,
        max_pool: bool = False,
        norm: str = "batch",
        pooling: str = "mean+max",
        dropout: float = 0.0,
        lead_embedding: bool = True,
    ) -> None:
        _refuse_sizes(widths, depths, kernel=kernel, stem=stem, norm=norm, pooling=pooling)
        sizes: dict[str, Any] = {
            "widths": list(widths),
            "depths": list(depths),
            "kernel": kernel,
            "stem": stem,
            "stride": stride,
        }
        sizes |= {"max_pool": max_pool, "norm": norm, "pooling": pooling, "dropout": dropout}
        sizes |= {"lead_embedding": lead_embedding}
        last = widths[-1]
        super().__init__(preparation, width=POOLINGS[pooling] * last, token_width=last, sizes=sizes)
        leads = len(preparation.leads)
        self.stem = nn.Conv1d(leads, widths[0], stem, stride, stem // 2, bias=False)
        self.stem_norm = _norm(norm, widths[0])
        self.shrink = nn.MaxPool1d(3, 2, 1) if max_pool else nn.Identity()
        self.lead = nn.Parameter(torch.zeros(leads, widths[0])) if lead_embedding else None
        self.blocks = nn.Sequential(*_stages(widths, depths, kernel=kernel, norm=norm))
        self.drop = nn.Dropout(dropout)
        self.both = pooling == "mean+max"
        self.apply(_initialised)
        self.step = stride * (2 if max_pool else 1) * 2 ** (len(widths) - 1)

    def forward(self, batch: Signals, *, keep: Tensor | None = None) -> Encoding:
        """Encode a batch. Raises ModelError when `keep` is given: columns of a feature map cannot be left out."""
        if keep is not None:
            raise self._unmaskable()
        features = self.stem_norm(self.stem(self.measured(batch)))
        if self.lead is not None:
            features = features + (batch.lead_mask.to(self.lead.dtype) @ self.lead)[:, :, None]
        tokens = self.blocks(self.shrink(F.relu(features))).transpose(1, 2)
        mask = self.inside(batch, self.step)[:, : tokens.shape[1]] & batch.lead_mask.any(-1, keepdim=True)
        return Encoding(self.drop(self._pooled(tokens, mask)), tokens, mask)

    def _pooled(self, tokens: Tensor, mask: Tensor) -> Tensor:
        mean = masked_mean(tokens, mask)
        if not self.both:
            return mean
        # Every channel has passed a ReLU, so zero is as low as a maximum can be.
        return torch.cat([mean, tokens.masked_fill(~mask[..., None], 0).amax(1)], -1)


class Block(nn.Module):
    """Two convolutions and a way around them.

    Args:
        before: channels that come.
        after: channels that leave.
        stride: of the first convolution.
        kernel: samples of both.
        norm: "batch" or "group".
    """

    def __init__(self, before: int, after: int, *, stride: int, kernel: int, norm: str) -> None:
        super().__init__()
        self.conv1 = nn.Conv1d(before, after, kernel, stride, kernel // 2, bias=False)
        self.conv2 = nn.Conv1d(after, after, kernel, 1, kernel // 2, bias=False)
        self.norm1, self.norm2 = _norm(norm, after), _norm(norm, after)
        around = nn.Sequential(nn.Conv1d(before, after, 1, stride, bias=False), _norm(norm, after))
        self.around: nn.Module = nn.Identity() if stride == 1 and before == after else around

    def forward(self, features: Tensor) -> Tensor:
        """Return features (B, C', T / stride) of features (B, C, T)."""
        inner = F.relu(self.norm1(self.conv1(features)))
        return F.relu(self.norm2(self.conv2(inner)) + self.around(features))


def _stages(widths: Sequence[int], depths: Sequence[int], *, kernel: int, norm: str) -> list[Block]:
    blocks: list[Block] = []
    before = widths[0]
    for stage, (width, depth) in enumerate(zip(widths, depths, strict=True)):
        for row in range(depth):
            stride = 2 if stage and not row else 1
            blocks.append(Block(before, width, stride=stride, kernel=kernel, norm=norm))
            before = width
    return blocks


def _initialised(module: nn.Module) -> None:
    """Start convolutions as He did (arXiv 1502.01852), so that even fresh weights keep the size of a signal."""
    if isinstance(module, nn.Conv1d):
        nn.init.kaiming_normal_(module.weight, mode="fan_out", nonlinearity="relu")


def _norm(norm: str, channels: int) -> nn.Module:
    if norm == "batch":
        return nn.BatchNorm1d(channels)
    return nn.GroupNorm(next(groups for groups in (8, 4, 2, 1) if channels % groups == 0), channels)


def _refuse_sizes(
    widths: Sequence[int], depths: Sequence[int], *, kernel: int, stem: int, norm: str, pooling: str
) -> None:
    known = norm in {"batch", "group"} and pooling in POOLINGS
    if not known or not widths or len(widths) != len(depths) or not kernel % 2 or not stem % 2:
        raise ModelError(
            'a ResNet has as many widths as depths, odd kernels, norm "batch" or "group", pooling "mean" or "mean+max"',
            came=f"{len(widths)} widths, {len(depths)} depths, kernel {kernel}, stem {stem}, {norm!r}, {pooling!r}",
            instead='Start from a preset, e.g. encoder("resnet-small"), and override one size at a time.',
            see="docs/encoder.md",
        )
