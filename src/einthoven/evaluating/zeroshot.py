"""Zero-shot: classes asked for in words. n studies, K classes, P phrases, D width of the shared space."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from einthoven.evaluating.prompts import phrases_of, prompts
from einthoven.evaluating.protocol import Examination, Protocol, sheets_to_rows, thresholds
from einthoven.evaluating.result import Result
from einthoven.evaluating.scored import Sheet
from einthoven.evaluating.subject import Pupil, Subject
from einthoven.gathering import Task
from einthoven.study import Study

__all__ = ["SHARPNESS", "ZeroShot", "zero_shot_scores"]

SHARPNESS = 10.0
"""How much the best-matching statement of a class outweighs its others (inverse temperature on cosines)."""
AGAINST_NORMAL = 0.5
"""How much of the normal statement's cosine is taken off every other class."""
ORDINARY = frozenset({"NORM", "SR"})

Array = NDArray[np.float64]


@dataclass(frozen=True)
class ZeroShot(Protocol):
    """Classes asked for in words; thresholds of F1 come from the validation split.

    Args:
        phrases: code -> phrases, instead of the package's own.
    """

    name: ClassVar[str] = "zero-shot"
    phrases: dict[str, tuple[str, ...]] = field(default_factory=dict)

    def run(self, subjects: Sequence[Subject], exam: Examination) -> list[Result]:
        """Examine every subject that understands words."""
        pupils = [subject for subject in subjects if isinstance(subject, Pupil)]
        return sheets_to_rows(self.name, [self._sheet(pupil, exam) for pupil in pupils], exam, exam.test)

    def _sheet(self, pupil: Pupil, exam: Examination) -> Sheet:
        scores = zero_shot_scores(pupil, exam.test, exam.task, phrases=self.phrases)
        if not exam.validation:
            return Sheet(pupil.name, scores)
        seen = zero_shot_scores(pupil, exam.validation, exam.task, phrases=self.phrases)
        return Sheet(pupil.name, scores, thresholds(seen, exam.truth(exam.validation)))


def zero_shot_scores(
    pupil: Pupil, studies: Sequence[Study], task: Task, *, phrases: Mapping[str, Sequence[str]] | None = None
) -> Array:
    """Return how much each study speaks for each class against a normal ECG, (n, K).

    A class is its statements, a statement is the mean of its phrases in the shared space. A class scores the
    soft maximum of its statements' cosines minus half the cosine of the normal statement; the normal class itself
    scores against the soft maximum of all abnormal ones. The rule knows no label of any study.

    Args:
        pupil: a model with a report encoder.
        studies: n of them.
        task: K classes, of SCP statements or of a set's own.
        phrases: code -> phrases, instead of the package's own.

    Raises:
        EvaluationError: a statement without words, or a model without a shared space.

    Source: CLIP's prompt ensembles (Radford et al. 2021); the contrast with normal is our choice. Its two constants
    were fixed on simulated validation patients and on PTB-XL's folds 1-8.
    """
    codes = sorted({code for name in task.classes for code in task.spoken(name)} | {"NORM"})
    known = {**prompts(task.vocabulary), "NORM": prompts()["NORM"], **(phrases or {})}
    say = phrases_of(codes, known)
    statements = _ensembles(pupil, say)
    cosines = dict(zip(codes, (pupil.shared(studies).astype(np.float64) @ statements.T).T, strict=True))
    normal = cosines["NORM"]
    abnormal = _soft_maximum([cosines[code] for code in codes if code not in ORDINARY])
    return np.stack([_class_score(task.spoken(name), cosines, normal, abnormal) for name in task.classes], axis=1)


def _class_score(members: frozenset[str], cosines: Mapping[str, Array], normal: Array, abnormal: Array) -> Array:
    own = _soft_maximum([cosines[code] for code in sorted(members)])
    return own - (abnormal if members <= ORDINARY else AGAINST_NORMAL * normal)


def _ensembles(pupil: Pupil, say: Sequence[Sequence[str]]) -> Array:
    """Return one unit vector a statement: the mean of its phrases."""
    vectors = pupil.words([phrase for each in say for phrase in each]).astype(np.float64)
    starts = np.cumsum([0, *map(len, say)])
    means = np.stack([vectors[a:b].mean(axis=0) for a, b in itertools.pairwise(starts)])
    return np.asarray(means / np.linalg.norm(means, axis=1, keepdims=True))


def _soft_maximum(cosines: Sequence[Array]) -> Array:
    stacked = SHARPNESS * np.stack(cosines)
    top = stacked.max(axis=0)
    return np.asarray((top + np.log(np.exp(stacked - top).mean(axis=0))) / SHARPNESS)
