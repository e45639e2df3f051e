"""What a classifier learns, and from whom."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
import torch
from waves import RECIPE, bundle, cohort_of, draws, vit

import einthoven as ein
from einthoven.errors import ConfigError
from einthoven.evaluating import evaluate
from einthoven.gathering import task
from einthoven.gathering.cohort import Cohort
from einthoven.gathering.store import Store
from einthoven.pretraining import Bundle, Classify, Masked, Step, pretrain, recipe
from einthoven.pretraining.supply import targets

CODES = ({"NORM": 100, "SR": 0}, {"IMI": 100}, {"LVH": 50, "NDT": 15}, {"CLBBB": 100})


def answered(answers: np.ndarray, name: str) -> Bundle:
    plain = bundle(len(answers))
    return Bundle(
        plain.inputs, present=plain.present, groups=plain.groups, position=plain.position,
        targets={name: torch.from_numpy(np.asarray(answers, np.float32))},
    )  # fmt: skip


def labelled(train: int = 64, *, silent: int = 0) -> Cohort:
    plain = cohort_of(train=train)
    studies = [replace(study, labels=CODES[row % 4] if row >= silent else None) for row, study in enumerate(plain)]
    return Cohort("waves", studies, {name: plain.splits[name] for name in plain.splits})


def loss(term: Classify, answers: np.ndarray) -> float:
    losses, _ = Step(term).eval()(answered(answers, term.name), draws(len(answers)))
    return float(losses[term.name].detach())


def test_a_classifier_that_knows_nothing_starts_at_ln_2() -> None:
    term = Classify(vit(), "superclass", augment="none")
    with torch.no_grad():
        for weight in term.heads()["superclass"].parameters():
            weight.zero_()
    assert loss(term, np.eye(5)[:4]) == pytest.approx(math.log(2))


def test_the_loss_is_the_mean_over_studies_of_the_mean_over_classes() -> None:
    term = Classify(vit(), "superclass", augment="none")
    answers = np.eye(5)[[0, 1, 1, 4]]
    with torch.no_grad():
        pooled = term.encoders()["ecg"].eval()(answered(answers, term.name).inputs["ecg"]).pooled
        logits = term.heads()["superclass"](pooled).double().numpy()
    by_hand = np.mean(np.log1p(np.exp(logits)) - answers * logits)
    assert loss(term, answers) == pytest.approx(by_hand, rel=1e-5)


def test_who_was_not_labelled_says_nothing() -> None:
    term = Classify(vit(), "superclass", augment="none")
    answers = np.eye(5)[[0, 1, 2, 3]].astype(np.float32)
    some = answers.copy()
    some[2:] = np.nan
    each = [loss(term, np.where(np.arange(4)[:, None] == row, answers, np.nan)) for row in range(2)]
    assert loss(term, some) == pytest.approx(np.mean(each), rel=1e-5)
    assert loss(term, np.full((4, 5), np.nan)) == 0.0


def test_terms_of_a_sum_share_the_view_and_keep_their_tasks() -> None:
    ecg = vit()
    both = Classify(ecg, "superclass") + 0.5 * Classify(ecg, "rhythm") + Masked(ecg, width=16, depth=1, heads=2)
    assert [view.label for view in both.views()] == ["ecg.one", "ecg.masked"]
    assert {name: one.name for name, one in both.tasks().items()} == {
        "classify-ecg-superclass": "superclass",
        "classify-ecg-rhythm": "rhythm",
    }
    assert set(both.heads()) == {"superclass", "rhythm"}


def test_targets_are_the_store_s_labels_and_nan_where_nobody_looked(tmp_path: object) -> None:
    cohort = labelled(silent=2)
    store = Store.build(cohort, f"{tmp_path}/store", RECIPE, workers=1, progress=False)
    found = targets(Classify(vit()), store)["classify-ecg-superclass"]
    assert np.isnan(found[:2]).all()
    assert np.array_equal(found[2:], task("superclass").targets(list(cohort)[2:])[0].astype(np.float32))


def test_a_trained_classifier_travels_with_the_model_and_knows_its_waves(tmp_path: object) -> None:
    term, cohort = Classify(vit(), "superclass", augment="none"), labelled()
    settings = {"steps": 150, "batch": 16, "lr": 1e-2, "workers": 1, "progress": False, "device": "cpu"}
    pretrain(term, cohort, out=f"{tmp_path}/model", **settings)
    table = evaluate("classifier", ein.load(f"{tmp_path}/model"), cohort, on=("val",))
    macro = table.find(target="macro", metric="AUROC")
    assert macro.value(subject="model") > 0.9
    assert macro.value(subject="model") > macro.value(subject="random encoder")


def test_a_recipe_names_a_task() -> None:
    told = recipe("classify")
    assert "classify-ecg-superclass" in str(told.objective())


def test_an_unknown_task_is_refused() -> None:
    with pytest.raises(ConfigError, match="a task is asked for by its name"):
        Classify(vit(), "nonsense")
