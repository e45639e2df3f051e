"""Classifier: what a model's own head answers. n studies, K classes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import torch
from numpy.typing import NDArray

from einthoven.encoding import Classifier as Head
from einthoven.errors import EvaluationError
from einthoven.evaluating.protocol import Examination, Protocol, sheets_to_rows, thresholds
from einthoven.evaluating.result import Result
from einthoven.evaluating.scored import Sheet
from einthoven.evaluating.subject import Pupil, Subject
from einthoven.gathering import Task
from einthoven.study import Study

__all__ = ["Classifier", "classifier_scores"]


@dataclass(frozen=True)
class Classifier(Protocol):
    """The classifier that the model carries for the task, as it is; thresholds of F1 come from the validation split."""

    name: ClassVar[str] = "classifier"

    def run(self, subjects: Sequence[Subject], exam: Examination) -> list[Result]:
        """Examine every subject that is a model."""
        pupils = [subject for subject in subjects if isinstance(subject, Pupil)]
        return sheets_to_rows(self.name, [_sheet(pupil, exam) for pupil in pupils], exam, exam.test)


def classifier_scores(pupil: Pupil, studies: Sequence[Study], task: Task) -> NDArray[np.float64]:
    """Return the logits of the head that has the task's classes, (n, K).

    Args:
        pupil: a model with a classifier of signals.
        studies: n of them.
        task: K classes; a head of more classes serves a part of them too.

    Raises:
        EvaluationError: no head has all classes of the task.
    """
    head = _head(pupil, task)
    with torch.inference_mode():
        logits = head(torch.from_numpy(pupil.pooled(studies)).to(pupil.model.device)).double().cpu().numpy()
    return np.asarray(logits[:, [head.classes.index(name) for name in task.classes]])


def _sheet(pupil: Pupil, exam: Examination) -> Sheet:
    scores = classifier_scores(pupil, exam.test, exam.task)
    if not exam.validation:
        return Sheet(pupil.name, scores)
    seen = classifier_scores(pupil, exam.validation, exam.task)
    return Sheet(pupil.name, scores, thresholds(seen, exam.truth(exam.validation)))


def _head(pupil: Pupil, task: Task) -> Head:
    heads = [one for one in pupil.model.heads.values() if isinstance(one, Head) and one.modality == "ecg"]
    for one in heads:
        if set(task.classes) <= set(one.classes):
            return one
    raise EvaluationError(
        "a classifier is examined on classes that it knows",
        came=f"task {task.name}, and {len(heads)} classifiers of other classes",
        instead='Pretrain with Classify(ecg, task), choose another task=, or use "linear-probe".',
        see="docs/evaluating.md",
    )
