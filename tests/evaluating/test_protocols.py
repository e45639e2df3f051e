"""Protocols choose nothing on the test studies, and every table holds chance and the untrained twin."""

from __future__ import annotations

import json
from collections.abc import Sequence
from functools import cache

import numpy as np
import pytest
import torch

import einthoven as ein
from einthoven.encoding import Card, Model, Space, encoder
from einthoven.errors import ConfigError, EvaluationError
from einthoven.evaluating import (
    PROTOCOLS,
    Examination,
    LinearProbe,
    Pupil,
    Retrieval,
    Search,
    Subject,
    ZeroShot,
    evaluate,
    protocol_named,
)  # fmt: skip
from einthoven.evaluating.linear import choose_strength, folds_of, probe, probe_across
from einthoven.evaluating.neighbours import neighbour_scores
from einthoven.evaluating.subset import fraction_of
from einthoven.evaluating.zeroshot import zero_shot_scores
from einthoven.gathering import Cohort, task
from einthoven.recording import LEADS, Recording
from einthoven.study import Study

CODES = ({"NORM": 100, "SR": 0}, {"IMI": 100, "SR": 0}, {"CLBBB": 100, "LVH": 50}, {"NDT": 100, "AFIB": 0})
WORDS = ("Normal ECG.", "Old inferior infarct.", "Left bundle branch block.", "Atrial fibrillation.")


def wave(kind: int, number: int) -> Recording:
    t = np.arange(1000) / 100
    noise = np.random.default_rng(number).normal(size=(12, 1000)) * 0.05
    return Recording(np.sin(2 * np.pi * (1 + 3 * kind) * t) * (1 + 0.1 * kind) + noise, LEADS, 100)


