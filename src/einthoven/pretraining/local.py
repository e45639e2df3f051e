"""Local: beats find the sentences that speak of them. Shapes: B studies, N beats, S sentences, D width."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

import torch
import torch.nn.functional as F  # noqa: N812  (torch's own habit)
from torch import Tensor, nn

from einthoven.encoding import Encoder, Space, seeded
from einthoven.errors import TrainingError
from einthoven.pretraining.alignment import Parts, Steepness, alignment
from einthoven.pretraining.gather import gathered, largest, mean_over_all
from einthoven.pretraining.matching import cross_entropy, positives
from einthoven.pretraining.objective import Objective
from einthoven.pretraining.view import Bundle, Seen, View

__all__ = ["Local", "matched"]


class Local(Objective):
    """Beat-sentence alignment: a report fits an ECG as well as its sentences fit the beats that they attend to.

    A recording's parts are its encoder's pooling "beats", or its tokens where it has none; a report's are the means
    of the tokens of its sentences. Recordings and reports find each other by the score of `alignment` as in `Contrast`.
    Reports without a sentence are left out.

    Args:
        ecg: encoder of the recordings.
        report: encoder of the texts.
        over: "mean" of the sentences' fits, or "sum", which prefers long reports.
        everywhere: compare with the studies of all processes, or of this one only.
        duplicates: studies whose content is the same are positives of each other.
        normalise: make beats and sentences unit vectors before they attend.
        steepness: see `alignment`.
        space: the shared space whose projection of the ECG takes each beat too, so that the mean of the projected
            beats is the projection of their mean; None gives beats a projection of their own.
        width: D that beats and sentences are compared in.
        name: of the term; None makes it of the modalities.
        seed: of the projections' weights.

    Raises:
        TrainingError: an unknown `over`, or beats of another width than `pooled`, which the space cannot project.

    Source: MELP (arXiv 2506.21803). Its released code has over="sum", everywhere=False, duplicates=False.
    """

    open = True
    company: ClassVar[int] = 2
    needs_full_batches: ClassVar[bool] = True

    def __init__(
        self,
        ecg: Encoder,
        report: Encoder,
        *,
        over: str = "mean",
        everywhere: bool = True,
        duplicates: bool = True,
        normalise: bool = False,
        steepness: Steepness = (4.0, 5.0, 10.0),
        space: str | None = "shared",
        width: int = 128,
        name: str | None = None,
        seed: int = 0,
    ) -> None:
        self._check(ecg, over, space)
        with seeded(seed):
            spaces = {space: Space({ecg.modality: ecg.width}, width=width)} if space else {}
            super().__init__(name or f"local-{ecg.modality}-{report.modality}", encoders=(ecg, report), spaces=spaces)
            self.sentence = nn.Linear(report.poolings[_parts(report)], width)
            self.beat = None if space else nn.Linear(ecg.poolings[_parts(ecg)], width, bias=False)
        self.pair, self.label = (View(ecg.modality), View(report.modality)), space
        self.over, self.everywhere, self.duplicates = over, everywhere, duplicates
        self.normalise, self.steepness = normalise, steepness

    def views(self) -> tuple[View, ...]:
        """Return the plain views of both modalities."""
        return self.pair

    def settle(self, asked: Sequence[View]) -> tuple[View, ...]:
        """Return the plain views, or where a neighbour augments a modality, its view of it."""
        return tuple(view.or_one_of(asked) for view in self.pair)

    def needs_tokens(self, modality: str) -> bool:
        """Return whether it is the recordings': of reports it wants the sentences."""
        return modality == self.pair[0].modality

    def loss(self, seen: Mapping[View, Seen], bundle: Bundle) -> dict[str, Tensor]:
        """Return the mean over studies of the two directions' cross entropies."""
        beats, sentences = self.parts(seen)
        one, other = (view.modality for view in self.pair)
        here = bundle.present[one] & bundle.present[other] & beats[1].any(1) & sentences[1].any(1)
        kinds = torch.stack([bundle.groups[one], bundle.groups[other]], 1)
        if not self.duplicates:
            kinds = bundle.position[:, None].expand_as(kinds)
        options: dict[str, Any] = {"over": self.over, "steepness": self.steepness, "everywhere": self.everywhere}
        with torch.autocast(beats[0].device.type, enabled=False):
            return {self.name: matched(beats, sentences, kinds=kinds, here=here, **options)}

    def parts(self, seen: Mapping[View, Seen]) -> tuple[Parts, Parts]:
        """Return beats (B, N, D) and sentences (B, S, D), projected, each with which of them there are."""
        (beats, measured), (sentences, said) = (self._pooled(view, seen[view]) for view in self.pair)
        project = self.beat or self.spaces()[str(self.label)].projections[self.pair[0].modality]
        vectors = project(beats).float(), self.sentence(sentences).float()
        if self.normalise:
            vectors = F.normalize(vectors[0], dim=-1), F.normalize(vectors[1], dim=-1)
        return (vectors[0], measured), (vectors[1], said)

    def config(self) -> dict[str, Any]:
        """Return what the loss is made of."""
        options = {"over": self.over, "everywhere": self.everywhere, "duplicates": self.duplicates}
        options |= {"normalise": self.normalise, "steepness": list(self.steepness)}
        return {"name": self.name, "space": self.label, "width": self.sentence.out_features, **options}

    def _pooled(self, view: View, seen: Seen) -> Parts:
        encoder = self.encoders()[view.modality]
        return encoder.pool(_parts(encoder), seen, seen.input)

    @staticmethod
    def _check(ecg: Encoder, over: str, space: str | None) -> None:
        if over not in {"mean", "sum"}:
            raise TrainingError(
                'a report\'s fit is the "mean" or the "sum" over its sentences',
                came=f"over={over!r}",
                instead='Choose over="mean"; over="sum" is what MELP released.',
                see="docs/objective.md",
            )
        found = ecg.poolings[_parts(ecg)]
        if space and found != ecg.width:
            raise TrainingError(
                "a space projects beats that are as wide as what the encoder pools",
                came=f"this {ecg.architecture} encoder has {_parts(ecg)} of width {found} and pools {ecg.width}",
                instead="Give beats a projection of their own: Local(..., space=None).",
                see="docs/objective.md",
            )


