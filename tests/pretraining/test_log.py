from __future__ import annotations

import csv
from pathlib import Path

from einthoven.pretraining.log import Log


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(newline="") as file:
        return list(csv.DictReader(file))


def test_columns_grow_and_rows_stay(tmp_path: Path) -> None:
    log = Log(tmp_path / "m.csv")
    log.add({"step": 0, "loss": 0.123456789})
    log.add({"step": 1, "loss": 2.0, "r@1/shared/ecg-report": 0.5})
    log.add({"step": 2, "loss": 1})
    found = rows(tmp_path / "m.csv")
    assert [row["loss"] for row in found] == ["0.123457", "2", "1"]
    assert [row["r@1/shared/ecg-report"] for row in found] == ["", "0.5", ""]


def test_a_resumed_log_drops_what_came_after_the_checkpoint(tmp_path: Path) -> None:
    path = tmp_path / "m.csv"
    log = Log(path)
    for step in range(5):
        log.add({"step": step, "loss": step / 2})
    with path.open("a") as file:
        file.write("5,")  # a row cut off by a kill
    again = Log(path, upto=3)
    again.add({"step": 3, "loss": 9.0, "new": 1})
    assert [(row["step"], row["loss"], row["new"]) for row in rows(path)] == [
        *(("0", "0", ""), ("1", "0.5", ""), ("2", "1", "")),
        ("3", "9", "1"),
    ]


def test_a_fresh_log_replaces_an_old_one_and_needs_no_file(tmp_path: Path) -> None:
    path = tmp_path / "m.csv"
    Log(path).add({"step": 0, "loss": 1.0})
    Log(path).add({"step": 0, "loss": 2.0})
    assert [row["loss"] for row in rows(path)] == ["2"]
    memory = Log(None)
    memory.add({"step": 0})
    assert memory.rows == [{"step": "0"}]
