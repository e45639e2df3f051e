from __future__ import annotations

import tempfile
from pathlib import Path

import numpy as np
import pytest
import wfdb
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from einthoven.reading import read
from einthoven.reading.formats import DECODERS, INVALID, size

RANGES = {"80": 7, "212": 11, "310": 9, "311": 9, "16": 15, "24": 23, "32": 31, "61": 15, "160": 15}
WRITTEN = ["80", "212", "16", "24", "32"]
"""What the wfdb library can write; the others are written by hand below."""


def written(folder: Path, samples: np.ndarray, fmt: str, **fields: object) -> Path:
    L = samples.shape[1]
    names = [f"s{row}" for row in range(L)]
    plain = {"adc_gain": [200.0] * L, "baseline": [0] * L, "units": ["mV"] * L, "sig_name": names, "fs": 250}
    wfdb.wrsamp("r", d_signal=samples, fmt=[fmt] * L, write_dir=str(folder), **{**plain, **fields})
    return folder / "r.hea"


@st.composite
def signals(draw: st.DrawFn, fmt: str) -> np.ndarray:
    low, high = -(1 << RANGES[fmt]), (1 << RANGES[fmt]) - 1
    shape = draw(st.tuples(st.integers(1, 23), st.integers(1, 5)))
    return draw(hnp.arrays(np.int64, shape, elements=st.integers(low, high)))


@pytest.mark.parametrize("fmt", WRITTEN)
def test_every_written_format_reads_as_the_library_reads_it(fmt: str) -> None:
    @settings(max_examples=20, deadline=None)
    @given(signals(fmt), st.integers(-500, 500), st.floats(0.5, 5000))
    def check(samples: np.ndarray, baseline: int, gain: float) -> None:
        with tempfile.TemporaryDirectory() as name:
            L = samples.shape[1]
            path = written(Path(name), samples, fmt, baseline=[baseline] * L, adc_gain=[gain] * L)
            ours, theirs = read(path), wfdb.rdrecord(str(path.with_suffix("")))
            np.testing.assert_array_equal(ours.signal, theirs.p_signal.T.astype(np.float32))
            np.testing.assert_array_equal(ours.native.samples, samples.T)

    check()


def packed(samples: np.ndarray, fmt: str) -> bytes:
    """Pack by hand, bit by bit, as signal(5) says it in words."""
    flat = [int(sample) for sample in samples.ravel()]
    if fmt == "61":
        return np.array(flat, ">i2").tobytes()
    if fmt == "160":
        return (np.array(flat) + (1 << 15)).astype("<u2").tobytes()
    flat += [0] * (-len(flat) % 3)
    out = bytearray()
    for a, b, c in zip(*[iter(one & 0x3FF for one in flat)] * 3, strict=True):
        if fmt == "310":
            words = (a << 1 | (c & 0x1F) << 11, b << 1 | c >> 5 << 11)
            out += b"".join(word.to_bytes(2, "little") for word in words)
        else:
            out += (a | b << 10 | c << 20).to_bytes(4, "little")
    return bytes(out)


@pytest.mark.parametrize("fmt", ["61", "160", "310", "311"])
@pytest.mark.parametrize("frames", [1, 2, 3, 7, 12])
def test_formats_packed_by_hand_read_as_the_library_reads_them(tmp_path: Path, fmt: str, frames: int) -> None:
    rng = np.random.default_rng(frames)
    samples = rng.integers(-(1 << RANGES[fmt]), 1 << RANGES[fmt], (frames, 2))
    data = packed(samples, fmt)
    (tmp_path / "r.dat").write_bytes(data)
    (tmp_path / "r.hea").write_text(
        f"r 2 250 {frames}\n" + "".join(f"r.dat {fmt} 200 12 0 0 0 0 s{row}\n" for row in (0, 1))
    )
    ours = read(tmp_path / "r.hea")
    np.testing.assert_array_equal(ours.native.samples, samples.T)
    np.testing.assert_array_equal(ours.signal, wfdb.rdrecord(str(tmp_path / "r")).p_signal.T.astype(np.float32))


def test_format_8_adds_up_its_differences_from_the_initial_values(tmp_path: Path) -> None:
    (tmp_path / "r.dat").write_bytes(np.array([[0, 0], [5, -7], [127, -128], [-3, 1]], np.int8).tobytes())
    (tmp_path / "r.hea").write_text("r 2 250 4\nr.dat 8 200 12 0 100 0 0 I\nr.dat 8 200 12 0 -50 0 0 II\n")
    ours = read(tmp_path / "r.hea")
    assert ours.native.samples.tolist() == [[100, 105, 232, 229], [-50, -57, -185, -184]]
    np.testing.assert_array_equal(ours.signal, wfdb.rdrecord(str(tmp_path / "r")).p_signal.T.astype(np.float32))


@pytest.mark.parametrize("fmt", ["80", "212", "310", "311", "16", "61", "160", "24", "32"])
def test_the_code_for_nothing_measured_becomes_nan(tmp_path: Path, fmt: str) -> None:
    samples = np.array([[1, 2], [INVALID[int(fmt)], 3], [4, 5]])
    if fmt in WRITTEN:
        written(tmp_path, samples, fmt)
    else:
        (tmp_path / "r.dat").write_bytes(packed(samples, fmt))
        (tmp_path / "r.hea").write_text(f"r 2 250 3\nr.dat {fmt} 200 12 0 1 0 0 a\nr.dat {fmt} 200 12 0 2 0 0 b\n")
    ours = read(tmp_path / "r.hea")
    assert np.isnan(ours.signal).tolist() == [[False, True, False], [False] * 3]
    np.testing.assert_array_equal(ours.signal, wfdb.rdrecord(str(tmp_path / "r")).p_signal.T.astype(np.float32))
    assert any("row 1: 33.3 % of the samples are missing (NaN)" in doubt for doubt in ours.warnings)


@pytest.mark.parametrize("form", sorted(DECODERS))
@pytest.mark.parametrize("samples", range(13))
def test_as_many_bytes_as_said_hold_as_many_samples_as_said(form: int, samples: int) -> None:
    assert len(DECODERS[form](bytes(size(form, samples)))) >= samples
    if samples > 3:
        assert len(DECODERS[form](bytes(size(form, samples - 3)))) < samples
