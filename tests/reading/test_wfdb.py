from __future__ import annotations

import io
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import numpy as np
import pytest
import wfdb

from einthoven.errors import HeaderError, LeadError, ReadError, TruncatedError
from einthoven.reading import read
from einthoven.recording import LEADS, Recording

Maker = Callable[..., Path]


@pytest.fixture
def record(tmp_path: Path, recorded: Callable[..., Recording]) -> Maker:
    """Write a twelve-lead record with the wfdb library; `lines` edits the header's lines."""

    def make(edit: Callable[[list[str]], list[str]] = list, **fields: object) -> Path:
        signal = recorded(3, seconds=4).signal.T.astype(np.float64)
        plain = {"fmt": ["16"] * 12, "adc_gain": [1000.0] * 12, "baseline": [0] * 12, "units": ["mV"] * 12}
        plain |= {"sig_name": list(LEADS), "fs": 500, "p_signal": signal}
        wfdb.wrsamp("r", write_dir=str(tmp_path), **{**plain, **fields})
        header = tmp_path / "r.hea"
        header.write_text("\n".join(edit(header.read_text().splitlines())) + "\n")
        return header

    return make


def same_as_library(path: Path) -> Recording:
    ours, theirs = read(path), wfdb.rdrecord(str(path.with_suffix("")))
    np.testing.assert_array_equal(ours.signal, theirs.p_signal.T.astype(np.float32))
    assert ours.fs == theirs.fs
    return ours


def test_a_record_reads_as_the_library_reads_it_and_keeps_its_integers(record: Maker) -> None:
    ours = same_as_library(record())
    assert ours.leads == LEADS
    assert ours.format == "wfdb"
    assert ours.warnings == ours.history == ()
    assert ours.native.samples.dtype == np.int16
    native = ours.native
    back = (native.samples - native.baseline[:, None]) / native.gain[:, None]
    np.testing.assert_allclose(back, ours.signal, atol=1e-6)
    assert not ours.signal.flags.writeable


@pytest.mark.parametrize("name", ["r.hea", "r.dat", "r"])
def test_a_record_is_named_by_header_signal_file_or_neither(record: Maker, name: str) -> None:
    folder = record().parent
    assert read(folder / name).samples == read(str(folder / name)).samples == 2000


def test_gains_and_baselines_that_float32_does_not_hold_are_rounded_once(record: Maker) -> None:
    gains = [1000.1 + row / 7 for row in range(12)]
    same_as_library(record(adc_gain=gains, baseline=list(range(-6, 6)), sig_name=[f"x{row}" for row in range(12)]))


def test_a_matlab_file_of_the_challenges_is_format_16_behind_24_bytes(record: Maker) -> None:
    path = record(lambda lines: [line.replace("r.dat 16", "r.mat 16+24") for line in lines])
    data = path.with_suffix(".dat").read_bytes()
    head = b"".join(n.to_bytes(4, "little") for n in (30, 12, 2000, 0, 4)) + b"val\0"
    path.with_suffix(".mat").write_bytes(head + data)
    path.with_suffix(".dat").unlink()
    same_as_library(path)
    assert read(path.with_suffix(".mat")).samples == 2000


def test_a_header_that_the_library_refuses_is_read(record: Maker) -> None:
    path = record(lambda lines: ["r.mat 12 500 2000 05-May-2020 14:50:55", *lines[1:]])
    with pytest.raises(ValueError, match="record line"):
        wfdb.rdheader(str(path.with_suffix("")))
    assert read(path).start == datetime(2020, 5, 5, 14, 50, 55)


def test_lower_case_leads_get_their_names(record: Maker) -> None:
    assert read(record(sig_name=[name.lower() for name in LEADS])).leads == LEADS


def test_several_files_with_formats_of_their_own_make_one_record(tmp_path: Path) -> None:
    samples = np.random.default_rng(0).integers(-2000, 2000, (100, 3))
    _two_files(tmp_path, samples)
    ours = same_as_library(tmp_path / "r.hea")
    np.testing.assert_array_equal(ours.native.samples, samples.T[[0, 2, 1]])


def _two_files(folder: Path, samples: np.ndarray) -> None:
    (folder / "x.dat").write_bytes(samples[:, [0, 2]].astype("<i2").tobytes())
    (folder / "y.dat").write_bytes(b"head" + samples[:, 1].astype("<i4").tobytes())
    lines = ["r 3 250 100", "x.dat 16 200 16 0 0 0 0 a", "x.dat 16 100 16 0 0 0 0 b", "y.dat 32+4 50 16 0 0 0 0 c"]
    (folder / "r.hea").write_text("\n".join(lines) + "\n")


