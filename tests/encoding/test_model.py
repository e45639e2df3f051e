from __future__ import annotations

from collections.abc import Callable

import pytest
import torch

from einthoven.encoding import Card, Classifier, Model, Signals, Space, TextEncoder, encoder
from einthoven.encoding import model as envelope
from einthoven.errors import ModelError


def test_parts_are_asked_for_by_name(model: Model) -> None:
    assert model.modalities == ("ecg", "report")
    assert model.preparation is model.encoder("ecg").preparation
    assert (model.width(), model.width("report"), model.width("report", "shared")) == (64, 64, 16)
    assert model.head("superclass").modality == "ecg"
    assert repr(model) == (
        "Model(ecg: vit 64, report: report 64; spaces shared 16; heads superclass; Contrast(ecg, report))"
    )


@pytest.mark.parametrize(
    ("ask", "text"),
    [
        (lambda model: model.encoder("eco"), r"this model has no 'eco'\. Did you mean ecg\? Known: ecg, report"),
        (lambda model: model.space("share"), r"this model has no 'share'\. Did you mean shared\?"),
        (lambda model: model.head("rhythm"), r"a head is asked for by its head; .*Known: superclass"),
    ],
)
def test_a_part_that_is_not_there_is_answered_with_those_that_are(
    model: Model, ask: Callable[[Model], object], text: str
) -> None:
    with pytest.raises(ModelError, match=text):
        ask(model)


def test_a_model_without_ecg_has_no_preparation_for_ecgs(reader: TextEncoder) -> None:
    with pytest.raises(ModelError, match="this model has no 'ecg'"):
        _ = Model([reader]).preparation


def test_one_encoder_a_modality() -> None:
    with pytest.raises(ModelError, match=r"one encoder for each modality; ecg, ecg came\. Pass one of each"):
        Model([encoder("vit-tiny"), encoder("resnet-tiny")])
    with pytest.raises(ModelError, match="none came"):
        Model([])


def test_a_space_of_another_width_is_refused() -> None:
    with pytest.raises(ModelError, match=r"space 'shared' takes 32 from 'ecg', which has 64\. Make it with"):
        Model([encoder("vit-tiny")], spaces={"shared": Space({"ecg": 32})})


@pytest.mark.parametrize("name", ["a.b", "", "keys", "my space"])
def test_a_name_that_torch_cannot_hold_is_refused(name: str) -> None:
    with pytest.raises(ModelError, match="named by one plain word"):
        Model([encoder("vit-tiny")], heads={name: Classifier(64, ["NORM"])})


def test_the_fingerprint_is_of_the_weights(model: Model) -> None:
    first = model.fingerprint
    assert first == model.fingerprint
    assert len(first) == 64
    with torch.no_grad():
        model.encoder("ecg").embed.weight[0, 0] += 1e-3  # type: ignore[union-attr, index, operator]
    assert model.fingerprint != first


def test_the_fingerprint_sees_changes_behind_the_back_of_torch(model: Model) -> None:
    first = model.fingerprint
    model.encoder("ecg").embed.weight.data[0, 0] += 1e-3  # type: ignore[union-attr, index, operator]
    changed = model.fingerprint
    assert changed != first
    model.encoder("ecg").embed.weight.data[0, 0] -= 1e-3  # type: ignore[union-attr, index, operator]
    assert model.fingerprint != changed


def test_the_fingerprint_is_of_running_statistics_too(waves: Callable[..., Signals]) -> None:
    net = Model([encoder("resnet-tiny")]).train()
    first = net.fingerprint
    with torch.no_grad():
        net.encoder("ecg")(waves(2))
    assert net.fingerprint != first


def test_the_fingerprint_is_of_preparation_and_tokenizer() -> None:
    def made(text: str, **recipe: object) -> str:
        report = encoder("report-tiny")
        assert isinstance(report, TextEncoder)
        report.fit_tokenizer([text] * 3)
        return Model([encoder("vit-tiny", **recipe), report]).fingerprint

    assert made("sinus") == made("sinus")
    assert len({made("sinus"), made("atrial"), made("sinus", band=(0.5, 30)), made("sinus", missing="mask")}) == 4


def test_the_fingerprint_is_not_of_the_card_nor_of_the_mode(model: Model) -> None:
    first = model.fingerprint
    model.card = Card("other", metrics=({"AUROC": 0.9},))
    assert model.train().fingerprint == first


def test_the_fingerprint_is_hashed_once(model: Model, monkeypatch: pytest.MonkeyPatch) -> None:
    first, calls = model.fingerprint, []
    monkeypatch.setattr(envelope, "_digest", lambda one: calls.append(one) or "again")
    assert (model.fingerprint, calls) == (first, [])
    with torch.no_grad():
        model.space("shared").log_scale.add_(1)
    assert (model.fingerprint, len(calls)) == ("again", 1)


def test_a_step_of_the_optimiser_changes_the_fingerprint(model: Model, waves: Callable[..., Signals]) -> None:
    first = model.fingerprint
    optimiser = torch.optim.AdamW(model.parameters(), 1e-3)
    model.encoder("ecg")(waves(2)).pooled.square().sum().backward()
    optimiser.step()
    assert model.fingerprint != first


def test_untrained_is_the_same_architecture_with_fresh_weights(model: Model) -> None:
    one, same, other = model.untrained(1), model.untrained(1), model.untrained(2)
    assert one.config() == model.config()
    assert one.preparation == model.preparation
    assert one.tokenizers() == model.tokenizers()
    assert one.fingerprint == same.fingerprint
    assert len({model.fingerprint, one.fingerprint, other.fingerprint}) == 3
    assert str(one.card) == "Card(untrained: not trained)"


def test_a_model_of_mapped_encoders_is_the_same_model(model: Model) -> None:
    again = Model({name: model.encoder(name) for name in model.modalities})
    assert again.modalities == model.modalities
    assert again.device == torch.device("cpu")
