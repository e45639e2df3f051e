"""Calibrator: from scores to probabilities, learnt on real labels; travels with a model. n studies.

A score ranks; a probability promises a frequency. Only labels of real patients can keep that promise, so a
calibrator holds how many it was fitted on, refuses too few, and belongs to one model's weights.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from einthoven.errors import ConfigError, EvaluationError, ModelError, did_you_mean

__all__ = ["METHODS", "Calibrator", "Curve", "Isotonic", "Platt", "curve", "method_named"]

Array = NDArray[np.float64]
Truth = NDArray[np.bool_]


@dataclass(frozen=True)
class Platt:
    """A logistic curve: 1 / (1 + exp(-(slope * score + intercept))).

    Args:
        slope: per unit of score.
        intercept: log odds at score 0.
        n: labels it was fitted on.
        positives: of them positive.

    Source: Platt 1999, with his smoothed targets (N+ + 1) / (N+ + 2) and 1 / (N- + 2).
    """

    method: ClassVar[str] = "platt"
    least: ClassVar[int] = 10
    """Fewest positives, and fewest negatives; ours."""
    slope: float
    intercept: float
    n: int
    positives: int

    def __call__(self, scores: Array) -> Array:
        """Return probabilities of scores, the same shape."""
        return np.asarray(1 / (1 + np.exp(-np.clip(self.slope * scores + self.intercept, -500, 500))))

    @classmethod
    def fit(cls, scores: Array, truth: Truth) -> Platt:
        """Return the curve of the greatest likelihood, found by Newton's method on standardised scores."""
        positives, n = int(truth.sum()), truth.size
        target = np.where(truth, (positives + 1) / (positives + 2), 1 / (n - positives + 2))
        centre, spread = float(scores.mean()), float(scores.std()) or 1.0
        rows = np.stack([(scores - centre) / spread, np.ones(n)], axis=1)
        found = np.array([0.0, np.log((positives + 1) / (n - positives + 1))])
        for _ in range(100):
            guess = 1 / (1 + np.exp(-rows @ found))
            bend = (rows.T * np.maximum(guess * (1 - guess), 1e-9)) @ rows + 1e-9 * np.eye(2)
            step = np.linalg.solve(bend, rows.T @ (target - guess))
            found = found + step * min(1.0, 4 / max(float(np.abs(step).max()), 1e-12))
            if np.abs(step).max() < 1e-9:
                break
        slope = float(found[0] / spread)
        return cls(slope, float(found[1] - slope * centre), n, positives)


@dataclass(frozen=True)
class Isotonic:
    """A rising line through knots: whatever shape the labels ask for, as long as it never falls.

    Args:
        scores: of the knots, ascending.
        probabilities: at the knots, never falling; within 1 / (n + 2) of 0 and 1, which nothing finite can prove.
        n: labels it was fitted on.
        positives: of them positive.

    Source: pool adjacent violators (Zadrozny and Elkan 2002), of scikit-learn.
    """

    method: ClassVar[str] = "isotonic"
    least: ClassVar[int] = 30
    """Fewest positives, and fewest negatives: it bends to what it sees (Niculescu-Mizil and Caruana 2005); ours."""
    scores: tuple[float, ...]
    probabilities: tuple[float, ...]
    n: int
    positives: int

    def __call__(self, scores: Array) -> Array:
        """Return probabilities of scores, the same shape; beyond the knots the outermost ones hold."""
        return np.asarray(np.interp(scores, self.scores, self.probabilities), np.float64)

    @classmethod
    def fit(cls, scores: Array, truth: Truth) -> Isotonic:
        """Return the rising line of least squares."""
        from sklearn.isotonic import IsotonicRegression

        line, n = IsotonicRegression(out_of_bounds="clip").fit(scores, truth.astype(float)), truth.size
        heights = np.clip(line.y_thresholds_, 1 / (n + 2), 1 - 1 / (n + 2))
        return cls(tuple(map(float, line.X_thresholds_)), tuple(map(float, heights)), n, int(truth.sum()))


Curve = Platt | Isotonic
METHODS: dict[str, type[Platt] | type[Isotonic]] = {"platt": Platt, "isotonic": Isotonic}
"""Method -> its curve."""