def test_a_late_signal_is_moved_forward_and_its_end_is_nan(tmp_path: Path) -> None:
    samples = np.arange(1, 21).reshape(10, 2)
    (tmp_path / "r.dat").write_bytes(samples.astype("<i2").tobytes())
    (tmp_path / "r.hea").write_text("r 2 250 10\nr.dat 16:3 200 16 0 0 0 0 a\nr.dat 16 200 16 0 0 0 0 b\n")
    ours = read(tmp_path / "r.hea")
    np.testing.assert_allclose(ours.signal[0, :7] * 200, samples[3:, 0], rtol=1e-6)
    assert np.isnan(ours.signal[0, 7:]).all()
    np.testing.assert_allclose(ours.signal[1] * 200, samples[:, 1], rtol=1e-6)


def test_equal_skews_read_as_the_library_reads_them(tmp_path: Path) -> None:
    (tmp_path / "r.dat").write_bytes(np.arange(1, 41).astype("<i2").tobytes())
    (tmp_path / "r.hea").write_text("r 2 250 20\nr.dat 16:3 200 16 0 0 0 0 a\nr.dat 16:3 200 16 0 0 0 0 b\n")
    same_as_library(tmp_path / "r.hea")


def test_a_length_that_the_header_leaves_out_is_taken_from_the_file(record: Maker) -> None:
    assert read(record(lambda lines: ["r 12 500", *lines[1:]])).samples == 2000


def test_several_samples_per_frame_are_averaged_as_the_library_does_and_said(tmp_path: Path) -> None:
    samples = np.random.default_rng(1).integers(-900, 900, (50, 3))
    (tmp_path / "r.dat").write_bytes(samples.astype("<i2").tobytes())
    (tmp_path / "r.hea").write_text("r 2 125 50\nr.dat 16x2 200 16 0 0 0 0 II\nr.dat 16 200 16 0 0 0 0 V1\n")
    ours = same_as_library(tmp_path / "r.hea")
    assert "some signals have several samples per frame: they were averaged to the rate of the frames" in ours.warnings


@pytest.mark.parametrize("fmt", ["508", "516", "524"])
def test_flac_goes_through_the_library(tmp_path: Path, fmt: str) -> None:
    samples = np.random.default_rng(2).integers(-100, 100, (5000, 2))
    wfdb.wrsamp(
        "r", fs=250, units=["mV"] * 2, sig_name=["I", "II"], d_signal=samples, fmt=[fmt] * 2,
        adc_gain=[100.0] * 2, baseline=[3] * 2, write_dir=str(tmp_path),
    )  # fmt: skip
    header = tmp_path / "r.hea"
    header.write_text(header.read_text().replace("r 2 250 5000", "r 2 250 5000 05-May-2020"))
    ours = read(header)
    np.testing.assert_array_equal(ours.native.samples, samples.T)


def test_a_damaged_flac_file_is_a_header_error_that_names_the_library(tmp_path: Path) -> None:
    (tmp_path / "r.dat").write_bytes(b"not flac at all")
    (tmp_path / "r.hea").write_text("r 1 250 100\nr.dat 516 200 16 0 0 0 0 I\n")
    with pytest.raises(HeaderError, match="a signal file holds what its header promises; the wfdb library refused it"):
        read(tmp_path / "r.hea")


def test_microvolts_and_volts_become_millivolts(record: Maker) -> None:
    millivolts = read(record()).signal
    path = record(lambda lines: [line.replace("1000.0(0)/mV", "1.0(0)/uV") for line in lines])
    np.testing.assert_allclose(read(path).signal, millivolts, rtol=1e-6)
    path = record(lambda lines: [line.replace("1000.0(0)/mV", "1e6(0)/V") for line in lines])
    np.testing.assert_allclose(read(path).signal, millivolts, rtol=1e-6)


def test_what_is_no_voltage_keeps_its_samples_and_says_so(record: Maker) -> None:
    path = record(lambda lines: [*lines[:-1], lines[-1].replace("/mV", "/mmHg")])
    ours = same_as_library(path)
    assert (
        "V6: not a voltage: its samples stay in the unit of the file; leave it out with recording.select"
        in ours.warnings
    )


@pytest.mark.parametrize("gain", ["0(0)/mV", "0"])
def test_gain_0_means_uncalibrated_and_says_what_was_assumed(record: Maker, gain: str) -> None:
    path = record(lambda lines: [line.replace("1000.0(0)/mV", gain) for line in lines])
    assert same_as_library(path).warnings[0] == (
        "I, II, III, aVR, aVL, aVF, V1, V2, V3, V4, V5, V6: gain 0 or no gain came, which means uncalibrated: "
        "200 steps per mV are assumed, as WFDB does; write the true gain into the header"
    )


