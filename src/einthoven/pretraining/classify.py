"""Classify: what a reader coded, learnt from the labels. Shapes: B batch, K classes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch
import torch.nn.functional as F  # noqa: N812  (torch's own habit)
from torch import Tensor

from einthoven.encoding import Classifier, Encoder, Head, seeded
from einthoven.gathering.tasks import Task
from einthoven.gathering.tasks import task as task_named
from einthoven.pretraining.augment import Augmentation
from einthoven.pretraining.gather import mean_over_all
from einthoven.pretraining.objective import Objective
from einthoven.pretraining.view import Bundle, Seen, View, view_of

__all__ = ["Classify"]


class Classify(Objective):
    """Binary cross entropy of one logit a class, over the studies that somebody labelled for the task.

    The classifier is a head of the model and travels with it, under the task's name; the protocol `classifier`
    examines it. A study that was not labelled for the task says nothing about it.

    Args:
        encoder: of any modality.
        task: what is asked, by name or as a Task; its K classes need not exclude each other.
        augment: how the view differs from the recording, by name or as an Augmentation.
        name: of the term; None makes it of modality and task.
        seed: of the classifier's weights.

    Raises:
        ConfigError: an unknown task or augmentation.

    >>> import einthoven as ein
    >>> ecg = ein.encoder("resnet-tiny")
    >>> print(Classify(ecg, "superclass") + Classify(ecg, "findings"))
    classify-ecg-superclass + classify-ecg-findings
    """

    def __init__(
        self,
        encoder: Encoder,
        task: str | Task = "superclass",
        *,
        augment: str | Augmentation = "light",
        name: str | None = None,
        seed: int = 0,
    ) -> None:
        asked = task_named(task) if isinstance(task, str) else task
        super().__init__(name or f"classify-{encoder.modality}-{asked.name}", encoders=(encoder,))
        self.task, self.view = asked, view_of(encoder, "one", augment)
        with seeded(seed):
            self._head = {asked.name: Classifier(encoder.width, asked.classes, modality=encoder.modality)}

    def views(self) -> tuple[View, ...]:
        """Return the one view."""
        return (self.view,)

    def loss(self, seen: Mapping[View, Seen], bundle: Bundle) -> dict[str, Tensor]:
        """Return the mean over labelled studies of the mean over classes."""
        truth = bundle.targets[self.name]
        known = truth.isfinite().all(1) & bundle.present[self.view.modality]
        logits = self._head[self.task.name](seen[self.view].pooled)
        with torch.autocast(logits.device.type, enabled=False):
            wrong = F.binary_cross_entropy_with_logits(logits.float(), truth.nan_to_num(0), reduction="none")
        return {self.name: mean_over_all(wrong.mean(1), known)}

    def heads(self) -> dict[str, Head]:
        """Return the classifier, under the task's name."""
        return dict(self._head)

    def tasks(self) -> dict[str, Task]:
        """Return the task whose answers it learns."""
        return {self.name: self.task}

    def config(self) -> dict[str, Any]:
        """Return task, classes and view."""
        return {"name": self.name, "task": self.task.name, "classes": list(self.task.classes), "view": repr(self.view)}
