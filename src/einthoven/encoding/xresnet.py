"""XResNet: the strongest plain convolutional network of the PTB-XL benchmark. Shapes: B batch, L leads, T samples."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
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

__all__ = ["XResNet"]


class XResNet(SignalEncoder):
    """A residual network with a stem of three convolutions and bottleneck blocks that halve by averaging.

    `pooled` lays the mean and the maximum over time side by side.

    Args:
        preparation: leads and samples it eats.
        depths: bottleneck blocks of each stage; every stage after the first halves the time.
        width: channels within a block.
        expansion: channels of a stage as a multiple of `width`.
        stem: channels of the three first convolutions.
        kernel: samples of every convolution that looks along time; odd.

    Raises:
        ModelError: no stage, or an even kernel.

    Source: xresnet1d101 of Strodthoff et al. (arXiv 2004.13701) with the sizes of its code: every stage has 64 channels
    within and 256 without, kernel 5. Bottlenecks and averaging: "bag of tricks" (arXiv 1812.01187).
    """

    architecture = "xresnet"

    def __init__(
        self,
        preparation: Preparation,
        *,
        depths: Sequence[int] = (3, 4, 23, 3),
        width: int = 64,
        expansion: int = 4,
        stem: Sequence[int] = (32, 32, 64),
        kernel: int = 5,
    ) -> None:
        if not depths or not kernel % 2:
            raise ModelError(
                "an xresnet has stages, and its kernel is odd",
                came=f"depths={tuple(depths)}, kernel={kernel}",
                instead='Start from encoder("xresnet1d101").',
                see="docs/encoder.md",
            )
        sizes: dict[str, Any] = {"depths": list(depths), "width": width, "expansion": expansion}
        sizes |= {"stem": list(stem), "kernel": kernel}
        last = width * expansion
        super().__init__(preparation, width=2 * last, token_width=last, sizes=sizes)
        channels = [len(preparation.leads), *stem]
        self.stem = nn.Sequential(
            *(
                _step(before, after, kernel, stride=1 if row else 2, active=True)
                for row, (before, after) in enumerate(pairwise(channels))
            ),
            nn.MaxPool1d(3, 2, 1),
        )
        blocks = [(stage, row) for stage, depth in enumerate(depths) for row in range(depth)]
        self.blocks = nn.Sequential(
            *(
                Bottleneck(last if stage or row else stem[-1], width, last, kernel=kernel, half=bool(stage and not row))
                for stage, row in blocks
            )
        )
        self.step = 4 * 2 ** (len(depths) - 1)

    def forward(self, batch: Signals, *, keep: Tensor | None = None) -> Encoding:
        """Encode a batch. Raises ModelError when `keep` is given: columns of a feature map cannot be left out."""
        if keep is not None:
            raise self._unmaskable()
        tokens = self.blocks(self.stem(self.measured(batch))).transpose(1, 2)
        mask = self.inside(batch, self.step)[:, : tokens.shape[1]] & batch.lead_mask.any(-1, keepdim=True)
        # Every channel has passed a ReLU, so zero is as low as a maximum can be.
        most = tokens.masked_fill(~mask[..., None], 0).amax(1)
        return Encoding(torch.cat([masked_mean(tokens, mask), most], -1), tokens, mask)


class Bottleneck(nn.Module):
    """Narrow, look along time, widen, and a way around that averages where the time is halved.

    Args:
        before: channels that come.
        width: channels within.
        after: channels that leave.
        kernel: samples looked at.
        half: halve the time.
    """

    def __init__(self, before: int, width: int, after: int, *, kernel: int, half: bool) -> None:
        super().__init__()
        self.path = nn.Sequential(
            _step(before, width, 1, active=True),
            _step(width, width, kernel, stride=2 if half else 1, active=True),
            _step(width, after, 1, active=False),
        )
        around: list[nn.Module] = [nn.AvgPool1d(2, ceil_mode=True)] if half else []
        around += [_step(before, after, 1, active=False)] if before != after else []
        self.around = nn.Sequential(*around)
        nn.init.zeros_(self.path[2][1].weight)  # type: ignore[index]

    def forward(self, features: Tensor) -> Tensor:
        """Return features (B, C', T or T / 2) of features (B, C, T)."""
        return F.relu(self.path(features) + self.around(features))


def _step(before: int, width: int, kernel: int, *, stride: int = 1, active: bool) -> nn.Sequential:
    convolution = nn.Conv1d(before, width, kernel, stride, kernel // 2, bias=False)
    nn.init.kaiming_normal_(convolution.weight)
    return nn.Sequential(convolution, nn.BatchNorm1d(width), *([nn.ReLU()] if active else []))
