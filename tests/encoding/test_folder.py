from __future__ import annotations

import errno
import json
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file

import einthoven
from einthoven.encoding import Classifier, Head, Model, Signals, TextEncoder, encoder, load
from einthoven.encoding.heads import HEADS
from einthoven.errors import ModelError, PreparationError, StorageError

FILES = {"README.md", "config.json", "model.safetensors", "preparation.json", "tokenizer.json"}


@pytest.fixture
def saved(model: Model, tmp_path: Path) -> Path:
    return model.save(tmp_path / "model")


def change(folder: Path, **fields: object) -> None:
    config = json.loads((folder / "config.json").read_text())
    (folder / "config.json").write_text(json.dumps({**config, **fields}))


def tensors(folder: Path, edit: Callable[[dict[str, torch.Tensor]], object]) -> None:
    weights = load_file(folder / "model.safetensors")
    edit(weights)
    save_file(weights, folder / "model.safetensors")


def test_what_was_saved_is_loaded(model: Model, saved: Path, waves: Callable[..., Signals]) -> None:
    again = load(saved)
    assert {path.name for path in saved.iterdir()} == FILES
    assert again.fingerprint == model.fingerprint
    assert again.card == model.card
    assert not again.training
    assert again.preparation == model.preparation
    assert torch.equal(again.encoder("ecg")(waves(2)).pooled, model.encoder("ecg")(waves(2)).pooled)
    words = ["Sinus rhythm, 0.15 mV."]
    assert (again.embed(words, space="shared") == model.embed(words, space="shared")).all()
    assert isinstance(again.head("superclass"), Classifier)


@pytest.mark.parametrize("name", ["vit-tiny", "resnet-tiny", "report-tiny"])
def test_every_kind_comes_back(name: str, tmp_path: Path) -> None:
    one = Model([encoder(name)])
    again = Model.load(one.save(tmp_path / name))
    assert (again.fingerprint, again.config()) == (one.fingerprint, one.config())
    assert not (tmp_path / name / "tokenizer.json").exists()


def test_saving_twice_gives_the_same_bytes(model: Model, tmp_path: Path) -> None:
    one, other = model.save(tmp_path / "a"), load(model.save(tmp_path / "b")).save(tmp_path / "c")
    assert all((one / name).read_bytes() == (other / name).read_bytes() for name in FILES)


def test_loading_leaves_randomness_alone(saved: Path) -> None:
    before = torch.get_rng_state()
    load(saved)
    assert torch.equal(torch.get_rng_state(), before)


def test_saving_over_another_model_replaces_it_and_leaves_other_files(saved: Path) -> None:
    (saved / "metrics.csv").write_text("step,loss\n")
    bare = Model([encoder("resnet-tiny")])
    bare.save(saved)
    assert load(saved).fingerprint == bare.fingerprint
    assert {path.name for path in saved.iterdir()} == (FILES - {"tokenizer.json"}) | {"metrics.csv"}


