"""Realism finds nothing between equals, finds what was changed, and refuses what it cannot judge."""

from __future__ import annotations

import json
from dataclasses import replace
from functools import cache
from pathlib import Path

import numpy as np
import pytest

import einthoven as ein
from einthoven.encoding import Model, encoder
from einthoven.errors import EvaluationError
from einthoven.evaluating import Population, Realism, Results, evaluate
from einthoven.gathering import Cohort
from einthoven.recording import Recording
from einthoven.study import Study


@cache
def people(seed: int, n: int = 130) -> Cohort:
    """Return simulated patients, drawn once at a low rate; they also stand in for real ones."""
    studies = [replace(study, source=study.recording) for study in ein.simulate(n, seed=seed, fs=250)]
    return Cohort(f"people {seed}", studies, {"train": range(n)})


def louder(study: Study) -> Study:
    recording: Recording = study.recording
    return replace(study, source=recording.changed("made louder", 1.6 * recording.signal))


@cache
def population(gain: bool) -> Population:
    return Population(Cohort("louder", [louder(study) for study in people(1)]) if gain else people(1))


@cache
def judged(gain: bool) -> Results:
    return evaluate(Realism(halves=20, classifiers=("logistic regression",)), [population(gain)], people(2))


QUICK = Realism(halves=2, least=10_000, classifiers=())


def test_equals_lie_as_near_as_halves_and_changed_ones_do_not() -> None:
    same, changed = (judged(gain).find(metric="mean KS") for gain in (False, True))
    assert same.value(subject="simulated against real half") < 1.35 * same.value(subject="real half against real half")
    assert changed.value(subject="simulated against real") > 1.3 * same.value(subject="simulated against real")


def test_a_classifier_tells_the_changed_ones_and_not_the_equals() -> None:
    areas = [judged(gain).find(metric="AUROC", subject="simulated against real")[0].value for gain in (False, True)]
    assert areas[0] < 0.75
    assert areas[1] > 0.9


def test_the_changed_measure_is_named_first_and_the_untouched_one_stays() -> None:
    assert judged(True).value(metric="KS", target="r_V5") > 0.35
    assert judged(True).value(metric="KS", target="rate") == judged(False).value(metric="KS", target="rate")
    inside = "median inside the real 25-75 %"
    assert judged(False).value(metric=inside, target="r_V5") == 1
    assert judged(True).value(metric=inside, target="size") == 0


def test_effects_of_the_same_simulator_agree_up_to_their_ceiling() -> None:
    rows = judged(False).find(metric="effect r", target="superclass CD")
    ours = rows.find(subject="simulated against real")[0]
    assert ours.value > 0.5
    assert ours.low < ours.high
    assert ours.positives is not None
    assert ours.positives >= 8
    assert 0 < rows.value(subject="real half against real half") < rows.value(subject="ceiling") <= 1


def test_the_table_says_what_it_is_and_how_many() -> None:
    table = str(judged(False))
    assert table.startswith("SIMULATED against people 2")
    for word in ("SYNTHETIC DATA", "seed 0", "qrs_t_angle rad", "split-half r", "worth", "inside the real 25-75 %"):
        assert word in table
    rows = json.loads(judged(False).to_json())["rows"]
    assert {"KS", "median", "AUROC", "mean KS", "effect r"} <= {row["metric"] for row in rows}


def test_the_validation_and_test_splits_are_not_opened() -> None:
    def locked() -> Recording:
        raise AssertionError

    held = [replace(study, id=f"held {row}", source=locked, patient=None) for row, study in enumerate(people(2))]
    n = len(people(2))
    cohort = Cohort("locked", [*people(2), *held], {"train": range(n), "test": range(n, 2 * n)})
    rows = evaluate(QUICK, [population(False)], cohort)
    assert rows[0].n == judged(False)[0].n


def test_pictures_are_written_where_asked(tmp_path: Path) -> None:
    evaluate(replace(QUICK, pictures=tmp_path / "new"), [population(False)], people(2))
    assert sorted(path.name for path in (tmp_path / "new").iterdir()) == ["effects.svg", "lineup.svg", "measures.svg"]
    assert "people 2" in (tmp_path / "new" / "lineup.svg").read_text()


def blank(cohort: Cohort, **fields: object) -> Cohort:
    return Cohort("blank", [replace(study, **fields) for study in cohort], {"train": range(len(cohort))})  # type: ignore[arg-type]


def few_leads(study: Study) -> Study:
    return replace(study, source=study.recording.select(["I", "II", "V1"]))


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (
            lambda: evaluate("realism", people(1), blank(people(2), labels=None)),
            "needs labelled studies; blank has none",
        ),
        (lambda: evaluate("realism", people(1)[:12], people(2)[:12]), "20 normal ECGs a side; the simulated side has"),
        (lambda: evaluate("realism", [population(False)], people(2)[:12]), "20 normal ECGs a side; the real side has"),
        (
            lambda: evaluate("realism", people(1), Cohort("bare", [*map(few_leads, people(2)[:9])]), on=()),
            "that can be read; 9 cannot, the first because: LeadError",
        ),
        (
            lambda: evaluate("realism", Cohort("bare", [*map(few_leads, people(1)[:9])]), people(2)[:9]),
            "same eight leads.*no study of bare is usable, the first because: LeadError",
        ),
        (lambda: evaluate("realism", blank(people(1), labels=None), people(2)[:9]), "is usable: none is labelled"),
        (lambda: evaluate("zero-shot", people(1), people(2)), "zero-shot examines a model; the cohort people 1 came"),
        (
            lambda: evaluate("realism", Model([encoder("vit-tiny")]), people(2), baselines=False),
            "a cohort with a cohort; no cohort came",
        ),
    ],
)
def test_what_cannot_be_judged_is_refused_with_advice(call: object, message: str) -> None:
    with pytest.raises(EvaluationError, match=message):
        call()  # type: ignore[operator]


def test_unknown_ages_are_compared_unmatched() -> None:
    rows = evaluate(QUICK, [population(False)], blank(people(2), age=None))
    detail = rows.find(metric="mean KS", subject="simulated against real")[0].detail
    normals = sum("NORM" in (study.labels or {}) for study in people(1))
    assert detail == f"{normals} simulated, worth {normals} after matching"
    assert np.isfinite(rows.value(metric="KS", target="r_V5"))
