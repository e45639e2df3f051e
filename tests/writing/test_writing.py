from __future__ import annotations

import errno
import io
import tempfile
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from pydicom.examples import get_path

from einthoven import writing
from einthoven.errors import StorageError, WriteError
from einthoven.reading import read
from einthoven.recording import LEADS, Recording
from einthoven.writing import WRITERS, convert, write

Maker = Callable[..., Recording]
SUFFIXES = {"wfdb": ".hea", "npz": ".npz", "csv": ".csv", "parquet": ".parquet"}


@pytest.mark.parametrize("name", WRITERS)
def test_what_is_known_travels_with_the_samples(tmp_path: Path, recorded: Maker, name: str) -> None:
    start = datetime(2020, 5, 6, 7, 8, 9, 250000)
    history = ("band 0.5-40 Hz", "mains 50 Hz")
    ours = recorded(1, start=start, history=history, warnings=("a doubt",), synthetic=True)
    again = read(write(ours, tmp_path / f"r{SUFFIXES[name]}"))
    assert again.format == name
    assert (again.leads, again.fs, again.start, again.synthetic) == (LEADS, 500, ours.start, True)
    assert (again.history, again.warnings) == (ours.history, ours.warnings)
    np.testing.assert_allclose(again.signal, ours.signal, atol=5.1e-4 if name == "wfdb" else 0)


@pytest.mark.parametrize("name", ["npz", "csv", "parquet"])
def test_float32_survives_to_the_last_bit(name: str) -> None:
    @settings(max_examples=15, deadline=None)
    @given(
        hnp.arrays(
            np.float32, st.tuples(st.integers(1, 12), st.integers(2, 40)), elements=st.floats(-1e3, 1e3, width=32)
        )
    )
    def check(signal: np.ndarray) -> None:
        with tempfile.TemporaryDirectory() as folder:
            path = write(Recording(signal, LEADS[: len(signal)], 250), Path(folder) / f"r{SUFFIXES[name]}")
            np.testing.assert_array_equal(read(path).signal, signal)

    check()


@pytest.mark.parametrize("name", WRITERS)
def test_gaps_survive(tmp_path: Path, recorded: Maker, name: str) -> None:
    signal = recorded(2, seconds=1).signal.copy()
    signal[3, 50:90] = np.nan
    again = read(write(recorded(2, seconds=1).changed("gap", signal), tmp_path / f"r{SUFFIXES[name]}"))
    np.testing.assert_array_equal(np.isnan(again.signal), np.isnan(signal))


def test_npz_keeps_the_integers(tmp_path: Path, recorded: Maker) -> None:
    once = read(write(recorded(3), tmp_path / "a.hea"))
    again = read(write(once, tmp_path / "b.npz"))
    np.testing.assert_array_equal(again.native.samples, once.native.samples)
    np.testing.assert_array_equal(again.native.gain, once.native.gain)


def test_an_unknown_format_is_refused_with_the_nearest(tmp_path: Path, recorded: Maker) -> None:
    with pytest.raises(WriteError) as caught:
        write(recorded(), tmp_path / "a.parquett")
    assert str(caught.value) == (
        "a format is named by format= or by the suffix; format=None and suffix '.parquett' came. Did you mean parquet? "
        "Known: csv, npz, parquet, wfdb. See docs/reading.md."
    )
    with pytest.raises(WriteError, match=r"format='edf' and suffix '.npz' came"):
        write(recorded(), tmp_path / "a.npz", format="edf")


@pytest.mark.parametrize("name", WRITERS)
def test_a_full_disk_is_said_and_leaves_nothing_behind(
    tmp_path: Path, recorded: Maker, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    def full(self: Path, target: Path) -> Path:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(Path, "replace", full)
    with pytest.raises(StorageError, match=r"writing needs room on the disk; the disk is full at .* Free some space"):
        write(recorded(), tmp_path / f"r{SUFFIXES[name]}")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", WRITERS)
def test_converting_the_dicom_of_pydicom_keeps_its_samples(tmp_path: Path, name: str) -> None:
    path = convert(get_path("waveform"), tmp_path / f"r{SUFFIXES[name]}")
    ours, again = read(get_path("waveform")), read(path)
    np.testing.assert_array_equal(again.signal, ours.signal)
    assert (again.leads, again.fs, again.start) == (ours.leads, ours.fs, ours.start)
    assert again.warnings == ours.warnings


def test_converting_says_for_the_source_what_it_lacks(tmp_path: Path) -> None:
    path = convert(io.BytesIO(b"100,200\n300,100\n200,50\n"), tmp_path / "r.npz", fs=250, leads=["I", "II"], unit="uV")
    again = read(path)
    np.testing.assert_allclose(again.signal, [[0.1, 0.3, 0.2], [0.2, 0.1, 0.05]])
    assert again.history == ("transposed (samples, leads) to (leads, samples)", "read as uV")


def test_a_name_in_csv_stays_in_its_cell(tmp_path: Path) -> None:
    ours = Recording(np.ones((2, 5)), ['a,"b"', "II"], 500)
    assert read(write(ours, tmp_path / "r.csv")).leads == ("a b", "II")


def test_an_existing_file_is_replaced(tmp_path: Path, recorded: Maker) -> None:
    write(recorded(1), tmp_path / "r.npz")
    write(replace(recorded(2), fs=250.0), tmp_path / "r.npz")
    assert read(tmp_path / "r.npz").fs == 250


def test_the_table_of_writers_is_the_one_in_the_docs() -> None:
    assert list(writing.WRITERS) == ["wfdb", "npz", "csv", "parquet"]
