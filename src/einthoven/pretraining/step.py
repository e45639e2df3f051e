"""Step: encoders, spaces and scaffolding as the one module that is trained. B batch, N tokens."""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor, nn

from einthoven.encoding import Encoding, Signals
from einthoven.encoding.base import Told
from einthoven.errors import TrainingError
from einthoven.pretraining.draws import Draws
from einthoven.pretraining.hiding import shown
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
        shown_input, keep, own = bundle.inputs[view.modality], None, draws.of(view.label)
        encoder = self.encoders[view.modality]
        if isinstance(shown_input, Signals) and not view.augment.off:
            shown_input = view.augment(shown_input, own, fs=encoder.preparation.fs)  # type: ignore[union-attr, arg-type]
        if view.mask:
            _, valid = encoder.patches(shown_input)  # type: ignore[operator]
            keep = shown(valid, view.mask, own.uniform("mask", valid.shape[1]))
        if isinstance(shown_input, Told) and shown_input.said is not None:
            said = shown_input.said
            return Seen(said.pooled, said.tokens, said.mask, input=shown_input)
        with torch.set_grad_enabled(torch.is_grad_enabled() and not frozen(encoder)):
            one: Encoding = encoder(shown_input, keep=keep)  # an attribute of the module: an engine may have wrapped it
        return Seen(one.pooled, one.tokens, one.mask, input=shown_input, keep=keep)

    def train(self, mode: bool = True) -> Step:
        """Turn training on or off; frozen encoders stay as they are when they are used."""
        super().train(mode)
        for encoder in self.encoders.values():
            encoder.train(mode and not frozen(encoder))
        return self


def frozen(module: nn.Module) -> bool:
    """Return whether no weight of a module learns."""
    return not any(weight.requires_grad for weight in module.parameters())
