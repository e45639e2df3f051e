"""A probability is shown only where real labels have earned it."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import numpy as np
import pytest
import torch

from einthoven.encoding import Card, Classifier, Model, Space, encoder
from einthoven.encoding.calibrator import Calibrator, curve
from einthoven.errors import EvaluationError, ModelError
from einthoven.evaluating import opinions
from einthoven.evaluating.scores import scores_of
from einthoven.evaluating.subject import Pupil
from einthoven.gathering import task
from einthoven.recording import LEADS, Recording
from einthoven.study import Study

CLASSES = task("superclass").classes
SIMULATED = Card("m", data=("simulated",), n=9, synthetic=True, objective="Contrast(ecg, report)")
REAL = Card("m", data=("ptb-xl",), n=9, objective="Classify(ecg)")


@cache
def people() -> list[Study]:
    rng = np.random.default_rng(0)
    return [Study(str(row), Recording(rng.normal(size=(12, 1000)), LEADS, 100)) for row in range(12)]


def model(card: Card, *, calibrated: str | None = None) -> Model:
    torch.manual_seed(0)
    ecg, words = encoder("vit-tiny"), encoder("report-tiny")
    words.fit_tokenizer(["Sinus rhythm.", "Old inferior infarct."])
    shared = Space({"ecg": ecg.width, "report": words.width}, width=8)
    made = Model([ecg, words], spaces={"shared": shared}, heads={"five": Classifier(ecg.width, CLASSES)}, card=card)
    if calibrated:
        fitted = curve(np.linspace(-1, 1, 100), np.arange(100) > 60)
        head = None if calibrated == "zero-shot" else calibrated
        made.calibrator = Calibrator({"MI": fitted}, "superclass", CLASSES, head, "ptb-xl val", made.fingerprint)
    return made.eval()


def said(made: Model, target: str = "MI", **options: object) -> list[object]:
    found = opinions(made, people()[:3], reference=people(), **options)  # type: ignore[arg-type]
    return [one for one in found if one.target == target]


@pytest.mark.parametrize("head", [None, "five"])
def test_a_model_of_simulated_patients_gives_ranks_alone(head: str | None) -> None:
    for one in opinions(model(SIMULATED), people()[:3], reference=people(), head=head):
        assert one.probability is None
        assert "probability 0" not in str(one)
        assert str(one).endswith("no probability: trained on simulated patients and not calibrated on real labels")


@pytest.mark.parametrize("kind", ["zero-shot", "five"])
def test_a_calibrated_class_shows_its_probability_and_the_labels_behind_it(kind: str) -> None:
    made = model(SIMULATED, calibrated=kind)
    for one in said(made):
        assert "calibrated on n=100 real labels (39 positive)" in str(one)
        assert str(one).startswith(f"MI: probability {one.probability:.2f}, ")
    scores = scores_of(Pupil("m", made), people()[:3], task("superclass"), head=None if kind == "zero-shot" else kind)
    expected = made.calibrator.curves["MI"](scores[:, CLASSES.index("MI")])  # type: ignore[union-attr]
    assert [one.probability for one in said(made)] == pytest.approx(expected.tolist())
    assert all(one.probability is None for one in said(made, "CD"))


def test_a_calibration_of_other_scores_earns_nothing() -> None:
    assert all(one.probability is None for one in said(model(SIMULATED, calibrated="zero-shot"), head="five"))
    fewer = task("superclass").only(["NORM", "MI"])
    assert all(one.probability is None for one in said(model(SIMULATED, calibrated="zero-shot"), task=fewer))


def test_a_head_of_real_labels_shows_its_own_and_says_that_it_is_uncalibrated() -> None:
    found = said(model(REAL), head="five")
    assert all("the model's own, not calibrated" in str(one) for one in found)
    logits = scores_of(Pupil("m", model(REAL)), people()[:3], task("superclass"), head="five")[:, 1]
    assert [one.probability for one in found] == pytest.approx((1 / (1 + np.exp(-logits))).tolist())


def test_cosines_and_untrained_weights_promise_nothing() -> None:
    assert said(model(REAL))[0].basis == "a similarity, not calibrated on real labels"
    assert said(model(Card()), head="five")[0].basis == "not trained"


def test_ranks_are_shares_of_the_reference_ties_half() -> None:
    scores = scores_of(Pupil("m", model(SIMULATED)), people(), task("superclass"))[:, 1]
    expected = [((scores < one).sum() + (scores == one).sum() / 2) / 12 for one in scores[:3]]
    assert [one.rank for one in said(model(SIMULATED))] == pytest.approx(expected)
    assert f"above {100 * expected[0]:.0f} % of 12 reference ECGs" in str(said(model(SIMULATED))[0])


def test_another_models_calibration_and_an_empty_reference_are_refused() -> None:
    made = model(SIMULATED, calibrated="zero-shot")
    made.calibrator = replace(made.calibrator, fingerprint="0" * 64)  # type: ignore[type-var]
    with pytest.raises(ModelError, match="belongs to the weights"):
        said(made)
    with pytest.raises(EvaluationError, match="ranked among reference ECGs; an empty reference"):
        opinions(model(REAL), people(), reference=[])
