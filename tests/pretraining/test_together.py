"""Several processes: the same step, the same loss, the same weights as one process with a larger batch."""

from __future__ import annotations

import csv
import os
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from together import main

from einthoven.encoding import load

PROGRAM = Path(__file__).parent / "together.py"


def losses(out: Path, split: str = "train") -> list[float]:
    with (out / "metrics.csv").open(newline="") as file:
        return [float(row["loss"]) for row in csv.DictReader(file) if row["split"] == split]


def launch(out: Path, strategy: str) -> None:
    environment = {**os.environ, "OMP_NUM_THREADS": "1"}
    command = [sys.executable, str(PROGRAM), str(out), "2", strategy, "8"]
    done = subprocess.run(command, check=False, capture_output=True, text=True, env=environment, timeout=300)
    assert done.returncode == 0, done.stderr[-3000:]


@pytest.fixture(scope="module")
def alone(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("alone") / "run"
    main(str(out), 1, "auto", 16)
    return out


@pytest.mark.slow
@pytest.mark.parametrize("strategy", ["ddp", "fsdp"])
def test_two_processes_equal_one_with_twice_the_batch(strategy: str, alone: Path, tmp_path: Path) -> None:
    out = tmp_path / "run"
    launch(out, strategy)
    assert len(losses(out)) == 20
    assert losses(out) == pytest.approx(losses(alone), rel=1e-4)
    assert losses(out, "val") == pytest.approx(losses(alone, "val"), rel=1e-4)
    one, two = load(alone).state_dict(), load(out).state_dict()
    for name, weight in one.items():
        torch.testing.assert_close(two[name], weight, rtol=1e-2, atol=2e-3)
