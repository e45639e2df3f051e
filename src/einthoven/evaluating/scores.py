"""Scores: what a model says of each class, before anything may be called a probability. n studies, K classes."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import NDArray

from einthoven.encoding.heads import Classifier
from einthoven.errors import EvaluationError
from einthoven.evaluating.subject import Pupil
from einthoven.evaluating.zeroshot import zero_shot_scores
from einthoven.gathering import Task
from einthoven.study import Study

__all__ = ["scores_of"]

Array = NDArray[np.float64]


def scores_of(pupil: Pupil, studies: Sequence[Study], task: Task, *, head: str | None = None) -> Array:
    """Return how much each study speaks for each class, (n, K): zero-shot, or the logits of a classifier head.

    Raises:
        EvaluationError: the head does not answer the task.
    """
    if head is None:
        return zero_shot_scores(pupil, studies, task)
    module = pupil.model.head(head)
    if not isinstance(module, Classifier) or not set(task.classes) <= set(module.classes):
        raise EvaluationError(
            "a head answers a task whose classes it has",
            came=f"head {head!r} and task {task.name}",
            instead="Choose the task with .only(...), or another head.",
            see="docs/evaluating.md",
        )
    with torch.inference_mode():
        pooled = torch.from_numpy(pupil.pooled(studies)).to(pupil.model.device)
        logits = module(pooled).double().cpu().numpy()
    return np.asarray(logits[:, [module.classes.index(name) for name in task.classes]])
