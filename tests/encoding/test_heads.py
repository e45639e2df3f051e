from __future__ import annotations

import pytest
import torch

from einthoven.encoding import Classifier
from einthoven.encoding.heads import head
from einthoven.errors import ModelError


def test_a_classifier_is_one_linear_layer() -> None:
    made = Classifier(6, ["NORM", "MI", "CD"])
    pooled = torch.randn(4, 6)
    assert torch.allclose(made(pooled), pooled @ made.linear.weight.T + made.linear.bias)
    assert made.classes == ("NORM", "MI", "CD")


def test_the_config_builds_it_again() -> None:
    again = head(Classifier(6, ["NORM", "MI"], modality="report").config())
    assert isinstance(again, Classifier)
    assert (again.modality, again.classes, again.linear.in_features) == ("report", ("NORM", "MI"), 6)


def test_an_unknown_head_is_answered_with_what_is_known() -> None:
    with pytest.raises(ModelError, match=r"'regressor' is not known here\. .*Known: classifier"):
        head({"architecture": "regressor"})
