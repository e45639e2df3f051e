"""VisionTransformer: a signal as patches. Shapes: B batch, L leads, T samples, N tokens, P patch, D width."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import torch
import torch.nn.functional as F  # noqa: N812  (torch's own habit)
from torch import Tensor, nn

from einthoven.encoding.base import Encoding, Signals
from einthoven.encoding.signal import SignalEncoder
from einthoven.encoding.transformer import Transformer, masked_mean, pick, sinusoids
from einthoven.errors import ModelError

if TYPE_CHECKING:
    from einthoven.cleaning.preparation import Preparation

__all__ = ["VisionTransformer"]

PLACE = 0.25
"""How large the time embedding is at the start: about what a patch of an ECG in mV gives, not three times as much."""


class VisionTransformer(SignalEncoder):
    """A 1-D vision transformer for any subset of the preparation's leads and any length up to its own.

    With `per_lead=False` a token is a stretch of time over all leads: N = T / patch, P = L * patch. Absent
    leads are zero and an embedding says which leads are there. With `per_lead=True` a token is a stretch of
    one lead: N = L * T / patch, lead by lead, P = patch; the weights are shared between leads, lead and
    time have an embedding each, and the tokens of absent leads are masked.

    Args:
        preparation: leads and samples it eats.
        width: D.
        depth: layers.
        heads: attention heads; divides `width`.
        patch: samples of a token.
        per_lead: one token a lead and time, or one a time.
        pooling: "mean" over the tokens that hold something measured, or "cls", a token of its own.
        mlp: hidden width of the perceptrons as a multiple of `width`.
        dropout: on residual steps and attention weights.
        drop_path: chance to skip the last layer; earlier layers less.

    Raises:
        ModelError: a size that cannot be built.

    Source: ViT (arXiv 2010.11929); patches of one lead with shared weights: ST-MEM (arXiv 2402.09450).
    We differ from ST-MEM: no separator tokens; lead embeddings are added to every token of the lead.
    """

    architecture = "vit"

    def __init__(
        self,
        preparation: Preparation,
        *,
        width: int = 128,
        depth: int = 4,
        heads: int = 4,
        patch: int = 25,
        per_lead: bool = False,
        pooling: str = "mean",
        mlp: float = 4.0,
        dropout: float = 0.0,
        drop_path: float = 0.0,
    ) -> None:
        sizes: dict[str, Any] = {"width": width, "depth": depth, "heads": heads, "patch": patch, "per_lead": per_lead}
        sizes |= {"pooling": pooling, "mlp": mlp, "dropout": dropout, "drop_path": drop_path}
        super().__init__(preparation, width=width, sizes=sizes)
        _refuse_sizes(patch, pooling)
        self.patch, self.per_lead = patch, per_lead
        leads, steps = len(preparation.leads), -(-preparation.samples // patch)
        self.embed = nn.Linear(patch if per_lead else leads * patch, width)
        self.time = nn.Parameter(sinusoids(steps, width) * PLACE)
        self.lead = nn.Parameter(torch.randn(leads, width) * 0.02)
        self.cls = nn.Parameter(torch.randn(1, 1, width) * 0.02) if pooling == "cls" else None
        self.transformer = Transformer(width, depth=depth, heads=heads, mlp=mlp, dropout=dropout, drop_path=drop_path)
        nn.init.xavier_uniform_(self.embed.weight)
        nn.init.zeros_(self.embed.bias)

    def forward(self, batch: Signals, *, keep: Tensor | None = None) -> Encoding:
        """Encode a batch, or only the tokens at positions `keep` (B, N') of it."""
        targets, mask = self.patches(batch)
        tokens = self.embed(targets) + self._places(batch)
        if keep is not None:
            tokens, mask = pick(tokens, keep), pick(mask, keep)
        if self.cls is None:
            tokens = self.transformer(tokens, mask)
            return Encoding(masked_mean(tokens, mask), tokens, mask)
        first = self.cls.expand(len(tokens), -1, -1).to(tokens.dtype)
        tokens = self.transformer(torch.cat([first, tokens], 1), F.pad(mask, (1, 0), value=True))
        return Encoding(tokens[:, 0], tokens[:, 1:], mask)

    def patches(self, batch: Signals) -> tuple[Tensor, Tensor]:
        """Return the samples of each token (B, N, P), zero where not measured, and which tokens hold any (B, N).

        Tokens run through time; with `per_lead` through the time of the first lead, then of the second.
        """
        signal = self.measured(batch)
        B, L, T = signal.shape
        steps = -(-T // self.patch)
        cut = F.pad(signal, (0, steps * self.patch - T)).view(B, L, steps, self.patch)
        inside = self.inside(batch, self.patch)
        if self.per_lead:
            there = batch.lead_mask[:, :, None] & inside[:, None, :]
            return cut.reshape(B, L * steps, self.patch), there.reshape(B, L * steps)
        there = inside & batch.lead_mask.any(-1, keepdim=True)
        return cut.permute(0, 2, 1, 3).reshape(B, steps, L * self.patch), there

    def _places(self, batch: Signals) -> Tensor:
        """Return what is added to a token for where it stands, (1 or B, N, D)."""
        steps = -(-batch.signal.shape[-1] // self.patch)
        time = self.time[:steps]
        if self.per_lead:
            return (self.lead[:, None, :] + time[None, :, :]).flatten(0, 1)[None]
        leads = batch.lead_mask.to(self.lead.dtype) @ self.lead
        return time[None] + leads[:, None, :]


def _refuse_sizes(patch: int, pooling: str) -> None:
    if patch < 1 or pooling not in {"mean", "cls"}:
        raise ModelError(
            'a patch has at least one sample, and pooling is "mean" or "cls"',
            came=f"patch={patch}, pooling={pooling!r}",
            instead='Choose e.g. patch=25 (a quarter of a second at 100 Hz), pooling="mean".',
            see="docs/encoder.md",
        )
