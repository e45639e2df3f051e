"""Plan: everything that decides the weights a run ends with. What it does not hold may change on resume."""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass, replace
from typing import Any

from einthoven.errors import TrainingError, did_you_mean

__all__ = ["CHOICES", "Plan"]

CHOICES = ("last", "retrieval", "rankme", "loss")
"""Which weights a run ends with: the last, or the best of an epoch's end by a measure that needs no label."""


@dataclass(frozen=True)
class Plan:
    """Everything that decides the weights a run ends with, the cohort and the objective apart.

    Args:
        epochs: times that each training study is seen.
        steps: optimiser steps; None is epochs times the steps of an epoch.
        batch: studies that a process encodes at a time.
        accumulate: micro-batches of a step; the step has batch * accumulate * processes studies.
        processes: that train together.
        lr: highest learning rate.
        weight_decay: of AdamW, on weight matrices; norms, biases and temperatures have none.
        decay: "matrices", as said, or "all": norms, biases and temperatures too.
        warmup: steps of linear warm-up; below 1, a part of all steps.
        cycle: epochs after which the cosine starts again; 0 for never.
        clip: largest norm of the gradient; 0 turns clipping off.
        sentences: how often a training report is shown as some of its sentences, 0 to 1.
        seed: of every random draw.
        precision: of Lightning Fabric, e.g. "32-true" or "bf16-mixed".
        val: split for validation; None for none.
        choose: which weights the run ends with, one of `CHOICES`.
        patience: checks in a row that find collapse before the run is stopped.
        floor: spread of the embeddings below which they are the same.

    Raises:
        TrainingError: a number out of range, or an unknown `choose`.

    >>> plan = Plan(steps=100, lr=1.0, warmup=10)
    >>> [round(plan.rate(step), 3) for step in (0, 9, 10, 55, 99)]
    [0.1, 1.0, 1.0, 0.5, 0.0]
    """

    epochs: int = 10
    steps: int | None = None
    batch: int = 64
    accumulate: int = 1
    processes: int = 1
    lr: float = 1e-3
    weight_decay: float = 0.05
    decay: str = "matrices"
    warmup: float = 0.1
    cycle: float = 0.0
    clip: float = 1.0
    sentences: float = 0.0
    seed: int = 0
    precision: str = "32-true"
    val: str | None = "val"
    choose: str = "last"
    patience: int = 3
    floor: float = 0.005

    def __post_init__(self) -> None:
        whole = ("epochs", "batch", "accumulate", "processes", "patience")
        wrong = [f"{name}={getattr(self, name)}" for name in whole if getattr(self, name) < 1]
        wrong += [f"steps={self.steps}"] if self.steps is not None and self.steps < 1 else []
        wrong += [f"lr={self.lr}"] if not 0 < self.lr < math.inf else []
        free = ("weight_decay", "warmup", "cycle", "clip", "floor")
        wrong += [f"{name}={getattr(self, name)}" for name in free if not 0 <= getattr(self, name) < math.inf]
        wrong += [] if self.decay in {"matrices", "all"} else [f"decay={self.decay!r}"]
        wrong += [] if 0 <= self.sentences <= 1 else [f"sentences={self.sentences}"]
        if wrong:
            raise TrainingError(
                "counts are 1 or more, lr is above 0, sentences is 0 to 1, the other numbers are 0 or more",
                came=", ".join(wrong),
                instead="Choose e.g. epochs=10, batch=64, lr=1e-3, warmup=0.1.",
                see="docs/pretraining.md",
            )
        if self.choose not in CHOICES:
            raise TrainingError(
                "a run ends with the last weights, or with the best by a label-free measure",
                came=f"choose={self.choose!r}",
                instead=did_you_mean(self.choose, CHOICES),
                see="docs/pretraining.md",
            )

    @property
    def total(self) -> int:
        """Optimiser steps of the run, once `filled` has counted them; 0 before."""
        return self.steps or 0

    @property
    def warm(self) -> int:
        """Steps of linear warm-up."""
        return round(self.warmup * self.total) if self.warmup < 1 else round(self.warmup)

    def filled(self, steps_per_epoch: int) -> Plan:
        """Return the plan with its steps counted, and its epochs when steps were given."""
        if self.steps is None:
            return replace(self, steps=self.epochs * steps_per_epoch)
        return replace(self, epochs=-(-self.steps // steps_per_epoch))

    def rate(self, step: int) -> float:
        """Return the learning rate of a step (from 0): linear warm-up, then half a cosine down to 0, or several."""
        if step < self.warm:
            return self.lr * (step + 1) / self.warm
        length = max(self.total - self.warm, 1)
        if self.cycle:
            length = max(round(self.cycle * self.total / self.epochs), 1)
        return self.lr * (1 + math.cos(math.pi * ((step - self.warm) % length) / length)) / 2

    def table(self) -> dict[str, Any]:
        """Return the plan as plain values."""
        return asdict(self)
