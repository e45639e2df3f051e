"""ReportEncoder: the words of a report through a transformer. Shapes: B batch, N tokens, D width."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor, nn

from einthoven.encoding.base import Encoding, Words
from einthoven.encoding.text import TextEncoder, TextPreparation
from einthoven.encoding.transformer import Transformer, masked_mean, pick
from einthoven.errors import PreparationError

if TYPE_CHECKING:
    from tokenizers import Tokenizer

__all__ = ["ReportEncoder"]


class ReportEncoder(TextEncoder):
    """A BERT-style encoder of reports, pooled as the mean over real tokens.

    Args:
        preparation: longest text and whether case counts.
        width: D.
        depth: layers.
        heads: attention heads; divides `width`.
        vocabulary: tokens the weights have room for.
        mlp: hidden width of the perceptrons as a multiple of `width`.
        dropout: on embeddings, residual steps and attention weights.
        norm: "pre", or "post" as BERT has it.
        tokenizer: None until `fit_tokenizer` trains one.

    Source: BERT (arXiv 1810.04805). We differ: no segment embeddings, no pooler layer.
    """

    architecture = "report"

    def __init__(
        self,
        preparation: TextPreparation,
        *,
        width: int = 128,
        depth: int = 2,
        heads: int = 4,
        vocabulary: int = 2048,
        mlp: float = 4.0,
        dropout: float = 0.0,
        norm: str = "pre",
        tokenizer: Tokenizer | str | None = None,
    ) -> None:
        sizes: dict[str, Any] = {"width": width, "depth": depth, "heads": heads, "vocabulary": vocabulary}
        sizes |= {"mlp": mlp, "dropout": dropout, "norm": norm}
        super().__init__(preparation, width=width, vocabulary=vocabulary, tokenizer=tokenizer, sizes=sizes)
        self.words = nn.Embedding(vocabulary, width)
        self.place = nn.Parameter(torch.randn(preparation.max_tokens, width) * 0.02)
        self.norm = nn.LayerNorm(width) if norm == "post" else nn.Identity()
        self.drop = nn.Dropout(dropout)
        self.transformer = Transformer(width, depth=depth, heads=heads, mlp=mlp, dropout=dropout, norm=norm)
        nn.init.normal_(self.words.weight, std=0.02)

    def forward(self, batch: Words, *, keep: Tensor | None = None) -> Encoding:
        """Encode a batch, or only the tokens at positions `keep` (B, N') of it.

        Raises:
            PreparationError: more tokens came than `max_tokens`.
        """
        if batch.ids.shape[1] > self.preparation.max_tokens:
            raise PreparationError(
                f"this encoder reads at most {self.preparation.max_tokens} tokens",
                came=f"a batch with {batch.ids.shape[1]} came",
                instead="Make batches with encoder.prepare(texts), which cuts longer texts.",
                see="docs/encoder.md",
            )
        mask = batch.mask
        tokens = self.words(batch.ids) + self.place[: batch.ids.shape[1]]
        if keep is not None:
            tokens, mask = pick(tokens, keep), pick(mask, keep)
        tokens = self.transformer(self.drop(self.norm(tokens)), mask)
        return Encoding(masked_mean(tokens, mask), tokens, mask)
