"""Space: where modalities meet. For each a projection, and one learned temperature. Shapes: B batch, D width."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import torch
import torch.nn.functional as F  # noqa: N812  (torch's own habit)
from torch import Tensor, nn

from einthoven.errors import ModelError, did_you_mean

__all__ = ["Space"]

STEEPEST = 100.0
"""The largest scale (1 / temperature) a space may learn."""


class Space(nn.Module):
    """A shared space: a projection for each modality, onto the unit sphere, and the space's temperature.

    Args:
        widths: modality -> D of its encoder's `pooled`.
        width: D of the space.
        hidden: width of a hidden layer, one for all or by modality; without one a projection is linear and has no
            bias, so that the projection of a mean is the mean of the projections.
        temperature: at the start; learned as log(1 / temperature), at most 100 steep.

    >>> space = Space({"ecg": 192, "report": 128}, width=64)
    >>> space.project("ecg", torch.randn(5, 192)).shape
    torch.Size([5, 64])

    Source: learned temperature and its bound, CLIP (arXiv 2103.00020, section 2.5).
    """

    def __init__(
        self,
        widths: Mapping[str, int],
        *,
        width: int = 128,
        hidden: int | Mapping[str, int] | None = None,
        temperature: float = 0.07,
    ) -> None:
        super().__init__()
        self.widths, self.width, self.start = dict(widths), width, temperature
        self.hidden: dict[str, int | None] = (
            dict(hidden) if isinstance(hidden, Mapping) else dict.fromkeys(widths, hidden)
        )
        self.projections = nn.ModuleDict(
            {name: _projection(size, width, self.hidden.get(name)) for name, size in widths.items()}
        )
        self.log_scale = nn.Parameter(torch.tensor(-math.log(temperature)))

    @property
    def scale(self) -> Tensor:
        """What cosines are multiplied by before the softmax, 1 / temperature, at most 100."""
        return self.log_scale.clamp(max=math.log(STEEPEST)).exp()

    @property
    def temperature(self) -> float:
        """The temperature now."""
        return 1.0 / float(self.scale.detach())

    def project(self, modality: str, pooled: Tensor) -> Tensor:
        """Return `pooled` (B, D of the encoder) as unit vectors of the space, (B, D).

        Raises:
            ModelError: the space has no projection for the modality.
        """
        if modality not in self.projections:
            raise ModelError(
                "a space has a projection for each modality it joins",
                came=f"{modality!r} is not in this space",
                instead=did_you_mean(modality, self.widths),
                see="docs/model.md",
            )
        projected: Tensor = self.projections[modality](pooled)
        return F.normalize(projected.float(), dim=-1)

    def adopt(self, other: Space) -> None:
        """Take over the projections of modalities that this space has none for; both are of one width."""
        for modality in set(other.widths) - set(self.widths):
            self.projections[modality] = other.projections[modality]
            self.widths[modality] = other.widths[modality]
            self.hidden[modality] = other.hidden.get(modality)

    def config(self) -> dict[str, Any]:
        """Return what builds this space again, the weights apart."""
        deep = {name: self.hidden[name] for name in self.widths if self.hidden.get(name)}
        alike = len(set(deep.values())) == 1 and len(deep) == len(self.widths)
        hidden = next(iter(deep.values())) if alike else deep or None
        return {"widths": self.widths, "width": self.width, "hidden": hidden, "temperature": self.start}


def _projection(size: int, width: int, hidden: int | None) -> nn.Module:
    if hidden is None:
        return nn.Linear(size, width, bias=False)
    return nn.Sequential(nn.Linear(size, hidden), nn.GELU(), nn.Linear(hidden, width))
