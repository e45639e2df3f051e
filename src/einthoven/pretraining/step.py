"""Step: encoders, spaces and scaffolding as the one module that is trained. B batch, N tokens."""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor, nn

from einthoven.encoding import Batch, Encoding, Signals, TextEncoder, Words
from einthoven.encoding.base import Told
from einthoven.errors import TrainingError
from einthoven.pretraining.augment import stretched
from einthoven.pretraining.draws import Draws
from einthoven.pretraining.hiding import blanked, shown, spans
from einthoven.pretraining.objective import Objective
from einthoven.pretraining.view import Bundle, Seen, View

__all__ = ["Step", "frozen"]


class Step(nn.Module):
    """One forward step of an objective: every view it asks for is encoded once, then its losses are taken.

    This is the module that an engine wraps: it holds every parameter once, whatever the terms share. A frozen
    encoder (no parameter asks for a gradient) runs without one and without dropout.

    Args:
        objective: what is trained.
    """

    def __init__(self, objective: Objective) -> None:
        super().__init__()
        self.encoders = nn.ModuleDict(objective.encoders())
        self.spaces = nn.ModuleDict(objective.spaces())
        self.heads = nn.ModuleDict(objective.heads())
        self.objective = objective

    def forward(
        self, bundle: Bundle, draws: Draws, *, plainly: bool = False
    ) -> tuple[dict[str, Tensor], dict[str, Tensor]]:
        """Return the losses, unweighted, and the pooled vectors (B, D) of each view, without gradient.

        With `plainly` the vectors are those of every modality as it is, neither masked nor augmented, and, as
        "space/modality", their projections: what a validation compares.
        """
        seen = {view: self.look(view, bundle, draws) for view in self.objective.views()}
        losses = self.objective.loss(seen, bundle)
        if plainly:
            return losses, self._plain(seen, bundle, draws)
        return losses, {view.label: one.pooled.detach() for view, one in seen.items()}

    def _plain(self, seen: Mapping[View, Seen], bundle: Bundle, draws: Draws) -> dict[str, Tensor]:
        plain = [View(modality) for modality in self.encoders]
        pooled = {one.modality: (seen.get(one) or self.look(one, bundle, draws)).pooled.detach() for one in plain}
        projected = {
            f"{name}/{modality}": space.project(modality, pooled[modality]).detach()  # type: ignore[operator]
            for name, space in self.spaces.items()
            for modality in space.widths  # type: ignore[union-attr]
            if modality in pooled
        }
        return pooled | projected

    def look(self, view: View, bundle: Bundle, draws: Draws) -> Seen:
        """Augment, hide and encode one view."""
        if view.modality not in bundle.inputs:
            raise TrainingError(
                "a view is of a modality that the batch has",
                came=f"{view.modality!r} was asked for, {', '.join(bundle.inputs)} came",
                instead="Hand in a cohort whose studies have it.",
                see="docs/objective.md",
            )
        own, encoder = draws.of(view.label), self.encoders[view.modality]
        shown_input = self._shown(view, bundle.inputs[view.modality], own)
        if isinstance(shown_input, Told) and shown_input.said is not None:
            said = shown_input.said
            return Seen(said.pooled, said.tokens, said.mask, input=shown_input)
        shown_input, hiding, blank = self._hidden(view, shown_input, own)
        with torch.set_grad_enabled(torch.is_grad_enabled() and not frozen(encoder)):
            one: Encoding = encoder(shown_input, **hiding)  # an attribute of the module: an engine may have wrapped it
        return Seen(one.pooled, one.tokens, one.mask, input=shown_input, keep=hiding.get("keep"), blank=blank)

    def _shown(self, view: View, batch: Batch, draws: Draws) -> Batch:
        """Return the stretch that is shown, augmented."""
        if not isinstance(batch, Signals):
            return batch
        if view.stretch != (0.0, 1.0):
            batch = stretched(batch, view.stretch)
        if not view.augment.off:
            batch = view.augment(batch, draws, fs=self.encoders[view.modality].preparation.fs)  # type: ignore[union-attr, arg-type]
        return batch

    def _hidden(self, view: View, batch: Batch, draws: Draws) -> tuple[Batch, dict[str, Tensor], Tensor | None]:
        """Return what is left to see, how the encoder is told, and which tokens are hidden in their place."""
        encoder = self.encoders[view.modality]
        if not view.mask:
            return batch, {}, None
        if isinstance(batch, Words) and isinstance(encoder, TextEncoder):
            words, blank = blanked(batch, view.mask, encoder, draws)
            return words, {}, blank
        _, valid = encoder.patches(batch)  # type: ignore[operator]
        luck = draws.uniform("mask", valid.shape[1])
        if view.span:
            blank = spans(valid, view.mask, view.span, luck)
            return batch, {"blank": blank}, blank
        return batch, {"keep": shown(valid, view.mask, luck)}, None

    def train(self, mode: bool = True) -> Step:
        """Turn training on or off; frozen encoders stay as they are when they are used."""
        super().train(mode)
        for encoder in self.encoders.values():
            encoder.train(mode and not frozen(encoder))
        return self


def frozen(module: nn.Module) -> bool:
    """Return whether no weight of a module learns."""
    return not any(weight.requires_grad for weight in module.parameters())
