"""Domain: can a classifier tell two cohorts apart by their measures, and by which. n studies, F measures."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from einthoven.evaluating.linear import folds_of
from einthoven.evaluating.metrics import auroc

__all__ = ["CLASSIFIERS", "boosting", "logistic", "lost_without", "told_apart"]

Array = NDArray[np.float64]
Truth = NDArray[np.bool_]
Scorer = Callable[[Array], Array]
"""Values (n, F) -> scores (n,), higher for the first side."""
Classifier = Callable[[Array, Truth, Array], Scorer]
"""Values (n, F), sides (n,) and weights (n,) -> a fitted Scorer."""
FOLDS = 5


def logistic(train: Array, truth: Truth, weights: Array) -> Scorer:
    """Return a logistic regression on standardised measures, C = 0.1."""
    from sklearn.impute import SimpleImputer
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    line = make_pipeline(SimpleImputer(), StandardScaler(), LogisticRegression(C=0.1, max_iter=2000, tol=1e-3))
    scorer: Scorer = line.fit(train, truth, logisticregression__sample_weight=weights).decision_function
    return scorer


def boosting(train: Array, truth: Truth, weights: Array) -> Scorer:
    """Return gradient-boosted trees: 100 of depth 3, each split among the root of all measures.

    Source: stochastic gradient boosting (Friedman 2002), of scikit-learn; the histogram kind takes seconds a fit
    once studies are weighted.
    """
    from sklearn.ensemble import GradientBoostingClassifier
    from sklearn.impute import SimpleImputer
    from sklearn.pipeline import make_pipeline

    trees = GradientBoostingClassifier(n_estimators=100, max_features="sqrt", subsample=0.7, random_state=0)
    grown = make_pipeline(SimpleImputer(), trees)
    scorer: Scorer = grown.fit(train, truth, gradientboostingclassifier__sample_weight=weights).decision_function
    return scorer


CLASSIFIERS: dict[str, Classifier] = {"logistic regression": logistic, "gradient boosting": boosting}
"""The classifiers by name. Their settings are ours and are not tuned."""


def told_apart(
    values: Array, truth: Truth, groups: Sequence[str], *, act: Classifier, weights: Array, seed: int = 0
) -> Array:
    """Return out-of-fold scores of a classifier that tells the two sides apart, (n,): five folds by patient.

    Args:
        values: (n, F), NaN what was not measured.
        truth: the side of each study, (n,).
        groups: the studies' patients, (n,).
        act: one of `CLASSIFIERS`.
        weights: how much each study counts in the fit, (n,).
        seed: of the folds.
    """
    scores = np.zeros(len(truth))
    for held in _folds(groups, seed):
        scores[held] = act(values[~held], truth[~held], weights[~held])(values[held])
    return scores


def lost_without(values: Array, truth: Truth, groups: Sequence[str], *, weights: Array, seed: int = 0) -> Array:
    """Return how much AUROC the boosted trees lose when one measure is shuffled among the held-out studies, (F,).

    Small where another measure tells the same. Arguments as in `told_apart`.

    Source: permutation importance (Breiman 2001), out of fold.
    """
    rng = np.random.Generator(np.random.Philox(seed))
    scores = np.zeros((values.shape[1] + 1, len(truth)))
    for held in _folds(groups, seed):
        score = boosting(values[~held], truth[~held], weights[~held])
        scores[-1, held] = score(values[held])
        for column in range(values.shape[1]):
            shuffled = values[held].copy()
            shuffled[:, column] = rng.permutation(shuffled[:, column])
            scores[column, held] = score(shuffled)
    areas = np.array([auroc(row, truth, weights[None])[0] for row in scores])
    return np.asarray(areas[-1] - areas[:-1])


def _folds(groups: Sequence[str], seed: int) -> list[Truth]:
    number = folds_of(groups, FOLDS, seed=seed)
    return [number == fold for fold in range(FOLDS)]
