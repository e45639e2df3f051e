"""A stage begins with the weights of the one before; shipped recipes build, and run small."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from waves import cohort_of, report

from einthoven.encoding import Encoder, Model, TextEncoder, encoder
from einthoven.errors import ModelError
from einthoven.pretraining import pretrain, recipe
from einthoven.pretraining.recipe import recipes
from einthoven.pretraining.start import started


@pytest.fixture(scope="module")
def before(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a model whose two encoders are to go on."""
    words = encoder("report-tiny", seed=5)
    assert isinstance(words, TextEncoder)
    words.fit_tokenizer([report(number) for number in range(64)])
    return Model([encoder("melp-tiny", seed=5), words]).save(tmp_path_factory.mktemp("before") / "model")


def weights(one: Encoder, name: str) -> torch.Tensor:
    return one.state_dict()[name]


def test_weights_go_on_but_for_what_begins_anew(before: Path) -> None:
    one = started({"preset": "melp-tiny", "from": str(before), "fresh": ["beats"]})
    old, new = encoder("melp-tiny", seed=5), encoder("melp-tiny", seed=0)
    assert torch.equal(weights(one, "enter.weight"), weights(old, "enter.weight"))
    assert torch.equal(weights(one, "beats.queries"), weights(new, "beats.queries"))


def test_a_text_tower_takes_its_tokenizer_along_and_may_be_shorter_and_causal(before: Path) -> None:
    one = started({"preset": "report-tiny", "from": str(before), "causal": True, "max_tokens": 20, "frozen": 1})
    assert isinstance(one, TextEncoder)
    assert one.causal
    assert one.prepare(["slow wave " * 50]).ids.shape == (1, 20)
    assert torch.equal(weights(one, "words.weight"), weights(encoder("report-tiny", seed=5), "words.weight"))
    learning = [name for name, weight in one.named_parameters() if weight.requires_grad]
    assert learning == ["transformer.norm.weight", "transformer.norm.bias"]
    assert not any(weight.requires_grad for weight in started({"preset": "report-tiny", "frozen": True}).parameters())


def test_a_tokenizer_may_be_given(before: Path) -> None:
    one = started({"preset": "report-tiny", "tokenizer": str(before / "tokenizer.json")})
    assert isinstance(one, TextEncoder)
    assert one.prepare(["slow wave"]).mask.all()


def test_weights_of_other_shapes_are_refused(before: Path) -> None:
    with pytest.raises(ModelError, match=r"has \d+ of others, e\.g\. .* as \(.*\) instead of \(.*fresh = \[\.\.\.\]"):
        started({"preset": "melp-small", "from": str(before)})
    with pytest.raises(ModelError, match=r"a model is a folder with config\.json; nowhere has none"):
        started({"preset": "melp-tiny", "from": "nowhere"})


LATER = {"melp", "melp-released", "merl", "mets"}
"""Recipes that go on from a folder."""


@pytest.mark.parametrize("name", sorted(set(recipes()) - LATER))
def test_every_recipe_builds(name: str) -> None:
    with torch.device("meta"):
        assert recipe(name).objective().encoders()


@pytest.mark.parametrize("name", sorted(LATER))
def test_a_later_stage_names_the_folder_it_looked_for(name: str) -> None:
    with pytest.raises(ModelError, match=r"a model is a folder with config\.json; runs/(wav2vec|language)"):
        recipe(name).objective()


SMALL = """
[encoders.ecg]
preset = "melp-tiny"

[encoders.report]
preset = "report-tiny"
causal = true

[[terms]]
kind = "contrast"
of = ["ecg", "report"]
hidden = { report = 8 }
augment = { lead_dropout = 0.5 }

[[terms]]
kind = "caption"
weight = 2.0
of = ["ecg", "report"]
depth = 1
heads = 2

[[terms]]
kind = "local"
weight = 0.2
of = ["ecg", "report"]

[settings]
steps = 3
batch = 16
cycle = 1
decay = "all"
"""


def test_a_small_melp_runs_from_its_file(tmp_path: Path) -> None:
    (tmp_path / "melp.toml").write_text(SMALL)
    told = recipe(tmp_path / "melp.toml")
    objective = told.objective()
    assert [view.label for view in objective.views()] == ["ecg.one", "report"]
    model = pretrain(objective, cohort_of(48, 16), progress=False, workers=1, device="cpu", **told.settings)
    assert model.card.objective == "contrast-ecg-report + 2 caption-ecg-report + 0.2 local-ecg-report"
    assert set(model.heads) == {"caption"}
    assert model.space("shared").config()["hidden"] == {"report": 8}
