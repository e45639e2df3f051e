from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import numpy as np
import pytest
import wfdb

from einthoven.errors import WriteError
from einthoven.reading import read
from einthoven.recording import LEADS, Native, Recording
from einthoven.writing import write

Maker = Callable[..., Recording]


def same(a: Recording, b: Recording) -> None:
    np.testing.assert_array_equal(a.signal, b.signal)
    assert (a.leads, a.fs, a.start, a.synthetic) == (b.leads, b.fs, b.start, b.synthetic)


def test_samples_without_integers_are_rounded_to_a_microvolt(tmp_path: Path, recorded: Maker) -> None:
    ours = recorded(1, start=datetime(2020, 5, 6, 7, 8, 9), history=("made",), synthetic=True)
    path = write(ours, tmp_path / "r.hea")
    assert path == tmp_path / "r.hea"
    again = read(path)
    np.testing.assert_allclose(again.signal, ours.signal, atol=5.1e-4)
    assert again.history == ("made",)
    assert again.start == ours.start
    assert again.synthetic
    assert again.warnings == ()


def test_the_library_reads_what_we_write(tmp_path: Path, recorded: Maker) -> None:
    ours = read(write(recorded(2, start=datetime(2020, 5, 6, 7, 8, 9, 250000)), tmp_path / "r.dat"))
    theirs = wfdb.rdrecord(str(tmp_path / "r"))
    np.testing.assert_array_equal(theirs.p_signal.T.astype(np.float32), ours.signal)
    assert theirs.sig_name == list(LEADS)
    assert theirs.base_datetime == ours.start
    digital = wfdb.rdrecord(str(tmp_path / "r"), physical=False)
    assert [(sum_ - said) % 65536 for sum_, said in zip(digital.calc_checksum(), digital.checksum, strict=True)] == [
        0
    ] * 12
    assert digital.init_value == digital.d_signal[0].tolist()


@pytest.mark.parametrize("dtype", [np.int16, np.int32, np.uint16, np.int8])
def test_integers_are_written_as_they_came(tmp_path: Path, dtype: type) -> None:
    info = np.iinfo(dtype)
    samples = (
        np.random.default_rng(0).integers(max(info.min, -(1 << 30)), min(info.max, 1 << 30), (3, 500)).astype(dtype)
    )
    gain, baseline = np.array([204.8, 1000.1, 2e6]), np.array([-7.0, 0.0, 1024.0])
    signal = (samples - baseline[:, None]) / gain[:, None]
    ours = Recording(signal, ["I", "II", "V1"], 360.5, native=Native(samples, gain, baseline))
    again = read(write(ours, tmp_path / "r", format="wfdb"))
    same(again, ours)
    np.testing.assert_array_equal(again.native.samples, samples)
    np.testing.assert_array_equal(again.native.gain, gain)


def test_reading_writing_and_reading_changes_nothing(tmp_path: Path, recorded: Maker) -> None:
    once = read(write(recorded(3), tmp_path / "a.hea"))
    twice = read(write(once, tmp_path / "b.hea"))
    same(once, twice)
    assert (tmp_path / "a.dat").read_bytes() == (tmp_path / "b.dat").read_bytes()


@pytest.mark.parametrize("kept", [True, False])
def test_gaps_are_written_as_gaps(tmp_path: Path, recorded: Maker, kept: bool) -> None:
    ours = read(write(recorded(4), tmp_path / "a.hea"))
    signal = ours.signal.copy()
    signal[2, 100:200] = np.nan
    native = ours.native if kept else None
    again = read(write(replace(ours, signal=signal, native=native), tmp_path / "b.hea"))
    np.testing.assert_array_equal(again.signal, signal)


def test_a_measured_value_that_is_the_code_for_a_gap_takes_a_wider_format(tmp_path: Path) -> None:
    samples = np.array([[-32768, 0, 5]], np.int16)
    ours = Recording(samples / 100, ["I"], 500, native=Native(samples, np.array([100.0]), np.zeros(1)))
    same(read(write(ours, tmp_path / "r.hea")), ours)


@pytest.mark.parametrize(
    "native",
    [
        Native(np.ones((1, 3), np.int16), np.array([100.0]), np.array([0.5])),
        Native(np.full((1, 3), 1 << 40), np.array([100.0]), np.zeros(1)),
        Native(np.ones((1, 3), np.float32), np.array([100.0]), np.zeros(1)),
    ],
)
def test_integers_that_wfdb_cannot_hold_are_let_go(tmp_path: Path, native: Native) -> None:
    ours = Recording(np.array([[0.1, 0.2, -0.3]]), ["I"], 500, native=native)
    np.testing.assert_allclose(read(write(ours, tmp_path / "r.hea")).signal, ours.signal, atol=5.1e-4)


def test_large_samples_get_a_smaller_gain_rather_than_being_cut(tmp_path: Path) -> None:
    ours = Recording(np.array([[100.0, -250.0, 3.0], [0.1, 0.2, 0.3]]), ["I", "II"], 500)
    again = read(write(ours, tmp_path / "r.hea"))
    np.testing.assert_allclose(again.signal, ours.signal, atol=0.005)
    assert again.native.gain[1] == 1000


def test_names_and_samples_that_wfdb_cannot_hold_are_refused(tmp_path: Path, recorded: Maker) -> None:
    with pytest.raises(WriteError, match=r"a WFDB record's name has letters, digits, - and _ only; .*my file.hea came"):
        write(recorded(), tmp_path / "my file.hea")
    with pytest.raises(WriteError, match=r"WFDB holds finite samples and gaps; infinite samples came. Mend them with"):
        write(Recording(np.array([[np.inf, 0]]), ["I"], 500), tmp_path / "r.hea")
    assert list(tmp_path.iterdir()) == []


def test_words_stay_on_their_line(tmp_path: Path) -> None:
    ours = Recording(np.ones((1, 5)), ["odd\nlead"], 500, history=("one\ntwo",), warnings=("three\r\nfour",))
    again = read(write(ours, tmp_path / "r.hea"))
    assert (again.leads, again.history) == (("odd lead",), ("one two",))
    assert "three four" in again.warnings
