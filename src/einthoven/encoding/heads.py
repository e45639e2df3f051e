"""Heads: modules on top of encoders that travel with a model. Shapes: B batch, D width, K classes."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from importlib import import_module
from typing import Any, ClassVar

from torch import Tensor, nn

from einthoven.errors import ModelError, did_you_mean

__all__ = ["HEADS", "Classifier", "Head", "head"]


class Head(nn.Module, ABC):
    """A module that a model carries beside its encoders and that `load` can build again.

    Args:
        modality: the encoder whose answer it eats.
        sizes: keyword arguments of the constructor, as plain values that JSON can hold.
    """

    architecture: ClassVar[str]

    def __init__(self, *, modality: str, sizes: Mapping[str, Any]) -> None:
        super().__init__()
        self.modality, self._sizes = modality, dict(sizes)

    @abstractmethod
    def forward(self, *args: Any, **kwargs: Any) -> Tensor:
        """Return the head's answer for what an encoder said; most take its `pooled` (B, D)."""

    def config(self) -> dict[str, Any]:
        """Return what builds this head again, the weights apart."""
        return {"architecture": self.architecture, "modality": self.modality, **self._sizes}


class Classifier(Head):
    """A linear layer: one logit a class.

    Args:
        width: D of the encoder's `pooled`.
        classes: names of the K classes, in order.
        modality: the encoder whose `pooled` it eats.

    >>> import torch
    >>> Classifier(192, ["NORM", "MI"])(torch.zeros(3, 192)).shape
    torch.Size([3, 2])
    """

    architecture = "classifier"

    def __init__(self, width: int, classes: Sequence[str], *, modality: str = "ecg") -> None:
        super().__init__(modality=modality, sizes={"width": width, "classes": list(classes)})
        self.classes = tuple(classes)
        self.linear = nn.Linear(width, len(classes))

    def forward(self, pooled: Tensor) -> Tensor:
        """Return logits (B, K) of `pooled` (B, D)."""
        logits: Tensor = self.linear(pooled)
        return logits


HEADS = {
    "classifier": "einthoven.encoding.heads:Classifier",
    "report-decoder": "einthoven.encoding.decoder:ReportDecoder",
}
"""Architecture -> module and class, opened on first use: the heads that `load` knows."""


def head(config: Mapping[str, Any]) -> Head:
    """Return a head with fresh weights from its `config()`. Raises ModelError for an unknown architecture.

    >>> head({"architecture": "classifier", "width": 8, "classes": ["AFIB"]}).config()["classes"]
    ['AFIB']
    """
    sizes = dict(config)
    name = str(sizes.pop("architecture", "none"))
    if name not in HEADS:
        raise ModelError(
            "a head is built again by its architecture's name",
            came=f"{name!r} is not known here",
            instead=did_you_mean(name, HEADS),
            see="docs/model.md",
        )
    module, kind = HEADS[name].split(":")
    made: Head = getattr(import_module(module), kind)(**sizes)
    return made
