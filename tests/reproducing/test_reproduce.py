"""A paper's number beside ours, on miniatures in the exact layout of the sets."""

from __future__ import annotations

import json
import shutil
from importlib.resources import files
from pathlib import Path

import pytest
from typer.testing import CliRunner

import einthoven as ein
from einthoven.cli import app
from einthoven.encoding import Model
from einthoven.errors import CohortError, ConfigError
from einthoven.evaluating import evaluate
from einthoven.reproducing import reproduce


def test_without_data_rows_are_listed_with_what_they_need() -> None:
    text = str(reproduce("melp"))
    assert "melp/linear-probe/super-1" in text
    assert "87.63" in text
    assert "needs below --data" in text
    assert "differs: logistic regression" in text
    assert "run: einthoven reproduce ROW --model MODEL --data DATA" in text


def test_our_number_is_what_the_protocol_measures(data: Path, tiny: Model) -> None:
    found = reproduce("melp/zero-shot/super", tiny, data=data)[0]
    again = evaluate("zero-shot", tiny, ein.gather("ptb-xl", data / "ptb-xl"), task="superclass")
    ours = again.find(subject="model", metric="AUROC", target="macro")[0]
    assert (found.ours, found.low, found.high) == (100 * ours.value, 100 * ours.low, 100 * ours.high)
    assert found.n == ours.n
    assert f"{ours.n} test records of ptb-xl for superclass, 2158 in the paper" in found.notes
    assert any("SYNTHETIC DATA" in note for note in found.notes)


def test_legacy_labels_are_compared_and_corrected_ones_stand_beside(data: Path, tiny: Model) -> None:
    found = reproduce("merl/linear-probe/sub-1", tiny, data=data)[0]
    assert {row.detail.split(",")[0] for row in found.results or ()} == {"1% of labels as merl drew them"}
    assert any(note.startswith("with corrected labels (subclass): ") for note in found.notes)


def test_a_row_whose_set_is_not_there_is_refused_with_the_path(data: Path, tiny: Model) -> None:
    with pytest.raises(CohortError, match=rf"{data / 'code-test'} does not exist"):
        reproduce("melp/zero-shot/code-test", tiny, data=data)


def test_of_several_rows_one_without_its_set_says_so_and_the_others_run(
    data: Path, tiny: Model, tmp_path: Path
) -> None:
    shutil.copytree(data / "ptb-xl", tmp_path / "ptb-xl")
    found = {one.row.name: one for one in reproduce("merl/zero-shot", tiny, data=tmp_path)}
    assert found["merl/zero-shot/rhythm"].n > 0
    assert found["merl/zero-shot/mean"].results is None
    assert str(tmp_path / "cpsc2018") in found["merl/zero-shot/cpsc2018"].notes[0]


def test_a_published_split_is_taken_where_it_is_and_missed_where_it_is_not(data: Path, tiny: Model) -> None:
    from einthoven.reproducing import Bench, rows_of

    bench = Bench(tiny, data)
    csn, notes = bench._cohort(rows_of("melp/zero-shot/csn")[0].parts[0])
    assert "the split is that of csn" in csn.notes
    assert notes == ()
    _, notes = bench._cohort(rows_of("melp/zero-shot/cpsc2018")[0].parts[0])
    assert notes[0].startswith("the split of cpsc2018 is ours: no splits/cpsc2018")


def test_transfer_runs_from_one_set_to_another(data: Path, tiny: Model) -> None:
    found = reproduce("merl/transfer/super-to-cpsc2018", tiny, data=data)[0]
    assert found.results is not None
    assert found.results[0].detail.startswith("from ptb-xl (superclass), n=")


def test_a_model_is_pretrained_on_the_miniature_of_mimic_and_judged_on_that_of_ptb_xl(
    data: Path, tmp_path: Path
) -> None:
    recipe = tmp_path / "tiny.toml"
    recipe.write_text(
        '[encoders.ecg]\npreset = "resnet-tiny"\n[encoders.report]\npreset = "report-tiny"\n'
        '[[terms]]\nkind = "contrast"\nof = ["ecg", "report"]\n[settings]\nepochs = 1\nbatch = 16\n'
    )
    words = ["reproduce", "melp/zero-shot/rhythm", "--data", data, "--recipe", recipe, "-o", tmp_path / "run", "--json"]
    shown = CliRunner().invoke(app, [str(word) for word in words])
    assert shown.exit_code == 0, shown.output
    told = json.loads(shown.stdout)[0]
    assert told["paper"] is None
    assert 0 <= told["ours"] <= 100
    assert (tmp_path / "run/model.safetensors").is_file()
    with pytest.raises(CohortError, match=r"mimic-iv-ecg.*does not exist"):
        reproduce("melp/zero-shot/rhythm", data=tmp_path, out=tmp_path / "x")


def test_neither_a_model_nor_a_place_for_one_is_refused(data: Path) -> None:
    with pytest.raises(ConfigError, match="neither model= nor out= came"):
        reproduce("melp/zero-shot/super", data=data)


def test_the_command_line_lists_and_refuses_in_words(tmp_path: Path, tiny: Model) -> None:
    listed = CliRunner().invoke(app, ["reproduce", "merl"])
    assert listed.exit_code == 0
    assert "75.20" in listed.stdout
    folder = tiny.save(tmp_path / "tiny")
    words = ["reproduce", "melp/zero-shot/super", "--model", str(folder), "--data", str(tmp_path / "gone")]
    missing = CliRunner().invoke(app, words)
    assert missing.exit_code == 1
    assert str(tmp_path / "gone/ptb-xl") in missing.stderr
    assert CliRunner().invoke(app, ["reproduce", "nelp"]).exit_code == 1


def test_the_command_line_goes_from_melps_recipe_to_its_number(data: Path, tmp_path: Path) -> None:
    recipe, model = tmp_path / "melp.toml", tmp_path / "melp"
    shipped = files("einthoven.pretraining").joinpath("recipes/melp-small.toml")
    recipe.write_text(shipped.read_text().replace("-small", "-tiny"))

    quick = ("--epochs", 1, "--batch", 16)

    def said(*words: object) -> tuple[int, str, str]:
        result = CliRunner().invoke(app, [str(word) for word in words])
        return result.exit_code, result.stdout, result.stderr

    status, _, error = said("pretrain", recipe, "mimic-iv-ecg", "--root", data / "mimic-iv-ecg", "-o", model, *quick)
    assert status == 0, error
    status, out, error = said("evaluate", "zero-shot", model, "ptb-xl", "--root", data / "ptb-xl", "--task", "rhythm")
    assert status == 0, error
    assert "random encoder" in out
    status, out, error = said("reproduce", "melp/zero-shot/rhythm", "--model", model, "--data", data)
    assert status == 0, error
    assert "melp/zero-shot/rhythm" in out
    gone = tmp_path / "gone"
    for words in (
        ("pretrain", recipe, "mimic-iv-ecg", "--root", gone, "-o", tmp_path / "x"),
        ("pretrain", gone / "melp.toml", "mimic-iv-ecg", "--root", data / "mimic-iv-ecg", "-o", tmp_path / "x"),
        ("evaluate", "zero-shot", model, "ptb-xl", "--root", gone),
        ("evaluate", "zero-shot", gone, "ptb-xl", "--root", data / "ptb-xl"),
        ("reproduce", "melp/zero-shot/super", "--model", model, "--data", gone),
    ):
        status, _, error = said(*words)
        assert status == 1
        assert "gone" in error, words