@cache
def cohort(n: int = 96) -> Cohort:
    studies = [
        Study(f"s{i}", wave(i % 4, i), patient=f"p{i // 2 * 4 + i % 4}", labels=CODES[i % 4], report=WORDS[i % 4])
        for i in range(n)
    ]
    cut = [n // 2, 3 * n // 4]
    return Cohort("waves", studies, dict(zip(("train", "val", "test"), np.split(np.arange(n), cut), strict=True)))


@cache
def model() -> Model:
    torch.manual_seed(0)
    words = encoder("report-tiny")
    words.fit_tokenizer([*WORDS, "Sinus rhythm."])
    ecg = encoder("resnet-tiny")
    return Model(
        [ecg, words], spaces={"shared": Space({"ecg": ecg.width, "report": words.width}, width=16)}, card=Card()
    )


class Oracle(Subject):
    """Knows the answer; its features are the truth itself."""

    def __init__(self) -> None:
        super().__init__("oracle")
        self.asked: set[str] = set()

    def _measure(self, studies: Sequence[Study]) -> np.ndarray:
        self.asked |= {study.id for study in studies}
        return task("superclass").targets(studies)[0].astype(np.float32)


class Noise(Subject):
    def __init__(self) -> None:
        super().__init__("noise")

    def _measure(self, studies: Sequence[Study]) -> np.ndarray:
        return np.stack([np.random.default_rng(int(s.id[1:])).normal(size=3).astype(np.float32) for s in studies])


def test_a_linear_probe_finds_what_lies_open_and_nothing_in_noise() -> None:
    results = evaluate(LinearProbe(fractions=(0.1, 1.0)), [Oracle(), Noise()], cohort())
    full = results.find(detail="100% of labels, n=48", metric="AUROC", target="macro")
    assert full.value(subject="oracle") == 1
    assert full.value(subject="noise") < 0.75
    assert full.value(subject="oracle - noise") == pytest.approx(1 - full.value(subject="noise"))
    assert full.value(subject="chance") == 0.5
    assert results.find(subject="oracle", metric="F1", target="MI", detail="100% of labels, n=48")[0].value == 1
    assert {row.detail for row in results} == {"10% of labels, n=4", "100% of labels, n=48"} or len(results) > 40


def test_every_table_holds_chance_the_untrained_twin_and_hand_made_features() -> None:
    subjects = {row.subject for row in evaluate("linear-probe", model(), cohort())}
    assert {"model", "random encoder", "hand-made features", "chance", "model - random encoder"} <= subjects


def test_zero_shot_never_sees_labels() -> None:
    plain = cohort()
    blind = [Study(s.id, s.source, patient=s.patient, report=s.report) for s in plain]
    pupil = Pupil("model", model())
    np.testing.assert_array_equal(
        zero_shot_scores(pupil, plain.studies, task("superclass")),
        zero_shot_scores(Pupil("model", model()), blind, task("superclass")),
    )


def test_zero_shot_scores_are_right_when_the_words_point_the_right_way() -> None:
    axes = {"Normal ECG.": 0, "Old inferior infarct.": 1, "Left bundle branch block.": 2, "Atrial fibrillation.": 3}

    class Ideal(Pupil):
        def shared(self, studies: Sequence[Study], *, space: str = "shared") -> np.ndarray:
            return np.eye(4, dtype=np.float32)[[axes[study.report or ""] for study in studies]]

        def words(self, texts: Sequence[str], *, space: str = "shared") -> np.ndarray:
            return np.eye(4, dtype=np.float32)[[int(text) for text in texts]]

    told = {code: ("0",) for row in task("superclass").members.values() for code in row}
    told |= {"NORM": ("0",), "IMI": ("1",), "CLBBB": ("2",), "LVH": ("2",), "NDT": ("3",)}
    results = evaluate(ZeroShot(phrases=told), [Ideal("ideal", model())], cohort())
    assert results.value(subject="ideal", metric="AUROC", target="macro") == 1
    assert results.value(subject="ideal", metric="F1", target="macro") == 1


def test_the_test_split_never_chooses(monkeypatch: pytest.MonkeyPatch) -> None:
    exam = Examination(cohort(), task("superclass"))
    seen: list[int] = []
    monkeypatch.setattr(
        "einthoven.evaluating.protocol.best_threshold", lambda scores, truth: seen.append(len(scores)) or 0.0
    )
    LinearProbe().run([Oracle()], exam)
    ZeroShot().run([Pupil("model", model())], exam)
    assert set(seen) == {len(exam.validation)}


def test_an_examined_validation_split_gives_no_thresholds() -> None:
    exam = Examination(cohort(), task("superclass"), ("val", "test"))
    assert not exam.validation
    assert len(exam.test) == 48
    rows = ZeroShot().run([Pupil("model", model())], exam)
    assert not [row for row in rows if row.metric == "F1"]


def test_folds_and_fractions_divide_no_patient() -> None:
    groups = [f"p{i // 3}" for i in range(60)]
    folds = folds_of(groups, 5, seed=1)
    assert set(folds) == set(range(5))
    assert all(len({folds[i] for i in range(60) if groups[i] == g}) == 1 for g in groups)
    kept = fraction_of(groups, 0.1, seed=1)
    assert len(kept) == 6
    assert len({groups[i] for i in kept}) == 2


def test_cross_validation_scores_every_study_without_having_seen_it() -> None:
    rng = np.random.default_rng(0)
    features, truth = rng.normal(size=(60, 2)), np.zeros((60, 1), bool)
    truth[:30] = True
    scores = probe_across(features, truth, np.arange(60) % 2)
    expected = probe(features[0::2], truth[0::2], features[1::2], strength=choose_strength(
        features[0::2], truth[0::2], np.zeros(30, np.int64)
    )[0])  # fmt: skip
    assert scores.shape == truth.shape
    assert np.isfinite(scores).all()
    assert expected.shape == (30, 1)


def test_linear_probe_by_folds_examines_every_study() -> None:
    results = evaluate(LinearProbe(folds=4), [Oracle(), Noise()], cohort(), on=())
    assert results.value(subject="oracle", metric="AUROC", target="macro") == 1
    assert {row.n for row in results} == {96}
    assert {row.detail for row in results} == {"4-fold by patient"}


def test_a_probe_fills_what_was_not_measured_and_skips_what_is_not_there() -> None:
    train = np.array([[0.0, np.nan], [1.0, np.nan], [0.0, np.nan], [1.0, np.nan]])
    truth = np.array([[False, False], [True, False], [False, False], [True, False]])
    scores = probe(train, truth, np.array([[1.0, 3.0], [0.0, np.nan]]), strength=1.0)
    assert scores[0, 0] > scores[1, 0]
    assert (scores[:, 1] == 0).all()


def test_the_nearest_neighbour_of_a_training_study_is_itself() -> None:
    train = np.eye(4)
    truth = np.eye(4, dtype=bool)
    np.testing.assert_array_equal(neighbour_scores(train, truth, train, k=1), np.eye(4))
    assert neighbour_scores(train, truth, train, k=99).shape == (4, 4)


def test_knn_runs_by_name() -> None:
    assert evaluate("knn", [Oracle()], cohort()).value(subject="oracle", metric="AUROC", target="macro") == 1


def test_retrieval_counts_equal_reports_as_one_and_names_its_gallery() -> None:
    class Same(Pupil):
        def shared(self, studies: Sequence[Study], *, space: str = "shared") -> np.ndarray:
            return np.eye(4, dtype=np.float32)[[WORDS.index(study.report or "") for study in studies]]

        def words(self, texts: Sequence[str], *, space: str = "shared") -> np.ndarray:
            return np.eye(4, dtype=np.float32)[[WORDS.index(text) for text in texts]]

    results = evaluate("retrieval", [Same("ideal", model())], cohort())
    for way in ("ECG to report", "report to ECG"):
        assert results.value(subject="ideal", metric="R@1", target=way) == 1
        assert results.value(subject="ideal", metric="MdR", target=way) == 1
    assert results[0].detail == "gallery 24"
    assert results.value(subject="chance", metric="MnR") == pytest.approx(25 / 7)


def test_search_stands_beside_prevalence() -> None:
    wide = Search(k=2, low=0.01, high=0.5)
    results = evaluate(wide, model(), cohort(), baselines=False)
    chance = results.value(subject="chance", target="macro")
    found = results.value(subject="model", target="macro", metric="P@2")
    assert results.value(subject="model", metric="P@2 / prevalence") == pytest.approx(found / chance)
    assert "SR" not in {row.target for row in results}


def test_synthetic_studies_and_training_are_said_in_every_table() -> None:
    made = Cohort("sim", [Study(f"s{i}", wave(i % 4, i), labels=CODES[i % 4], synthetic=True) for i in range(16)])
    results = evaluate(LinearProbe(folds=2), [Oracle()], made, on=())
    assert "SYNTHETIC DATA" in str(results)
    assert any("patient of his own" in note for note in results.notes)


def test_a_study_that_cannot_be_read_is_left_out_and_named() -> None:
    studies = [*cohort().studies]
    broken = Recording(np.full((12, 1000), np.nan), LEADS, 100)
    studies[90] = Study("s90", broken, patient="px", labels=CODES[0], report=WORDS[0])
    results = evaluate(ZeroShot(), model(), Cohort("holed", studies, cohort().splits), baselines=False)
    assert results[0].n == 23
    assert any(note.startswith("left out: s90, SignalError") for note in results.notes)


def test_results_go_to_json_and_to_a_table() -> None:
    results = evaluate("zero-shot", model(), cohort(), baselines=False)
    kept = json.loads(results.to_json())
    assert len(kept["rows"]) == len(results)
    assert "AUROC" in str(results)
    assert str(results).count("\n") >= len(results)
    assert kept["rows"][-1]["low"] is None


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: evaluate("zeroshot", model(), cohort()), ConfigError, "Did you mean zero-shot"),
        (
            lambda: evaluate("knn", [Oracle()], cohort(), on=["fold"]),
            EvaluationError,
            "has none for task superclass in fold",
        ),
        (lambda: evaluate("zero-shot", [Oracle()], cohort()), EvaluationError, "no subject can sit zero-shot"),
        (lambda: evaluate("search", model(), cohort(), task="superclass"), EvaluationError, "1% to 20% prevalence"),
        (
            lambda: evaluate("zero-shot", Model([encoder("vit-tiny")]), cohort(), baselines=False),
            EvaluationError,
            "to be asked in words, a model shares a space",
        ),
        (
            lambda: evaluate(Retrieval(), model(), cohort().where(lambda s: s.id == "s95"), baselines=False),
            EvaluationError,
            "retrieval needs at least two studies with a report; 1 of 1",
        ),
    ],
)
def test_what_cannot_be_examined_is_refused_with_advice(call: object, error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        call()  # type: ignore[operator]


def test_the_front_door_leads_here() -> None:
    assert ein.evaluate is evaluate


@pytest.mark.parametrize("name", sorted(PROTOCOLS))
def test_every_protocol_is_made_by_its_name(name: str) -> None:
    assert protocol_named(name) == PROTOCOLS[name]


def test_a_setting_that_a_protocol_does_not_have_is_refused() -> None:
    with pytest.raises(ConfigError, match=r"the settings it has; 'fraction' came. Did you mean fractions?"):
        protocol_named("linear-probe", fraction=[0.1])
