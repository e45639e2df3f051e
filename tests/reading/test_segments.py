from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import wfdb

from einthoven.errors import HeaderError
from einthoven.reading import read
from einthoven.recording import Recording


def segment(folder: Path, name: str, names: list[str], frames: int, *, gain: float = 200.0) -> None:
    samples = np.random.default_rng(frames).integers(-900, 900, (frames, len(names)))
    plain = {"units": ["mV"] * len(names), "baseline": [0] * len(names), "fmt": ["16"] * len(names)}
    wfdb.wrsamp(
        name, fs=250, sig_name=names, d_signal=samples, adc_gain=[gain] * len(names), write_dir=str(folder), **plain
    )


def same_as_library(path: Path) -> Recording:
    ours, theirs = read(path), wfdb.rdrecord(str(path.with_suffix("")))
    np.testing.assert_array_equal(ours.signal, theirs.p_signal.T.astype(np.float32))
    assert list(ours.leads) == theirs.sig_name
    return ours


def test_a_fixed_layout_is_its_segments_in_a_row(tmp_path: Path) -> None:
    segment(tmp_path, "r_1", ["I", "II"], 300)
    segment(tmp_path, "r_2", ["I", "II"], 200, gain=100.0)
    (tmp_path / "r.hea").write_text("r/2 2 250 500\nr_1 300\nr_2 200\n")
    ours = same_as_library(tmp_path / "r.hea")
    assert ours.history == ("join 2 segments",)
    assert ours.native is None


def test_a_variable_layout_finds_leads_by_name_and_leaves_the_rest_nan(tmp_path: Path) -> None:
    segment(tmp_path, "r_1", ["II", "V1"], 300)
    segment(tmp_path, "r_2", ["V1", "I"], 200, gain=100.0)
    (tmp_path / "r_layout.hea").write_text(
        "r_layout 3 250 0\n~ 0 200 0 0 0 0 0 I\n~ 0 200 0 0 0 0 0 II\n~ 0 200 0 0 0 0 0 V1\n"
    )
    (tmp_path / "r.hea").write_text("r/4 3 250 600 10:00:00 01/02/2020\nr_layout 0\nr_1 300\n~ 100\nr_2 200\n")
    ours = same_as_library(tmp_path / "r.hea")
    assert np.isnan(ours.signal[:, 300:400]).all()
    assert ours.start.year == 2020
    assert any("of the samples are missing (NaN)" in doubt for doubt in ours.warnings)


def test_segments_may_be_named_by_numbers_alone(tmp_path: Path) -> None:
    segment(tmp_path, "0001", ["I"], 300)
    (tmp_path / "r.hea").write_text("r/1 1 250 300\n0001 300\n")
    assert read(tmp_path / "r").samples == 300


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        (
            "r/1 1 250 400\nr_1 300\n",
            "segments are together as long as their record; 400 samples were promised and 300 came",
        ),
        ("r/1 1 250\n~ 300\n", "a record has at least one sample in its segments; none of them has any"),
        ("r/1 1 250\nr_9 300\n", "every segment has a header beside its record's; one is missing or cannot be read"),
        ("r/1 1 250\nr 300\n", "a segment has no segments of its own; one does"),
        ("r/1 1 250\nr_1 301\n", "a segment is as long as its record says; 301 samples were promised and 300 came"),
        ("r/1 1 250\n../r_1 300\n", "a header names files in its own folder only; a line names a file outside it"),
    ],
)
def test_segments_that_break_the_rules_say_which(tmp_path: Path, lines: str, said: str) -> None:
    segment(tmp_path, "r_1", ["I"], 300)
    (tmp_path / "r.hea").write_text(lines)
    with pytest.raises(HeaderError) as caught:
        read(tmp_path / "r.hea")
    assert said in str(caught.value)
