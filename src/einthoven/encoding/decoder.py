"""ReportDecoder: the head that writes reports. Shapes: B batch, N words, M parts of the ECG, D width, V vocabulary."""

from __future__ import annotations

from typing import Any

import torch
import torch.nn.functional as F  # noqa: N812  (torch's own habit)
from torch import Tensor, nn

from einthoven.encoding.cache import Cache
from einthoven.encoding.heads import Head
from einthoven.encoding.transformer import Transformer
from einthoven.errors import ModelError

__all__ = ["Crossing", "ReportDecoder"]


class ReportDecoder(Head):
    """Words so far and the parts of an ECG in, a score for each next word out.

    Args:
        width: D.
        vocabulary: V.
        parts: width of the ECG's parts.
        part: the ECG encoder's pooling that these are.
        states: width of the text encoder's states, which the words come as; None embeds the words here.
        depth: pairs of a self-attention layer and a crossing.
        heads: attention heads; divides `width`.
        mlp: hidden width of the perceptrons as a multiple of `width`.
        dropout: on residual steps and attention weights.
        longest: words it may write, without states.
        modality: whose parts they are.
        text: the modality of its words, whose tokenizer spells them.

    Source: CoCa (arXiv 2205.01917), whose multimodal decoder MELP has: 6 pairs of width 768, fed with the states of the
    causal text tower. We differ: every weight starts from a small normal distribution, the output layer too (the
    released one is never initialised), and there may be an embedding of its own, so that a text tower that sees both
    ways does not whisper the answer.
    """

    architecture = "report-decoder"

    def __init__(
        self,
        width: int,
        vocabulary: int,
        *,
        parts: int,
        part: str = "tokens",
        states: int | None = None,
        depth: int = 6,
        heads: int = 8,
        mlp: float = 4.0,
        dropout: float = 0.0,
        longest: int = 128,
        modality: str = "ecg",
        text: str = "report",
    ) -> None:
        sizes: dict[str, Any] = {"width": width, "vocabulary": vocabulary, "parts": parts, "part": part}
        sizes |= {"states": states, "depth": depth, "heads": heads, "mlp": mlp, "dropout": dropout}
        super().__init__(modality=modality, sizes=sizes | {"longest": longest, "text": text})
        self.part, self.text, self.longest, self.reads_states = part, text, longest, states is not None
        self.words = None if states else nn.Embedding(vocabulary, width)
        self.place = None if states else nn.Parameter(torch.zeros(longest, width))
        self.enter = nn.Linear(states, width) if states and states != width else nn.Identity()
        stack = Transformer(width, depth=depth, heads=heads, mlp=mlp, dropout=dropout, causal=True)
        self.layers, self.norm = stack.layers, stack.norm
        hidden = round(width * mlp)
        self.crossings = nn.ModuleList(
            Crossing(width, heads, parts=parts, hidden=hidden, dropout=dropout) for _ in range(depth)
        )
        self.predict = nn.Linear(width, vocabulary, bias=False)
        self._start(depth)

    def forward(self, words: Tensor, parts: Tensor, mask: Tensor, *, cache: Cache | None = None) -> Tensor:
        """Return logits (B, N, V) of the word after each; see `hidden`."""
        logits: Tensor = self.predict(self.hidden(words, parts, mask, cache=cache))
        return logits

    def hidden(self, words: Tensor, parts: Tensor, mask: Tensor, *, cache: Cache | None = None) -> Tensor:
        """Return what `predict` turns into logits, (B, N, D).

        Args:
            words: states of the text encoder (B, N, D'), or where it has none token numbers, int64 (B, N).
            parts: of the ECG, (B, M, D'').
            mask: which of them stand for something, bool (B, M).
            cache: of the words before these; they then are not given again.

        Raises:
            ModelError: more words than it has places for.
        """
        before = cache.length if cache else 0
        tokens = self._entered(words, before)
        count = tokens.shape[1]
        attend = torch.ones(count, before + count, dtype=torch.bool, device=tokens.device).tril(before)[None, None]
        heard = (mask | ~mask.any(-1, keepdim=True))[:, None, None, :]
        for layer, crossing in zip(self.layers, self.crossings, strict=True):
            tokens = crossing(layer(tokens, attend, cache), parts, heard, cache)
        if cache:
            cache.length += count
        last: Tensor = self.norm(tokens)
        return last

    def _entered(self, words: Tensor, before: int) -> Tensor:
        if self.words is None or self.place is None:
            entered: Tensor = self.enter(words)
            return entered
        if before + words.shape[1] > self.longest:
            raise ModelError(
                f"this decoder writes at most {self.longest} words",
                came=f"{before + words.shape[1]} came",
                instead="Cut the text with encoder.prepare(texts), or make the head with a larger longest=.",
                see="docs/model.md",
            )
        embedded: Tensor = self.words(words) + self.place[before : before + words.shape[1]]
        return embedded

    def _start(self, depth: int) -> None:
        """Start as GPT-2 did, whose deviation of 0.02 is 0.55 / sqrt(768), less where steps add up."""
        for name, weight in self.named_parameters():
            if weight.ndim > 1:
                adds = name.endswith(("out.weight", "mlp.2.weight"))
                nn.init.normal_(weight, std=0.55 / (weight.shape[1] * (4 * depth if adds else 1)) ** 0.5)
            elif name.endswith("bias"):
                nn.init.zeros_(weight)
        # every word about as likely: the first loss is ln V
        nn.init.normal_(self.predict.weight, std=0.25 / self.predict.in_features**0.5)


