"""The store holds what Preparation.condition makes, whatever happens while it is built."""

from __future__ import annotations

import errno
import json
import os
import pickle
import re
import shutil
import signal
import subprocess
import sys
import time
import warnings
from collections import namedtuple
from dataclasses import replace
from datetime import datetime
from functools import partial
from pathlib import Path

import numpy as np
import pytest

from einthoven.cleaning.preparation import Preparation
from einthoven.errors import CohortError, PreparationError, ReadError, StorageError
from einthoven.gathering import Cohort, crew, store_building
from einthoven.gathering.store import Store
from einthoven.recording import LEADS, Recording
from einthoven.study import Study

RECIPE = Preparation(fs=100, seconds=2, missing="mask")


def drawn(seed: int, *, amplitude: float = 1.0, leads: tuple[str, ...] = LEADS, seconds: float = 2.5) -> Recording:
    waves = np.random.default_rng(seed).standard_normal((len(leads), round(100 * seconds)))
    return Recording(amplitude * np.float32(waves), leads, 100, synthetic=True)


def broken(path: str) -> Recording:
    raise ReadError("a file has a header", came=f"{path} has none", instead="Ask for it again.")


def people(n: int, *, bad: tuple[int, ...] = ()) -> Cohort:
    studies = [
        Study(
            f"s{i}",
            partial(broken, f"s{i}.hea") if i in bad else partial(drawn, i),
            patient=f"MRN{i // 2}",
            age=40 + i,
            sex="female" if i % 2 else "male",
            report=f"Befund {i}: Sinusrhythmus",
            labels={"SR": 100.0} if i % 3 else None,
            date=datetime(2020, 1, 1 + i % 28),
            synthetic=True,
        )
        for i in range(n)
    ]
    half = n // 4 * 2
    return Cohort("people", studies, {"train": range(half), "test": range(half, n)})