def matched(
    beats: Parts,
    sentences: Parts,
    *,
    kinds: Tensor,
    here: Tensor,
    over: str = "mean",
    steepness: Steepness = (4.0, 5.0, 10.0),
    everywhere: bool = True,
) -> Tensor:
    """Return the symmetric cross entropy of this process's studies by the scores of `alignment`.

    Args:
        beats: of this process's studies.
        sentences: of its reports.
        kinds: numbers that are equal where the content is, int64 (B, 2), a column for each side.
        here: rows that count, bool (B,).
        over: see `alignment`.
        steepness: see `alignment`.
        everywhere: columns are the studies of all processes, or of this one.
    """
    forth = alignment(beats, _all(sentences) if everywhere else sentences, over=over, steepness=steepness)
    back = forth.T
    if forth.shape[1] > len(beats[0]):  # other processes have columns too
        back = alignment(_all(beats), sentences, over=over, steepness=steepness).T
    same, counted = positives(kinds, here, everywhere=everywhere)
    losses = cross_entropy(forth, same, counted) + cross_entropy(back, same, counted)
    return mean_over_all(losses / 2, here)


def _all(parts: Parts) -> Parts:
    """Return the parts of all processes, padded to the most that any has."""
    vectors, there = parts
    short = largest(vectors.shape[1], vectors.device) - vectors.shape[1]
    if short:
        vectors, there = F.pad(vectors, (0, 0, 0, short)), F.pad(there, (0, short))
    return gathered(vectors), gathered(there)


def _parts(encoder: Encoder) -> str:
    """Return the pooling whose vectors are an encoder's parts."""
    return next((name for name in ("beats", "sentences") if name in encoder.poolings), "tokens")
