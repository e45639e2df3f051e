"""Does an ECG find the other ECG of the same heart."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import numpy as np
import pytest
from sklearn.metrics import roc_curve

from einthoven.errors import EvaluationError
from einthoven.evaluating import PatientIdentification, Subject, evaluate
from einthoven.evaluating.identity import equal_error_rate
from einthoven.gathering import Cohort
from einthoven.recording import Recording
from einthoven.study import Study

ECG = Recording(np.zeros((1, 10)), ["I"], 10)


class Known(Subject):
    """Each patient is a direction; `noise` blurs him."""

    def __init__(self, noise: float) -> None:
        super().__init__(f"noise {noise}")
        self.noise = noise

    def _measure(self, studies: Sequence[Study]) -> np.ndarray:
        rows = []
        for study in studies:
            own = np.random.default_rng(int((study.patient or "p0")[1:])).normal(size=16)
            rows.append(own + self.noise * np.random.default_rng(int(study.id) + 1000).normal(size=16))
        return np.float32(rows)


def visits(n: int) -> Cohort:
    twice = [Study(str(i), ECG, patient=f"p{i // 2}", labels={"NORM": 100}) for i in range(2 * n)]
    return Cohort("twice", [*twice, Study("999", ECG, patient="p999", labels={"NORM": 100})])


def test_a_perfect_memory_finds_everybody_and_noise_nobody() -> None:
    results = evaluate(PatientIdentification(), [Known(0.01), Known(1e3)], visits(60), on=())
    assert results.value(subject="noise 0.01", metric="top-1") == 1
    assert results.value(subject="noise 0.01", metric="EER") == 0
    assert results.value(subject="noise 1000.0", metric="top-1") < 0.1
    assert results.value(subject="noise 1000.0", metric="EER") == pytest.approx(0.5, abs=0.15)
    assert results.value(subject="chance", metric="top-1") == pytest.approx(1 / 60)
    assert {row.n for row in results} == {60}, "a patient with one ECG asks nobody"
    found = results.find(subject="noise 1000.0", metric="EER")[0]
    assert found.low < found.value < found.high


def test_the_equal_error_rate_is_that_of_the_roc_curve() -> None:
    rng = np.random.default_rng(0)
    cosines = rng.normal(size=(40, 40)) + 1.2 * np.eye(40)
    fpr, tpr, _ = roc_curve(np.eye(40, dtype=bool).ravel(), cosines.ravel(), drop_intermediate=False)
    brute = min(zip(fpr, tpr, strict=True), key=lambda point: abs(point[0] - (1 - point[1])))
    ours = equal_error_rate(cosines, np.ones((1, 40)))[0]
    assert ours == pytest.approx((brute[0] + 1 - brute[1]) / 2, abs=1 / 40)


def test_a_patient_drawn_twice_counts_as_two() -> None:
    rng = np.random.default_rng(1)
    cosines = rng.normal(size=(6, 6)) + np.eye(6)
    whole = equal_error_rate(cosines, np.array([[1.0, 1, 1, 0, 0, 0]]))[0]
    assert whole == pytest.approx(equal_error_rate(cosines[:3, :3], np.ones((1, 3)))[0])


def test_equal_scores_count_against() -> None:
    assert equal_error_rate(np.ones((5, 5)), np.ones((1, 5)))[0] == pytest.approx(0.5)


def test_the_first_ecg_is_known_and_the_last_one_asks() -> None:
    from einthoven.evaluating.identity import _pairs

    days = [datetime(2020, 1, day) for day in (9, 3, 5)]
    studies = [Study(str(i), ECG, patient="p", date=day) for i, day in enumerate(days)]
    gallery, probes = _pairs(studies)
    assert (gallery[0].id, probes[0].id) == ("1", "0")


def test_a_cohort_without_second_visits_is_refused() -> None:
    with pytest.raises(EvaluationError, match="0 of the examined patients have two"):
        evaluate("patient-id", [Known(0.1)], Cohort("once", [Study("1", ECG, patient="p1")]), on=())
