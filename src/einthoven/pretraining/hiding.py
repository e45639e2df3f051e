"""Hiding: which patches an encoder sees, and which are left for it to be asked about. B batch, N patches."""

from __future__ import annotations

from dataclasses import replace

import torch
import torch.nn.functional as F  # noqa: N812  (torch's own habit)
from torch import Tensor

from einthoven.encoding import TextEncoder, Words
from einthoven.pretraining.draws import Draws

__all__ = ["blanked", "hidden", "shown", "spans"]


def shown(valid: Tensor, ratio: float, luck: Tensor) -> Tensor:
    """Return the positions of the patches that stay visible.

    Of the n valid patches of a recording floor(ratio n) are hidden. Recordings that are shorter than others
    in the batch are filled up with padding, which the encoder masks, never with hidden patches.

    Args:
        valid: which patches hold something measured, bool (B, N).
        ratio: part to hide, 0 to below 1.
        luck: a random number for each patch, (B, N).

    Returns:
        int64 (B, N'), in order of place.

    >>> valid = torch.tensor([[True, True, True, True], [True, True, False, False]])
    >>> shown(valid, 0.5, torch.tensor([[0.1, 0.9, 0.8, 0.2], [0.7, 0.3, 0.0, 0.0]]))
    tensor([[0, 3],
            [1, 2]])
    """
    count = valid.sum(1)
    visible = count - (ratio * count).floor().long()
    place = luck.masked_fill(~valid, 2).argsort(1).argsort(1)
    # Visible patches come first, then padding, then the hidden ones; there is always padding enough.
    rank = torch.where(place < visible[:, None], place, place + valid.shape[1])
    rank = torch.where(valid, rank, place)
    order = rank.argsort(dim=1, stable=True)
    keep, _ = order[:, : int(visible.max().clamp(min=1))].sort(1)
    return keep


def hidden(valid: Tensor, keep: Tensor) -> Tensor:
    """Return which valid patches are not among `keep` (B, N'), bool (B, N).

    >>> hidden(torch.tensor([[True, True, False]]), torch.tensor([[1]]))
    tensor([[ True, False, False]])
    """
    return valid & ~torch.zeros_like(valid).scatter(1, keep, True)


def spans(valid: Tensor, ratio: float, length: int, luck: Tensor) -> Tensor:
    """Return tokens hidden in spans, bool (B, N): ratio n / length spans begin at different places, and may overlap.

    Args:
        valid: tokens that hold something measured, bool (B, N), the n first of each row.
        ratio: part that the spans would hide if none overlapped, 0 to below 1.
        length: tokens of a span.
        luck: a random number for each token, (B, N).

    >>> spans(torch.ones(1, 6).bool(), 0.5, 2, torch.tensor([[0.9, 0.1, 0.8, 0.7, 0.2, 0.0]])).int()
    tensor([[0, 1, 1, 0, 1, 1]], dtype=torch.int32)

    Source: wav2vec 2.0 (arXiv 2006.11477, section 3.1), with at least one span.
    """
    count = valid.sum(1, keepdim=True)
    place = torch.arange(valid.shape[1], device=valid.device)[None]
    fits = place < (count - length + 1).clamp(min=1)
    wanted = (ratio * count / length).round().clamp(min=1)
    starts = luck.masked_fill(~fits, 2).argsort(1).argsort(1) < wanted
    padded = F.pad((starts & fits).to(luck.dtype)[:, None], (length - 1, 0))
    return (F.max_pool1d(padded, length, 1)[:, 0] > 0) & valid


def blanked(words: Words, ratio: float, encoder: TextEncoder, draws: Draws) -> tuple[Words, Tensor]:
    """Return words of which a part is hidden, and which were, bool (B, N); special tokens never are.

    Of the chosen, 8 in 10 become the mask token, 1 another word, and 1 stays as it is (BERT, arXiv 1810.04805).
    """
    special = torch.isin(words.ids, torch.tensor(encoder.special, device=words.ids.device))
    chosen, kind, other = draws.uniform("words", 3, words.ids.shape[1]).unbind(1)
    hide = (chosen < ratio) & words.mask & ~special
    ids = torch.where(hide & (kind < 0.8), encoder.mask_token, words.ids)
    ids = torch.where(hide & (kind >= 0.9), (other * encoder.known).long(), ids)
    return replace(words, ids=ids), hide
