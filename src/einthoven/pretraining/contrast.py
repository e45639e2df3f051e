"""Contrast: what belongs together is near, what does not is far. Shapes: B batch, D width, W processes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

import torch
import torch.nn.functional as F  # noqa: N812  (torch's own habit)
from torch import Tensor

from einthoven.encoding import Encoder, Space, seeded
from einthoven.errors import TrainingError
from einthoven.pretraining.augment import Augmentation, augmentation
from einthoven.pretraining.gather import gathered, mean_over_all
from einthoven.pretraining.matching import cross_entropy, positives
from einthoven.pretraining.objective import Objective
from einthoven.pretraining.view import Bundle, Seen, View, view_of

__all__ = ["FIRST", "SECOND", "Contrast", "info_nce"]

Views = tuple[View, View]
FIRST, SECOND = (0.0, 0.5), (0.5, 1.0)
"""The halves of a recording's time."""


class Contrast(Objective):
    """Symmetric InfoNCE between two modalities, or between two views of one.

    Each study's vectors should find each other among all studies of the batch, gathered over all processes
    with their gradient. Studies whose content is the same (two reports of the same words) are positives of
    each other and share the target; studies that lack a modality are left out.

    Args:
        a: encoder of one side.
        b: encoder of the other; the same object for two views of one modality.
        views: None: plain views of two modalities, and of one modality two augmented views (in a sum with a term
            that masks it, that term's view and a twin of it); "dropout": one view whose pooled vector goes through
            dropout twice; "halves": the first and the second half of one recording (in a sum with a term that asks for
            halves, that term's); or two Views.
        augment: how signals differ in the views chosen here, by name or as an Augmentation; None is "none" for two
            modalities and "strong" for two views of one.
        space: the shared space, by name or as a Space (to go on with that of a trained model); None is "shared" for
            two modalities, and the modality's own name for one.
        width: D of a new space.
        hidden: hidden width of a new space's projections, one for all or by modality ({"report": 256}); None is linear
            for two modalities, and the encoder's width for two views of one.
        temperature: of a new space, at the start.
        dropout: rate of `views="dropout"`.
        same: what makes studies positives of each other: "content" (equal reports), or "patient" too.
        name: of the term; None makes it of modalities and views.
        seed: of a new space's weights.

    Raises:
        TrainingError: views that are not of these modalities, "dropout" or "halves" of two, or an unknown `same`.

    Source: CLIP (arXiv 2103.00020) for two modalities; MERL (arXiv 2403.06659, equation of L_UMA) for dropout
    views. Between two views of one modality SimCLR also takes the other vectors of the same view as negatives;
    we take those of the other view only, so that one formula serves all. MERL's temperature of dropout views is
    fixed; ours is learned. Halves with same="patient" are CMSC (arXiv 2005.13249) as MELP's code has it.
    """

    company: ClassVar[int] = 2
    needs_full_batches: ClassVar[bool] = True

    def __init__(
        self,
        a: Encoder,
        b: Encoder,
        *,
        views: str | Views | None = None,
        augment: str | Augmentation | None = None,
        space: str | Space | None = None,
        width: int = 128,
        hidden: int | Mapping[str, int] | None = None,
        temperature: float = 0.07,
        dropout: float = 0.1,
        same: str = "content",
        name: str | None = None,
        seed: int = 0,
    ) -> None:
        alike = a.modality == b.modality
        self._check(a, b, views)
        self._check_same(same)
        label = space if isinstance(space, str) else (a.modality if alike and space is None else "shared")
        if not isinstance(space, Space):
            deep = hidden or (a.width if alike and hidden is None else None)
            sizes = {one.modality: one.width for one in (a, b)}
            with seeded(seed):
                space = Space(sizes, width=width, hidden=deep, temperature=temperature)
        super().__init__(name or _named(a, b, views), encoders=(a, b), spaces={label: space})
        self.label, self.rate = label, dropout if views == "dropout" else 0.0
        self.sides = (a.modality, b.modality)
        self.halves, self.same = views == "halves", same
        self.open = self.halves or (views is None and alike)
        self.pair = views if isinstance(views, tuple) else _pair(a, b, views, augment)

    def views(self) -> tuple[View, ...]:
        """Return the two views; one when they differ by dropout alone."""
        return tuple(dict.fromkeys(self.pair))

    def settle(self, asked: Sequence[View]) -> tuple[View, ...]:
        """Return, where the views were left open, that of a term that masks this modality, and its twin."""
        mine = [view for view in asked if view.modality == self.sides[0] and view.mask]
        if self.halves:
            mine = [view for view in mine if view.stretch in {FIRST, SECOND}]
            return (mine[0], mine[1]) if len(mine) == 2 else self.views()
        return (mine[0], mine[0].twin()) if self.open and mine else self.views()

    def needs_tokens(self, modality: str) -> bool:  # noqa: ARG002
        """Return False: pooled vectors are all it compares."""
        return False

    def loss(self, seen: Mapping[View, Seen], bundle: Bundle) -> dict[str, Tensor]:
        """Return the mean over studies of the two directions' cross entropies."""
        space = self.spaces()[self.label]
        a, b = (
            space.project(view.modality, F.dropout(seen[view].pooled, self.rate, self.training and self.rate > 0))
            for view in self.pair
        )
        here = bundle.present[self.sides[0]] & bundle.present[self.sides[1]]
        groups = [bundle.groups[side] for side in self.sides]
        if self.same == "patient":  # a batch that does not know its patients has studies of different ones
            groups[0] = bundle.groups.get("patient", groups[0])
        kinds = torch.stack(groups, 1)
        with torch.autocast(a.device.type, enabled=False):
            return {self.name: info_nce(a.float(), b.float(), scale=space.scale, kinds=kinds, here=here)}

    def config(self) -> dict[str, Any]:
        """Return views, space and dropout."""
        views = [repr(view) for view in self.pair]
        return {
            "name": self.name,
            "views": views,
            "space": self.label,
            "dropout": self.rate,
            "open": self.open,
            "same": self.same,
        }

    @staticmethod
    def _check(a: Encoder, b: Encoder, views: str | Views | None) -> None:
        if isinstance(views, tuple):
            fits = (views[0].modality, views[1].modality) == (a.modality, b.modality)
        else:
            fits = views is None or (views in {"dropout", "halves"} and a is b)
        if not fits:
            raise TrainingError(
                'views are None, "dropout" or "halves" (of one modality), or two Views of the two modalities',
                came=f"views={views!r} between {a.modality!r} and {b.modality!r}",
                instead=f'Write e.g. views=(View("{a.modality}"), View("{b.modality}")).',
                see="docs/objective.md",
            )

    @staticmethod
    def _check_same(same: str) -> None:
        if same not in {"content", "patient"}:
            raise TrainingError(
                'studies belong together by "content" or by "patient"',
                came=f"same={same!r}",
                instead='Choose same="content" unless two views of one patient are to meet.',
                see="docs/objective.md",
            )


