"""Objective: a batch in, named losses out. Objectives add and scale: a paper is a sum. B batch."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

import torch
from torch import Tensor, nn

from einthoven.encoding import Encoder, Head, Space
from einthoven.errors import TrainingError
from einthoven.gathering.tasks import Task
from einthoven.pretraining.view import Bundle, Seen, View

__all__ = ["Objective", "Sum"]


class Objective(nn.Module, ABC):
    """A batch in, named losses out. To write one, implement `views` and `loss`; adding and scaling are here.

    An objective borrows its encoders and spaces, which are the product and are saved with the model; the
    modules it registers as its own (a decoder, a predictor) are scaffolding, kept in the resume file only. So
    `objective.parameters()` are the scaffolding's; `Step(objective)` has them all.

    Args:
        name: of the term and of its loss; it holds the modalities and views, and is unique in a sum.
        encoders: those it is handed.
        spaces: name -> the shared spaces it learns.

    Raises:
        TrainingError: two encoders of one modality.

    >>> from einthoven.pretraining import Contrast, Masked
    >>> print(Masked(ecg) + 0.1 * Contrast(ecg, ecg))  # doctest: +SKIP
    masked-ecg + 0.1 contrast-ecg-ecg
    """

    company: ClassVar[int] = 1
    """Studies that a batch must have, at the least, for the loss to mean anything."""
    needs_full_batches: ClassVar[bool] = False
    """True when a smaller last batch would make the task easier, and is left out."""
    open: bool = False
    """True when its views are a default that gives way to those that other terms of a sum insist on."""

    def __init__(
        self, name: str, *, encoders: Sequence[Encoder] = (), spaces: Mapping[str, Space] | None = None
    ) -> None:
        super().__init__()
        self.name = name
        self._encoders = _by_modality(encoders)
        self._spaces = dict(spaces or {})

    @abstractmethod
    def views(self) -> tuple[View, ...]:
        """Return what it wants to see; each is encoded once a step."""

    @abstractmethod
    def loss(self, seen: Mapping[View, Seen], bundle: Bundle) -> dict[str, Tensor]:
        """Return scalar losses, unweighted, by name: its own name, or `name/part`.

        Args:
            seen: each view of `views()`, encoded.
            bundle: the batch; says which studies have which modality and whose content is the same.
        """

    def settle(self, asked: Sequence[View]) -> tuple[View, ...]:  # noqa: ARG002
        """Return the views it uses, in the order of `views()`, when its neighbours in a sum ask for `asked`."""
        return self.views()

    def needs_tokens(self, modality: str) -> bool:  # noqa: ARG002
        """Return whether its loss looks at the single tokens of a modality.

        Where no term does, a frozen text encoder is asked once for each report, and its pooled vector and the means of
        its sentences are kept. True unless told, which is safe.
        """
        return True

    def encoders(self) -> dict[str, Encoder]:
        """Return the encoders it was handed, by modality."""
        return dict(self._encoders)

    def spaces(self) -> dict[str, Space]:
        """Return the shared spaces it learns, by name."""
        return dict(self._spaces)

    def heads(self) -> dict[str, Head]:
        """Return the heads that travel with the model, by name."""
        return {}

    def tasks(self) -> dict[str, Task]:
        """Return the tasks whose answers it learns from, by the name of the term."""
        return {}

    def total(self, losses: Mapping[str, Tensor]) -> Tensor:
        """Return what is minimised: the weighted sum of what `loss` gave."""
        return torch.stack(list(losses.values())).sum()

    def config(self) -> dict[str, Any]:
        """Return what tells this objective from another of the same name, as plain values."""
        return {"name": self.name}

    def share(self, spaces: Mapping[str, Space]) -> None:
        """Take these spaces for one's own of the same names."""
        self._spaces = {name: spaces.get(name, own) for name, own in self._spaces.items()}

    def __add__(self, other: Objective) -> Sum:
        return Sum(*_terms(self, 1.0), *_terms(other, 1.0)) if isinstance(other, Objective) else NotImplemented

    def __mul__(self, weight: float) -> Sum:
        return Sum(*_terms(self, weight)) if isinstance(weight, (int, float)) else NotImplemented

    __rmul__ = __mul__

    def __str__(self) -> str:
        return self.name


