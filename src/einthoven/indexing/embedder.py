"""Embedder: what an archive asks of a model. Shapes: n items, D width."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

__all__ = ["Embedder"]


class Embedder(Protocol):
    """What an archive asks of a model; `einthoven.Model` is one, and so is anything of this shape."""

    @property
    def fingerprint(self) -> str:
        """The same for the same weights and preparation, on any machine."""
        ...

    @property
    def modalities(self) -> Collection[str]:
        """What it can embed: "ecg", "report", ..."""
        ...

    def embed(
        self, items: Sequence[Any], *, modality: str | None = None, space: str | None = None, batch: int = 64
    ) -> NDArray[np.float32]:
        """Return one vector an item, float32, shape (n, D)."""
        ...