def info_nce(a: Tensor, b: Tensor, *, scale: Tensor, kinds: Tensor, here: Tensor) -> Tensor:
    """Return the symmetric cross entropy of this process's rows against the columns of all.

    With positives P(i) = {j: i and j show the same content on either side}, and s the scale:
    mean over i of -1/2 sum over j in P(i) of (log softmax_j(s a_i . b_j) + log softmax_j(s b_i . a_j)) / |P(i)|.

    Args:
        a: unit vectors, (B, D).
        b: unit vectors, (B, D).
        scale: 1 / temperature, scalar.
        kinds: numbers that are equal where the content is, int64 (B, 2), a column for each side.
        here: rows that count, bool (B,).
    """
    same, counted = positives(kinds, here)
    forth = cross_entropy(scale * a @ gathered(b).T, same, counted)
    back = cross_entropy(scale * b @ gathered(a).T, same, counted)
    return mean_over_all((forth + back) / 2, here)


def _pair(a: Encoder, b: Encoder, views: str | None, augment: str | Augmentation | None) -> Views:
    if views == "dropout":
        return View(a.modality), View(a.modality)
    alike = a.modality == b.modality
    if views == "halves":
        change = augmentation("none" if augment is None else augment)
        halves = {"first": FIRST, "second": SECOND}
        one, two = (View(a.modality, name, augment=change, stretch=part) for name, part in halves.items())
        return one, two
    if augment is None:
        augment = "strong" if alike else "none"
    names = ("one", "two") if alike else ("one", "one")
    first, second = (view_of(one, name, augment) for one, name in zip((a, b), names, strict=True))
    return first, second


def _named(a: Encoder, b: Encoder, views: str | Views | None) -> str:
    if isinstance(views, tuple):
        return "contrast-" + "-".join(view.label for view in views)
    return f"contrast-{a.modality}-{b.modality}" + (f"-{views}" if views else "")
