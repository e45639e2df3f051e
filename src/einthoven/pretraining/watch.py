"""Watch: is every embedding becoming the same? Shapes: n vectors, D width."""

from __future__ import annotations

import logging
from collections.abc import Mapping

import torch
from torch import Tensor

from einthoven.errors import CollapseError

__all__ = ["Alarm", "rank_me", "spread"]

logger = logging.getLogger("einthoven.pretraining")


def spread(vectors: Tensor) -> float:
    """Return how far unit vectors lie from their mean, 0 (all the same) to about 1 (all over the sphere).

    It is the root of 1 minus the mean cosine between all pairs.

    >>> round(spread(torch.eye(4)), 2), spread(torch.ones(4, 3))
    (0.87, 0.0)
    """
    unit = torch.nn.functional.normalize(vectors.double(), dim=-1)
    return float((unit - unit.mean(0)).square().sum(-1).mean().sqrt())


def rank_me(vectors: Tensor) -> float:
    """Return how many directions the vectors (n, D) use: the exponential of the entropy of their singular values.

    >>> round(rank_me(torch.eye(5)), 3), round(rank_me(torch.ones(5, 3)), 3)
    (5.0, 1.0)

    Source: RankMe (arXiv 2210.02885), equation 2. A measure that needs no label and no other model.
    """
    values = torch.linalg.svdvals(vectors.double())
    share = values / values.sum().clamp(min=1e-12) + 1e-7
    return float((-(share * share.log()).sum()).exp())


class Alarm:
    """Warn when embeddings become the same, and stop the run when they stay so.

    Args:
        floor: spread below which they are the same.
        patience: checks in a row before the run is stopped.
        quiet: steps at the start that are not judged: fresh encoders say much the same of every ECG.
        low: checks in a row that were below; given when a run goes on.
    """

    def __init__(self, *, floor: float, patience: int, quiet: int, low: int = 0) -> None:
        self.floor, self.patience, self.quiet, self.low = floor, patience, quiet, low

    def check(self, step: int, spreads: Mapping[str, float]) -> None:
        """Judge the spread of each view.

        Raises:
            CollapseError: a view was below the floor `patience` times in a row.
        """
        flat = {label: value for label, value in spreads.items() if not value >= self.floor}
        if step < self.quiet or not flat:
            self.low = 0
            return
        self.low += 1
        label, value = min(flat.items(), key=lambda pair: pair[1])
        logger.warning(
            "step %d: embeddings of %s are becoming the same (spread %.2g below %.2g, %d of %d)",
            *(step, label, value, self.floor, self.low, self.patience),
        )
        if self.low >= self.patience:
            raise CollapseError(
                "embeddings of different studies stay different",
                came=f"the spread of {label} was below {self.floor:g} at {self.low} checks, the last at step {step}",
                instead="Start again with a longer warmup=, a lower lr= or a larger batch=.",
                see="docs/pretraining.md",
            )
