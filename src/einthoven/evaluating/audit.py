"""Audit: what a flawless reader would score on the labels that everybody shares. n studies, K classes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from einthoven.errors import EvaluationError
from einthoven.evaluating.interval import interval, resamples
from einthoven.evaluating.metrics import Array, auroc, macro
from einthoven.evaluating.protocol import Examination, Protocol
from einthoven.evaluating.result import Result
from einthoven.evaluating.subject import Subject
from einthoven.gathering import task as task_named
from einthoven.gathering.tasks import SETS

__all__ = ["Audit"]

Truth = NDArray[np.bool_]


@dataclass(frozen=True)
class Audit(Protocol):
    """An oracle that knows the corrected labels, examined on the legacy ones; no model is needed.

    The task names the corrected labels ("csn", "subclass"); its legacy twin is found by name. The first rows say how
    the two differ: studies with a wrong label, positives of each class in either, classes that only one has.
    """

    name: ClassVar[str] = "audit"

    def run(self, subjects: Sequence[Subject], exam: Examination) -> list[Result]:  # noqa: ARG002
        """Score the oracle and count what differs."""
        legacy = task_named(_legacy_of(exam.task.name))
        known = legacy.targets(exam.test)[1]
        studies = [study for study, is_known in zip(exam.test, known, strict=True) if is_known]
        if not studies:
            raise EvaluationError(
                "an audit compares two labels of one study",
                came=f"none of {len(exam.test)} studies has labels of {legacy.name}",
                instead="Gather the set, or a table of its labels with gather('label-table', ...).",
                see="docs/evaluating.md",
            )
        right, wrong = exam.task.targets(studies)[0], legacy.targets(studies)[0]
        row = partial(Result, self.name, n=len(studies), seed=exam.seed, detail=f"{exam.task.name} on {legacy.name}")
        counts = _counted(right, wrong, (exam.task.classes, legacy.classes))
        weights = resamples([study.group for study in studies], seed=exam.seed)
        rows = [row(who, metric, target, value) for who, metric, target, value in counts]
        shared = right[:, [exam.task.classes.index(name) for name in legacy.classes]]
        for target, values in _oracle(shared, wrong, weights, legacy.classes):
            rows.append(row("oracle", "AUROC", target, *interval(values), detail=f"{100 * values[0]:.2f} of 100"))
        return rows


def _legacy_of(name: str) -> str:
    twin = f"{name}-legacy"
    if twin not in SETS:
        pairs = [one.removesuffix("-legacy") for one in SETS if one.endswith("-legacy")]
        raise EvaluationError(
            "an audit is of a task that has legacy labels too",
            came=f"task {name} has none",
            instead=f"Choose task {' or '.join(pairs)}.",
            see="docs/evaluating.md",
        )
    return twin


def _counted(
    right: Truth, wrong: Truth, classes: tuple[Sequence[str], Sequence[str]]
) -> Iterator[tuple[str, str, str, float]]:
    """Yield (whose labels, metric, target, value) of what differs between right (n, K) and wrong (n, K')."""
    ours, theirs = classes
    same = right[:, [ours.index(name) for name in theirs]]
    yield "legacy labels", "studies with a wrong label", "any", float((same != wrong).any(axis=1).sum())
    yield "corrected labels", "studies without a legacy class", "any", float((~same.any(axis=1)).sum())
    for k, name in enumerate(theirs):
        if (same[:, k] != wrong[:, k]).any():
            yield "legacy labels", "positives", name, float(wrong[:, k].sum())
            yield "corrected labels", "positives", name, float(same[:, k].sum())
            yield "legacy labels", "wrong", name, float((same[:, k] != wrong[:, k]).sum())
    for k, name in enumerate(ours):
        if name not in theirs:
            yield "corrected labels", "positives", name, float(right[:, k].sum())


def _oracle(right: Truth, wrong: Truth, weights: Array, classes: Sequence[str]) -> Iterator[tuple[str, Array]]:
    """Yield (target, resampled AUROC) of the right labels as scores: the mean of all classes, and those below 1."""
    whole, by_class = macro(auroc, right.astype(np.float64), wrong, weights)
    yield "macro", whole
    for k, name in enumerate(classes):
        if by_class[0, k] < 1:
            yield name, by_class[:, k]
