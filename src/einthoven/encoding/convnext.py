"""ConvNeXt: a picture through convolutions. Shapes: B batch, C channels, H height, W width, N tokens, D width."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor, nn

from einthoven.encoding.base import Encoding, Images
from einthoven.encoding.image import ImageEncoder
from einthoven.encoding.transformer import DropPath
from einthoven.errors import ModelError

if TYPE_CHECKING:
    from einthoven.encoding.picture import ImagePreparation

__all__ = ["ConvNeXt"]

EPS = 1e-6
STEM = 4
"""Pixels of the first step; every stage after the first halves the picture."""


class ConvNeXt(ImageEncoder):
    """A ConvNeXt; tokens are the places of its last feature map, row by row.

    Args:
        preparation: the pictures it eats; its H and W are at least STEM * 2 ** (stages - 1).
        widths: channels of each stage; the last is D.
        depths: blocks of each stage.
        drop_path: chance to skip the last block; earlier blocks less.
        scale: of what each block adds, at the start; learned. The paper's 1e-6 suits long training, 0.1 a short one.

    Raises:
        ModelError: a size that cannot be built.

    Source: ConvNeXt (arXiv 2201.03545); with widths 96, 192, 384, 768 and depths 3, 3, 9, 3 it is ConvNeXt-T and takes
    its public weights (`fill`).
    """

    architecture = "convnext"

    def __init__(
        self,
        preparation: ImagePreparation,
        *,
        widths: Sequence[int] = (96, 192, 384, 768),
        depths: Sequence[int] = (3, 3, 9, 3),
        drop_path: float = 0.0,
        scale: float = 1e-6,
    ) -> None:
        _refuse_sizes(preparation.size, widths, depths)
        sizes: dict[str, Any] = {"widths": list(widths), "depths": list(depths), "drop_path": drop_path}
        sizes |= {"scale": scale}
        super().__init__(preparation, width=widths[-1], sizes=sizes)
        rates = iter(drop_path * row / max(sum(depths) - 1, 1) for row in range(sum(depths)))
        self.stem = nn.Sequential(nn.Conv2d(preparation.channels, widths[0], STEM, STEM), Norm(widths[0]))
        self.stages = nn.ModuleList()
        for stage, (width, depth) in enumerate(zip(widths, depths, strict=True)):
            before = widths[stage - 1]
            halve = nn.Sequential(Norm(before), nn.Conv2d(before, width, 2, 2)) if stage else nn.Identity()
            blocks = nn.Sequential(*(Block(width, drop_path=next(rates), scale=scale) for _ in range(depth)))
            self.stages.append(nn.ModuleDict({"halve": halve, "blocks": blocks}))
        self.norm = nn.LayerNorm(widths[-1], EPS)
        self.apply(_initialised)

    def forward(self, batch: Images, *, keep: Tensor | None = None) -> Encoding:
        """Encode a batch. Raises ModelError when `keep` is given: places of a feature map cannot be left out."""
        if keep is not None:
            raise self._unmaskable()
        features = self.stem(self.pixels(batch))
        for stage in self.stages:
            features = stage["blocks"](stage["halve"](features))  # type: ignore[index]
        tokens = features.flatten(2).transpose(1, 2)
        mask = torch.ones(tokens.shape[:2], dtype=torch.bool, device=tokens.device)
        return Encoding(self.norm(tokens.mean(1)), self.norm(tokens), mask)


class Block(nn.Module):
    """A depthwise convolution, then a perceptron at each place, scaled, and a way around them.

    Args:
        width: channels.
        drop_path: chance to skip it.
        scale: of what it adds, at the start.
    """

    def __init__(self, width: int, *, drop_path: float, scale: float) -> None:
        super().__init__()
        self.depthwise = nn.Conv2d(width, width, 7, padding=3, groups=width)
        self.norm = nn.LayerNorm(width, EPS)
        self.mlp = nn.Sequential(nn.Linear(width, 4 * width), nn.GELU(), nn.Linear(4 * width, width))
        self.gamma = nn.Parameter(torch.full((width,), scale))
        self.path = DropPath(drop_path)

    def forward(self, features: Tensor) -> Tensor:
        """Return features (B, C, H, W) of features (B, C, H, W)."""
        inner = self.mlp(self.norm(self.depthwise(features).permute(0, 2, 3, 1)))
        stepped: Tensor = features + self.path((self.gamma * inner).permute(0, 3, 1, 2))
        return stepped


class Norm(nn.LayerNorm):
    """Layer norm over the channels of (B, C, H, W)."""

    def __init__(self, width: int) -> None:
        super().__init__(width, EPS)

    def forward(self, features: Tensor) -> Tensor:
        """Return the features, at each place with mean 0 and variance 1 over the channels, scaled and shifted."""
        return super().forward(features.permute(0, 2, 3, 1)).permute(0, 3, 1, 2)


def _initialised(module: nn.Module) -> None:
    """Start as the paper did: small normal weights, biases at zero."""
    if isinstance(module, nn.Conv2d | nn.Linear):
        nn.init.trunc_normal_(module.weight, std=0.02)
        if module.bias is not None:
            nn.init.zeros_(module.bias)


def _refuse_sizes(size: tuple[int, int], widths: Sequence[int], depths: Sequence[int]) -> None:
    if not widths or len(widths) != len(depths) or min(size) < STEM * 2 ** (len(widths) - 1):
        raise ModelError(
            "a ConvNeXt has as many widths as depths, and its last feature map has at least one place",
            came=f"{len(widths)} widths, {len(depths)} depths, pictures of {size[0]} x {size[1]}",
            instead='Start from a preset, e.g. encoder("convnext-small"), and override one size at a time.',
            see="docs/encoder.md",
        )
