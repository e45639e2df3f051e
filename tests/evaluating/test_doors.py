"""Every protocol from the command line, with its settings."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from einthoven.cli import app

from .conftest import Small


def rows(*words: object) -> list[dict[str, object]]:
    shown = CliRunner().invoke(app, ["evaluate", *map(str, words), "--json"])
    assert shown.exit_code == 0, shown.output
    found: list[dict[str, object]] = json.loads(shown.stdout)["rows"]
    return found


@pytest.mark.parametrize(
    ("words", "metric"),
    [
        (["linear-probe", "--with", "fractions=[0.5]", "--with", "subset=merl"], "AUROC"),
        (["fine-tuning", "--with", "epochs=1", "--with", "least_steps=1"], "AUROC"),
        (["report"], "BLEU-4"),
        (["patient-id", "--on", "train", "--on", "val", "--on", "test"], "EER"),
        (["retrieval"], "R@10"),
    ],
)
def test_a_protocol_runs_on_the_miniature_of_ptb_xl(
    words: list[str], metric: str, small: Small, tiny_folder: Path
) -> None:
    protocol, *options = words
    found = rows(protocol, tiny_folder, "ptb-xl", "--root", small("ptb-xl"), "--set", "rate=100", *options)
    assert any(row["metric"] == metric for row in found)
    assert all(row["n"] and row["seed"] == 0 for row in found)
    assert {str(row["subject"]).partition(",")[0] for row in found} >= {"model", "random encoder"}


def test_transfer_takes_its_source(small: Small, tiny_folder: Path) -> None:
    words = ["transfer", tiny_folder, "cpsc2018", "--root", small("cpsc2018"), "--on", "train"]
    found = rows(*words, "--source", "ptb-xl", "--source-root", small("ptb-xl"), "--with", "source_task=superclass")
    assert str(found[0]["detail"]).startswith("from ptb-xl (superclass), n=")


def test_reports_of_mimic_are_retrieved_without_labels(small: Small, tiny_folder: Path) -> None:
    found = rows("retrieval", tiny_folder, "mimic-iv-ecg", "--root", small("mimic-iv-ecg"), "--on", "train")
    assert {row["metric"] for row in found} >= {"R@1", "R@5", "R@10", "MdR"}


def test_a_setting_without_a_value_is_refused(tiny_folder: Path) -> None:
    shown = CliRunner().invoke(app, ["evaluate", "knn", str(tiny_folder), "simulated", "--with", "k"])
    assert shown.exit_code == 1
    assert "a protocol's setting is written name=value; --with k" in shown.stderr
