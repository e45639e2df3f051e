"""Every set is asked in words, from the command line, on a miniature in its exact layout."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from einthoven.cli import app
from einthoven.encoding import Model
from einthoven.evaluating import Pupil, evaluate
from einthoven.evaluating.zeroshot import zero_shot_scores
from einthoven.gathering import gather, task

from .conftest import Small


@pytest.mark.parametrize(("source", "classes"), [("ptb-xl", 5), ("cpsc2018", 9), ("csn", 41), ("code-test", 6)])
def test_zero_shot_runs_from_the_command_line(source: str, classes: int, small: Small, tiny_folder: Path) -> None:
    words = ["evaluate", "zero-shot", str(tiny_folder), source, "--root", str(small(source)), "--json"]
    shown = CliRunner().invoke(app, words)
    assert shown.exit_code == 0, shown.output
    told = json.loads(shown.stdout)
    rows = [row for row in told["rows"] if row["subject"] == "model" and row["metric"] == "AUROC"]
    assert len(rows) == classes + 1
    assert {row["subject"] for row in told["rows"]} >= {"model", "random encoder", "chance"}
    assert any("SYNTHETIC DATA" in note for note in told["notes"])
    absent = {row["target"] for row in rows if row["positives"] == 0}
    assert absent <= set(" ".join(told["notes"]).replace(",", "").split()), "classes without a positive are named"


@pytest.mark.parametrize(
    ("source", "name", "classes"),
    [("ptb-xl", "subclass", 23), ("ptb-xl", "form", 19), ("ptb-xl", "rhythm", 12), ("csn", "csn-legacy", 38)],
)
def test_every_task_of_a_set_is_scored(source: str, name: str, classes: int, small: Small, tiny: Model) -> None:
    cohort = gather(source, small(source))
    results = evaluate("zero-shot", tiny, cohort, task=name, on=(), baselines=False)
    assert len(results.find(subject="model", metric="AUROC")) == classes + 1


def test_a_set_without_labels_is_refused_in_words(small: Small, tiny_folder: Path) -> None:
    words = ["evaluate", "zero-shot", str(tiny_folder), "mimic-iv-ecg", "--root", str(small("mimic-iv-ecg"))]
    shown = CliRunner().invoke(app, [*words, "--on", "val"])
    assert shown.exit_code == 1
    assert "mimic-iv-ecg has none for task superclass in val" in shown.stderr


@pytest.mark.parametrize("source", ["ptb-xl", "cpsc2018", "csn", "code-test", "mimic-iv-ecg"])
def test_a_folder_that_is_not_there_is_refused_with_its_path(source: str, tiny_folder: Path, tmp_path: Path) -> None:
    words = ["evaluate", "zero-shot", str(tiny_folder), source, "--root", str(tmp_path / "gone")]
    shown = CliRunner().invoke(app, words)
    assert shown.exit_code == 1
    assert str(tmp_path / "gone") in shown.stderr


def test_a_class_scores_the_same_whether_asked_alone_of_its_set_or_with_others(small: Small, tiny: Model) -> None:
    cohort = gather("csn", small("csn"))
    pupil, whole = Pupil("model", tiny), task("csn")
    some = whole.only(["AFIB", "LBBB"])
    columns = [whole.classes.index(name) for name in some.classes]
    alone, among = (zero_shot_scores(pupil, cohort.studies, one) for one in (some, whole))
    np.testing.assert_allclose(alone, among[:, columns])
