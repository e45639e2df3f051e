"""The command line parses, calls the verb, prints; errors go to stderr and to the exit status."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from typer.testing import CliRunner, Result

import einthoven as ein
from einthoven.cli import app
from einthoven.encoding import Model, Space, encoder
from einthoven.encoding.calibrator import Calibrator, curve
from einthoven.evaluating import Result as EvaluationRow
from einthoven.evaluating import Results
from einthoven.writing import write


def call(*words: object, stdin: bytes | None = None, status: int = 0) -> Result:
    result = CliRunner().invoke(app, [str(word) for word in words], input=stdin)
    assert result.exit_code == status, result.output
    return result


def facts(*words: object, stdin: bytes | None = None) -> dict[str, object]:
    made: dict[str, object] = json.loads(call(*words, "--json", stdin=stdin).stdout)
    return made


@cache
def patient() -> ein.Recording:
    return ein.simulate(1, seed=5)[0].recording


@pytest.fixture
def ecg(tmp_path: Path) -> Path:
    return write(patient(), tmp_path / "ecg.hea")


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    words = encoder("report-tiny")
    words.fit_tokenizer(["sinus rhythm", "atrial fibrillation", "left bundle branch block"])
    made = encoder("vit-tiny")
    shared = Space({"ecg": made.width, "report": words.width}, width=8)
    return Model([made, words], spaces={"shared": shared}).save(tmp_path_factory.mktemp("model") / "tiny")


def test_read_gives_what_is_in_the_file(ecg: Path) -> None:
    told = facts("read", ecg)
    assert told["format"] == "wfdb"
    assert told["leads"] == list(ein.recording.LEADS)
    assert (told["fs"], told["samples"], told["seconds"]) == (500, 5000, 10)
    assert told["synthetic"] is True
    assert "Recording" not in call("read", ecg).output


def test_read_takes_a_file_from_stdin(tmp_path: Path) -> None:
    path = write(patient(), tmp_path / "ecg.npz")
    assert facts("read", "-", stdin=path.read_bytes())["samples"] == 5000


def test_the_module_is_the_program(ecg: Path) -> None:
    command = [sys.executable, "-m", "einthoven", "read", str(ecg), "--json"]
    told = json.loads(subprocess.run(command, capture_output=True, text=True, check=True).stdout)
    assert told["samples"] == 5000


def test_convert_and_clean_write_files(ecg: Path, tmp_path: Path) -> None:
    facts("convert", ecg, tmp_path / "ecg.csv")
    assert ein.read(tmp_path / "ecg.csv").leads == patient().leads
    told = facts("clean", ecg, "-o", tmp_path / "clean.npz", "--band", 0.5, 40, "--mains", 50, "--rate", 250)
    assert ein.read(tmp_path / "clean.npz").fs == 250
    assert told["history"]


def test_draw_writes_a_page_or_sends_it_to_stdout(ecg: Path, tmp_path: Path) -> None:
    call("draw", ecg, "-o", tmp_path / "page.svg", "--layout", "6x2")
    assert (tmp_path / "page.svg").read_text().startswith("<svg")
    assert call("draw", ecg).stdout.startswith("<svg")


def test_draw_writes_worn_pictures_with_the_truth_beside_them(ecg: Path, tmp_path: Path) -> None:
    page = [
        "draw",
        ecg,
        "--random",
        "--layout",
        "12x1",
        "--dpi",
        60,
        "--set",
        "line=0.5",
        "--wear",
        "scan",
        "--seed",
        3,
    ]
    call(*page, "-o", tmp_path / "page.png", "--truth", tmp_path / "page.json")
    call(*page, "-o", tmp_path / "again.png")
    assert (tmp_path / "page.png").read_bytes() == (tmp_path / "again.png").read_bytes()
    told = json.loads((tmp_path / "page.json").read_text())
    assert told["layout"] == "12x1"
    assert any(words.startswith("rotation") for words in told["wear"])


def test_simulate_gives_the_same_microvolts_with_any_number_of_workers() -> None:
    def digests(*words: object) -> list[tuple[str, str]]:
        return [(row["id"], row["sha256"]) for row in json.loads(call("simulate", *words, "--json").stdout)]

    whole = digests(5, "--seed", 3)
    assert digests(5, "--seed", 3, "--workers", 2) == whole
    assert digests(2, "--seed", 3) == whole[:2]
    assert digests(5, "--seed", 4) != whole


def test_simulate_writes_a_folder_that_can_be_gathered(tmp_path: Path) -> None:
    facts("simulate", 6, "--seed", 3, "-o", tmp_path / "patients")
    told = facts("gather", "folder", "--root", tmp_path / "patients")
    assert told["studies"] == 6
    assert told["synthetic"] is True
    assert told["reports"] == told["labelled"] == 6
    studies = ein.gather("folder", tmp_path / "patients").studies
    made = ein.simulate(6, seed=3)
    assert [study.report for study in studies] == [study.report for study in made]
    np.testing.assert_allclose(studies[2].recording.signal, made[2].recording.signal, atol=0.0006)


def test_simulate_says_synthetic_to_people_too() -> None:
    assert call("simulate", 1).stdout.startswith("SYNTHETIC - NOT PATIENTS")


def test_pretrain_evaluate_index_and_search_follow_each_other(tmp_path: Path) -> None:
    recipe = tmp_path / "tiny.toml"
    recipe.write_text(
        '[encoders.ecg]\npreset = "vit-tiny"\n[encoders.report]\npreset = "report-tiny"\n'
        '[[terms]]\nkind = "contrast"\nof = ["ecg", "report"]\n[settings]\nepochs = 1\nbatch = 16\n'
    )
    simulated = ["simulated", "--set", "n=80"]
    told = facts("pretrain", recipe, *simulated, "-o", tmp_path / "run", "--device", "cpu")
    assert told["fingerprint"] == ein.load(tmp_path / "run").fingerprint
    rows = facts("evaluate", "retrieval", tmp_path / "run", *simulated)["rows"]
    assert {row["subject"] for row in rows} >= {"model", "random encoder", "chance"}  # type: ignore[union-attr, index]
    assert "SYNTHETIC DATA" in call("evaluate", "retrieval", tmp_path / "run", *simulated).stdout
    told = facts("index", tmp_path / "run", *simulated, tmp_path / "a.archive")
    assert told["studies"] == told["added"] == 80
    search = ["search", tmp_path / "a.archive", "--model", tmp_path / "run", "-k", 3]
    hits: Sequence[dict[str, object]] = facts(*search, "sinus rhythm")  # type: ignore[assignment]
    assert len(hits) == 3
    assert all(hit["synthetic"] for hit in hits)
    filtered = facts(*search, "sinus rhythm", "--sex", "female", "--age", 40, 95, "--label", "SR")
    assert all(hit["sex"] == "female" and "SR" in hit["labels"] for hit in filtered)  # type: ignore[union-attr, index]
    alike = facts(*search, f"id:{hits[0]['id']}", "--same-patient")
    assert alike[0]["id"] == hits[0]["id"]  # type: ignore[index, call-overload]
    assert "SYNTHETIC" in call(*search, "sinus rhythm").stdout


def test_realism_sets_a_simulated_cohort_beside_a_real_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[Any] = []

    def evaluate(*given: object, **told: object) -> Results:
        asked[:] = [*given, told]
        return Results([], cohort="real")

    monkeypatch.setattr("einthoven.evaluating.evaluate", evaluate)
    call("simulate", 6, "-o", tmp_path / "real")
    root = ["folder", "--root", tmp_path / "real"]
    call("evaluate", "realism", "simulated", *root, "--set", "n=9", "--pictures", tmp_path, "--on", "val")
    protocol, made, real, told = asked
    assert (protocol.name, protocol.pictures, len(made), len(real)) == ("realism", tmp_path, 9, 6)
    assert told == {"task": None, "on": ["val"], "seed": 0}
    call("evaluate", "realism", tmp_path / "real", *root)
    assert (asked[1].name, len(asked[1]), asked[3]["on"]) == ("real", 6, None)


def test_a_calibration_is_kept_in_the_models_folder(model: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    drawn = np.random.default_rng(0).normal(size=200)
    made = Calibrator(
        {"MI": curve(drawn, drawn > 0)}, "superclass", ("MI",), None, "people", ein.load(model).fingerprint
    )
    rows = [EvaluationRow("calibration", "model", "Brier", "MI", 0.1)]
    monkeypatch.setattr("einthoven.evaluating.evaluate", lambda *_given, **_told: Results(rows, cohort="people"))
    monkeypatch.setattr(
        "einthoven.evaluating.calibrate", lambda *_given, **told: made if told["on"] == ["val"] else None
    )
    told = call("evaluate", "calibration", model, "simulated", "--set", "n=3", "--attach", "val", "--json")
    assert "MI calibrated on n=200 real labels" in told.stderr
    assert json.loads(told.stdout)["rows"]
    assert ein.load(model).calibrator == made


def test_embed_writes_one_row_a_file(ecg: Path, model: Path, tmp_path: Path) -> None:
    told = facts("embed", model, ecg, ecg, "-o", tmp_path / "v.npy", "--space", "shared")
    assert told["shape"] == [2, 8]
    vectors = np.load(tmp_path / "v.npy")
    np.testing.assert_array_equal(vectors[0], vectors[1])


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["read", "nowhere.hea"], "nowhere.hea"),
        (["gather", "ptbxl"], "Did you mean ptb-xl"),
        (["gather", "simulated", "--set", "n"], "a cohort's option is written name=value; --set n"),
        (["gather", "simulated", "--set", "patients=3"], "patients= came"),
        (["draw", "nowhere.hea", "--set", "line"], "a page's option is written name=value; --set line"),
        (["evaluate", "zero-shot", "nowhere", "simulated"], "nowhere"),
        (["evaluate", "zero-shot"], "a model and a cohort; an audit takes no model; 0 came after zero-shot"),
        (
            ["evaluate", "knn", "runs/a", "simulated", "--attach", "val"],
            "--attach belongs to calibration; it came with knn",
        ),
        (["evaluate", "knn", "runs/a", "simulated", "--pictures", "p"], "--pictures belongs to realism"),
        (["evaluate", "zero-shot", "simulated"], "an audit takes no model; 1 came after zero-shot"),
        (["evaluate", "audit", "model", "csn"], "an audit takes no model; 2 came after audit"),
        (["evaluate", "audit", "csn", "--root", "nowhere"], "nowhere does not exist"),
        (["search", "nowhere.archive", "words"], "nowhere.archive"),
        (["pretrain", "demoo", "simulated", "-o", "x"], "Did you mean demo"),
    ],
)
def test_an_error_is_a_sentence_on_stderr_and_status_one(words: list[str], message: str) -> None:
    result = call(*words, status=1)
    assert message in result.stderr
    assert "Traceback" not in result.output
    assert not result.stdout


def test_a_command_that_cannot_be_parsed_has_status_two() -> None:
    call("read", status=2)
    call("drew", "x", status=2)


def test_the_version_is_told() -> None:
    assert call("--version").stdout.strip() == ein.__version__


def test_digitize_reads_a_page_back(tmp_path: Path) -> None:
    ein.draw(patient(), tmp_path / "page.png", dpi=150)
    out = tmp_path / "ecg.hea"
    told = facts("digitize", tmp_path / "page.png", "-o", out, "--overlay", tmp_path / "found.png")
    assert (told["layout"], told["speed"], told["gain"], told["fs"]) == ("3x4+1", 25, 10, 500)
    assert set(told["leads"]) == set(ein.recording.LEADS)  # type: ignore[call-overload]
    assert (tmp_path / "found.png").stat().st_size > 10_000
    back = ein.read(out)
    shown = np.isfinite(back.signal[1])
    assert shown.mean() > 0.98
    true = patient().signal[1][shown]
    assert np.corrcoef(true, back.signal[1][shown])[0, 1] > 0.95


def test_digitize_says_why_it_refuses(tmp_path: Path) -> None:
    (tmp_path / "page.png").write_bytes(b"no picture")
    shown = call("digitize", tmp_path / "page.png", status=1)
    assert "a page is a PNG, JPEG, TIFF or PDF file" in shown.stderr
    ein.draw(patient(), tmp_path / "page.pdf")
    shown = call("digitize", tmp_path / "page.pdf", "--overlay", tmp_path / "found.png", status=1)
    assert "this page was read as lines, and has no picture" in shown.stderr
