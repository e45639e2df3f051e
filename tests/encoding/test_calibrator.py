"""A calibrator recovers what made the labels, never falls, and stays with its model."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.linear_model import LogisticRegression

from einthoven.encoding import Model, encoder, load
from einthoven.encoding.calibrator import Calibrator, Isotonic, Platt, curve
from einthoven.errors import ConfigError, EvaluationError, ModelError


def labelled(n: int, *, slope: float = 2.5, intercept: float = -1.0, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    scores = rng.normal(0.3, 0.8, n)
    return scores, rng.random(n) < 1 / (1 + np.exp(-(slope * scores + intercept)))


def test_platt_recovers_the_curve_that_made_the_labels() -> None:
    fitted = curve(*labelled(40_000), method="platt")
    assert isinstance(fitted, Platt)
    assert fitted.slope == pytest.approx(2.5, abs=0.08)
    assert fitted.intercept == pytest.approx(-1, abs=0.05)


def test_platt_is_logistic_regression_when_labels_are_many() -> None:
    scores, truth = labelled(5000)
    other = LogisticRegression(C=np.inf).fit(scores[:, None], truth)
    np.testing.assert_allclose(curve(scores, truth)(scores), other.predict_proba(scores[:, None])[:, 1], atol=2e-3)


@pytest.mark.parametrize("method", ["platt", "isotonic"])
@given(gain=st.floats(1e-3, 1e3), shift=st.floats(-5, 5))
def test_the_unit_of_a_score_does_not_matter(method: str, gain: float, shift: float) -> None:
    scores, truth = labelled(300)
    moved = gain * scores + shift
    np.testing.assert_allclose(
        curve(moved, truth, method=method)(moved), curve(scores, truth, method=method)(scores), atol=1e-5
    )


@given(seed=st.integers(0, 30), slope=st.floats(-3, 3))
def test_isotonic_never_falls_and_stays_off_certainty(seed: int, slope: float) -> None:
    scores, truth = labelled(250, slope=slope, seed=seed)
    fitted = curve(scores, truth, method="isotonic")
    said = fitted(np.linspace(-5, 5, 400))
    assert np.all(np.diff(said) >= 0)
    assert said.min() >= 1 / 252
    assert said.max() <= 251 / 252


def test_isotonic_says_as_many_as_there_were() -> None:
    scores, truth = labelled(3000)
    assert curve(scores, truth, method="isotonic")(scores).sum() == pytest.approx(truth.sum(), rel=0.01)


def test_labels_that_a_line_parts_give_a_finite_curve() -> None:
    fitted = curve(np.arange(40.0), np.arange(40) >= 20)
    assert np.isfinite(fitted(np.array([-1e9, 0, 1e9]))).all()
    assert fitted(np.array([0.0]))[0] < 0.1


def test_equal_scores_say_the_prevalence() -> None:
    truth = np.arange(60) % 3 == 0
    assert curve(np.ones(60), truth)(np.ones(1))[0] == pytest.approx(1 / 3, abs=0.02)


@pytest.mark.parametrize(
    ("method", "positives", "message"),
    [("platt", 9, "at least 10 positive and 10 negative.*MI has 9 positive of 100"), ("isotonic", 29, "at least 30"),
     ("platt", 95, "MI has 95 positive of 100")],
)  # fmt: skip
def test_too_few_labels_are_refused(method: str, positives: int, message: str) -> None:
    with pytest.raises(EvaluationError, match=message):
        curve(np.arange(100.0), np.arange(100) < positives, method=method, target="MI")


def test_an_unknown_method_is_named() -> None:
    with pytest.raises(ConfigError, match="Did you mean isotonic"):
        curve(*labelled(100), method="isotonik")


def calibrator(fingerprint: str = "f" * 64) -> Calibrator:
    curves = {"MI": curve(*labelled(100)), "CD": curve(*labelled(200), method="isotonic")}
    return Calibrator(curves, "superclass", ("MI", "CD"), None, "ptb-xl val", fingerprint)


def test_it_goes_to_json_and_back() -> None:
    again = Calibrator.from_json(json.loads(json.dumps(calibrator().to_json())))
    assert again == calibrator()
    assert isinstance(again.curves["CD"], Isotonic)


@pytest.mark.parametrize("broken", [{}, {"curves": 3}, {"curves": {"MI": {"method": "magic"}}}])
def test_what_is_no_calibration_is_refused(broken: dict[str, object]) -> None:
    with pytest.raises(ModelError, match="does not describe one"):
        Calibrator.from_json(broken)


def test_its_basis_states_the_labels() -> None:
    positives = int(labelled(100)[1].sum())
    assert calibrator().basis("MI") == f"calibrated on n=100 real labels ({positives} positive)"


def test_it_travels_in_the_models_folder_as_json(tmp_path: Path) -> None:
    model = Model([encoder("vit-tiny")])
    model.calibrator = calibrator(model.fingerprint)
    model.save(tmp_path)
    assert json.loads((tmp_path / "calibration.json").read_text())["cohort"] == "ptb-xl val"
    assert load(tmp_path).calibrator == model.calibrator
    assert model.calibrator.basis("CD") in (tmp_path / "README.md").read_text()
    model.calibrator = None
    model.save(tmp_path)
    assert not (tmp_path / "calibration.json").exists()
    assert load(tmp_path).calibrator is None


def test_another_models_calibration_is_refused(tmp_path: Path) -> None:
    model = Model([encoder("vit-tiny")])
    model.calibrator = calibrator()
    with pytest.raises(ModelError, match="belongs to the weights"):
        model.save(tmp_path)
    model.calibrator = calibrator(model.fingerprint)
    model.save(tmp_path)
    strange = replace(model.calibrator, fingerprint="0" * 64)
    (tmp_path / "calibration.json").write_text(json.dumps(strange.to_json()))
    with pytest.raises(ModelError, match="one of model 000000000000 came"):
        load(tmp_path)