def test_a_rate_that_nobody_gives_is_the_default_of_wfdb_with_a_warning(record: Maker) -> None:
    path = record(lambda lines: ["r 12", *lines[1:]])
    assert same_as_library(path).warnings[0] == (
        "the header gives no sampling rate: 250 Hz is the default of WFDB; "
        "write the true one into the header or pass fs="
    )
    assert read(path, fs=500).fs == 500
    assert read(path, fs=500).warnings == ()


def test_a_changed_sample_breaks_the_checksum(record: Maker) -> None:
    path = record()
    data = bytearray(path.with_suffix(".dat").read_bytes())
    data[24 * 700] ^= 1
    path.with_suffix(".dat").write_bytes(data)
    assert read(path).warnings == (
        "I: the samples do not add up to the header's checksum: the file was changed or damaged after the header was "
        "written; copy it again",
    )


def test_a_first_sample_that_is_not_the_initial_value_is_doubted(record: Maker) -> None:
    path = record(
        lambda lines: [lines[0], " ".join([*lines[1].split()[:5], "12345", *lines[1].split()[6:]]), *lines[2:]]
    )
    assert read(path).warnings == (
        "I: the first sample is not the initial value of the header: check the byte offset, "
        "and that header and signal file belong together",
    )


def test_checksums_and_initial_values_of_0_say_nothing(record: Maker) -> None:
    path = record(
        lambda lines: [lines[0], *(" ".join([*line.split()[:5], "0 0 0", line.split()[8]]) for line in lines[1:])]
    )
    assert read(path).warnings == ()


def test_unnamed_signals_are_called_as_wfdb_calls_them_until_the_caller_names_them(record: Maker) -> None:
    path = record(lambda lines: [lines[0], *(line.rsplit(" ", 1)[0] for line in lines[1:])])
    assert read(path).leads[:2] == ("signal 0", "signal 1")
    assert read(path, leads=LEADS).leads == LEADS


def test_a_lead_named_twice_is_refused(record: Maker) -> None:
    path = record(lambda lines: [*lines[:-1], lines[-1].replace("V6", "v5")])
    with pytest.raises(LeadError, match=r"no name comes twice; 12 rows came with .* V5 more than once"):
        read(path)


def test_eleven_lines_for_twelve_signals_are_refused_and_eleven_for_eleven_read(record: Maker) -> None:
    with pytest.raises(HeaderError, match="a header has one line for each signal; 12 were promised and 11 came"):
        read(record(lambda lines: lines[:12]))
    eleven = {"fmt": ["16"] * 11, "adc_gain": [1000.0] * 11, "baseline": [0] * 11, "units": ["mV"] * 11}
    waves = np.random.default_rng(0).normal(0, 0.3, (900, 11))
    path = record(p_signal=waves, sig_name=list(LEADS[:11]), **eleven)
    assert same_as_library(path).leads == LEADS[:11]


def test_a_short_signal_file_is_truncated_and_says_by_how_much(record: Maker) -> None:
    path = record()
    data = path.with_suffix(".dat").read_bytes()
    path.with_suffix(".dat").write_bytes(data[:-100])
    with pytest.raises(TruncatedError) as caught:
        read(path)
    assert str(caught.value) == (
        "a signal file is as long as its header promises; expected at least 48000 bytes, got 47900. "
        "Copy or download the signal file again. See docs/reading.md."
    )


@pytest.mark.parametrize("samples", [10**14, 3_000_000])
def test_a_promise_larger_than_the_file_costs_no_memory(record: Maker, samples: int) -> None:
    path = record(lambda lines: [f"r 12 500 {samples}", *lines[1:]])
    with pytest.raises(TruncatedError, match="got 48000"):
        read(path)


@pytest.mark.parametrize("promised", ["r 12 500 2000", "r 12 500"])
def test_an_empty_signal_file_is_truncated(record: Maker, promised: str) -> None:
    path = record(lambda lines: [promised, *lines[1:]])
    path.with_suffix(".dat").write_bytes(b"")
    with pytest.raises(TruncatedError, match="got 0"):
        read(path)


@pytest.mark.parametrize("promised", ["r 12 500 2000", "r 12 500"])
def test_a_missing_signal_file_is_said_without_its_name(record: Maker, promised: str) -> None:
    path = record(lambda lines: [promised, *lines[1:]])
    path.with_suffix(".dat").unlink()
    with pytest.raises(HeaderError) as caught:
        read(path)
    assert "the signal files of a header lie beside it; one is not there." in str(caught.value)