def content(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_a_row_is_what_condition_makes_to_half_a_microvolt(tmp_path: Path) -> None:
    cohort = people(7)
    store = Store.build(cohort, tmp_path / "store", RECIPE, workers=1, shard=3)
    samples, lead_mask, length = store.take([4, 0, 4])
    for got, row in zip(samples, (4, 0, 4), strict=True):
        expected = RECIPE.condition(cohort[row].recording).signal
        assert np.abs(got / 1000 - expected).max() <= 0.0005001
    assert samples.dtype == np.int16
    assert samples.shape == (3, 12, 200)
    assert lead_mask.all()
    assert length.tolist() == [200, 200, 200]
    assert length.dtype == np.int64


def test_missing_leads_and_short_records_keep_their_mask_and_length(tmp_path: Path) -> None:
    limb = Study("limb", drawn(1, leads=LEADS[:6]))
    short = Study("short", drawn(2, seconds=1.2))
    store = Store.build(Cohort("odd", [limb, short]), tmp_path / "store", RECIPE)
    samples, lead_mask, length = store.take([0, 1])
    assert lead_mask.tolist() == [[True] * 6 + [False] * 6, [True] * 12]
    assert length.tolist() == [200, 120]
    assert not samples[0, 6:].any()
    assert not samples[1, :, 120:].any()
    assert samples[1, :, :120].any(axis=1).all()


def test_the_table_tells_what_is_known_and_names_no_patient(tmp_path: Path) -> None:
    store = Store.build(people(6, bad=(5,)), tmp_path / "store", RECIPE)
    table = store.table.to_pydict()
    assert table["row"] == [0, 1, 2, 3, 4, 5]
    assert table["id"] == ["s0", "s1", "s2", "s3", "s4", "s5"]
    assert table["patient"] == [0, 0, 1, 1, 2, 2]
    assert table["split"] == ["train"] * 2 + ["test"] * 4
    assert table["age"] == [40, 41, 42, 43, 44, 45]
    assert table["sex"][:2] == ["male", "female"]
    assert table["report"][2] == "Befund 2: Sinusrhythmus"
    assert table["date"][3] == datetime(2020, 1, 4)
    assert store.labels()[:2] == [None, {"SR": 100.0}]
    assert (store.synthetic, store.cohort_name, store.preparation) == (True, "people", RECIPE)
    assert b"MRN" not in b"".join(content(tmp_path / "store").values())


def test_bad_studies_are_set_aside_with_the_reason_and_the_rest_goes_on(tmp_path: Path) -> None:
    store = Store.build(people(8, bad=(1, 6)), tmp_path / "store", RECIPE, shard=3, workers=2)
    assert set(store.quarantined) == {"s1", "s6"}
    assert store.quarantined["s1"] == "ReadError: a file has a header; s1.hea has none. Ask for it again."
    assert store.rows().tolist() == [0, 2, 3, 4, 5, 7]
    assert store.rows("train").tolist() == [0, 2, 3]
    assert repr(store) == "Store(people: synthetic, 6 of 8 studies, 12 x 200)"


def test_a_preparation_that_leaves_gaps_puts_the_study_aside(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    plain = Preparation.condition

    def gappy(recipe: Preparation, recording: Recording) -> object:
        prepared = plain(recipe, recording)
        prepared.signal[0, 3] = np.nan
        return prepared

    monkeypatch.setattr(Preparation, "condition", gappy)
    store = Store.build(people(2), tmp_path / "store", RECIPE, workers=1)
    assert "1 of 2400 are not" in store.quarantined["s0"]


@pytest.mark.parametrize("rows", [[0, 8], [-1], [1], [3, 1]])
def test_rows_that_cannot_be_taken_are_refused(tmp_path: Path, rows: list[int]) -> None:
    store = Store.build(people(8, bad=(1,)), tmp_path / "store", RECIPE, workers=1)
    with pytest.raises(CohortError, match=rf"1 of {len(rows)} rows are not\. Take rows from store\.rows"):
        store.take(rows)


def test_no_rows_are_an_empty_batch(tmp_path: Path) -> None:
    samples, lead_mask, length = Store.build(people(2), tmp_path / "store", RECIPE, workers=1).take([])
    assert samples.shape == (0, 12, 200)
    assert lead_mask.shape == (0, 12)
    assert length.shape == (0,)


def test_an_unknown_split_is_refused_with_the_names_there_are(tmp_path: Path) -> None:
    store = Store.build(people(4), tmp_path / "store", RECIPE, workers=1)
    with pytest.raises(CohortError, match=r"no split 'trian'\. Did you mean train\? Known: test, train\."):
        store.rows("trian")


def test_the_store_is_the_same_for_any_number_of_workers(tmp_path: Path) -> None:
    cohort = people(20, bad=(7,))
    one = Store.build(cohort, tmp_path / "one", RECIPE, workers=1, shard=4)
    three = Store.build(cohort, tmp_path / "three", RECIPE, workers=3, shard=4)
    assert content(tmp_path / "one") == content(tmp_path / "three")
    assert np.array_equal(one.signals, three.signals)


def test_samples_beyond_the_range_are_clipped_counted_and_told(tmp_path: Path) -> None:
    studies = [Study("fine", drawn(0)), Study("loud", drawn(1, amplitude=30))]
    recipe = replace(RECIPE, band=None)
    with pytest.warns(UserWarning, match=r"\d+ samples of 1 studies of loud were beyond 32.767 mV and are clipped"):
        store = Store.build(Cohort("loud", studies), tmp_path / "store", recipe, workers=1)
    expected = np.count_nonzero(np.abs(np.rint(1000 * recipe.condition(studies[1].recording).signal)) > 32767)
    assert store.table["clipped"].to_pylist() == [0, expected]
    assert store.signals.min() >= -32767


def test_building_again_reads_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    Store.build(people(4), tmp_path / "store", RECIPE)
    monkeypatch.setattr(store_building, "_fill", pytest.fail)
    assert len(Store.build(people(4), tmp_path / "store", RECIPE)) == 4


def test_an_interrupted_build_goes_on_where_it_stopped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    whole, cohort = tmp_path / "whole", people(12)
    Store.build(cohort, whole, RECIPE, workers=1, shard=3)
    plain, seen = store_building._fill, []

    def failing(job: object, span: range) -> None:
        seen.append(span.start)
        if len(seen) == 3:
            raise KeyboardInterrupt
        plain(job, span)  # type: ignore[arg-type]

    monkeypatch.setattr(store_building, "_fill", failing)
    with pytest.raises(KeyboardInterrupt):
        Store.build(cohort, tmp_path / "store", RECIPE, workers=1, shard=3)
    with pytest.raises(StorageError, match=r"was interrupted\. Run Store.build again"):
        Store.open(tmp_path / "store")
    (tmp_path / "store" / "parts" / ".000000006.parquet.77.part").write_bytes(b"half")
    Store.build(cohort, tmp_path / "store", RECIPE, workers=1, shard=5)
    assert seen == [0, 3, 6, 6, 9]
    assert content(tmp_path / "store") == content(whole)


def test_samples_that_vanished_from_an_unfinished_store_are_read_again(tmp_path: Path) -> None:
    folder, cohort = tmp_path / "store", people(6)
    Store.build(cohort, folder, RECIPE, workers=1)
    expected = content(folder)
    (folder / "parts").mkdir()
    (folder / "index.parquet").rename(folder / "parts" / "000000000.parquet")
    (folder / "samples.npy").unlink()
    Store.build(cohort, folder, RECIPE, workers=1)
    assert content(folder) == expected


KILLED = """
import sys, time
from functools import partial
sys.path.insert(0, {here!r})
import test_store as t
from einthoven.gathering import Cohort
from einthoven.gathering.store import Store
def slow(seed):
    time.sleep(0.01)
    return t.drawn(seed)
all = t.people(60)
cohort = Cohort("people", [t.replace(s, source=partial(slow, i)) for i, s in enumerate(all)], all.splits)
print("go", flush=True)
Store.build(cohort, {folder!r}, t.RECIPE, workers=2, shard=4)
"""


def killed_after(seconds: float, folder: Path) -> int:
    program = KILLED.format(here=str(Path(__file__).parent), folder=str(folder))
    child = subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    assert child.stdout is not None
    child.stdout.readline()
    time.sleep(seconds)
    child.send_signal(signal.SIGKILL)
    child.stdout.close()
    return child.wait()


@pytest.mark.parametrize("seconds", [0.02, 0.35])
def test_a_killed_build_is_finished_by_the_next(tmp_path: Path, seconds: float) -> None:
    killed_after(seconds, tmp_path / "store")
    store = Store.build(people(60), tmp_path / "store", RECIPE, workers=1, shard=4)
    expected = Store.build(people(60), tmp_path / "whole", RECIPE, workers=1, shard=4)
    assert np.array_equal(store.signals, expected.signals)
    assert store.table.equals(expected.table)


def test_another_preparation_is_refused_and_the_difference_named(tmp_path: Path) -> None:
    Store.build(people(2), tmp_path / "store", RECIPE, workers=1)
    other = replace(RECIPE, fs=250.0)
    text = r"a store serves the preparation it was built with; .* was built with \w+, asked for is \w+ "
    text += r"\(fs 100.0 and not 250.0\)\. Build another store in another folder.*docs/store.md"
    with pytest.raises(PreparationError, match=text):
        Store.open(tmp_path / "store", preparation=other)
    with pytest.raises(PreparationError, match=r"fs 100.0 and not 250.0"):
        Store.build(people(2), tmp_path / "store", other)


def test_one_store_serves_every_scale(tmp_path: Path) -> None:
    Store.build(people(2), tmp_path / "store", RECIPE, workers=1)
    scaled = replace(RECIPE, scale="z-lead")
    store = Store.open(tmp_path / "store", preparation=scaled)
    assert store.preparation == scaled
    assert pickle.loads(pickle.dumps(store)).preparation == scaled
    expected = scaled(people(2)[1].recording).signal
    assert np.abs(scaled.scaled(*store.take([1]))[0] - expected).max() < 2e-3


@pytest.mark.parametrize("change", [{"age": 41.0}, {"report": "other"}, {"labels": {}}, {"patient": "x"}, {"id": "z"}])
def test_another_cohort_is_refused(tmp_path: Path, change: dict[str, object]) -> None:
    cohort = people(3)
    Store.build(cohort, tmp_path / "store", RECIPE, workers=1)
    other = Cohort("people", [replace(cohort[0], **change), *cohort.studies[1:]], cohort.splits, leaky="a test")  # type: ignore[arg-type]
    text = r"holds 3 studies of people \(\w+\), asked for are 3 of people \(\w+\)\. Build another"
    with pytest.raises(PreparationError, match=text):
        Store.open(tmp_path / "store", cohort=other)
    assert len(Store.open(tmp_path / "store", cohort=people(3))) == 3


@pytest.mark.parametrize(
    ("plan", "came"),
    [
        (None, "has no store.json"),
        ("{", "is not the plan of a store"),
        ("[]", "is not the plan of a store"),
        ('{"version": 1}', "is not the plan of a store"),
        ('{"version": 99}', "is a store of version 99, known is 1"),
    ],
)
def test_a_folder_that_is_no_store_is_refused(tmp_path: Path, plan: str | None, came: str) -> None:
    if plan is not None:
        (tmp_path / "store.json").write_text(plan)
    with pytest.raises(StorageError, match=rf"a store is a folder that Store.build made; .*{came}\. Name its folder"):
        Store.open(tmp_path)


def test_a_folder_with_other_files_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "thesis.tex").write_text("years of work")
    with pytest.raises(StorageError, match=r"holds other files\. Name a new or empty folder"):
        Store.build(people(2), tmp_path, RECIPE)
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.tex"]


def test_a_cohort_without_studies_is_refused(tmp_path: Path) -> None:
    with pytest.raises(CohortError, match="a store holds at least one study; none-at-all has none"):
        Store.build(Cohort("none-at-all", []), tmp_path / "store", RECIPE)


def test_samples_that_were_cut_off_are_refused(tmp_path: Path) -> None:
    Store.build(people(2), tmp_path / "store", RECIPE, workers=1)
    os.truncate(tmp_path / "store" / "samples.npy", 300)
    with pytest.raises(StorageError, match=r"samples.npy is missing or cut off\. Copy the folder again"):
        Store.open(tmp_path / "store")
    np.save(tmp_path / "store" / "samples.npy", np.zeros((2, 3), np.int16))
    with pytest.raises(StorageError, match=r"has shape \(2, 3\), promised is \(2, 12, 200\)"):
        Store.open(tmp_path / "store")


def test_a_disk_that_is_too_small_is_told_before_anything_is_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    usage = namedtuple("usage", "total used free")
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage(10**6, 10**6 - 5000, 5000))
    monkeypatch.setattr(store_building, "_fill", pytest.fail)
    with pytest.raises(StorageError, match=r"4 studies need 0 MB, .* has 0 MB left\. Free some space"):
        Store.build(people(4), tmp_path / "store", RECIPE)


