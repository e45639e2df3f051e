"""A model's own head is examined as it is."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from einthoven.encoding import Classifier, Model, encoder
from einthoven.errors import EvaluationError
from einthoven.evaluating import Pupil, evaluate
from einthoven.evaluating.classifier import classifier_scores
from einthoven.gathering import Cohort, task
from einthoven.simulating import simulate


def model(classes: tuple[str, ...]) -> Model:
    torch.manual_seed(0)
    ecg = encoder("resnet-tiny")
    return Model([ecg], heads={"superclass": Classifier(ecg.width, classes)})


def test_scores_are_the_head_s_logits_by_name_of_class() -> None:
    asked = task("superclass")
    pupil, studies = Pupil("model", model(asked.classes)), simulate(4, seed=1)
    whole = classifier_scores(pupil, studies, asked)
    part = classifier_scores(pupil, studies, asked.only(("HYP", "MI")))
    assert np.array_equal(part, whole[:, [4, 1]])
    head, pooled = pupil.model.head("superclass"), torch.from_numpy(pupil.pooled(studies))
    assert np.allclose(whole, head(pooled).detach().numpy(), atol=1e-6)


def test_thresholds_come_from_validation_and_the_untrained_twin_is_beside() -> None:
    studies = simulate(60, seed=1)
    cohort = Cohort("simulated", studies, {"val": range(30), "test": range(30, 60)})
    table = evaluate("classifier", model(task("superclass").classes), cohort)
    assert {row.subject for row in table} >= {"model", "random encoder", "chance"}
    assert len(table.find(metric="F1", target="macro")) == 2


def test_a_head_of_other_classes_is_refused() -> None:
    pupil, studies = Pupil("model", model(("AFIB",))), simulate(2, seed=1)
    with pytest.raises(EvaluationError, match="a classifier is examined on classes that it knows; task superclass"):
        classifier_scores(pupil, studies, task("superclass"))
