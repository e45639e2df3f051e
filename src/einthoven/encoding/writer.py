"""Writer: reports written word by word by a model's decoder. Shapes: B batch, N words, V vocabulary."""

from __future__ import annotations

from typing import Any, cast

import torch
from torch import Tensor

from einthoven.encoding.cache import Cache
from einthoven.encoding.decoder import ReportDecoder
from einthoven.encoding.model import Model
from einthoven.encoding.text import TextEncoder
from einthoven.errors import ModelError

__all__ = ["Writer"]


class Writer:
    """What is likely to come next, given the words so far and the ECGs of a batch.

    Args:
        model: with a decoder.
        batch: the ECGs, as `prepare` makes them.
        head: name of the decoder.
        cached: keep what was computed for the words before; without, all is computed anew for every word.

    Raises:
        ModelError: the model has no such head, it is no decoder, an encoder is missing, or the tokenizer puts no
            tokens around a text.
    """

    def __init__(self, model: Model, batch: Any, *, head: str = "caption", cached: bool = True) -> None:
        self.decoder, self.text = decoder_of(model, head)
        ecg = model.encoder(self.decoder.modality)
        seen = ecg(batch)
        self.parts, self.mask = ecg.pool(self.decoder.part, seen, batch)
        self.cached, self.caches = cached, (Cache(), Cache())
        self.first, self.end = _edges(self.text)
        self.longest = min(self.text.preparation.max_tokens, self.decoder.longest)
        self.never = torch.tensor(self._never(), device=self.parts.device)

    def start(self) -> Tensor:
        """Return the first token of every report, int64 (B, 1)."""
        return torch.full((len(self.parts), 1), self.first, device=self.parts.device)

    def next(self, ids: Tensor) -> Tensor:
        """Return the logarithm of the chance of each word to come after `ids` (B, N), float32 (B, V)."""
        new = ids[:, self.caches[0].length :] if self.cached else ids
        caches = self.caches if self.cached else (Cache(), Cache())
        words = self.text.read(new, caches[0]) if self.decoder.reads_states else new
        hidden = self.decoder.hidden(words, self.parts, self.mask, cache=caches[1])[:, -1]
        if not self.decoder.reads_states:
            caches[0].length += new.shape[1]
        logits: Tensor = self.decoder.predict(hidden).float()
        return logits.index_fill(1, self.never, -torch.inf).log_softmax(1)

    def pick(self, rows: Tensor) -> None:
        """Go on with these rows, int64 (B',)."""
        self.parts, self.mask = self.parts[rows], self.mask[rows]
        for cache in self.caches:
            cache.pick(rows)

    def _never(self) -> list[int]:
        """Return the special tokens that no report has within it, and rows of the weights that no token has."""
        unused = range(self.text.known, self.text.vocabulary)
        return sorted({*self.text.special, self.first, *unused} - {self.end})


def _edges(text: TextEncoder) -> tuple[int, int]:
    """Return the tokens that a text begins and ends with."""
    around = text.prepare([""]).ids[0].tolist()
    if len(around) < 2:
        raise ModelError(
            "a report is written between the tokens that a tokenizer puts around a text",
            came=f"this one puts {len(around)} there",
            instead="Use a tokenizer with a first and a last token, as fit_tokenizer trains.",
            see="docs/encoder.md",
        )
    return around[0], around[-1]


def decoder_of(model: Model, head: str) -> tuple[ReportDecoder, TextEncoder]:
    """Return a model's decoder and the encoder whose words it writes. Raises ModelError."""
    decoder = model.head(head)
    if not isinstance(decoder, ReportDecoder):
        raise ModelError(
            "reports are written by a decoder",
            came=f"the head {head!r} is a {decoder.architecture}",
            instead="Pretrain with Caption(ecg, report); its head is called caption.",
            see="docs/model.md",
        )
    return decoder, cast("TextEncoder", model.encoder(decoder.text))
