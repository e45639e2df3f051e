"""ReportEncoder: the words of a report through a transformer. Shapes: B batch, N tokens, D width."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor, nn

from einthoven.encoding.base import Encoding, Words
from einthoven.encoding.cache import Cache
from einthoven.encoding.pooling import pooled_by, pooled_of
from einthoven.encoding.text import TextEncoder, TextPreparation
from einthoven.encoding.transformer import Transformer, pick
from einthoven.errors import PreparationError

if TYPE_CHECKING:
    from tokenizers import Tokenizer

__all__ = ["ReportEncoder"]


class ReportEncoder(TextEncoder):
    """A BERT-style encoder of reports, from scratch.

    Args:
        preparation: longest text and whether case counts.
        width: D.
        depth: layers.
        heads: attention heads; divides `width`.
        vocabulary: tokens the weights have room for.
        mlp: hidden width of the perceptrons as a multiple of `width`.
        dropout: on embeddings, residual steps and attention weights.
        norm: "pre", or "post" as BERT has it.
        causal: a token sees those before it, so that its state can be asked for the next word.
        pooling: "mean" over real tokens, or "last", the state of the closing token; None takes the last where causal,
            because no other has seen the whole text, and else the mean.
        frozen: True trains nothing; a number n freezes the embeddings and the first n layers; False trains all.
        tokenizer: None until `fit_tokenizer` trains one.

    Raises:
        ModelError: an unknown pooling.

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
        causal: bool = False,
        pooling: str | None = None,
        frozen: bool | int = False,
        tokenizer: Tokenizer | str | None = None,
    ) -> None:
        sizes: dict[str, Any] = {"width": width, "depth": depth, "heads": heads, "vocabulary": vocabulary}
        sizes |= {"mlp": mlp, "dropout": dropout, "norm": norm, "causal": causal, "pooling": pooling, "frozen": frozen}
        super().__init__(
            preparation, width=width, vocabulary=vocabulary, tokenizer=tokenizer, causal=causal, sizes=sizes
        )
        self.pooling = pooled_by(pooling, causal, {"mean", "last"})
        self.words = nn.Embedding(vocabulary, width)
        self.place = nn.Parameter(torch.randn(preparation.max_tokens, width) * 0.02)
        self.norm = nn.LayerNorm(width) if norm == "post" else nn.Identity()
        self.drop = nn.Dropout(dropout)
        self.transformer = Transformer(
            width, depth=depth, heads=heads, mlp=mlp, dropout=dropout, norm=norm, causal=causal
        )
        nn.init.normal_(self.words.weight, std=0.02)
        self._freeze(frozen)

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
        return Encoding(pooled_of(tokens, mask, self.pooling), tokens, mask)

    def read(self, ids: Tensor, cache: Cache) -> Tensor:
        """Return the states of the next tokens; see `TextEncoder.read`."""
        self._refuse_two_way()
        tokens = self.words(ids) + self.place[cache.length : cache.length + ids.shape[1]]
        states: Tensor = self.transformer(self.drop(self.norm(tokens)), torch.ones_like(ids, dtype=torch.bool), cache)
        cache.length += ids.shape[1]
        return states

    def _freeze(self, frozen: bool | int) -> None:
        if frozen is True:
            self.requires_grad_(False)
        elif frozen:
            self.place.requires_grad_(False)
            for part in (self.words, self.norm, *self.transformer.layers[:frozen]):
                part.requires_grad_(False)
