"""The whole encoder learns the task: more than a frozen one, the same by seed, chosen on validation alone."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from einthoven.encoding import Model, encoder
from einthoven.errors import EvaluationError
from einthoven.evaluating import Examination, FineTuning, Pupil, evaluate
from einthoven.gathering import Cohort, task
from einthoven.recording import LEADS, Recording
from einthoven.study import Study

CODES = ({"NORM": 100}, {"IMI": 100})
SHORT = FineTuning(epochs=2, batch=16, lr=1e-3, least_steps=12)


def wave(kind: int, number: int) -> Recording:
    """The two kinds differ in how often a small bump comes; its size and place are drawn."""
    rng = np.random.default_rng(number)
    t = np.arange(1000) / 100
    bumps = np.maximum(np.sin(2 * np.pi * (1.0 + kind) * t + rng.uniform(0, 6)), 0) ** 8
    return Recording(bumps * rng.uniform(0.5, 1.5) + 0.3 * rng.normal(size=(12, 1000)), LEADS, 100)


@pytest.fixture(scope="module")
def cohort() -> Cohort:
    studies = [Study(f"s{i}", wave(i % 2, i), patient=f"p{i}", labels=CODES[i % 2]) for i in range(144)]
    return Cohort("bumps", studies, {"train": range(64), "val": range(64, 104), "test": range(104, 144)})


@pytest.fixture(scope="module")
def model() -> Model:
    torch.manual_seed(0)
    return Model([encoder("resnet-tiny")])


def test_fine_tuning_learns_and_leaves_the_model_as_it_was(cohort: Cohort, model: Model) -> None:
    before = model.fingerprint
    results = evaluate(SHORT, model, cohort, task=task("superclass").only(["NORM", "MI"]))
    assert model.fingerprint == before
    assert results.value(subject="model", metric="AUROC", target="macro") > 0.9
    assert {row.subject for row in results} >= {"model", "random encoder", "chance", "model - random encoder"}
    assert results.find(subject="model", metric="F1", target="MI")[0].value > 0.7
    assert {row.detail for row in results} == {"100% of labels, n=64"}


def test_the_seed_decides_everything(cohort: Cohort, model: Model) -> None:
    exam = Examination(cohort, task("superclass").only(["NORM", "MI"]), seed=3)
    brief = FineTuning(epochs=1, batch=16, least_steps=1)

    def scores(seed: int) -> np.ndarray:
        torch.manual_seed(torch.seed() % 1000)  # whatever came before must not matter
        rows = brief.run([Pupil("model", model)], Examination(cohort, exam.task, seed=seed))
        return np.array([row.value for row in rows if row.metric == "AUROC"])

    np.testing.assert_array_equal(scores(3), scores(3))
    assert not np.array_equal(scores(3), scores(4))


def test_the_epoch_is_chosen_on_validation(cohort: Cohort, model: Model, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[int] = []
    monkeypatch.setattr(
        "einthoven.evaluating.finetune._worth", lambda scores, truth: seen.append(len(scores)) or 0.5 / len(seen)
    )
    FineTuning(epochs=2, batch=32, least_steps=1).run(
        [Pupil("model", model)], Examination(cohort, task("superclass").only(["NORM", "MI"]))
    )
    assert seen == [40, 40]


def test_shares_are_drawn_as_the_papers_did(cohort: Cohort, model: Model) -> None:
    some = FineTuning(fractions=(0.25,), subset="merl", epochs=1, batch=16, least_steps=1)
    results = evaluate(some, model, cohort, task=task("superclass").only(["NORM", "MI"]), baselines=False)
    assert results[0].detail == "25% of labels as merl drew them, n=16"


def test_a_cohort_without_training_labels_is_refused(cohort: Cohort, model: Model) -> None:
    with pytest.raises(EvaluationError, match="bumps has none for task superclass in its split train"):
        evaluate(SHORT, model, cohort.split("test"), baselines=False)