class Crossing(nn.Module):
    """Words look at the parts of an ECG, and a two-layer perceptron, each with its residual and a norm before.

    Args:
        width: D of the words.
        heads: attention heads; divides `width`.
        parts: width of the parts.
        hidden: width between the two linear layers of the perceptron.
        dropout: on the two steps and on attention weights.
    """

    def __init__(self, width: int, heads: int, *, parts: int, hidden: int, dropout: float) -> None:
        super().__init__()
        self.heads, self.dropout = heads, dropout
        self.norm, self.norm_parts, self.norm_mlp = nn.LayerNorm(width), nn.LayerNorm(parts), nn.LayerNorm(width)
        self.query, self.keyvalue = nn.Linear(width, width), nn.Linear(parts, 2 * width)
        self.out = nn.Linear(width, width)
        self.mlp = nn.Sequential(nn.Linear(width, hidden), nn.GELU(), nn.Linear(hidden, width))
        self.drop = nn.Dropout(dropout)

    def forward(self, tokens: Tensor, parts: Tensor, heard: Tensor, cache: Cache | None) -> Tensor:
        """Return tokens (B, N, D) after each has looked at those parts where `heard`, bool (B, 1, 1, M), is True."""
        tokens = tokens + self.drop(self._attention(self.norm(tokens), parts, heard, cache))
        step: Tensor = self.drop(self.mlp(self.norm_mlp(tokens)))
        return tokens + step

    def _attention(self, tokens: Tensor, parts: Tensor, heard: Tensor, cache: Cache | None) -> Tensor:
        B, N, D = tokens.shape

        def projected() -> tuple[Tensor, Tensor]:
            both = self.keyvalue(self.norm_parts(parts)).view(B, -1, 2, self.heads, D // self.heads)
            key, value = both.permute(2, 0, 3, 1, 4)
            return key, value

        key, value = cache.once(self, projected) if cache else projected()
        query = self.query(tokens).view(B, N, self.heads, D // self.heads).transpose(1, 2)
        rate = self.dropout if self.training else 0.0
        seen = F.scaled_dot_product_attention(query, key, value, attn_mask=heard, dropout_p=rate)
        joined: Tensor = self.out(seen.transpose(1, 2).reshape(B, N, D))
        return joined