def test_a_full_disk_changes_nothing(model: Model, saved: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    other, before = model.untrained(3), model.fingerprint

    def full(*_: object) -> int:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(Path, "write_bytes", full)
    with pytest.raises(StorageError, match="the disk is full"):
        other.save(saved)
    monkeypatch.undo()
    assert load(saved).fingerprint == before
    assert {path.name for path in saved.iterdir()} == FILES


def test_a_save_that_stopped_between_two_files_is_noticed(model: Model, saved: Path, tmp_path: Path) -> None:
    other = model.untrained(3).save(tmp_path / "other")
    (other / "model.safetensors").replace(saved / "model.safetensors")
    with pytest.raises(ModelError, match=r"model is damaged: its files are not of one save.*save the model again"):
        load(saved)


def test_half_precision_comes_back_as_it_was(model: Model, tmp_path: Path) -> None:
    half = model.to(torch.bfloat16)
    again = load(half.save(tmp_path))
    assert again.fingerprint == half.fingerprint
    assert {weight.dtype for weight in again.parameters()} == {torch.bfloat16}


class Tied(Head):
    """A head whose matrix is an encoder's own word table, as language models have it."""

    architecture = "tied"

    def __init__(self, *, modality: str = "report", words: int = 512) -> None:
        super().__init__(modality=modality, sizes={"words": words})
        self.table = torch.nn.Parameter(torch.zeros(words, 64))

    def forward(self, pooled: torch.Tensor) -> torch.Tensor:
        return pooled @ self.table.T


def test_shared_weights_are_saved_once(reader: TextEncoder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(HEADS, "tied", f"{__name__}:Tied")
    tied = Tied()
    tied.table = reader.words.weight  # type: ignore[union-attr, assignment]
    one = Model([reader], heads={"language": tied})
    again = load(one.save(tmp_path))
    assert "heads.language.table" not in load_file(tmp_path / "model.safetensors")
    assert again.fingerprint == one.fingerprint
    assert torch.equal(again.head("language").table, reader.words.weight)  # type: ignore[union-attr, arg-type]


def test_a_slice_of_a_larger_tensor_is_saved_alone(tmp_path: Path) -> None:
    one = Model([encoder("vit-tiny")])
    vit = one.encoder("ecg")
    vit.lead = torch.nn.Parameter(torch.randn(64, 100).T[:12])
    again = load(one.save(tmp_path))
    assert torch.equal(again.encoder("ecg").lead, vit.lead)  # type: ignore[arg-type]
    assert (tmp_path / "model.safetensors").stat().st_size < 4.2 * sum(w.numel() for w in one.parameters())


def test_a_folder_that_is_no_model_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"a model is a folder with config\.json; .* has none\. Pass the folder that"):
        load(tmp_path)


@pytest.mark.parametrize("name", ["model.safetensors", "preparation.json", "tokenizer.json"])
def test_a_missing_file_is_named(saved: Path, name: str) -> None:
    (saved / name).unlink()
    with pytest.raises(ModelError, match=rf"is loaded whole; .*{name} is missing\. Copy the whole folder again"):
        load(saved)


@pytest.mark.parametrize("keep", [0, 5, 100, -1])
def test_truncated_weights_are_refused(saved: Path, keep: int) -> None:
    path = saved / "model.safetensors"
    path.write_bytes(path.read_bytes()[:keep])
    with pytest.raises(ModelError, match=r"model\.safetensors is damaged: it is no safetensors file, or not all of it"):
        load(saved)


def test_one_flipped_bit_is_noticed(saved: Path) -> None:
    path = saved / "model.safetensors"
    data = bytearray(path.read_bytes())
    data[-7] ^= 1
    path.write_bytes(data)
    with pytest.raises(ModelError, match="a bit of them has changed"):
        load(saved)


@pytest.mark.parametrize(
    ("edit", "text"),
    [
        (lambda all_: all_.pop("encoders.ecg.embed.bias"), r"has no encoders\.ecg\.embed\.bias\. Take both files"),
        (lambda all_: all_.update(extra=torch.zeros(1), more=torch.zeros(1)), "has an unknown extra and 1 more"),
        (
            lambda all_: all_.update({"encoders.ecg.lead": torch.zeros(8, 64)}),
            r"lead as \(8, 64\) instead of \(12, ",
        ),
    ],
)
def test_weights_must_be_those_of_the_config(
    saved: Path, edit: Callable[[dict[str, torch.Tensor]], object], text: str
) -> None:
    tensors(saved, edit)
    with pytest.raises(ModelError, match=text):
        load(saved)


def test_an_alias_of_nothing_is_refused(saved: Path) -> None:
    change(saved, aliases={"heads.superclass.linear.bias": "nowhere"})
    with pytest.raises(ModelError, match=r"has no heads\.superclass\.linear\.bias|no nowhere|no heads"):
        load(saved)


def test_a_later_format_is_refused(saved: Path) -> None:
    change(saved, format=2, einthoven="9.9")
    with pytest.raises(
        ModelError,
        match=rf"version of Einthoven \({einthoven.__version__}\) reads .* up to format 1; format 2, written by"
        r" Einthoven 9\.9\. Install",
    ):
        load(saved)


def test_an_architecture_nobody_offers_is_refused(saved: Path) -> None:
    config = json.loads((saved / "config.json").read_text())
    config["encoders"]["ecg"]["architecture"] = "mamba"
    change(saved, encoders=config["encoders"])
    with pytest.raises(ModelError, match=r"'mamba' is not known here\. .*If a package offers it, install that package"):
        load(saved)


@pytest.mark.parametrize(
    ("fields", "text"),
    [
        ({"format": None}, "no format number"),
        ({"encoders": {"ecg": 5}}, r"does not describe a model \(TypeError\)"),
        ({"spaces": {"shared": {"width": 3}}}, r"does not describe a model \(TypeError\)"),
        ({"heads": {"superclass": {"architecture": "classifier"}}}, r"does not describe a model \(TypeError\)"),
        ({"encoders": {"eco": {"architecture": "vit"}}}, "no recipe for 'eco'"),
        ({"card": {"mood": 1}}, "mood came"),
        ({"encoders": []}, "does not describe a model"),
    ],
)
def test_a_config_that_describes_no_model_is_refused(saved: Path, fields: dict[str, object], text: str) -> None:
    change(saved, **fields)
    with pytest.raises(ModelError, match=text):
        load(saved)


@pytest.mark.parametrize("name", ["config.json", "preparation.json"])
@pytest.mark.parametrize(
    ("content", "text"), [(b"{", "it is no JSON"), (b"[1]", "it holds no table"), (b"\xff\xfe", "it is no JSON")]
)
def test_json_that_is_none_is_refused(saved: Path, name: str, content: bytes, text: str) -> None:
    (saved / name).write_bytes(content)
    with pytest.raises(ModelError, match=rf"{name} is damaged: {text}"):
        load(saved)


def test_a_config_without_a_part_is_refused(saved: Path) -> None:
    (saved / "config.json").write_text('{"format": 1}')
    with pytest.raises(ModelError, match="it has no encoders"):
        load(saved)


def test_a_recipe_of_no_known_kind_is_refused(saved: Path) -> None:
    (saved / "preparation.json").write_text('{"ecg": {"kind": "smell"}}')
    with pytest.raises(ModelError, match="the recipe of 'ecg' is of no known kind"):
        load(saved)


def test_a_recipe_with_unknown_fields_is_refused(saved: Path) -> None:
    recipes = json.loads((saved / "preparation.json").read_text())
    recipes["ecg"]["smoothing"] = 3
    (saved / "preparation.json").write_text(json.dumps(recipes))
    with pytest.raises(PreparationError, match="a recipe is read back as it was written; it has an unknown field"):
        load(saved)


def test_another_recipe_is_noticed(saved: Path) -> None:
    recipes = json.loads((saved / "preparation.json").read_text())
    recipes["ecg"]["mains"] = 50.0
    (saved / "preparation.json").write_text(json.dumps(recipes))
    with pytest.raises(ModelError, match="its files are not of one save"):
        load(saved)


@pytest.mark.parametrize("content", [b"{}", b"\xff", b""])
def test_another_tokenizer_is_noticed(saved: Path, content: bytes) -> None:
    (saved / "tokenizer.json").write_bytes(content)
    with pytest.raises((ModelError, PreparationError), match=r"tokenizer is missing or another|no UTF-8 text"):
        load(saved)


def test_nothing_in_the_folder_can_be_executed(saved: Path) -> None:
    for path in saved.iterdir():
        assert not path.read_bytes().startswith((b"PK", b"\x80\x02", b"\x80\x04"))


def test_the_readme_is_the_card(model: Model, saved: Path) -> None:
    text = (saved / "README.md").read_text()
    for words in ("Trained on simulated patients", model.fingerprint, '"max_tokens": 64', '"fs": 100.0', "122,688"):
        assert words in text
