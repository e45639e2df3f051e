"""Every study is in the archive once, whatever happens while it is filled."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from ward_of_tests import KEY, Standing, cohort, ecg, study

from einthoven.errors import ArchiveError, ModelError, PreparationError, ReadError, StorageError
from einthoven.gathering import Cohort
from einthoven.indexing import Archive, Indexed, index
from einthoven.indexing.entry import schema
from einthoven.indexing.lock import alone
from einthoven.indexing.table import arrow, writing
from einthoven.recording import LEADS, Recording
from einthoven.study import Study


def contents(path: Path) -> dict[str, str]:
    rows = Archive.open(path)._table.search().select(["key", "content"]).to_arrow().to_pylist()
    assert len({row["key"] for row in rows}) == len(rows)
    return {row["key"]: row["content"] for row in rows}


def done(archive: Archive) -> Indexed:
    assert archive.indexed is not None
    return archive.indexed


def test_indexing_again_adds_nothing(tmp_path: Path) -> None:
    first, again = Standing(), Standing()
    assert done(index(first, cohort(20), tmp_path / "a")) == Indexed(added=20)
    assert done(index(again, cohort(20), tmp_path / "a")) == Indexed(unchanged=20)
    assert (first.calls, again.calls) == (20, 0)
    assert len(contents(tmp_path / "a")) == 20


def test_indexing_more_studies_adds_the_new_ones_only(tmp_path: Path) -> None:
    index(Standing(), cohort(20), tmp_path / "a")
    model = Standing()
    archive = index(model, cohort(30), tmp_path / "a")
    assert done(archive) == Indexed(added=10, unchanged=20)
    assert model.calls == 10
    assert len(archive) == 30
    assert done(index(Standing(), cohort(20, name="clinic"), tmp_path / "a")).added == 20


@pytest.mark.parametrize(
    "change", [{"source": ecg(99)}, {"report": "other"}, {"labels": {"x": 1.0}}, {"age": 50.5}, {"patient": "new"}]
)
def test_what_changed_is_updated(tmp_path: Path, change: dict[str, Any]) -> None:
    index(Standing(), cohort(12), tmp_path / "a")
    studies = list(cohort(12))
    studies[4] = replace(studies[4], **change)
    archive = index(Standing(), Cohort("ward", studies), tmp_path / "a")
    assert done(archive) == Indexed(updated=1, unchanged=11)
    assert len(contents(tmp_path / "a")) == len(archive) == 12
    hit = archive.search(id="e4", k=1, same_patient=True)[0]
    assert np.abs(hit.recording.signal - studies[4].recording.signal).max() < 0.000501
    assert (hit.report, hit.labels, hit.age) == (studies[4].report, studies[4].labels, studies[4].age)
    assert archive.search(studies[4].recording, k=1)[0].id == "e4"


def refusing() -> Recording:
    raise ReadError("a file has samples", came="this one has none", instead="Ask for it again.")


def test_without_rechecking_known_studies_are_not_opened(tmp_path: Path) -> None:
    index(Standing(), cohort(5), tmp_path / "a")
    studies = [replace(one, source=refusing) for one in cohort(5)]
    assert done(index(Standing(), Cohort("ward", studies), tmp_path / "a", recheck=False)) == Indexed(unchanged=5)
    assert len(done(index(Standing(), Cohort("ward", studies), tmp_path / "a")).quarantined) == 5
    assert len(contents(tmp_path / "a")) == 5


class Picky(Standing):
    """Refuses single leads, and has no answer to flat ones."""

    def embed(self, items: Sequence[Any], **options: Any) -> NDArray[np.float32]:
        if any(len(item.leads) < 12 for item in items):
            raise PreparationError("twelve leads are wanted", came="fewer came", instead="Leave it out.")
        return super().embed(items, **options) / np.float32([[item.signal.any() or np.nan] for item in items])


@pytest.mark.parametrize("workers", [1, 2])
def test_bad_studies_are_set_aside_and_the_run_goes_on(tmp_path: Path, workers: int) -> None:
    studies = list(cohort(9))
    studies[2] = replace(studies[2], source=refusing)
    studies[5] = replace(studies[5], source=Recording(np.ones((1, 200)), ["I"], 100))
    studies[7] = replace(studies[7], source=Recording(np.zeros((12, 200)), LEADS, 100))
    archive = index(Picky(), Cohort("ward", studies), tmp_path / "a", batch=4, workers=workers)
    assert len(archive) == 6
    assert done(archive).quarantined == {
        "e2": "ReadError: a file has samples; this one has none. Ask for it again.",
        "e5": "PreparationError: twelve leads are wanted; fewer came. Leave it out.",
        "e7": "SignalError: an embedding is made of numbers; this one has NaN or infinity. "
        "Look at the recording; if it is fine, the model is not. See docs/archive.md.",
    }


def test_a_vector_that_is_no_number_puts_its_study_aside(tmp_path: Path) -> None:
    class Lost(Standing):
        def embed(self, items: Sequence[Any], **options: Any) -> NDArray[np.float32]:
            return super().embed(items, **options) / np.float32([[item.signal.any() or np.nan] for item in items])

    flat = Study("flat", Recording(np.zeros((12, 200)), LEADS, 100))
    archive = index(Lost(), Cohort("ward", [*cohort(3), flat, study(9)]), tmp_path / "a")
    assert archive.ids == ["ward/e0", "ward/e1", "ward/e2", "ward/e9"]
    assert list(done(archive).quarantined) == ["flat"]


def test_the_archive_is_the_same_for_any_number_of_workers(tmp_path: Path) -> None:
    for workers in (1, 3):
        index(Standing(), cohort(70), tmp_path / str(workers), workers=workers, batch=8)
    assert contents(tmp_path / "1") == contents(tmp_path / "3")
    query = ecg(500)
    one, three = (Archive.open(tmp_path / n, Standing()).search(query, k=70) for n in ("1", "3"))
    assert [(hit.id, hit.score) for hit in one] == [(hit.id, hit.score) for hit in three]


def test_sources_that_cannot_be_pickled_reach_the_workers(tmp_path: Path) -> None:
    studies = [Study(f"e{i}", lambda i=i: ecg(i)) for i in range(40)]
    if sys.platform == "linux":
        assert len(index(Standing(), Cohort("ward", studies), tmp_path / "a", workers=2)) == 40


def test_a_cohort_of_bad_studies_only_says_why(tmp_path: Path) -> None:
    with pytest.raises(ArchiveError, match=r"one study; all 1 were set aside; the first, x: ReadError: a file"):
        index(Standing(), Cohort("ward", [Study("x", refusing)]), tmp_path / "a")
    assert len(index(Standing(), cohort(2), tmp_path / "a")) == 2


def test_a_mistake_of_the_model_stops_the_run(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="no 'other'"):
        index(Standing(), cohort(3), tmp_path / "a", space="other")


def test_gaps_stay_gaps_and_large_samples_are_clipped_and_told(tmp_path: Path) -> None:
    signal = np.array(ecg(1).signal)
    signal[3, 40:60], signal[5, 7], signal[6, 7] = np.nan, 50, -50
    archive = index(Standing(), Cohort("ward", [Study("odd", Recording(signal, LEADS, 100))]), tmp_path / "a")
    kept = archive.recording("odd")
    assert np.array_equal(np.isnan(kept.signal), np.isnan(signal))
    assert kept.signal[5:7, 7].tolist() == pytest.approx([32.767, -32.767])
    assert kept.warnings == ("2 samples beyond 32.767 mV were clipped",)


def test_of_a_long_recording_the_first_minute_is_kept(tmp_path: Path) -> None:
    archive = index(Standing(), Cohort("ward", [Study("long", ecg(1, samples=9000))]), tmp_path / "a")
    kept = archive.recording("long")
    assert kept.seconds == 60
    assert kept.history == ("archived as whole microvolts", "archived the first 60 of 90 s")


@pytest.mark.parametrize("name", ["notes.txt", "file"])
def test_a_folder_with_other_files_is_left_alone(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_text("mine")
    path, came = (tmp_path / "file", "is a file") if name == "file" else (tmp_path, "holds other files")
    with pytest.raises(ArchiveError, match=rf"an archive has a folder of its own; .* {came}\. Name a new"):
        index(Standing(), cohort(2), path)
    assert os.listdir(tmp_path) == [name]  # noqa: PTH208


def test_two_processes_do_not_write_at_once(tmp_path: Path) -> None:
    index(Standing(), cohort(2), tmp_path / "a")
    with (
        alone(tmp_path / "a"),
        pytest.raises(ArchiveError, match=r"one process at a time writes an archive; another is writing"),
    ):
        index(Standing(), cohort(3), tmp_path / "a")


def test_a_full_disk_says_so() -> None:
    text = (
        r"writing needs room on the disk; the disk is full or read-only at a\. Free some space .* nothing comes twice"
    )
    with pytest.raises(StorageError, match=text), writing(Path("a")):
        raise RuntimeError("lance error: LanceError(IO): No space left on device (os error 28), writer.rs:258")
    with pytest.raises(RuntimeError, match="other"), writing(Path("a")):
        raise RuntimeError("other")


def test_rows_become_columns_without_a_loss() -> None:
    row = dict.fromkeys(schema(2).names) | {"key": "a", "vector": np.float32([1, 2]), "signal": b"\0\1", "codes": ["x"]}
    assert arrow([row, row], schema(2)).to_pylist()[1] == row | {"vector": [1, 2]}


PROGRAM = """
import sys
sys.path.insert(0, {here!r})
from ward_of_tests import KEY, Standing, cohort
from einthoven.indexing import index, writer
class Telling(Standing):
    def embed(self, items, **options):
        print("batch", flush=True)
        return super().embed(items, **options)
