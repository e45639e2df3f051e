from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest

from einthoven import reading
from einthoven.reading import Quarantined, read_many
from einthoven.recording import Recording


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for number in range(20):
        np.savez(tmp_path / f"{number:02d}.npz", signal=np.full((1, 50), 0.1 * number), leads=["I"], fs=500)
    (tmp_path / "07.npz").write_bytes(b"")
    (tmp_path / "13.npz").write_bytes(b"\xff\xd8\xff rest of a picture")
    return tmp_path


def check(found: list[Recording | Quarantined]) -> None:
    assert [isinstance(item, Quarantined) for item in found] == [number in (7, 13) for number in range(20)]
    for number, item in enumerate(found):
        if isinstance(item, Recording):
            assert item.signal[0, 0] == np.float32(0.1 * number)
            assert not item.signal.flags.writeable


@pytest.mark.parametrize("workers", [1, 2])
def test_many_files_come_in_order_and_bad_ones_with_their_reason(folder: Path, workers: int) -> None:
    found = list(read_many(sorted(folder.iterdir()), workers=workers, progress=False))
    check(found)
    assert found[7] == Quarantined(
        str(folder / "07.npz"),
        f"a file holds at least one byte; {folder / '07.npz'} is empty. Copy or export it again. See docs/reading.md.",
        "ReadError",
    )
    assert found[13].error == "UnknownFormatError"


def test_paths_may_come_one_by_one_and_the_run_may_be_left(folder: Path) -> None:
    taken: list[Path] = []
    stream = read_many((taken.append(path) or path for path in sorted(folder.iterdir())), workers=1)
    assert isinstance(next(stream), Recording)
    assert len(taken) < 20
    stream.close()


def test_no_paths_are_no_recordings() -> None:
    assert list(read_many([])) == []


def test_a_file_that_kills_its_reader_is_set_aside_and_the_others_are_read(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    honest = reading.read

    def deadly(path: Path) -> Recording:
        if path.name in {"03.npz", "04.npz"}:
            os._exit(9)
        if path.name == "05.npz":
            raise ZeroDivisionError
        return honest(path)

    monkeypatch.setattr(reading, "read", deadly)
    found = list(read_many(sorted(folder.iterdir()), workers=2))
    kinds = {number: item.error for number, item in enumerate(found) if isinstance(item, Quarantined)}
    assert kinds == {
        3: "BrokenProcessPool",
        4: "BrokenProcessPool",
        5: "ZeroDivisionError",
        7: "ReadError",
        13: "UnknownFormatError",
    }
    assert found[3].reason.startswith("the process that read it died")
    assert found[5].reason == "its reader stopped with ZeroDivisionError; read it alone to see where, and report it."
