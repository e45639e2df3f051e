"""Probabilities are examined on other patients than those whose labels made them."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

import numpy as np
import pytest
from sklearn.metrics import brier_score_loss

from einthoven.encoding import Classifier, Model, encoder
from einthoven.errors import EvaluationError
from einthoven.evaluating import Calibration, Pupil, Results, calibrate, evaluate
from einthoven.evaluating.reliability import brier, expected_error, honest_error
from einthoven.gathering import Cohort, task
from einthoven.recording import LEADS, Recording
from einthoven.study import Study

ECG = Recording(np.zeros((12, 1000)), LEADS, 100)
RNG = np.random.default_rng(0)
SCORES = RNG.normal(size=600)
SICK = RNG.random(600) < 1 / (1 + np.exp(-(2 * SCORES - 1)))


@cache
def model() -> Model:
    made = encoder("vit-tiny")
    return Model([made], heads={"superclass": Classifier(made.width, ["NORM", "MI", "STTC", "CD", "HYP"])})


class Knowing(Pupil):
    """Its head's logit of MI is the score that made the labels."""

    def __init__(self) -> None:
        super().__init__("model", model())

    def _measure(self, studies: Sequence[Study]) -> np.ndarray:
        linear = self.model.head("superclass").linear
        weight, bias = linear.weight.detach().numpy()[1], linear.bias.detach().numpy()[1]
        rows = [(SCORES[int(study.id)] - bias) * weight / (weight @ weight) for study in studies]
        return np.asarray(rows, np.float32)


def cohort(*, shift: int = 0, synthetic: bool = False) -> Cohort:
    """600 studies of 300 patients; the labels of the last 200 (test) may be another's."""
    codes = np.where(SICK, "IMI", "NORM")
    codes[400:] = np.roll(codes[400:], shift)
    studies = [
        Study(str(row), ECG, patient=str(row // 2), labels={str(code): 100.0}, synthetic=synthetic)
        for row, code in enumerate(codes)
    ]
    return Cohort("people", studies, {"train": range(400), "test": range(400, 600)})


def judged(**settings: object) -> Results:
    on = settings.pop("on", ("test",))
    people = settings.pop("people", cohort())
    return evaluate(Calibration(head="superclass", **settings), [Knowing()], people, on=on)  # type: ignore[arg-type]


def test_brier_is_scikit_learns_and_weights_are_repetitions() -> None:
    said, once = RNG.random(600), np.ones((1, 600))
    assert brier(said, SICK, once)[0] == pytest.approx(brier_score_loss(SICK, said))
    times = RNG.integers(0, 3, 600)
    repeated = brier(np.repeat(said, times), np.repeat(SICK, times), np.ones((1, times.sum())))
    assert brier(said, SICK, times[None].astype(float))[0] == pytest.approx(repeated[0])


def test_the_expected_error_is_the_mean_gap_of_ten_bins() -> None:
    said, gaps = RNG.random(600), []
    for low in np.arange(10) / 10:
        inside = (said >= low) & (said < low + 0.1)
        gaps.append(inside.mean() * abs(said[inside].mean() - SICK[inside].mean()))
    assert expected_error(said, SICK, np.ones((1, 600)))[0] == pytest.approx(sum(gaps))
    assert expected_error(np.array([1.0, 0.0]), np.array([True, False]), np.ones((1, 2)))[0] == 0


def test_even_true_probabilities_show_an_error_that_falls_with_n() -> None:
    few, many = (honest_error(np.random.default_rng(1).random(n)) for n in (50, 5000))
    assert many < 0.03 < few


@pytest.mark.parametrize("method", ["platt", "isotonic"])
def test_a_knowing_score_makes_probabilities_that_hold(method: str) -> None:
    rows = judged(method=method).find(target="MI")
    ours, floor = (rows.value(metric="ECE", subject=name) for name in ("model", "model, were it exactly true"))
    assert ours < floor + 0.06
    assert rows.value(metric="Brier", subject="model") < 0.8 * rows.value(metric="Brier", subject="prevalence")
    one = rows.find(metric="Brier", subject="model")[0]
    assert one.low < one.value < one.high
    assert (one.n, one.detail) == (200, f"{method} on train")


def test_test_labels_change_the_score_and_not_the_curve() -> None:
    right, wrong = judged().find(subject="model"), judged(people=cohort(shift=7)).find(subject="model")
    assert wrong.value(metric="Brier", target="MI") > right.value(metric="Brier", target="MI") + 0.05
    name = "model, were it exactly true"
    assert judged().value(subject=name, target="MI") == judged(people=cohort(shift=7)).value(subject=name, target="MI")


@pytest.mark.parametrize("on", [(), ("train",)])
def test_without_a_split_left_over_folds_of_patients_are_used(on: tuple[str, ...]) -> None:
    one = judged(on=on).find(subject="model", metric="Brier", target="MI")[0]
    assert one.detail == "platt, 5-fold by patient"
    assert one.n == (400 if on else 600)
    assert one.value == pytest.approx(judged().value(subject="model", metric="Brier", target="MI"), abs=0.05)


def test_prevalence_stands_once_beside_several_models() -> None:
    twin = Knowing()
    twin.name = "twin"
    rows = evaluate(Calibration(head="superclass"), [Knowing(), twin], cohort())
    assert len(rows.find(subject="prevalence", target="MI")) == 2
    assert len(rows.find(subject="twin", target="MI")) == 2


def test_classes_without_enough_labels_are_left_out() -> None:
    assert {row.target for row in judged()} == {"NORM", "MI"}


def test_calibrate_holds_its_labels_and_its_model() -> None:
    people = cohort()
    made = calibrate(model(), people, classes=("MI",), on=("train",), head="superclass")
    assert made.curves["MI"].n == 400
    assert made.curves["MI"].positives == SICK[:400].sum()
    assert (made.cohort, made.head, made.task) == ("people train", "superclass", "superclass")
    made.require(model().fingerprint)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: judged(people=cohort(synthetic=True)), "labels of real patients; people is simulated"),
        (lambda: calibrate(model(), cohort(synthetic=True), head="superclass"), "labels of real patients"),
        (lambda: calibrate(model(), cohort(), on=("train",), head="superclass"), "STTC has 0 positive of 400"),
        (lambda: calibrate(model(), cohort(), on=("val",), head="superclass"), "NORM has 0 positive of 0"),
        (lambda: judged(people=cohort()[:12], on=()), "no class of 5 has them among 12 studies"),
        (lambda: evaluate(Calibration(), [], cohort()), "no subject can sit calibration"),
        (
            lambda: evaluate(Calibration(head="superclass"), [Knowing()], cohort(), task="rhythm"),
            "needs labelled studies",
        ),
        (
            lambda: calibrate(model(), cohort(), task=task("subclass").only(["AMI", "IMI"]), on=(), head="superclass"),
            "a head answers a task whose classes it has; head 'superclass' and task subclass",
        ),
    ],
)
def test_what_cannot_be_calibrated_is_refused_with_advice(call: object, message: str) -> None:
    with pytest.raises(EvaluationError, match=message):
        call()  # type: ignore[operator]
