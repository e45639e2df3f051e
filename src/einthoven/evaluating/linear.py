"""Linear probe: how much of a task lies open in the features. n studies, D width, K classes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from einthoven.evaluating.metrics import auroc, macro
from einthoven.evaluating.protocol import Examination, Protocol, sheets_to_rows, thresholds
from einthoven.evaluating.result import Result
from einthoven.evaluating.scored import Sheet
from einthoven.evaluating.subject import Subject
from einthoven.evaluating.subset import subset
from einthoven.study import Study

__all__ = ["STRENGTHS", "LinearProbe", "folds_of", "probe", "probe_across", "said_of", "standardised", "strength_of"]

Array = NDArray[np.float64]
Matrix = NDArray[np.floating]
Truth = NDArray[np.bool_]

STRENGTHS = (1e-4, 1e-3, 1e-2, 1e-1, 1.0)
"""Inverse regularisation strengths C that validation chooses from."""


@dataclass(frozen=True)
class LinearProbe(Protocol):
    """Logistic regression on frozen features, with a share of the training labels.

    The regularisation comes from the validation split; where that is examined itself, from folds inside the
    training studies. `folds` examines every study by cross-validation over patients instead of by splits.

    Args:
        fractions: shares of the training patients whose labels are used.
        subset: how a share is drawn: by "patients", or the records of "melp" or "merl".
        folds: number of folds; 0 uses the splits.
    """

    name: ClassVar[str] = "linear probe"
    learns: ClassVar[bool] = True
    fractions: tuple[float, ...] = (1.0,)
    subset: str = "patients"
    folds: int = 0

    def run(self, subjects: Sequence[Subject], exam: Examination) -> list[Result]:
        """Fit and score every subject on the same studies, with the same labels."""
        if self.folds:
            return self._across(subjects, exam)
        rows = []
        for share in self.fractions:
            kept = subset(exam.train, share, recipe=self.subset, seed=exam.seed)
            train = [exam.train[row] for row in kept]
            detail = said_of(train, exam, share=share, recipe=self.subset)
            rows += sheets_to_rows(
                self.name, [self._sheet(one, exam, train) for one in subjects], exam, exam.test, detail
            )
        return rows

    def _sheet(self, subject: Subject, exam: Examination, train: Sequence[Study]) -> Sheet:
        strength, seen, known = strength_of(subject, exam, train)
        scores = probe(subject.pooled(train), exam.truth(train), subject.pooled(exam.test), strength=strength)
        return Sheet(subject.name, scores, thresholds(seen, known))

    def _across(self, subjects: Sequence[Subject], exam: Examination) -> list[Result]:
        truth, folds = exam.truth(exam.test), folds_of([one.group for one in exam.test], self.folds, seed=exam.seed)
        sheets = [Sheet(one.name, probe_across(one.pooled(exam.test), truth, folds)) for one in subjects]
        return sheets_to_rows(self.name, sheets, exam, exam.test, f"{self.folds}-fold by patient")


def said_of(train: Sequence[Study], exam: Examination, *, share: float, recipe: str) -> str:
    """Say what a row was trained on: the share, its size, and how many classes had no positive in it."""
    silent = int((~exam.truth(train).any(axis=0)).sum())
    drawn = "" if recipe == "patients" else f" as {recipe} drew them"
    return f"{share:.0%} of labels{drawn}, n={len(train)}" + (f", {silent} classes without positive" if silent else "")


def probe(train: Matrix, truth: Truth, test: Matrix, *, strength: float) -> Array:
    """Return scores (n', K) of a logistic regression for each class, fitted on standardised features.

    A class that the training studies all have or all lack gets scores of zero. NaN features (a wave that could
    not be measured) take the training mean.

    Args:
        train: (n, D).
        truth: (n, K) bool.
        test: (n', D).
        strength: inverse of the L2 penalty, C of scikit-learn.
    """
    from sklearn.linear_model import LogisticRegression

    train, test = standardised(train, test)
    scores = np.zeros((len(test), truth.shape[1]))
    for k in range(truth.shape[1]):
        if 0 < truth[:, k].sum() < len(truth):
            model = LogisticRegression(C=strength, max_iter=2000, tol=1e-3)
            scores[:, k] = model.fit(train, truth[:, k]).decision_function(test)
    return scores


def strength_of(subject: Subject, exam: Examination, train: Sequence[Study]) -> tuple[float, Array, Truth]:
    """Return the C that validation likes best, or folds within `train`, and the scores and truth it was chosen on."""
    features, truth = subject.pooled(train), exam.truth(train)
    if not exam.validation:
        folds = folds_of([study.group for study in train], 5, seed=exam.seed)
        return (*choose_strength(features, truth, folds), truth)
    held, known = subject.pooled(exam.validation), exam.truth(exam.validation)
    return (*_best({c: probe(features, truth, held, strength=c) for c in STRENGTHS}, known), known)


def choose_strength(features: Matrix, truth: Truth, folds: NDArray[np.int64]) -> tuple[float, Array]:
    """Return the C with the best macro AUROC across the folds, and its out-of-fold scores (n, K)."""
    return _best({c: probe_across(features, truth, folds, strength=c) for c in STRENGTHS}, truth)


def _best(trials: Mapping[float, Array], truth: Truth) -> tuple[float, Array]:
    once = np.ones((1, len(truth)))
    worth = {c: float(np.nan_to_num(macro(auroc, scores, truth, once)[0][0])) for c, scores in trials.items()}
    best = max(trials, key=lambda c: worth[c])
    return best, trials[best]


def probe_across(features: Matrix, truth: Truth, folds: NDArray[np.int64], *, strength: float | None = None) -> Array:
    """Return out-of-fold scores (n, K): each fold is scored by a probe fitted on the others.

    Args:
        features: (n, D).
        truth: (n, K) bool.
        folds: number of each study's fold, (n,); no patient in two folds.
        strength: C; None chooses it inside each training part, by three of its own folds.
    """
    scores = np.zeros(truth.shape)
    for fold in np.unique(folds):
        held = folds == fold
        inner = strength
        if inner is None:
            thirds = np.unique(folds[~held], return_inverse=True)[1] % 3
            inner, _ = choose_strength(features[~held], truth[~held], thirds)
        scores[held] = probe(features[~held], truth[~held], features[held], strength=inner)
    return scores


def folds_of(groups: Sequence[str], count: int, *, seed: int = 0) -> NDArray[np.int64]:
    """Return a fold number for each study, (n,), dealt by patient: no patient is in two folds.

    >>> folds_of(["a", "a", "b", "c"], 2, seed=0).tolist()[:2] in ([0, 0], [1, 1])
    True
    """
    names, member = np.unique(np.asarray(groups, dtype=str), return_inverse=True)
    deal = np.random.Generator(np.random.Philox(seed)).permutation(len(names)) % count
    return np.asarray(deal[member], np.int64)


def standardised(train: Matrix, test: Matrix) -> tuple[Array, Array]:
    """Return both by the training studies' mean and spread, float64; what was not measured takes the mean."""
    measured = np.isfinite(train)
    count = np.maximum(measured.sum(axis=0), 1)
    mean = np.where(measured, train, 0).sum(axis=0) / count
    spread = np.sqrt(np.where(measured, (train - mean) ** 2, 0).sum(axis=0) / count) + 1e-8
    scaled = [np.clip((part - mean) / spread, -10, 10) for part in (train, test)]
    first, second = (np.where(np.isfinite(part), part, 0) for part in scaled)
    return first, second
