"""Fields in torch: the pictures that `einthoven.drawing.fields` makes, a whole batch at once, on any device.

Shapes: B batch, L leads, T samples of a beat, n = L T, K bins, H height, W width.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import torch
import torch.nn.functional as F  # noqa: N812  (torch's own habit)
from torch import Tensor

from einthoven.drawing.matrices import SAME, shares
from einthoven.drawing.shrinking import taps, weights
from einthoven.drawing.squares import ROWS, SUM

if TYPE_CHECKING:
    from einthoven.drawing.fields import Fields

__all__ = ["field_pictures"]

Size = tuple[int, int]


def field_pictures(
    recipe: Fields, beats: Tensor, lead_mask: Tensor | None = None, *, size: Size | None = None
) -> Tensor:
    """Return the pictures of a batch of beats, equal to `recipe(beats, lead_mask, size=size)` to 1e-6.

    Args:
        recipe: style, methods, bins and defects.
        beats: in any unit, (B, L, T).
        lead_mask: which leads were measured, bool (B, L); None is all.
        size: (H, W); None leaves the fields as large as they are.

    Returns:
        float32, (B, 3, H, W), in [0, 1], on the device of `beats`.

    >>> from einthoven.drawing.fields import Fields
    >>> field_pictures(Fields(style="grid"), torch.randn(2, 12, 100), size=(224, 224)).shape
    torch.Size([2, 3, 224, 224])
    """
    there = torch.ones(beats.shape[:2], dtype=torch.bool, device=beats.device) if lead_mask is None else lead_mask
    beats = beats.double().masked_fill(~there[..., None], 0)
    largest = beats.abs().amax(-1, keepdim=True)
    beats = beats / torch.where(largest > 0, largest, torch.ones_like(largest))
    high, wide = size or recipe.size(*beats.shape[1:])
    pictures = torch.zeros(len(beats), 3, high, wide, device=beats.device)
    make = _concat if recipe.style == "concat" else _grid
    channels = range(2, -1, -1) if "bgr" in recipe.defects else range(3)
    for method, channel in zip(recipe.methods, channels, strict=False):
        pictures[:, channel] = make(recipe, method, beats, there, size)
    return pictures


def _grid(recipe: Fields, method: str, beats: Tensor, there: Tensor, size: Size | None) -> Tensor:
    B, L, T = beats.shape
    squares = _squares(recipe, method, beats) * there[:, :, None, None]
    squares = F.pad(squares, (0, 0, 0, 0, 0, -L % ROWS)).view(B, math.ceil(L / ROWS), ROWS, T, T)
    whole = squares.permute(0, 2, 3, 1, 4).reshape(B, ROWS * T, -1)
    return whole if size is None else _shrunk(recipe, whole, size)


def _squares(recipe: Fields, method: str, beats: Tensor) -> Tensor:
    """Return one matrix a lead, (B, L, T, T), in [0, 1]."""
    if method == "rp":
        return _compared(recipe, beats.float(), beats.float())
    if method == "gaf":
        rows = _angles(beats).float()
        return (rows * _sum(rows)) @ rows.mT
    level = _levels(beats, recipe.bins)
    return level.float() @ _transitions(level, None).float() @ level.float().mT


def _concat(recipe: Fields, method: str, beats: Tensor, there: Tensor, size: Size | None) -> Tensor:
    B, L, T = beats.shape
    line, here = beats.reshape(B, L * T), there.repeat_interleave(T, 1)
    if method == "rp":
        return _plot(recipe, line.float(), here, size)
    if method == "gaf":
        rows = _angles(line) * here[..., None]
        middle = torch.diag(_sum(rows))
    else:
        rows = _levels(torch.where(here, line, math.nan), recipe.bins)
        counted = None if "seam" in recipe.defects else torch.arange(1, L * T, device=line.device) % T != 0
        middle = _transitions(rows, counted)
    tall, wide = (
        rows.float() if side is None else _weights(recipe, L * T, side, rows.device) @ rows.float()
        for side in size or (None, None)
    )
    return tall @ middle.float() @ wide.mT


def _plot(recipe: Fields, line: Tensor, here: Tensor, size: Size | None) -> Tensor:
    """Return the recurrence plots of series (B, n); only samples that the picture reads are compared."""
    if size is None:
        return _compared(recipe, line, line) * (here[:, :, None] & here[:, None, :])
    if "alias" not in recipe.defects:  # one after another: a whole batch of whole plots would be gigabytes
        items = range(len(line))
        return torch.cat([_shrunk(recipe, _plot(recipe, line[i : i + 1], here[i : i + 1], None), size) for i in items])
    (rows, down), (columns, across) = (_taps(line.shape[1], side, line.device) for side in size)
    plot = _compared(recipe, line[:, rows], line[:, columns]) * (here[:, rows][..., None] & here[:, None, columns])
    plot = plot.view(len(line), 2, size[0], 2, size[1])
    tall = torch.lerp(plot[:, 0], plot[:, 1], down[:, None, None])
    return torch.lerp(tall[:, :, 0], tall[:, :, 1], across)


def _angles(series: Tensor) -> Tensor:
    """Return series (..., n) beside their sines and ones, (..., n, 3)."""
    return torch.stack([series, (1 - series.square()).clamp(min=0).sqrt(), torch.ones_like(series)], -1)


def _levels(series: Tensor, bins: int) -> Tensor:
    """Return a one in the column of each sample's quantile bin, (..., n, K); nothing for a NaN."""
    edges = torch.nanquantile(series, series.new_tensor(shares(bins) / 100), dim=-1).movedim(0, -1)
    for k in range(bins - 3, -1, -1):
        close = edges[..., k + 1] - edges[..., k] <= SAME
        edges[..., k] = torch.where(close, edges[..., k + 1], edges[..., k])
    level = (series[..., None] > edges[..., None, :]).sum(-1)
    return F.one_hot(level, bins).to(series.dtype) * ~series.isnan()[..., None]


def _transitions(level: Tensor, counted: Tensor | None) -> Tensor:
    before = level[..., :-1, :] if counted is None else level[..., :-1, :] * counted[:, None]
    counts = before.mT @ level[..., 1:, :]
    return counts / counts.sum(-1, keepdim=True).clamp(min=1)


def _compared(recipe: Fields, rows: Tensor, columns: Tensor) -> Tensor:
    plot = (rows[..., :, None] - columns[..., None, :]).abs_()
    return plot.clamp_(max=1) if "clip" in recipe.defects else plot.div_(2)


def _shrunk(recipe: Fields, pictures: Tensor, size: Size) -> Tensor:
    sides = zip(pictures.shape[1:], size, strict=True)
    tall, wide = (_weights(recipe, side, new, pictures.device) for side, new in sides)
    return tall @ pictures @ wide.T


def _sum(like: Tensor) -> Tensor:
    return torch.from_numpy(SUM).to(like)


def _weights(recipe: Fields, n: int, size: int, device: torch.device) -> Tensor:
    return torch.from_numpy(weights(n, size, skip="alias" in recipe.defects)).to(device)


def _taps(n: int, size: int, device: torch.device) -> tuple[Tensor, Tensor]:
    """Return both neighbours of each new sample, one after the other, (2 size,), and the way between them, (size,)."""
    places, part = taps(n, size)
    return torch.from_numpy(places.reshape(-1)).to(device), torch.from_numpy(part).to(device)
