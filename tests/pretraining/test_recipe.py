from __future__ import annotations

from pathlib import Path

import pytest
import torch

from einthoven.errors import ConfigError
from einthoven.pretraining import Recipe, Step, recipe
from einthoven.pretraining.plan import Plan
from einthoven.pretraining.recipe import recipes

TINY = """
about = "tiny"
[encoders.heart]
preset = "vit-tiny"
width = 32
[encoders.words]
preset = "report-tiny"
[[terms]]
kind = "contrast"
of = ["heart", "words"]
width = 16
[[terms]]
kind = "masked"
weight = 0.5
of = ["heart"]
ratio = 0.6
[settings]
epochs = 2
lr = 3e-3
"""


@pytest.mark.parametrize("name", ["demo", "masked", "hybrid", "pages", "qiu-small"])
def test_every_recipe_becomes_an_objective_and_a_plan(name: str) -> None:
    made = recipe(name)
    assert made.about.endswith(".")
    step = Step(made.objective())
    assert sum(weight.numel() for weight in step.parameters()) < 5e6
    Plan(**made.settings)


def test_the_contrast_recipe_is_merls_sum() -> None:
    terms = [(term["kind"], tuple(term["of"]), term.get("views")) for term in recipe("contrast").terms]
    assert terms == [("contrast", ("ecg", "report"), None), ("contrast", ("ecg", "ecg"), "dropout")]
    Plan(**recipe("contrast").settings)
    ours = ["classify", "contrast", "demo", "hybrid", "masked", "pages", "qiu", "qiu-small"]
    melp = ["language", "melp", "melp-released", "melp-small", "wav2vec", "wav2vec-released"]
    assert recipes() == sorted([*ours, *melp, "caption", "esi", "merl", "mets"])


def test_the_recipe_of_qiu_is_a_contrast_of_pictures_of_beats_and_reports() -> None:
    made = recipe("qiu")
    assert [(term["kind"], tuple(term["of"])) for term in made.terms] == [("contrast", ("image", "report"))]
    assert made.encoders["image"] == {"preset": "image-base", "eats": {"kind": "fields", "style": "concat"}}
    Plan(**made.settings)
    pages = recipe("pages").objective().encoders()["image"].preparation
    assert pages.size == (160, 256)  # type: ignore[union-attr]


def test_a_file_becomes_a_sum(tmp_path: Path) -> None:
    path = tmp_path / "tiny.toml"
    path.write_text(TINY)
    made = recipe(path)
    objective = made.objective(seed=3)
    assert str(objective) == "contrast-ecg-report + 0.5 masked-ecg"
    assert objective.encoders()["ecg"].width == 32
    assert made.settings == {"epochs": 2, "lr": 3e-3}
    again, other = made.objective(seed=3), made.objective(seed=4)
    weights = [Step(one).state_dict() for one in (objective, again, other)]
    assert all(torch.equal(weights[0][name], weights[1][name]) for name in weights[0])
    assert not torch.equal(weights[0]["encoders.ecg.embed.weight"], weights[2]["encoders.ecg.embed.weight"])


def test_all_mistakes_are_told_at_once_with_the_nearest_word(tmp_path: Path) -> None:
    path = tmp_path / "wrong.toml"
    path.write_text(
        TINY.replace("epochs", "epoch").replace("ratio", "ration").replace('"heart", "words"', '"hart", "words"')
    )
    with pytest.raises(ConfigError, match=r"3 mistakes.*Did you mean epochs.*Did you mean heart.*Did you mean ratio"):
        recipe(path)


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('kind = "masked"', 'kind = "maskt"', "Did you mean masked"),
        ('preset = "vit-tiny"\n', "", "encoder 'heart' has no preset"),
        ("[settings]", "[setings]", "Did you mean settings"),
        ("about", "about about", "cannot be read as TOML"),
        ("[settings]", "[settings]\ndevice = 'cpu'", "settings.device"),
    ],
)
def test_other_mistakes_are_told(tmp_path: Path, old: str, new: str, said: str) -> None:
    path = tmp_path / "wrong.toml"
    path.write_text(TINY.replace(old, new))
    with pytest.raises(ConfigError, match=said):
        recipe(path)


def test_a_recipe_that_is_not_there_is_answered(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="Did you mean hybrid"):
        recipe("hybird")
    with pytest.raises(ConfigError, match="not there"):
        recipe(tmp_path / "none.toml")
    with pytest.raises(ConfigError, match="it has no term"):
        Recipe({"ecg": {"preset": "vit-tiny"}}, ())
