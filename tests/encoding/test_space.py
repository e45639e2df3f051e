from __future__ import annotations

import math

import pytest
import torch

from einthoven.encoding import Space
from einthoven.errors import ModelError


@pytest.mark.parametrize("hidden", [None, 32])
def test_projections_are_unit_vectors_of_the_space(hidden: int | None) -> None:
    space = Space({"ecg": 20, "report": 12}, width=8, hidden=hidden)
    for name, width in (("ecg", 20), ("report", 12)):
        found = space.project(name, torch.randn(5, width))
        assert found.shape == (5, 8)
        assert torch.allclose(found.norm(dim=-1), torch.ones(5), atol=1e-6)


def test_a_vector_of_zeros_is_no_nan() -> None:
    assert Space({"ecg": 4}, width=2).project("ecg", torch.zeros(1, 4)).isfinite().all()


def test_the_temperature_is_learned_and_bounded() -> None:
    space = Space({"ecg": 4}, width=2, temperature=0.07)
    assert space.temperature == pytest.approx(0.07)
    space.scale.backward()  # type: ignore[no-untyped-call]
    assert space.log_scale.grad == pytest.approx(1 / 0.07)
    with torch.no_grad():
        space.log_scale.fill_(math.log(1e6))
    assert float(space.scale.detach()) == pytest.approx(100)


def test_a_modality_that_is_not_in_the_space_is_refused() -> None:
    with pytest.raises(ModelError, match=r"'text' is not in this space\. .*Known: ecg, report"):
        Space({"ecg": 4, "report": 4}).project("text", torch.zeros(1, 4))


def test_the_config_builds_it_again() -> None:
    space = Space({"ecg": 4, "report": 6}, width=3, hidden=5, temperature=0.1)
    again = Space(**space.config())
    assert {name: weight.shape for name, weight in again.named_parameters()} == {
        name: weight.shape for name, weight in space.named_parameters()
    }
