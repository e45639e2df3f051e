"""From scores to rows: every metric with its interval, every subject beside chance. n studies, K classes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
from numpy.typing import NDArray

from einthoven.evaluating.interval import interval, resamples
from einthoven.evaluating.metrics import METRICS, Array, auroc, f1, macro
from einthoven.evaluating.result import Result

__all__ = ["Sheet", "paired", "score"]

Truth = NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class Sheet:
    """What one subject answered.

    Args:
        subject: its name.
        scores: higher says more likely, (n, K).
        thresholds: from validation, (K,); None where there was no validation, and then no F1 is given.
    """

    subject: str
    scores: Array
    thresholds: Array | None = None


def score(
    protocol: str,
    sheets: Sequence[Sheet],
    truth: Truth,
    *,
    classes: Sequence[str],
    groups: Sequence[str],
    seed: int = 0,
    detail: str = "",
) -> list[Result]:
    """Return macro and per-class AUROC, AUPRC and F1 of every subject, with chance and paired differences.

    Args:
        protocol: name the rows carry.
        sheets: the subjects' answers, all for the same studies; the first is the one others are compared with.
        truth: (n, K) bool.
        classes: K names.
        groups: the studies' patients, (n,): what the bootstrap draws.
        seed: of the bootstrap.
        detail: words the rows carry.
    """
    weights = resamples(groups, seed=seed)
    row = partial(Result, protocol, n=len(truth), seed=seed, detail=detail)
    rows: list[Result] = []
    for sheet in sheets:
        for metric, target, values, positives in _measured(sheet, truth, classes, weights):
            value, low, high = interval(values)
            rows.append(row(sheet.subject, metric, target, value, low, high, positives=positives))
    for metric, target, value, positives in _chance(truth, classes):
        rows.append(row("chance", metric, target, value, positives=positives))
    for other in sheets[1:]:
        value, low, high = interval(paired([sheets[0].scores], [other.scores], truth, weights))
        rows.append(row(f"{sheets[0].subject} - {other.subject}", "AUROC", "macro", value, low, high))
    return rows


def paired(ours: Sequence[Array], theirs: Sequence[Array], truth: Truth, weights: Array) -> Array:
    """Return the difference of macro AUROC on the same resamples, (R,), averaged over runs (training seeds)."""
    mean = [np.mean([macro(auroc, one, truth, weights)[0] for one in runs], axis=0) for runs in (ours, theirs)]
    return np.asarray(mean[0] - mean[1], np.float64)


def _measured(
    sheet: Sheet, truth: Truth, classes: Sequence[str], weights: Array
) -> Iterator[tuple[str, str, Array, int | None]]:
    for name, metric in METRICS.items():
        whole, by_class = macro(metric, sheet.scores, truth, weights)
        yield name, "macro", whole, None
        for k, target in enumerate(classes):
            yield name, target, by_class[:, k], int(truth[:, k].sum())
    if sheet.thresholds is not None:
        decided = sheet.scores >= sheet.thresholds
        each = np.stack([f1(decided[:, k], truth[:, k], weights) for k in range(len(classes))], axis=1)
        counted = np.isfinite(each)
        yield "F1", "macro", np.where(counted, each, 0).sum(axis=1) / np.maximum(counted.sum(axis=1), 1), None
        for k, target in enumerate(classes):
            yield "F1", target, each[:, k], int(truth[:, k].sum())


def _chance(truth: Truth, classes: Sequence[str]) -> Iterator[tuple[str, str, float, int | None]]:
    counted = truth.any(axis=0) & ~truth.all(axis=0)
    prevalence = truth.mean(axis=0)
    yield "AUROC", "macro", 0.5, None
    yield "AUPRC", "macro", float(prevalence[counted].mean()) if counted.any() else float("nan"), None
    for k, target in enumerate(classes):
        yield "AUPRC", target, float(prevalence[k]), int(truth[:, k].sum())
