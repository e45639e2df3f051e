"""View, Seen and Bundle: what an objective asks for, what it gets, and what a step is made of. B batch, N tokens."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from torch import Tensor

from einthoven.encoding import Batch, Encoding
from einthoven.pretraining.augment import Augmentation

__all__ = ["Bundle", "Seen", "View"]


@dataclass(frozen=True)
class View:
    """One way of looking at one modality. Equal views of a sum are encoded once and shared.

    Args:
        modality: "ecg", "report", "image", ...
        name: tells views of one modality apart; random draws depend on it.
        mask: part of the patches to hide from the encoder, 0 to below 1.
        augment: how the view may differ from the recording.

    >>> View("ecg").label, View("ecg", "one", mask=0.75).twin().label
    ('ecg', 'ecg.one-twin')
    """

    modality: str
    name: str = "plain"
    mask: float = 0.0
    augment: Augmentation = field(default_factory=Augmentation)

    @property
    def label(self) -> str:
        """The modality, and the view's name when it is not plain."""
        return self.modality if self.name == "plain" else f"{self.modality}.{self.name}"

    def twin(self) -> View:
        """Return a second view made by the same rules with other draws."""
        return replace(self, name=f"{self.name}-twin")


@dataclass(frozen=True, eq=False)
class Seen(Encoding):
    """The Encoding of a view, and what was shown to the encoder.

    Args:
        input: the batch after augmentation.
        keep: positions of the patches that were shown, int64 (B, N'); None when all were.
    """

    input: Batch
    keep: Tensor | None = None


class Bundle:
    """One micro-batch of studies in all modalities, aligned by row.

    No dataclass, because the engines below look into dataclasses and must not look into this.

    Args:
        inputs: modality -> its batch.
        present: modality -> which studies have it, bool (B,).
        groups: modality -> a number for each study, int64 (B,); studies with equal numbers show the same
            content (two reports of the same words), so that neither is a negative of the other.
        position: of each study within the step, over all processes and micro-batches, int64 (B,).
    """

    __slots__ = ("groups", "inputs", "position", "present")

    def __init__(
        self,
        inputs: Mapping[str, Batch],
        *,
        present: Mapping[str, Tensor],
        groups: Mapping[str, Tensor],
        position: Tensor,
    ) -> None:
        self.inputs, self.present, self.groups, self.position = inputs, present, groups, position

    def __len__(self) -> int:
        return len(self.position)

    def to(self, device: object) -> Bundle:
        """Return the bundle on another device."""
        return Bundle(
            {name: one.to(device) for name, one in self.inputs.items()},  # type: ignore[arg-type]
            present={name: one.to(device) for name, one in self.present.items()},  # type: ignore[call-overload]
            groups={name: one.to(device) for name, one in self.groups.items()},  # type: ignore[call-overload]
            position=self.position.to(device),  # type: ignore[call-overload]
        )
