"""Caption: write the report word by word, looking at the ECG. Shapes: B batch, N words, D width, V vocabulary."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import torch
import torch.nn.functional as F  # noqa: N812  (torch's own habit)
from torch import Tensor

from einthoven.encoding import Encoder, Head, TextEncoder, Words, seeded
from einthoven.encoding.decoder import ReportDecoder
from einthoven.errors import TrainingError
from einthoven.pretraining.gather import mean_over_all
from einthoven.pretraining.objective import Objective
from einthoven.pretraining.view import Bundle, Seen, View

__all__ = ["Caption"]

READS = ("states", "words")
"""What a decoder reads: the states of a causal text tower, or the words themselves."""


class Caption(Objective):
    """Cross entropy of each next word of the report, given the words before it and the ECG's parts.

    The decoder is a head of the model and travels with it: `einthoven.encoding.generate` writes with it. An ECG's
    parts are its encoder's pooling "caption" (MELP has one), or its tokens.

    Args:
        ecg: encoder of the recordings.
        report: encoder of the texts.
        reads: "states" of the text tower, which must be causal, or "words" through an embedding of its own; None is
            "states" where the tower is causal.
        width: D of the decoder; None is that of the text tower's states.
        depth: pairs of a self-attention layer and a crossing.
        heads: attention heads.
        dropout: in the decoder.
        name: of the term; None makes it of the modalities.
        seed: of the decoder's weights.

    Raises:
        TrainingError: no encoder of texts, or "states" of a tower that sees both ways and so holds the answer.

    Source: CoCa (arXiv 2205.01917, equation 3), as in MELP (arXiv 2506.21803). The mean is over the words of the whole
    batch, as released; padding never counts.
    """

    open = True

    def __init__(
        self,
        ecg: Encoder,
        report: Encoder,
        *,
        reads: str | None = None,
        width: int | None = None,
        depth: int = 6,
        heads: int = 8,
        dropout: float = 0.0,
        name: str | None = None,
        seed: int = 0,
    ) -> None:
        if not isinstance(report, TextEncoder):
            raise _no_texts(report.modality)
        reads = _reading(report, reads)
        super().__init__(name or f"caption-{ecg.modality}-{report.modality}", encoders=(ecg, report))
        self.pair, self.reads = (View(ecg.modality), View(report.modality)), reads
        part = "caption" if "caption" in ecg.poolings else "tokens"
        with seeded(seed):
            decoder = ReportDecoder(
                width or report.token_width, report.vocabulary, parts=ecg.poolings[part], part=part,
                states=report.token_width if reads == "states" else None, depth=depth, heads=heads,
                dropout=dropout, longest=report.preparation.max_tokens, modality=ecg.modality, text=report.modality,
            )  # fmt: skip
        self._heads = {"caption": decoder}  # in a dict, because it is no scaffolding

    def views(self) -> tuple[View, ...]:
        """Return the plain views of both modalities."""
        return self.pair

    def settle(self, asked: Sequence[View]) -> tuple[View, ...]:
        """Return the plain views, or where a neighbour augments a modality, its view of it."""
        return tuple(view.or_one_of(asked) for view in self.pair)

    def needs_tokens(self, modality: str) -> bool:
        """Return whether the decoder looks at them: always at the ECG's, at the reports' where it reads states."""
        return modality == self.pair[0].modality or self.reads == "states"

    def heads(self) -> dict[str, Head]:
        """Return the decoder, called "caption"."""
        return dict(self._heads)

    def loss(self, seen: Mapping[View, Seen], bundle: Bundle) -> dict[str, Tensor]:
        """Return the mean cross entropy of all words of all reports of the batch."""
        ecg, report = (view.modality for view in self.pair)
        words, parts, mask = self.shown(seen)
        told = self._told(seen)
        asked = told.mask[:, 1:] & (bundle.present[ecg] & bundle.present[report])[:, None]
        decoder = self._heads["caption"]
        logits = decoder.predict(decoder.hidden(words, parts, mask)[asked])  # not where padding is: V is large
        surprise = F.cross_entropy(logits.float(), told.ids[:, 1:][asked], reduction="none")
        return {self.name: mean_over_all(surprise, torch.ones_like(surprise, dtype=torch.bool))}

    def shown(self, seen: Mapping[View, Seen]) -> tuple[Tensor, Tensor, Tensor]:
        """Return what the decoder is given: all words but the last, the ECG's parts, and which parts there are."""
        ecg, report = (seen[view] for view in self.pair)
        parts, mask = self.encoders()[self.pair[0].modality].pool(self._heads["caption"].part, ecg, ecg.input)
        words = report.tokens if self.reads == "states" else self._told(seen).ids
        return words[:, :-1], parts, mask

    def _told(self, seen: Mapping[View, Seen]) -> Words:
        told = seen[self.pair[1]].input
        if not isinstance(told, Words):
            raise _no_texts(self.pair[1].modality)
        return told

    def config(self) -> dict[str, Any]:
        """Return the decoder's sizes and what it reads."""
        return {"name": self.name, "reads": self.reads, "decoder": self._heads["caption"].config()}


def _reading(report: TextEncoder, reads: str | None) -> str:
    reads = reads or ("states" if report.causal else "words")
    if reads not in READS or (reads == "states" and not report.causal):
        raise TrainingError(
            "a decoder reads words, or the states of a text tower that has not seen what comes next",
            came=f"reads={reads!r} with a tower that is {'causal' if report.causal else 'not causal'}",
            instead='Choose reads="words", or make the text tower with causal=True.',
            see="docs/objective.md",
        )
    return reads


def _no_texts(modality: str) -> TrainingError:
    return TrainingError(
        "Caption writes what an encoder of texts reads",
        came=f"an encoder of {modality!r} came in its place",
        instead='Write Caption(ecg, report) with e.g. report = encoder("report-small").',
        see="docs/objective.md",
    )
