"""Written reports beside human ones, from simulated patients and from reports of any kind."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest

import einthoven as ein
from einthoven.encoding import Model
from einthoven.errors import EvaluationError
from einthoven.evaluating import Pupil, ReportWriting, Retrieval, evaluate
from einthoven.gathering import Cohort
from einthoven.study import Study

ODD = [
    "", "no full stop at all", " ".join(["extraordinarily"] * 10_000), "Sinusrhythmus, überdrehter Linkstyp.",
    "窦性心律，左束支传导阻滞。", "atrial\x00 \x07fibrillation\x1b[31m\r\n", ". . .", "?", "🫀",
]  # fmt: skip


class Author(Pupil):
    """Writes what he was told to, and remembers whom he was asked about."""

    def __init__(self, model: Model, tell: dict[str, str]) -> None:
        super().__init__("author", model)
        self.tell = tell

    @property
    def writes(self) -> bool:
        return True

    def write(self, studies: Sequence[Study]) -> list[str]:
        return [self.tell[study.id] for study in studies]


@pytest.fixture(scope="module")
def cohort() -> Cohort:
    return ein.gather("simulated", n=60, seed=2)


def test_a_copyist_is_perfect_and_the_human_report_bounds_the_codes(cohort: Cohort, tiny: Model) -> None:
    copyist = Author(tiny, {study.id: study.report or "" for study in cohort})
    results = evaluate("report", [copyist], cohort, task="findings", on=("test",))
    ours = results.find(subject="author")
    assert ours.value(metric="BLEU-4") == pytest.approx(1)
    assert ours.value(metric="ROUGE-L") == 1
    said, coded = (f"findings, against {what}" for what in ("human report", "codes"))
    assert ours.value(metric="label F1", target="micro", detail=said) == 1
    human = results.value(subject="human report", metric="label F1", target="micro", detail=coded)
    assert ours.value(metric="label F1", target="micro", detail=coded) == human
    assert human > 0.85


def test_the_commonest_report_and_the_nearest_stand_beside(cohort: Cohort, tiny: Model) -> None:
    results = evaluate("report", tiny, cohort)
    assert {row.subject for row in results} == {
        "model, nearest training report", "random encoder, nearest training report",
        "hand-made features, nearest training report", "commonest training report", "human report",
    }  # fmt: skip
    found = results.find(subject="model, nearest training report", metric="ROUGE-L")[0]
    assert 0 <= found.low <= found.value <= found.high <= 1
    assert {row.n for row in results} == {6}
    assert "SYNTHETIC DATA" in str(results)


def test_a_report_of_any_kind_neither_crashes_nor_shifts_a_pair(cohort: Cohort, tiny: Model) -> None:
    """Each odd report, human or written, changes its own pair alone."""
    test = cohort.split("test").studies
    studies = [replace(study, id=f"{study.id}/{i}", report=text) for i, text in enumerate(ODD) for study in test[:1]]
    odd = Cohort("odd", [*studies, *test[1:3]], {"test": range(len(ODD) + 2)})
    told = {study.id: study.report or "" for study in odd}
    results = evaluate("report", [Author(tiny, told)], odd, on=("test",))
    assert results.value(subject="author", metric="ROUGE-L") == 1, "the empty report is left out with its pair"
    assert results[0].n == len(ODD) - 1 + 2
    swapped = evaluate("report", [Author(tiny, dict.fromkeys(told, "sinus rhythm."))], odd, on=("test",))
    assert swapped.value(subject="author", metric="ROUGE-L") < 0.5


def test_retrieval_pairs_each_ecg_with_its_own_odd_report(cohort: Cohort, tiny: Model) -> None:
    class Reader(Pupil):
        """An ECG and a report meet where both name the same number."""

        def shared(self, studies: Sequence[Study], *, space: str = "shared") -> np.ndarray:
            return np.eye(16, dtype=np.float32)[[ODD.index(study.report or "") for study in studies]]

        def words(self, texts: Sequence[str], *, space: str = "shared") -> np.ndarray:
            assert all(np.isfinite(super().words(texts)).ravel())
            return np.eye(16, dtype=np.float32)[[ODD.index(text) for text in texts]]

    studies = [replace(cohort[i], report=text) for i, text in enumerate(ODD)]
    results = evaluate(Retrieval(), [Reader("reader", tiny)], Cohort("odd", studies), on=())
    for way in ("ECG to report", "report to ECG"):
        assert results.value(subject="reader", metric="R@1", target=way) == 1
    assert results[0].n == len(ODD) - 1


def test_a_set_without_labels_is_examined_whole(cohort: Cohort, tiny: Model) -> None:
    bare = [replace(study, labels=None) for study in cohort]
    results = evaluate(ReportWriting(), tiny, Cohort("bare", bare, cohort.splits), baselines=False)
    assert {row.detail for row in results.find(metric="label F1")} == {"superclass, against human report"}
    assert {row.n for row in results} == {6}


def test_a_cohort_without_reports_is_refused(cohort: Cohort, tiny: Model) -> None:
    silent = Cohort("silent", [replace(study, report=None) for study in cohort], cohort.splits)
    with pytest.raises(EvaluationError, match=r"none of 6 examined studies has a report"):
        evaluate("report", tiny, silent, baselines=False)
