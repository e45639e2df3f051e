"""Quantizer: features to entries of a learned codebook. Shapes: B batch, N tokens, C width, G groups, V entries."""

from __future__ import annotations

import torch
import torch.nn.functional as F  # noqa: N812  (torch's own habit)
from torch import Tensor, nn

__all__ = ["Quantizer"]


class Quantizer(nn.Module):
    """Choose an entry of each of G codebooks for a feature, and lay the entries side by side.

    In training the choice is drawn (Gumbel softmax, straight through) at a temperature that falls with every call; in
    evaluation it is the likeliest.

    Args:
        width: C of the features.
        out: width of what is laid together; a multiple of `groups`.
        groups: G.
        entries: V, of each codebook.
        temperature: (at the start, at the end, factor of each call); a factor of 1 keeps it, as MELP's code does.

    Source: wav2vec 2.0 (arXiv 2006.11477, section 2).
    """

    calls: Tensor

    def __init__(
        self, width: int, out: int, *, groups: int, entries: int, temperature: tuple[float, float, float]
    ) -> None:
        super().__init__()
        self.groups, self.entries, self.temperatures = groups, entries, temperature
        self.choose = nn.Linear(width, groups * entries)
        self.codes = nn.Parameter(torch.rand(groups, entries, out // groups))
        self.register_buffer("calls", torch.zeros((), dtype=torch.long))
        nn.init.normal_(self.choose.weight)
        nn.init.zeros_(self.choose.bias)

    @property
    def temperature(self) -> float:
        """The temperature now."""
        start, end, factor = self.temperatures
        return float(max(start * factor ** int(self.calls), end))

    def forward(self, features: Tensor, mask: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Return what features (B, N, C) become, (B, N, out), their codes (B, N, G), and how unequally codes are used.

        The last is (G V - the sum of the groups' perplexities) / (G V) over tokens where `mask`, bool (B, N), is True:
        0 when every entry is as likely, towards 1 when one is always taken (equation 4).
        """
        logits = self.choose(features).unflatten(-1, (self.groups, self.entries)).float()
        if self.training:
            chosen = F.gumbel_softmax(logits, tau=self.temperature, hard=True)
            self.calls += 1
        else:
            chosen = F.one_hot(logits.argmax(-1), self.entries).to(logits.dtype)
        quantized = torch.einsum("bngv,gvd->bngd", chosen, self.codes.float()).flatten(2)
        share = (logits.softmax(-1) * mask[..., None, None]).sum((0, 1)) / mask.sum().clamp(min=1)
        perplexity = (-(share * (share + 1e-7).log()).sum(-1)).exp().sum()
        total = self.groups * self.entries
        return quantized, chosen.argmax(-1), (total - perplexity) / total
