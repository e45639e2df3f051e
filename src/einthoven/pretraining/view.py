"""View, Seen and Bundle: what an objective asks for, what it gets, and what a step is made of.

Shapes: B batch, N tokens, K classes.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from torch import Tensor

from einthoven.encoding import Batch, Encoder, Encoding, SignalEncoder
from einthoven.pretraining.augment import Augmentation, augmentation

__all__ = ["Bundle", "Seen", "View", "view_of"]


@dataclass(frozen=True)
class View:
    """One way of looking at one modality. Equal views of a sum are encoded once and shared.

    Args:
        modality: "ecg", "report", "image", ...
        name: tells views of one modality apart; random draws depend on it.
        mask: part of the patches to hide from the encoder, 0 to below 1; of a text the part of its words.
        augment: how the view may differ from the recording.
        span: 0 leaves hidden patches out; else they stay, blank, and are hidden in spans of this many.
        stretch: (from, to), the part of the recording's time that is shown.

    >>> View("ecg").label, View("ecg", "one", mask=0.75).twin().label
    ('ecg', 'ecg.one-twin')
    """

    modality: str
    name: str = "plain"
    mask: float = 0.0
    augment: Augmentation = field(default_factory=Augmentation)
    span: int = 0
    stretch: tuple[float, float] = (0.0, 1.0)

    @property
    def label(self) -> str:
        """The modality, and the view's name when it is not plain."""
        return self.modality if self.name == "plain" else f"{self.modality}.{self.name}"

    def or_one_of(self, asked: Sequence[View]) -> View:
        """Return this plain view, or where nobody asks for it, another whole view of the modality that is asked for.

        A term that does not mind how a recording differs shares its neighbour's augmented view, not a forward more.
        """
        whole = [view for view in asked if view.modality == self.modality and not view.mask and view.stretch == (0, 1)]
        return self if self in whole or not whole else whole[0]

    def twin(self) -> View:
        """Return a second view made by the same rules with other draws."""
        return replace(self, name=f"{self.name}-twin")


def view_of(encoder: Encoder, name: str, augment: str | Augmentation) -> View:
    """Return a view of an encoder's modality, augmented if it is one of signals; plain when nothing changes.

    Args:
        encoder: whose modality is looked at.
        name: of the view; "one" is plain where nothing is augmented.
        augment: by name or as an Augmentation.
    """
    if not isinstance(encoder, SignalEncoder):
        return View(encoder.modality)
    change = augmentation(augment)
    return View(encoder.modality, "plain" if change.off and name == "one" else name, augment=change)


@dataclass(frozen=True, eq=False)
class Seen(Encoding):
    """The Encoding of a view, and what was shown to the encoder.

    Args:
        input: the batch after augmentation.
        keep: positions of the patches that were shown, int64 (B, N'); None when all were.
        blank: tokens that were hidden but stayed in their place, bool (B, N); None when none were.
    """

    input: Batch
    keep: Tensor | None = None
    blank: Tensor | None = None


class Bundle:
    """One micro-batch of studies in all modalities, aligned by row.

    No dataclass, because the engines below look into dataclasses and must not look into this.

    Args:
        inputs: modality -> its batch.
        present: modality -> which studies have it, bool (B,).
        groups: modality -> a number for each study, int64 (B,); studies with equal numbers show the same
            content (two reports of the same words), so that neither is a negative of the other. "patient" says whose
            they are.
        position: of each study within the step, over all processes and micro-batches, int64 (B,).
        targets: term -> what it should answer, float32 (B, K); NaN where nobody labelled the study for its task.
    """

    __slots__ = ("groups", "inputs", "position", "present", "targets")

    def __init__(
        self,
        inputs: Mapping[str, Batch],
        *,
        present: Mapping[str, Tensor],
        groups: Mapping[str, Tensor],
        position: Tensor,
        targets: Mapping[str, Tensor] | None = None,
    ) -> None:
        self.inputs, self.present, self.groups, self.position = inputs, present, groups, position
        self.targets = targets or {}

    def __len__(self) -> int:
        return len(self.position)

    def to(self, device: object) -> Bundle:
        """Return the bundle on another device."""
        return Bundle(
            {name: one.to(device) for name, one in self.inputs.items()},  # type: ignore[arg-type]
            present={name: one.to(device) for name, one in self.present.items()},  # type: ignore[call-overload]
            groups={name: one.to(device) for name, one in self.groups.items()},  # type: ignore[call-overload]
            position=self.position.to(device),  # type: ignore[call-overload]
            targets={name: one.to(device) for name, one in self.targets.items()},  # type: ignore[call-overload]
        )