def method_named(method: str) -> type[Platt] | type[Isotonic]:
    """Return the kind of curve of a method. Raises ConfigError for an unknown one."""
    if method not in METHODS:
        raise ConfigError(
            "a calibration has a known method",
            came=f"method={method!r}",
            instead=did_you_mean(method, METHODS),
            see="docs/evaluating.md",
        )
    return METHODS[method]


def curve(scores: Array, truth: Truth, *, method: str = "platt", target: str = "the class") -> Curve:
    """Fit a curve from score to probability.

    Args:
        scores: (n,), higher says more likely.
        truth: real labels, (n,).
        method: "platt" or "isotonic".
        target: name of the class, for the error.

    Raises:
        EvaluationError: fewer positives or negatives than the method needs.
        ConfigError: no such method.

    >>> drawn = np.random.default_rng(0).normal(size=400)
    >>> fitted = curve(drawn, drawn > 0.5)
    >>> fitted.positives, bool(fitted(np.array([2.0]))[0] > 0.9)
    (120, True)
    """
    kind, positives = method_named(method), int(truth.sum())
    if min(positives, truth.size - positives) < kind.least:
        raise EvaluationError(
            f"{method} is fitted on at least {kind.least} positive and {kind.least} negative labels a class",
            came=f"{target} has {positives} positive of {truth.size}",
            instead="Take more labelled studies, leave the class out (classes=), or show ranks.",
            see="docs/evaluating.md",
        )
    return kind.fit(np.asarray(scores, np.float64), truth)


@dataclass(frozen=True)
class Calibrator:
    """Curves for some classes of one task, fitted on real labels for one model.

    Args:
        curves: class -> its curve.
        task: name of the task the scores were computed for.
        classes: all its classes: zero-shot scores hang on what else was asked.
        head: the head that gives the scores; None for zero-shot scores.
        cohort: where the labels come from, in words.
        fingerprint: of the model's weights; it says nothing about another's.
    """

    curves: Mapping[str, Curve]
    task: str
    classes: tuple[str, ...]
    head: str | None
    cohort: str
    fingerprint: str

    def basis(self, target: str) -> str:
        """Return what a probability of the class rests on, in the words that stand beside it."""
        fitted = self.curves[target]
        return f"calibrated on n={fitted.n} real labels ({fitted.positives} positive)"

    def speaks_of(self, task: str, classes: Sequence[str], head: str | None) -> bool:
        """Return whether scores of that kind are those it was fitted on."""
        return (task, tuple(classes), head) == (self.task, self.classes, self.head)

    def require(self, fingerprint: str) -> None:
        """Raise ModelError unless the model is the one it was fitted for."""
        if fingerprint != self.fingerprint:
            raise ModelError(
                "a calibration belongs to the weights whose scores it was fitted on",
                came=f"one of model {self.fingerprint[:12]} came with model {fingerprint[:12]}",
                instead="Calibrate again, or take it off: model.calibrator = None.",
                see="docs/evaluating.md",
            )

    def to_json(self) -> dict[str, Any]:
        """Return the calibrator as plain values."""
        curves = {name: {"method": one.method, **asdict(one)} for name, one in self.curves.items()}
        told = {name: getattr(self, name) for name in ("task", "head", "cohort", "fingerprint")}
        return {**told, "classes": list(self.classes), "curves": curves}

    @classmethod
    def from_json(cls, fields: Mapping[str, Any]) -> Calibrator:
        """Return the calibrator that `to_json` made. Raises ModelError for anything else."""
        try:
            curves = {name: _curve_of(**one) for name, one in fields["curves"].items()}
            told = {name: fields[name] for name in ("task", "head", "cohort", "fingerprint")}
            return cls(curves, classes=tuple(fields["classes"]), **told)
        except (KeyError, TypeError, AttributeError, ValueError) as error:
            raise ModelError(
                "a calibration is read as it was written",
                came=f"it does not describe one ({type(error).__name__})",
                instead="Calibrate the model again.",
                see="docs/evaluating.md",
            ) from error


def _curve_of(method: str, **fields: Any) -> Curve:
    kind: Any = METHODS[method]
    made: Curve = kind(**{name: tuple(one) if isinstance(one, list) else one for name, one in fields.items()})
    return made