def test_a_signal_file_that_is_a_folder_is_not_there(record: Maker) -> None:
    path = record()
    path.with_suffix(".dat").unlink()
    path.with_suffix(".dat").mkdir()
    with pytest.raises(HeaderError, match="one is not there"):
        read(path)


@pytest.mark.parametrize("file", ["../../etc/passwd", "/etc/passwd", "..", "sub/r.dat", "..\\r.dat", "C:r.dat"])
def test_a_header_may_not_leave_its_folder(record: Maker, file: str) -> None:
    path = record(lambda lines: [line.replace("r.dat", file) for line in lines])
    with pytest.raises(HeaderError) as caught:
        read(path)
    assert str(caught.value) == (
        "a header names files in its own folder only; a line names a file outside it. Do not trust this header; if you "
        "do, copy the signal file beside it and name it without a path. See docs/reading.md."
    )


@pytest.mark.parametrize("fmt", ["16", "516"])
def test_a_link_may_not_leave_the_folder_either(record: Maker, tmp_path: Path, fmt: str) -> None:
    path = record(lambda lines: [line.replace("r.dat 16", f"r.dat {fmt}") for line in lines])
    away = tmp_path / "away"
    away.mkdir()
    path.with_suffix(".dat").rename(away / "r.dat")
    path.with_suffix(".dat").symlink_to(away / "r.dat")
    with pytest.raises(HeaderError, match="a header names files in its own folder only"):
        read(path)


def test_a_link_within_the_folder_is_followed(record: Maker) -> None:
    path = record()
    path.with_suffix(".dat").rename(path.with_name("other.dat"))
    path.with_suffix(".dat").symlink_to("other.dat")
    assert read(path).samples == 2000
    path.with_name("other.dat").unlink()
    with pytest.raises(HeaderError, match="one is not there"):
        read(path)


@pytest.mark.parametrize(("old", "new"), [("r.dat 16", "r.dat 17"), ("r.dat 16", "r.dat 0")])
def test_an_unknown_format_is_refused(record: Maker, old: str, new: str) -> None:
    with pytest.raises(HeaderError, match="a record has signals in the formats of WFDB; another format came"):
        read(record(lambda lines: [line.replace(old, new) for line in lines]))


def test_two_formats_in_one_file_are_refused(record: Maker) -> None:
    with pytest.raises(HeaderError, match="all signals of one file share a format; two formats came for one file"):
        read(record(lambda lines: [*lines[:-1], lines[-1].replace("r.dat 16", "r.dat 212")]))


def test_a_record_without_signals_is_refused(tmp_path: Path) -> None:
    (tmp_path / "r.hea").write_text("r 0 500 0\n")
    with pytest.raises(HeaderError, match="a record has signals in the formats of WFDB; it has none"):
        read(tmp_path / "r.hea")


def test_a_header_as_an_open_file_asks_for_its_path(record: Maker) -> None:
    with pytest.raises(
        ReadError, match="a WFDB header needs the signal files beside it; a header came as an open file"
    ):
        read(io.BytesIO(record().read_bytes()))


def test_messages_hold_nothing_of_the_header(record: Maker) -> None:
    def planted(lines: list[str]) -> list[str]:
        return [
            "CANARY 12 500 2000",
            *(line.replace("r.dat", "CANARY.dat") + "CANARY" for line in lines[1:]),
            "# CANARY",
        ]

    with pytest.raises(HeaderError) as caught:
        read(record(planted))
    assert "CANARY" not in str(caught.value)
    path = record(lambda lines: [lines[0], *(line + "CANARY" for line in lines[1:]), "# CANARY"])
    assert not any("CANARY" in doubt for doubt in read(path).warnings)


def test_a_long_header_is_read_to_its_end(record: Maker) -> None:
    path = record(lambda lines: [*(["# much to say"] * 2000), *lines])
    assert read(path).samples == 2000


def test_what_einthoven_wrote_into_comments_comes_back(record: Maker) -> None:
    comments = ["# einthoven synthetic: true", "# einthoven history: simulate", "# einthoven warning: not a heart"]
    ours = read(record(lambda lines: [*lines, *comments]))
    assert ours.synthetic
    assert ours.history == ("simulate",)
    assert ours.warnings == ("not a heart",)


def test_a_start_that_cannot_be_read_is_among_the_warnings(record: Maker) -> None:
    ours = read(record(lambda lines: [f"{lines[0]} whenever", *lines[1:]]))
    assert ours.start is None
    assert ours.warnings == ("the header's start time cannot be read: it is left out; look at the record line",)