def test_a_disk_that_fills_up_says_so_and_nothing_is_lost(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    plain, written = os.pwrite, []

    def full(file: int, data: memoryview, offset: int) -> int:
        if len(written) >= 4:
            raise OSError(errno.ENOSPC, "No space left on device")
        written.append(offset)
        return plain(file, data, offset)

    with monkeypatch.context() as patch:
        patch.setattr(os, "pwrite", full)
        text = r"writing needs room on the disk; the disk is full at .*store\. Free some space .* nothing is lost"
        with pytest.raises(StorageError, match=text):
            Store.build(people(6), tmp_path / "store", RECIPE, workers=1, shard=2)
    assert len(list((tmp_path / "store" / "parts").iterdir())) == 2
    assert len(Store.build(people(6), tmp_path / "store", RECIPE, workers=1).rows()) == 6


def test_a_write_that_takes_only_part_is_continued(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    expected = Store.build(people(3), tmp_path / "whole", RECIPE, workers=1).signals
    plain = os.pwrite
    monkeypatch.setattr(os, "pwrite", lambda file, data, offset: plain(file, data[:1000], offset))
    assert np.array_equal(Store.build(people(3), tmp_path / "store", RECIPE, workers=1).signals, expected)


def vanish(item: int) -> int:
    os.kill(os.getpid(), signal.SIGKILL)
    return item


def test_a_killed_worker_is_told() -> None:
    with pytest.raises(CohortError, match=r"one was killed, .*Run the same again with fewer workers="):
        list(crew.spread(vanish, range(4), workers=2))


def test_workers_leave_when_their_parent_is_killed(tmp_path: Path) -> None:
    program = (
        "import os, sys, time; from einthoven.gathering import crew\n"
        f"def work(i):\n open(os.path.join({str(tmp_path)!r}, str(os.getpid())), 'w').close(); time.sleep(60)\n"
        "list(crew.spread(work, range(9), workers=2))"
    )
    child = subprocess.Popen([sys.executable, "-c", program])
    deadline = time.monotonic() + 20
    while len(pids := [int(path.name) for path in tmp_path.iterdir()]) < 2 and time.monotonic() < deadline:
        time.sleep(0.05)
    child.kill()
    child.wait()
    while any(alive(pid) for pid in pids) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert len(pids) == 2
    assert not any(alive(pid) for pid in pids)


def alive(pid: int) -> bool:
    try:
        return not re.search(r"State:\s+Z", Path(f"/proc/{pid}/status").read_text())
    except OSError:
        return False


def test_plan_and_samples_are_plain_json_and_npy(tmp_path: Path) -> None:
    Store.build(people(2), tmp_path / "store", RECIPE, workers=1)
    plan = json.loads((tmp_path / "store" / "store.json").read_text())
    assert plan["shape"] == [2, 12, 200]
    assert np.load(tmp_path / "store" / "samples.npy").shape == (2, 12, 200)
    assert Preparation.from_json(plan["preparation"]) == RECIPE


def test_a_store_crosses_to_other_processes_as_a_path(tmp_path: Path) -> None:
    store = Store.build(people(4), tmp_path / "store", RECIPE, workers=1)
    wire = pickle.dumps(store)
    assert len(wire) < 3000
    assert np.array_equal(pickle.loads(wire).take([3])[0], store.take([3])[0])


def test_building_warns_of_nothing_when_nothing_is_wrong(tmp_path: Path) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        Store.build(people(4), tmp_path / "store", RECIPE, workers=2, shard=1)
