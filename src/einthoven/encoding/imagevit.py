"""ImageTransformer: a picture as patches. Shapes: B batch, C channels, H height, W width, N tokens, D width."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import torch
import torch.nn.functional as F  # noqa: N812  (torch's own habit)
from torch import Tensor, nn

from einthoven.encoding.base import Encoding, Images
from einthoven.encoding.image import ImageEncoder
from einthoven.encoding.transformer import Transformer
from einthoven.errors import ModelError

if TYPE_CHECKING:
    from einthoven.encoding.picture import ImagePreparation

__all__ = ["ImageTransformer"]

EPS = 1e-6
"""What the public vision transformers add to a variance."""


class ImageTransformer(ImageEncoder):
    """A vision transformer; tokens are patches, row by row.

    Args:
        preparation: the pictures it eats; its H and W are multiples of `patch`.
        width: D.
        depth: layers.
        heads: attention heads; divides `width`.
        patch: P, side of a patch in pixels.
        pooling: "cls", a token of its own, or "mean" over the patches.
        mlp: hidden width of the perceptrons as a multiple of `width`.
        dropout: on residual steps and attention weights.
        drop_path: chance to skip the last layer; earlier layers less.

    Raises:
        ModelError: a size that cannot be built.

    Source: ViT (arXiv 2010.11929); with width 768, depth 12, heads 12, patch 16 it is ViT-B/16 and takes its public
    weights (`fill`).
    """

    architecture = "image-vit"

    def __init__(
        self,
        preparation: ImagePreparation,
        *,
        width: int = 192,
        depth: int = 6,
        heads: int = 3,
        patch: int = 16,
        pooling: str = "cls",
        mlp: float = 4.0,
        dropout: float = 0.0,
        drop_path: float = 0.0,
    ) -> None:
        sizes: dict[str, Any] = {"width": width, "depth": depth, "heads": heads, "patch": patch, "pooling": pooling}
        super().__init__(
            preparation, width=width, sizes=sizes | {"mlp": mlp, "dropout": dropout, "drop_path": drop_path}
        )
        _refuse_sizes(preparation.size, patch, pooling)
        self.embed = nn.Conv2d(preparation.channels, width, patch, patch)
        self.grid = preparation.size[0] // patch, preparation.size[1] // patch
        self.first = nn.Parameter(torch.randn(1, 1, width) * 0.02)
        self.place = nn.Parameter(torch.randn(1, 1 + self.grid[0] * self.grid[1], width) * 0.02)
        self.transformer = Transformer(width, depth=depth, heads=heads, mlp=mlp, dropout=dropout, drop_path=drop_path)
        self.by_mean = pooling == "mean"
        nn.init.xavier_uniform_(self.embed.weight.view(width, -1))
        for module in self.modules():
            if isinstance(module, nn.LayerNorm):
                module.eps = EPS

    def forward(self, batch: Images, *, keep: Tensor | None = None) -> Encoding:
        """Encode a batch. Raises ModelError when `keep` is given."""
        if keep is not None:
            raise self._unmaskable()
        patches = self.embed(self.pixels(batch)).flatten(2).transpose(1, 2)
        tokens = torch.cat([self.first.expand(len(patches), -1, -1), patches], 1) + self.place
        mask = torch.ones(tokens.shape[:2], dtype=torch.bool, device=tokens.device)
        tokens = self.transformer(tokens, mask)
        pooled = tokens[:, 1:].mean(1) if self.by_mean else tokens[:, 0]
        return Encoding(pooled, tokens[:, 1:], mask[:, 1:])

    def placed(self, place: Tensor) -> Tensor:
        """Return position embeddings (1, 1 + N', D) of a square grid, stretched to this encoder's grid."""
        side = round((place.shape[1] - 1) ** 0.5)
        if place.ndim != 3 or side * side + 1 != place.shape[1] or (side, side) == self.grid:
            return place
        square = place[:, 1:].transpose(1, 2).reshape(1, -1, side, side)
        stretched = F.interpolate(square, self.grid, mode="bicubic", antialias=True, align_corners=False)
        return torch.cat([place[:, :1], stretched.flatten(2).transpose(1, 2)], 1)


def _refuse_sizes(size: tuple[int, int], patch: int, pooling: str) -> None:
    if patch < 1 or any(side % patch for side in size) or pooling not in {"mean", "cls"}:
        raise ModelError(
            'a picture is a whole number of patches high and wide, and pooling is "mean" or "cls"',
            came=f"size={size}, patch={patch}, pooling={pooling!r}",
            instead=f"Choose e.g. size={tuple(max(round(side / max(patch, 1)), 1) * max(patch, 1) for side in size)}.",
            see="docs/encoder.md",
        )
