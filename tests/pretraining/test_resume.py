from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
import torch
from waves import cohort_of, run

from einthoven.pretraining import checkpoint, loop
from einthoven.pretraining.checkpoint import NEW

HERE = Path(__file__).parent


class Pulled(BaseException):
    """The plug was."""


def timeless(out: Path) -> list[str]:
    """Return the log without its clock."""
    lines = [line.split(",") for line in (out / "metrics.csv").read_text().splitlines()]
    clock = lines[0].index("seconds")
    return [",".join(line[:clock] + line[clock + 1 :]) for line in lines]


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("whole") / "waves"
    run(cohort_of(), out=out)
    return out


@pytest.mark.parametrize("plug", [0, 1, 3, 10, 19])
def test_a_run_stopped_at_any_step_ends_as_if_it_had_not(
    plug: int, whole: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    descend = loop.descend

    def pulled(run: loop.Run, number: int, bundles: list) -> object:
        if number == plug:
            raise Pulled
        return descend(run, number, bundles)

    out = tmp_path / "waves"
    with monkeypatch.context() as patch:
        patch.setattr(loop, "descend", pulled)
        with pytest.raises(Pulled):
            run(cohort_of(), out=out)
    torch.manual_seed(99)  # another process has another stream
    run(cohort_of(), out=out, resume=True)
    assert (out / "model.safetensors").read_bytes() == (whole / "model.safetensors").read_bytes()
    assert timeless(out) == timeless(whole)


def test_kill_9_and_resume_end_with_the_same_bits(whole: Path, tmp_path: Path) -> None:
    out = tmp_path / "waves"
    child = subprocess.Popen(
        [sys.executable, str(HERE / "killed.py"), str(out)], env={**os.environ, "OMP_NUM_THREADS": "1"}
    )
    deadline = time.monotonic() + 120
    while _rows(out) < 7 and time.monotonic() < deadline and child.poll() is None:
        time.sleep(0.005)
    child.send_signal(signal.SIGKILL)
    assert child.wait() == -signal.SIGKILL, "it ended before it was killed"
    _, notes = checkpoint.read(out / "resume")
    assert 3 <= notes["done"] < 20
    run(cohort_of(), out=out, resume=True)
    assert (out / "model.safetensors").read_bytes() == (whole / "model.safetensors").read_bytes()
    assert timeless(out) == timeless(whole)


def test_resuming_where_nothing_is_begins(whole: Path, tmp_path: Path) -> None:
    run(cohort_of(), out=tmp_path / "waves", resume=True)
    assert (tmp_path / "waves" / "model.safetensors").read_bytes() == (whole / "model.safetensors").read_bytes()


def test_a_damaged_checkpoint_is_not_trusted(whole: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    out = tmp_path / "waves"
    run(cohort_of(), out=out)
    state = out / "resume" / NEW
    state.write_bytes(state.read_bytes()[:-100])
    run(cohort_of(), out=out, resume=True)
    assert "is damaged or incomplete and is ignored" in caplog.text
    assert (out / "model.safetensors").read_bytes() == (whole / "model.safetensors").read_bytes()


def test_without_resume_a_run_begins_again(tmp_path: Path) -> None:
    out = tmp_path / "waves"
    run(cohort_of(), out=out, steps=4)
    run(cohort_of(), out=out, steps=2)
    assert checkpoint.read(out / "resume")[1]["done"] == 2
    assert len(timeless(out)) == 1 + 2 + 1


def test_checkpoints_come_with_epochs_and_minutes_when_no_step_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    written: list[int] = []
    monkeypatch.setattr(checkpoint, "write", lambda _folder, _tensors, notes: written.append(notes["done"]))
    run(cohort_of(), out=tmp_path / "a", steps=10, checkpoint_every=None)
    assert written == [0, 4, 8, 10]
    written.clear()
    monkeypatch.setattr(loop, "MINUTES", 0.0)
    run(cohort_of(), out=tmp_path / "b", steps=3, checkpoint_every=None)
    assert written == [0, 1, 2, 3]


def _rows(out: Path) -> int:
    return len((out / "metrics.csv").read_text().splitlines()) if (out / "metrics.csv").is_file() else 0