writer.COMMIT = 8
index(Telling(), cohort(120), {path!r}, batch=4, workers=2)
"""


def kill(path: Path, *, batches: int, seconds: float) -> None:
    """Start indexing 120 studies in 30 batches; kill it some seconds after so many were embedded."""
    program = PROGRAM.format(here=str(Path(__file__).parent), path=str(path))
    child = subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE)
    assert child.stdout is not None
    for _ in range(batches):
        child.stdout.readline()
    time.sleep(seconds)
    child.kill()
    child.communicate()


def mended(path: Path) -> int:
    """Index again; return how many studies the killed run had left."""
    archive = index(Standing(), cohort(120), path)
    assert done(archive).added + done(archive).unchanged == len(archive) == 120
    return done(archive).unchanged


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("EINTHOVEN_KEY", KEY)
        path = tmp_path_factory.mktemp("whole") / "a"
        index(Standing(), cohort(120), path)
        return contents(path)


def test_a_killed_run_is_finished_by_the_next(tmp_path: Path, whole: dict[str, str]) -> None:
    kill(tmp_path / "a", batches=12, seconds=0.005)
    assert 0 < mended(tmp_path / "a") < 120
    assert contents(tmp_path / "a") == whole


def test_a_run_killed_twice_is_finished_by_the_third(tmp_path: Path, whole: dict[str, str]) -> None:
    kill(tmp_path / "a", batches=4, seconds=0.0)
    kill(tmp_path / "a", batches=3, seconds=0.01)
    mended(tmp_path / "a")
    assert contents(tmp_path / "a") == whole


@pytest.mark.slow
def test_ten_random_kills_leave_every_study_there_once(tmp_path: Path, whole: dict[str, str]) -> None:
    rng = np.random.default_rng(10)
    moments = [(3 * tenth + int(rng.integers(0, 3)), float(rng.uniform(0, 0.03))) for tenth in range(10)]
    there = []
    for number, (batches, seconds) in enumerate(moments):
        path = tmp_path / str(number)
        kill(path, batches=batches, seconds=seconds)
        there.append(mended(path))
        assert contents(path) == whole, f"killed {seconds:.3f} s after batch {batches}"
    assert len({*there}) >= 4, f"killed at {moments}, which left {there}"


def test_an_archive_never_holds_a_killed_table(tmp_path: Path) -> None:
    (tmp_path / "a" / "studies.lance" / "data").mkdir(parents=True)
    assert len(index(Standing(), cohort(3), tmp_path / "a")) == 3


def test_studies_are_told_apart_by_cohort_and_id(tmp_path: Path) -> None:
    index(Standing(), Cohort("a/b", [study(1)]), tmp_path / "a")
    odd = Cohort("a", [Study("b/e1", partial(ecg, 1))])
    assert len(index(Standing(), odd, tmp_path / "a")) == 2


def test_patience_writes_before_a_commit_is_full(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("einthoven.indexing.writer.PATIENCE", 0.0)
    assert len(index(Standing(), cohort(40), tmp_path / "a", batch=4)) == 40
    assert Archive.open(tmp_path / "a")._table.version >= 3
