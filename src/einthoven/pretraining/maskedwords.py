"""MaskedWords: hide words of a text, guess them. Shapes: B batch, N tokens, D width, V vocabulary."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch
import torch.nn.functional as F  # noqa: N812  (torch's own habit)
from torch import Tensor, nn

from einthoven.encoding import Encoder, TextEncoder, seeded
from einthoven.errors import TrainingError
from einthoven.pretraining.gather import mean_over_all
from einthoven.pretraining.objective import Objective
from einthoven.pretraining.view import Bundle, Seen, View

__all__ = ["MaskedWords"]


class MaskedWords(Objective):
    """A masked language model: words are hidden, and asked for from what stands around them.

    The head that guesses is scaffolding: what stays is the encoder. Give it a cohort with reports, or
    `gather("texts", root=FOLDER)`; no signal is needed.

    Args:
        encoder: of texts, looking both ways.
        mask: part of the words to hide.
        name: of the term; None makes it of the modality.
        seed: of the head's weights.

    Raises:
        TrainingError: no encoder of texts, a causal one, which would not see what stands behind, or a mask of nothing
            or everything.

    Source: BERT (arXiv 1810.04805, section 3.1); stage 1 of MELP. We differ from BERT: the output layer is not tied to
    the embeddings.
    """

    def __init__(self, encoder: Encoder, *, mask: float = 0.15, name: str | None = None, seed: int = 0) -> None:
        if not isinstance(encoder, TextEncoder) or encoder.causal or not 0 < mask < 1:
            causal = " that is causal" if isinstance(encoder, TextEncoder) and encoder.causal else ""
            raise TrainingError(
                "MaskedWords hides a part between 0 and 1 of the words of an encoder of texts that looks both ways",
                came=f"mask={mask!r} and an encoder of {encoder.modality!r}{causal}",
                instead='Use encoder("report-small"); the weights may be made causal afterwards.',
                see="docs/objective.md",
            )
        super().__init__(name or f"masked-words-{encoder.modality}", encoders=(encoder,))
        self.view = View(encoder.modality, "masked", mask=mask)
        D = encoder.token_width
        with seeded(seed):
            last = nn.Linear(D, encoder.vocabulary)
            self.guess = nn.Sequential(nn.Linear(D, D), nn.GELU(), nn.LayerNorm(D), last)
            nn.init.normal_(last.weight, std=0.25 / D**0.5)  # every word about as likely: the first loss is ln V

    def views(self) -> tuple[View, ...]:
        """Return the one masked view."""
        return (self.view,)

    def loss(self, seen: Mapping[View, Seen], bundle: Bundle) -> dict[str, Tensor]:
        """Return the mean cross entropy of the hidden words of the batch."""
        look, told = seen[self.view], bundle.inputs[self.view.modality]
        asked = torch.zeros_like(look.mask) if look.blank is None else look.blank
        asked = asked & bundle.present[self.view.modality][:, None]
        logits = self.guess(look.tokens[asked]).float()
        surprise = F.cross_entropy(logits, told.ids[asked], reduction="none")  # type: ignore[union-attr]
        return {self.name: mean_over_all(surprise, torch.ones_like(surprise, dtype=torch.bool))}

    def config(self) -> dict[str, Any]:
        """Return the view."""
        return {"name": self.name, "views": [repr(self.view)]}
