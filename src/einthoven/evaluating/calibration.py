"""Calibration: probabilities learnt from real labels, and whether they hold on others. n studies, K classes."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from einthoven.encoding import Model
from einthoven.encoding.calibrator import Calibrator, Curve, curve, method_named
from einthoven.errors import EvaluationError
from einthoven.evaluating.interval import interval, resamples
from einthoven.evaluating.linear import folds_of
from einthoven.evaluating.protocol import Examination, Protocol
from einthoven.evaluating.reliability import brier, expected_error, honest_error
from einthoven.evaluating.result import Result
from einthoven.evaluating.scores import scores_of
from einthoven.evaluating.subject import Pupil, Subject
from einthoven.gathering import Cohort, Task
from einthoven.gathering import task as task_named

__all__ = ["Calibration", "calibrate"]

Array = NDArray[np.float64]
Truth = NDArray[np.bool_]
Outcome = tuple[Array, Array, Truth]


@dataclass(frozen=True)
class Calibration(Protocol):
    """Brier score and expected calibration error of probabilities that were fitted on other patients' labels.

    Fitted on the train split and examined on another; where every study is examined (`on=()`), or train itself, by
    folds of patients. Classes with too few labels for the method are left out.

    Args:
        method: "platt" or "isotonic".
        head: a classifier head whose logits are calibrated; None for zero-shot scores.
        folds: how many, where folds are used.
    """

    name: ClassVar[str] = "calibration"
    learns: ClassVar[bool] = True
    chooses: ClassVar[bool] = False
    method: str = "platt"
    head: str | None = None
    folds: int = 5

    def run(self, subjects: Sequence[Subject], exam: Examination) -> list[Result]:
        """Examine every model; "prevalence" always says the share of positives among the fitted."""
        _refuse_synthetic(exam.cohort)
        pupils = [one for one in subjects if isinstance(one, Pupil)]
        if not pupils:
            raise EvaluationError(
                "a calibration needs a model whose scores can be calibrated",
                came=f"no subject can sit {self.name}",
                instead="Pass a Model with a report encoder, or Calibration(head=name).",
                see="docs/evaluating.md",
            )
        rows = [row for pupil in pupils for row in self._examined(pupil, exam)]
        return list({(row.subject, row.metric, row.target): row for row in rows}.values())  # one "prevalence" for all

    def _examined(self, pupil: Pupil, exam: Examination) -> Iterator[Result]:
        across = not exam.on or "train" in exam.on
        studies = exam.test if across else (*exam.train, *exam.test)
        scores, truth = scores_of(pupil, studies, exam.task, head=self.head), exam.truth(studies)
        groups = [study.group for study in studies]
        if across:
            folds = folds_of(groups, self.folds, seed=exam.seed)
            parts = [(folds != fold, folds == fold) for fold in range(self.folds)]
        else:
            held = np.arange(len(studies)) >= len(exam.train)
            parts = [(~held, held)]
        weights = resamples([study.group for study in exam.test], seed=exam.seed)
        how = f"{self.method}, {self.folds}-fold by patient" if across else f"{self.method} on train"
        for k in _enough(truth, parts, method_named(self.method).least):
            fitted = partial(curve, method=self.method, target=exam.task.classes[k])
            outcome = _out_of_sample(scores[:, k], truth[:, k], parts, fitted)
            row = partial(Result, self.name, target=exam.task.classes[k], seed=exam.seed)
            yield from _rows(row, pupil.name, outcome, weights=weights, how=how)


def calibrate(
    model: Model,
    cohort: Cohort,
    *,
    task: str | Task = "superclass",
    classes: Sequence[str] | None = None,
    on: Sequence[str] = ("val",),
    method: str = "platt",
    head: str | None = None,
) -> Calibrator:
    """Fit a Calibrator for a model on real labels; attach it with `model.calibrator = ...`.

    Args:
        model: with a report encoder, or with the head named.
        cohort: real, labelled; not the labels that the model itself was trained on.
        task: what is asked.
        classes: those that get probabilities; all of the task unless told.
        on: splits whose labels are used; () uses every study.
        method: "platt" (at least 10 positives a class) or "isotonic" (30).
        head: a classifier head; None for zero-shot scores.

    Raises:
        EvaluationError: simulated labels, or too few of a class.
    """
    _refuse_synthetic(cohort)
    asked = task_named(task) if isinstance(task, str) else task
    exam, pupil = Examination(cohort, asked, tuple(on)), Pupil("model", model)
    pupil.meet(exam.test)
    studies = [study for study in exam.test if study not in pupil.refused]
    truth = exam.truth(studies)
    scores = scores_of(pupil, studies, asked, head=head) if studies else np.zeros(truth.shape)
    column = {name: asked.classes.index(name) for name in asked.only(classes or asked.classes).classes}
    curves = {name: curve(scores[:, k], truth[:, k], method=method, target=name) for name, k in column.items()}
    labels = f"{cohort.name} {', '.join(on)}".strip()
    return Calibrator(curves, asked.name, asked.classes, head, labels, model.fingerprint)


Parts = Sequence[tuple[Truth, Truth]]
"""Masks over the studies: whose labels a curve is fitted on, and whom it then says a probability of."""


def _out_of_sample(scores: Array, truth: Truth, parts: Parts, fitted: Callable[[Array, Truth], Curve]) -> Outcome:
    """Return probabilities and the fitted prevalence for the held studies, and their truth."""
    said, usual = np.full(truth.size, np.nan), np.full(truth.size, np.nan)
    for known, held in parts:
        said[held] = fitted(scores[known], truth[known])(scores[held])
        usual[held] = truth[known].mean()
    shown = np.isfinite(said)
    return said[shown], usual[shown], truth[shown]


def _enough(truth: Truth, parts: Parts, least: int) -> list[int]:
    """Return the classes with enough labels in every fitted part. Raises EvaluationError when there is none."""
    fewest = np.min([np.minimum(truth[known].sum(axis=0), (~truth[known]).sum(axis=0)) for known, _ in parts], axis=0)
    kept = np.flatnonzero(fewest >= least)
    if not kept.size:
        raise EvaluationError(
            f"this calibration is fitted on at least {least} positive and {least} negative labels a class",
            came=f"no class of {truth.shape[1]} has them among {len(truth)} studies",
            instead="Gather more labelled studies, or ask a task of commoner classes.",
            see="docs/evaluating.md",
        )
    return kept.tolist()


def _rows(row: Callable[..., Result], subject: str, outcome: Outcome, *, weights: Array, how: str) -> Iterator[Result]:
    said, usual, truth = outcome
    row = partial(row, n=truth.size, positives=int(truth.sum()))
    for metric, act in (("Brier", brier), ("ECE", expected_error)):
        for name, probability in ((subject, said), ("prevalence", usual)):
            value, low, high = interval(act(probability, truth, weights))
            yield row(name, metric, value=value, low=low, high=high, detail=how)
    yield row(f"{subject}, were it exactly true", "ECE", value=honest_error(said), detail="mean of 200 draws")


def _refuse_synthetic(cohort: Cohort) -> None:
    if cohort.synthetic:
        raise EvaluationError(
            "probabilities are calibrated on labels of real patients",
            came=f"{cohort.name} is simulated",
            instead="Pass a cohort of real ECGs; without one, show ranks.",
            see="docs/evaluating.md",
        )
