"""Written reports beside human ones: how alike the words are, and whether they say the same. n studies, K classes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from einthoven.errors import EvaluationError
from einthoven.evaluating.interval import interval, resamples
from einthoven.evaluating.labeller import read_labels
from einthoven.evaluating.linear import standardised
from einthoven.evaluating.metrics import Array, f1
from einthoven.evaluating.protocol import Examination, Protocol
from einthoven.evaluating.result import Result
from einthoven.evaluating.subject import Pupil, Subject
from einthoven.evaluating.wording import bleu, rouge_l
from einthoven.gathering import Task
from einthoven.recording import Recording
from einthoven.study import Study

__all__ = ["ReportWriting"]

Truth = NDArray[np.bool_]


@dataclass(frozen=True)
class ReportWriting(Protocol):
    """What a model writes about each ECG, beside what a person wrote.

    Words are compared by BLEU-1 to 4 and ROUGE-L; findings by F1, after the same rules have read both texts
    (`read_labels`), and once more against the study's own codes. Beside a model's words stand those of its nearest
    training study, the commonest training report, and, for the codes, the human report itself: what the rules can
    reach at most.

    Args:
        gallery: how many training studies at most are looked through for the nearest report, drawn by seed.
    """

    name: ClassVar[str] = "report"
    labelled: ClassVar[bool] = False
    gallery: int = 5000

    def run(self, subjects: Sequence[Subject], exam: Examination) -> list[Result]:
        """Compare what every author wrote."""
        studies = [study for study in exam.test if study.report]
        gallery = self._gallery(exam)
        if not studies:
            raise EvaluationError(
                "written reports are compared with human ones",
                came=f"none of {len(exam.test)} examined studies has a report",
                instead="Gather a cohort with reports (ptb-xl, mimic-iv-ecg, simulated).",
                see="docs/evaluating.md",
            )
        human = [study.report or "" for study in studies]
        authors = list(_authors(subjects, studies, gallery))
        weights = resamples([study.group for study in studies], seed=exam.seed)
        row = partial(Result, self.name, n=len(studies), seed=exam.seed)
        truths = {"human report": _read(human, exam.task)}
        if any(study.labels is not None for study in studies):
            truths["codes"] = exam.task.targets(studies)[0]
        rows = []
        for author, written in authors:
            for metric, values in _alike(written, human, weights):
                rows.append(row(author, metric, "words", *interval(values)))
            said = _read(written, exam.task)
            for against, truth in truths.items():
                for target, values, positives in _agreement(said, truth, weights, exam.task.classes):
                    one = row(author, "label F1", target, *interval(values), positives=positives)
                    rows.append(replace(one, detail=f"{exam.task.name}, against {against}"))
        return rows

    def _gallery(self, exam: Examination) -> list[Study]:
        told = [study for study in exam.train if study.report]
        order = np.random.Generator(np.random.Philox(exam.seed)).permutation(len(told))
        return [told[row] for row in sorted(order[: self.gallery])]


def _authors(
    subjects: Sequence[Subject], studies: Sequence[Study], gallery: Sequence[Study]
) -> Iterator[tuple[str, list[str]]]:
    """Yield (author, what he wrote of each study)."""
    for subject in subjects:
        if isinstance(subject, Pupil) and subject.writes:
            yield subject.name, subject.write(studies)
        if gallery:
            yield f"{subject.name}, nearest training report", _nearest(subject, studies, gallery)
    if gallery:
        common = Counter(study.report or "" for study in gallery).most_common(1)[0][0]
        yield "commonest training report", [common] * len(studies)
    yield "human report", [study.report or "" for study in studies]


def _nearest(subject: Subject, studies: Sequence[Study], gallery: Sequence[Study]) -> list[str]:
    """Return the report of the training study whose features are nearest by cosine, after standardising by training."""
    subject.meet(gallery)
    gallery = [study for study in gallery if study not in subject.refused]
    known, asked = standardised(subject.pooled(gallery), subject.pooled(studies))
    unit = known / (np.linalg.norm(known, axis=1, keepdims=True) + 1e-12)
    return [gallery[row].report or "" for row in np.argmax(asked @ unit.T, axis=1)]


def _alike(written: Sequence[str], human: Sequence[str], weights: Array) -> Iterator[tuple[str, Array]]:
    for n, values in enumerate(bleu(written, human, weights), 1):
        yield f"BLEU-{n}", values
    yield "ROUGE-L", weights @ rouge_l(written, human) / weights.sum(axis=1)


def _read(texts: Sequence[str], task: Task) -> Truth:
    """Return the classes that rules read from texts, (n, K)."""
    return task.targets([Study("text", _nothing, labels=read_labels(text)) for text in texts])[0]


def _agreement(said: Truth, truth: Truth, weights: Array, classes: Sequence[str]) -> Iterator[tuple[str, Array, int]]:
    """Yield (target, resampled F1, positives): pooled over classes, their mean, and each."""
    hits, claimed, real = (weights @ part.sum(axis=1) for part in (said & truth, said, truth))
    with np.errstate(invalid="ignore", divide="ignore"):
        yield "micro", np.where(real > 0, 2 * hits / (claimed + real), np.nan), int(truth.sum())
    each = np.stack([f1(said[:, k], truth[:, k], weights) for k in range(len(classes))], axis=1)
    counted = np.isfinite(each)
    with np.errstate(invalid="ignore"):
        yield "macro", np.where(counted, each, 0).sum(axis=1) / counted.sum(axis=1), int(truth.sum())
    for k, name in enumerate(classes):
        yield name, each[:, k], int(truth[:, k].sum())


def _nothing() -> Recording:
    raise EvaluationError(
        "a text has no signal", came="its recording was asked for", instead="Ask the study.", see="docs/evaluating.md"
    )
