"""Wav2Vec: tell what was hidden from what was elsewhere. Shapes: B batch, N tokens, M hidden, D width, K negatives."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch
import torch.nn.functional as F  # noqa: N812  (torch's own habit)
from torch import Tensor, nn

from einthoven.encoding import Encoder, seeded
from einthoven.errors import TrainingError
from einthoven.pretraining.augment import Augmentation, augmentation
from einthoven.pretraining.contrast import FIRST, SECOND
from einthoven.pretraining.draws import Draws
from einthoven.pretraining.gather import mean_over_all
from einthoven.pretraining.objective import Objective
from einthoven.pretraining.quantizer import Quantizer
from einthoven.pretraining.view import Bundle, Seen, View

__all__ = ["Wav2Vec"]


class Wav2Vec(Objective):
    """Spans of tokens are hidden; the encoder must tell each hidden token's code from those of other hidden ones.

    Args:
        encoder: with a pooling "features" ("melp-...").
        mask: part of the tokens that the spans would hide if none overlapped.
        span: tokens of a span.
        halves: show the two halves of a recording as two views, so that `Contrast(ecg, ecg, views="halves")` can bring
            them together; else the whole.
        augment: how each view differs from the recording; None hides each lead with a chance of a half.
        width: what predictions and codes are compared in.
        groups: codebooks.
        entries: of each.
        negatives: K, other hidden tokens of the same recording.
        temperature: cosines are divided by it.
        gumbel: temperature of the quantizer, see `Quantizer`.
        diversity: weight of the term that wants all entries used.
        penalty: weight of the mean square of the features.
        name: of the term; None makes it of the modality.
        seed: of the weights of quantizer and projections.

    Raises:
        TrainingError: an encoder without features.

    Source: wav2vec 2.0 (arXiv 2006.11477, equations 2 to 4) with random lead masking (arXiv 2203.06889), as ECG-FM and
    stage 0 of MELP have it. MELP's released code drops diversity and penalty and keeps the Gumbel temperature at 2:
    diversity=0, penalty=0, gumbel=(2, 2, 1). One lead always stays here; there all may go.
    """

    def __init__(
        self,
        encoder: Encoder,
        *,
        mask: float = 0.65,
        span: int = 10,
        halves: bool = True,
        augment: str | Augmentation | None = None,
        width: int = 256,
        groups: int = 2,
        entries: int = 320,
        negatives: int = 100,
        temperature: float = 0.1,
        gumbel: tuple[float, float, float] = (2.0, 0.5, 0.999995),
        diversity: float = 0.1,
        penalty: float = 10.0,
        name: str | None = None,
        seed: int = 0,
    ) -> None:
        if "features" not in encoder.poolings:
            raise _no_features(encoder)
        super().__init__(name or f"wav2vec-{encoder.modality}", encoders=(encoder,))
        change = Augmentation(lead_dropout=0.5) if augment is None else augmentation(augment)
        parts = {"first": FIRST, "second": SECOND} if halves else {"spans": (0.0, 1.0)}
        self.looks = tuple(
            View(encoder.modality, label, mask=mask, augment=change, span=span, stretch=part)
            for label, part in parts.items()
        )
        self.negatives, self.temperature = negatives, temperature
        self.weights = {"": 1.0, "/diversity": diversity, "/penalty": penalty}
        with seeded(seed):
            sizes: dict[str, Any] = {"groups": groups, "entries": entries, "temperature": tuple(gumbel)}
            self.quantizer = Quantizer(encoder.poolings["features"], width, **sizes)
            self.target, self.predict = nn.Linear(width, width), nn.Linear(encoder.token_width, width)
        self.sizes = sizes

    def views(self) -> tuple[View, ...]:
        """Return the two halves, or the whole, with spans hidden."""
        return self.looks

    def loss(self, seen: Mapping[View, Seen], bundle: Bundle) -> dict[str, Tensor]:
        """Return the cross entropy of the hidden tokens' codes, and where they weigh, diversity and penalty."""
        parts = [self._one(seen[view], bundle) for view in self.looks]
        means = {key: torch.stack([one[key] for one in parts]).mean() for key in self.weights}
        return {f"{self.name}{key}": mean for key, mean in means.items() if self.weights[key]}

    def total(self, losses: Mapping[str, Tensor]) -> Tensor:
        """Return the weighted sum."""
        return torch.stack([self.weights[key.removeprefix(self.name)] * loss for key, loss in losses.items()]).sum()

    def config(self) -> dict[str, Any]:
        """Return views, weights and sizes."""
        views = [repr(view) for view in self.looks]
        options = {"negatives": self.negatives, "temperature": self.temperature, "weights": self.weights}
        return {"name": self.name, "views": views, **options, **self.sizes}

    def _one(self, look: Seen, bundle: Bundle) -> dict[str, Tensor]:
        """Return the three losses of one view."""
        modality = self.looks[0].modality
        features, measured = self.encoders()[modality].pool("features", look, look.input)
        blank = measured if look.blank is None else look.blank
        place, there = _gathered(blank)
        there = there & bundle.present[modality][:, None]
        index = place[..., None]
        hidden = F.layer_norm(features, features.shape[-1:]).gather(1, index.expand(-1, -1, features.shape[-1]))
        codes, entries, unequal = self.quantizer(hidden, there)
        targets = self.target(codes)
        predicted = self.predict(look.tokens.gather(1, index.expand(-1, -1, look.tokens.shape[-1])))
        surprise = self._surprise(predicted.float(), targets.float(), entries, there, bundle.position)
        square = features.float().square().mean(-1)
        return {
            "": mean_over_all(surprise.flatten(), there.flatten()),
            "/diversity": unequal,
            "/penalty": mean_over_all(square.flatten(), (measured & bundle.present[modality][:, None]).flatten()),
        }

    def _surprise(self, predicted: Tensor, targets: Tensor, entries: Tensor, there: Tensor, position: Tensor) -> Tensor:
        """Return the cross entropy of each hidden token (B, M) between its own code and those of K others."""
        near = F.normalize(predicted, dim=-1) @ F.normalize(targets, dim=-1).transpose(1, 2) / self.temperature
        alike = (entries[:, :, None] == entries[:, None, :]).all(-1)
        others = self._others(there, position)
        lowest = torch.finfo(near.dtype).min
        wrong = near.masked_fill(alike, lowest).gather(2, others)
        own = near.diagonal(dim1=1, dim2=2)[..., None]
        return -torch.cat([own, wrong], -1).log_softmax(-1)[..., 0]

    def _others(self, there: Tensor, position: Tensor) -> Tensor:
        """Return K other hidden tokens of the same recording for each, int64 (B, M, K)."""
        B, M = there.shape
        shape = B, M, self.negatives
        luck = torch.rand(shape, device=there.device)
        if not self.training:  # a validation asks the same every time
            luck = Draws(0, "val", position, scope=self.name).uniform("negatives", *shape[1:])
        count = there.sum(1)[:, None, None]
        drawn = (luck * (count - 1).clamp(min=1)).long()
        own = torch.arange(M, device=there.device)[None, :, None]
        return (drawn + (drawn >= own)).clamp(max=M - 1)


def _gathered(blank: Tensor) -> tuple[Tensor, Tensor]:
    """Return where the hidden tokens are, int64 (B, M), padded, and which of these are real, bool (B, M)."""
    most = int(blank.sum(1).max().clamp(min=1))
    place = (~blank).to(torch.int8).argsort(dim=1, stable=True)[:, :most]
    return place, blank.gather(1, place)


def _no_features(encoder: Encoder) -> TrainingError:
    return TrainingError(
        "Wav2Vec asks for the features that an encoder's transformer is given",
        came=f"a {encoder.architecture} encoder has no pooling of that name",
        instead='Use encoder("melp-small"), or Masked(encoder) for a vision transformer.',
        see="docs/objective.md",
    )
