from __future__ import annotations

import json

import pytest

from einthoven.encoding import Card
from einthoven.errors import ModelError

TRAINED = Card(
    "demo",
    data=("simulated",),
    n=4000,
    synthetic=True,
    objective="Contrast(ecg, report)",
    seed=3,
    steps=500,
    metrics=({"task": "superclass", "AUROC": "0.85 [0.83, 0.87]", "n": 500}, {"task": "a|b"}),
    notes=("Trained in three minutes.",),
)


def test_it_says_what_must_be_known() -> None:
    text = TRAINED.text(parts=["ecg: vit"], preparations={"ecg": '{"fs": 100}'})
    for words in (
        "license: apache-2.0", "# demo", "Research software. It makes no clinical claim", "synthetic=true",
        "Trained on simulated patients: simulated; n = 4000 studies", "say nothing about real ones", "- Seed: 3",
        "- Objective: Contrast(ecg, report)", "- ecg: vit", '"fs": 100', "Trained in three minutes.",
        "- synthetic-data",
        "| task | AUROC | n |\n| --- | --- | --- |\n| superclass | 0.85 [0.83, 0.87] | 500 |\n| a\\|b |  |  |",
    ):  # fmt: skip
        assert words in text, words


def test_real_data_are_not_called_synthetic() -> None:
    text = Card("real", data=("ptb-xl",), n=5, objective="Masked(ecg)").text()
    assert "ptb-xl; n = 5 studies. synthetic=false." in text
    assert "simulated patients" not in text
    assert "- synthetic-data" not in text
    assert "None were given." in text


def test_fresh_weights_are_called_random() -> None:
    assert "None: the weights are random." in Card().text()
    assert str(Card()) == "Card(untrained: not trained)"
    assert str(Card("a", objective="Masked(ecg)", n=2)) == "Card(a: Masked(ecg) on unnamed data, 2 studies)"


def test_it_survives_json() -> None:
    assert Card.from_json(json.loads(json.dumps(TRAINED.to_json()))) == TRAINED


def test_fields_of_a_later_version_are_refused() -> None:
    with pytest.raises(ModelError, match=r"the fields this version knows; mood came"):
        Card.from_json({"name": "a", "mood": "good"})
