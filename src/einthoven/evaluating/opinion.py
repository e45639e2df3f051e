"""Opinion: what may be said of a class in one ECG. A probability where real labels have earned it, a rank otherwise.

This is the one place where a score becomes words. A model whose card says that simulated patients trained it
never shows a probability of its own: how often a finding is there in a simulator says nothing about a hospital.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from einthoven.encoding import Model
from einthoven.errors import EvaluationError
from einthoven.evaluating.scores import scores_of
from einthoven.evaluating.subject import Pupil
from einthoven.gathering import Task
from einthoven.gathering import task as task_named
from einthoven.study import Study

__all__ = ["Opinion", "opinions"]

Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Opinion:
    """What may be said of one class in one study.

    Args:
        study: its id.
        target: the class.
        rank: share of the reference ECGs that score lower, ties counted half.
        reference: how many those are.
        probability: None where none was earned.
        basis: what the probability rests on, or why there is none.

    >>> print(Opinion("a", "MI", 0.87, 276, 0.31, "calibrated on n=276 real labels (33 positive)"))
    MI: probability 0.31, calibrated on n=276 real labels (33 positive); above 87 % of 276 reference ECGs
    """

    study: str
    target: str
    rank: float
    reference: int
    probability: float | None
    basis: str

    def __str__(self) -> str:
        place = f"above {100 * self.rank:.0f} % of {self.reference} reference ECGs"
        if self.probability is None:
            return f"{self.target}: {place}; no probability: {self.basis}"
        return f"{self.target}: probability {self.probability:.2f}, {self.basis}; {place}"


def opinions(
    model: Model,
    studies: Sequence[Study],
    *,
    reference: Sequence[Study],
    task: str | Task | None = None,
    head: str | None = None,
) -> list[Opinion]:
    """Return what the model may say of each class in each study: probabilities only where it earned them.

    | the model | zero-shot scores | logits of a head |
    |---|---|---|
    | has a calibrator for the class | calibrated probability | calibrated probability |
    | was trained on simulated patients, or not at all | rank | rank |
    | was trained on real labels | rank: cosines promise nothing | its own sigmoid, said to be uncalibrated |

    Args:
        model: a Model; its `calibrator`, where it has one, says for which scores.
        studies: whom to speak of.
        reference: ECGs among which the scores are ranked, e.g. a hospital's last thousand.
        task: the calibrator's unless told, "superclass" without one.
        head: the calibrator's unless told; None for zero-shot scores.

    Raises:
        EvaluationError: an empty reference, or a head that does not answer the task.
        ModelError: a calibrator of another model.
    """
    if not reference:
        raise EvaluationError(
            "a score is ranked among reference ECGs",
            came="an empty reference came",
            instead='Pass studies, e.g. reference=cohort.split("train").',
            see="docs/evaluating.md",
        )
    earned = model.calibrator
    if earned is not None:
        earned.require(model.fingerprint)
        head = earned.head if head is None else head
    named = task or (earned.task if earned else "superclass")
    asked = task_named(named) if isinstance(named, str) else named
    pupil = Pupil("model", model)
    scores, others = (scores_of(pupil, part, asked, head=head) for part in (studies, reference))
    said = [_class(model, asked, head, k, scores[:, k]) for k in range(len(asked.classes))]
    return [
        Opinion(study.id, target, _rank(scores[row, k], others[:, k]), len(reference), said[k][0][row], said[k][1])
        for row, study in enumerate(studies)
        for k, target in enumerate(asked.classes)
    ]


def _class(model: Model, task: Task, head: str | None, k: int, scores: Array) -> tuple[Sequence[float | None], str]:
    """Return a probability for each study, or None, and what it rests on."""
    target, earned = task.classes[k], model.calibrator
    if earned is not None and earned.speaks_of(task.name, task.classes, head) and target in earned.curves:
        return earned.curves[target](scores).tolist(), earned.basis(target)
    if model.card.synthetic:
        return [None] * len(scores), "trained on simulated patients and not calibrated on real labels"
    if not model.card.objective:
        return [None] * len(scores), "not trained"
    if head is None:
        return [None] * len(scores), "a similarity, not calibrated on real labels"
    return (1 / (1 + np.exp(-scores))).tolist(), "the model's own, not calibrated"


def _rank(score: float, others: Array) -> float:
    return float((others < score).mean() + (others == score).mean() / 2)