class Sum(Objective):
    """Weighted objectives that share one step: every view that is asked for is encoded once.

    Args:
        terms: (weight, objective); the sum of sums is flat, and weights multiply.

    Raises:
        TrainingError: two terms of one name, two encoders of one modality, two different views of one name, or
            a weight that is negative or not a number.

    `0.5 * (a + 0.2 * b)` is `Sum((0.5, a), (0.1, b))`. Terms that name the same space share its projections and
    its temperature.
    """

    def __init__(self, *terms: tuple[float, Objective]) -> None:
        flat = [pair for weight, term in terms for pair in _terms(term, weight)]
        _refuse_weights([weight for weight, _ in flat])
        _refuse_repeated([term.name for _, term in flat])
        super().__init__(" + ".join(_spoken(weight, term) for weight, term in flat))
        self.weights = tuple(float(weight) for weight, _ in flat)
        self.terms = nn.ModuleList(term for _, term in flat)
        self._encoders = _by_modality([one for _, term in flat for one in term.encoders().values()])
        self._spaces = _joined([term.spaces() for _, term in flat])
        for _, term in flat:
            term.share(self._spaces)
        self.plan = _planned([term for _, term in flat])
        _refuse_ambiguous(self.views())

    def views(self) -> tuple[View, ...]:
        """Return the union of what the terms want to see."""
        return tuple(dict.fromkeys(view for places in self.plan for view in places.values()))

    def loss(self, seen: Mapping[View, Seen], bundle: Bundle) -> dict[str, Tensor]:
        """Return the losses of all terms, unweighted."""
        losses: dict[str, Tensor] = {}
        for term, places in zip(self._objectives(), self.plan, strict=True):
            losses |= term.loss({own: seen[there] for own, there in places.items()}, bundle)
        return losses

    def total(self, losses: Mapping[str, Tensor]) -> Tensor:
        """Return what is minimised: each term's losses times its weight."""
        rows = zip(self.weights, self._objectives(), strict=True)
        return torch.stack([weight * term.total(_of(term, losses)) for weight, term in rows]).sum()

    def needs_tokens(self, modality: str) -> bool:
        """Return whether any term that was handed the modality's encoder does."""
        return any(term.needs_tokens(modality) for term in self._objectives() if modality in term.encoders())

    def heads(self) -> dict[str, Head]:
        """Return the heads of all terms."""
        return {name: one for term in self._objectives() for name, one in term.heads().items()}

    def tasks(self) -> dict[str, Task]:
        """Return the tasks of all terms."""
        return {name: one for term in self._objectives() for name, one in term.tasks().items()}

    def config(self) -> dict[str, Any]:
        """Return the terms and their weights."""
        rows = zip(self.weights, self._objectives(), strict=True)
        return {"name": self.name, "terms": [{"weight": weight, **term.config()} for weight, term in rows]}

    @property
    def company(self) -> int:  # type: ignore[override]
        """Studies that the most demanding term needs in a batch."""
        return max(term.company for term in self._objectives())

    @property
    def needs_full_batches(self) -> bool:  # type: ignore[override]
        """True when any term needs them."""
        return any(term.needs_full_batches for term in self._objectives())

    def _objectives(self) -> list[Objective]:
        return [term for term in self.terms if isinstance(term, Objective)]


def _terms(objective: Objective, weight: float) -> list[tuple[float, Objective]]:
    if not isinstance(objective, Sum):
        return [(weight, objective)]
    return [(weight * own, term) for own, term in zip(objective.weights, objective._objectives(), strict=True)]


def _spoken(weight: float, term: Objective) -> str:
    return term.name if weight == 1 else f"{weight:g} {term.name}"


def _of(term: Objective, losses: Mapping[str, Tensor]) -> dict[str, Tensor]:
    return {key: loss for key, loss in losses.items() if key == term.name or key.startswith(f"{term.name}/")}


def _by_modality(encoders: Sequence[Encoder]) -> dict[str, Encoder]:
    found: dict[str, Encoder] = {}
    for encoder in encoders:
        if found.setdefault(encoder.modality, encoder) is not encoder:
            raise TrainingError(
                "an objective has one encoder for each modality, shared by all its terms",
                came=f"two different {encoder.modality!r} encoders came",
                instead=f"Make one, e.g. {encoder.modality} = encoder(...), and hand the same object to every term.",
                see="docs/objective.md",
            )
    return found


def _planned(terms: Sequence[Objective]) -> list[dict[View, View]]:
    """Return for each term: the view it knows -> the view of the step that stands for it."""
    plan = []
    for row, term in enumerate(terms):
        others = [one for other, one in enumerate(terms) if other != row and not one.open]
        asked = [view for one in others for view in one.views()]
        plan.append(dict(zip(term.views(), term.settle(asked), strict=True)))
    return plan


def _joined(found: Sequence[Mapping[str, Space]]) -> dict[str, Space]:
    """Return one space for each name: the first of that name, with the projections of the others added."""
    spaces: dict[str, Space] = {}
    for name, space in [pair for one in found for pair in one.items()]:
        first = spaces.setdefault(name, space)
        if first.width != space.width:
            raise TrainingError(
                "terms that name one space agree on its width",
                came=f"space {name!r} is {first.width} wide in one term and {space.width} in another",
                instead='Give both the same width=, or name another space, e.g. space="views".',
                see="docs/objective.md",
            )
        first.adopt(space)
    return spaces


def _refuse_weights(weights: Sequence[float]) -> None:
    wrong = [weight for weight in weights if not 0 <= weight < math.inf]
    if wrong or not weights:
        raise TrainingError(
            "a sum has terms, and a weight is a number of 0 or more",
            came=f"weight {wrong[0]}" if wrong else "no term came",
            instead="Write e.g. Masked(ecg) + 0.1 * Contrast(ecg, ecg).",
            see="docs/objective.md",
        )


def _refuse_repeated(names: Sequence[str]) -> None:
    twice = [name for name, count in Counter(names).items() if count > 1]
    if twice:
        raise TrainingError(
            "the terms of a sum have different names, else one loss would hide another",
            came=f"two terms are called {twice[0]!r}",
            instead=f'Call one of them something else: name="{twice[0]}-2".',
            see="docs/objective.md",
        )


def _refuse_ambiguous(views: Sequence[View]) -> None:
    twice = [label for label, count in Counter(view.label for view in views).items() if count > 1]
    if twice:
        raise TrainingError(
            "views of one name are the same view, else their random draws would be entangled",
            came=f"two different views are called {twice[0]!r}",
            instead='Name one of them: View("ecg", "other", mask=0.5).',
            see="docs/objective.md",
        )
