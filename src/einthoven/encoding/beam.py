"""Beam: the likeliest report, found among the best few at every word. Shapes: B batch, K beams, N words."""

from __future__ import annotations

import torch
from torch import Tensor

from einthoven.encoding.writer import Writer

__all__ = ["likeliest"]


def likeliest(writer: Writer, longest: int, *, beams: int) -> Tensor:
    """Return the ids (B, N) of the report with the highest mean log chance of its words among those kept.

    Args:
        writer: of B items.
        longest: words, the first and last token counted.
        beams: K, reports kept at each word.
    """
    B = len(writer.parts)
    rows = torch.arange(B, device=writer.parts.device)
    writer.pick(rows.repeat_interleave(beams))
    ids = writer.start()
    # At the start all beams are the same: only the first may go on.
    total = torch.full((B, beams), -torch.inf, device=ids.device)
    total[:, 0] = 0
    ended = torch.zeros(B, beams, dtype=torch.bool, device=ids.device)
    length = torch.ones(B, beams, device=ids.device)
    while ids.shape[1] < longest and not bool(ended.all()):
        chances = writer.next(ids).view(B, beams, -1)
        stay = torch.full_like(chances[0, 0], -torch.inf)
        stay[writer.end] = 0  # a report that has ended goes on by ending, at no cost
        chances = torch.where(ended[..., None], stay, chances)
        grown = length + ~ended
        score = (total[..., None] + chances) / grown[..., None]
        _, best = score.flatten(1).topk(beams, 1)
        beam, word = best // chances.shape[2], best % chances.shape[2]
        total = (total[..., None] + chances).flatten(1).gather(1, best)
        length, ended = grown.gather(1, beam), ended.gather(1, beam) | (word == writer.end)
        chosen = (rows[:, None] * beams + beam).flatten()
        writer.pick(chosen)
        ids = torch.cat([ids[chosen], word.flatten()[:, None]], 1)
    return ids.view(B, beams, -1)[rows, (total / length).argmax(1)]
