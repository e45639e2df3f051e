from __future__ import annotations

import contextlib
import io
import json
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from einthoven.errors import ConfigError, EinthovenError, LeadError, ReadError, SignalError, TruncatedError
from einthoven.reading import read
from einthoven.recording import LEADS

WAVES = np.random.default_rng(0).normal(0, 0.4, (12, 700)).astype(np.float32)


def npy(values: np.ndarray) -> io.BytesIO:
    file = io.BytesIO()
    np.save(file, values, allow_pickle=True)
    return io.BytesIO(file.getvalue())


def npz(**arrays: object) -> io.BytesIO:
    file = io.BytesIO()
    np.savez(file, **arrays)
    return io.BytesIO(file.getvalue())


def text(words: str) -> io.BytesIO:
    return io.BytesIO(words.encode())


def parquet(columns: dict[str, object], **metadata: str) -> io.BytesIO:
    file = io.BytesIO()
    pq.write_table(pa.table(columns).replace_schema_metadata(metadata), file)
    return io.BytesIO(file.getvalue())


# npy ------------------------------------------------------------------------------------------------------------------


def test_an_array_is_read_with_the_callers_rate_and_leads() -> None:
    ours = read(npy(WAVES), fs=500, leads=LEADS)
    assert np.array_equal(ours.signal, WAVES)
    assert ours.history == ("unit not said, taken as mV",)
    assert ours.format == "npy"


def test_samples_by_leads_is_turned_and_said() -> None:
    ours = read(npy(WAVES.T), fs=500, leads=LEADS, unit="mV")
    assert np.array_equal(ours.signal, WAVES)
    assert ours.history == ("transposed (samples, leads) to (leads, samples)",)


@pytest.mark.parametrize("values", [WAVES[0], WAVES[:1], WAVES[:1].T])
def test_one_lead_may_lie_any_way(values: np.ndarray) -> None:
    assert np.array_equal(read(npy(values), fs=500, leads=["II"]).signal, WAVES[:1])


def test_a_short_recording_lies_as_its_leads_say() -> None:
    assert read(npy(WAVES[:, :12]), fs=500, leads=LEADS).samples == 12
    assert read(npy(WAVES[:, :5]), fs=500, leads=LEADS).samples == 5
    assert read(npy(WAVES[:, :5].T), fs=500, leads=LEADS).samples == 5


def test_a_square_without_leads_is_refused() -> None:
    with pytest.raises(ReadError, match=r"12 x 12 came, which does not say which side is which. Pass leads="):
        read(npy(WAVES[:, :12]), fs=500)


def test_integers_in_microvolts_are_kept_beside_their_millivolts() -> None:
    integers = np.round(WAVES * 1000).astype(np.int16)
    ours = read(npy(integers), fs=500, leads=LEADS, unit="uV")
    np.testing.assert_allclose(ours.signal, integers / 1000, rtol=1e-6)
    assert ours.history == ("read as uV",)
    assert np.array_equal(ours.native.samples, integers)
    np.testing.assert_allclose(ours.native.gain, 1000)


def test_microvolts_taken_as_millivolts_are_doubted() -> None:
    ours = read(npy(np.round(WAVES * 1000).astype(np.int16)), fs=500, leads=LEADS)
    assert any("amplitude too large for a heart" in doubt for doubt in ours.warnings)


def test_what_is_infinite_becomes_nan_and_is_said() -> None:
    values = WAVES.astype(np.float64)
    values[3, 5:7] = [np.inf, 1e300]
    ours = read(npy(values), fs=500, leads=LEADS)
    assert np.flatnonzero(np.isnan(ours.signal[3])).tolist() == [5, 6]
    assert "2 infinite samples made NaN" in ours.history


@pytest.mark.parametrize(
    ("options", "error", "said"),
    [
        (
            {"leads": LEADS},
            SignalError,
            "a recording has a sampling rate; the file says none. Pass fs= with the device's",
        ),
        ({"fs": 500}, LeadError, "leads are never told by their position; the file names none of its 12. Pass leads="),
        ({"fs": 0, "leads": LEADS}, SignalError, "a sampling rate is a positive number in Hz"),
        ({"fs": 500, "leads": LEADS[:11]}, LeadError, "each row of a signal has one lead name"),
        ({"fs": 500, "leads": [*LEADS[:11], "V1"]}, LeadError, "V1 more than once"),
        ({"fs": 500, "leads": LEADS, "unit": "mmHg"}, ConfigError, "a unit of samples is a voltage; unit='mmHg' came"),
    ],
)
def test_what_nobody_says_or_says_wrongly_is_asked_for(options: dict, error: type[Exception], said: str) -> None:
    with pytest.raises(error) as caught:
        read(npy(WAVES), **options)
    assert said in str(caught.value)


@pytest.mark.parametrize(
    "values", [np.array([["a", "b"]]), WAVES[None], WAVES.astype(complex), WAVES > 0, np.zeros((0, 12))]
)
def test_what_is_no_table_of_numbers_is_refused(values: np.ndarray) -> None:
    with pytest.raises(ReadError, match="a signal is a table of real numbers, leads by samples; an array of"):
        read(npy(values), fs=500, leads=LEADS)


def test_an_array_of_objects_is_never_unpickled() -> None:
    with pytest.raises(ReadError, match="an array of numbers needs no pickle, and none is opened; an array of Python"):
        read(npy(np.array([{"a": 1}, None])), fs=500, leads=LEADS)


@settings(max_examples=50, deadline=None)
@given(st.integers(10, 12 * 700 * 4))
def test_an_npy_file_cut_short_is_truncated(cut: int) -> None:
    with pytest.raises(TruncatedError, match="an npy file holds as many numbers as its header promises"):
        read(io.BytesIO(npy(WAVES).getvalue()[:cut]), fs=500, leads=LEADS)


# npz ------------------------------------------------------------------------------------------------------------------


def test_an_npz_says_everything_itself() -> None:
    ours = read(npz(signal=WAVES, leads=np.array(LEADS), fs=500.0, unit="mV", start="2020-05-06T07:08:09"))
    assert np.array_equal(ours.signal, WAVES)
    assert (ours.leads, ours.fs, ours.start.year, ours.history) == (LEADS, 500, 2020, ())


@pytest.mark.parametrize(
    ("signal", "leads", "rate"), [("p_signal", "sig_name", "sampling_rate"), ("val", "channels", "sfreq")]
)
def test_an_npz_may_use_the_words_of_others(signal: str, leads: str, rate: str) -> None:
    ours = read(npz(**{signal: WAVES.T, leads: np.array(LEADS), rate: 400}))
    assert (ours.fs, ours.samples) == (400, 700)


def test_the_only_table_in_an_npz_is_its_signal() -> None:
    assert read(npz(recorded=WAVES, age=np.array(5)), fs=500, leads=LEADS).samples == 700


@pytest.mark.parametrize(
    ("arrays", "said"),
    [
        ({"a": WAVES, "b": WAVES}, "an npz file names its signal; 2 arrays came and none is called signal"),
        ({"signal": np.array([None])}, "an array of numbers needs no pickle"),
        ({"signal": WAVES, "fs": "fast"}, "a rate is a number and a start an ISO date"),
    ],
)
def test_an_npz_without_a_plain_signal_is_refused(arrays: dict, said: str) -> None:
    with pytest.raises(ReadError) as caught:
        read(npz(**arrays), fs=500, leads=LEADS)
    assert said in str(caught.value)


def test_native_integers_of_another_shape_are_refused() -> None:
    parts = {"native_samples": np.zeros((2, 3)), "native_gain": np.ones(12), "native_baseline": np.ones(12)}
    with pytest.raises(LeadError, match=r"native integers have the shape of their signal; \(2, 3\) came beside"):
        read(npz(signal=WAVES, leads=np.array(LEADS), fs=500, **parts))


def test_a_damaged_archive_is_truncated() -> None:
    data = npz(signal=WAVES).getvalue()
    with pytest.raises(TruncatedError, match="an npz file is a whole zip archive; a damaged one came"):
        read(io.BytesIO(data[: len(data) // 2]), fs=500, leads=LEADS)


# CSV ------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("delimiter", [",", ";", "\t", " ", ", "])
def test_any_usual_delimiter_is_understood(delimiter: str) -> None:
    rows = [delimiter.join(("I", "II", "V1")), *(delimiter.join(map(str, row)) for row in WAVES[:3, :50].T.tolist())]
    ours = read(text("\r\n".join(rows)), fs=500)
    np.testing.assert_array_equal(ours.signal, WAVES[:3, :50])
    assert (ours.leads, ours.format) == (("I", "II", "V1"), "csv")


def test_decimal_commas_between_semicolons_are_understood() -> None:
    ours = read(text("I;II\n0,5;-1,25\n1e-1;2\n,5;0\n"), fs=500)
    np.testing.assert_allclose(ours.signal, [[0.5, 0.1, 0.5], [-1.25, 2, 0]])


def test_numbers_without_names_need_the_callers_and_lie_either_way() -> None:
    rows = "\n".join(",".join(map(str, row)) for row in WAVES[:, :50].tolist())
    assert np.array_equal(read(text(rows), fs=500, leads=LEADS).signal, WAVES[:, :50])
    with pytest.raises(LeadError, match="leads are never told by their position"):
        read(text(rows), fs=500)


def test_a_cell_left_empty_is_nan() -> None:
    ours = read(text("I,II\n0.1,0.2\n,0.3\nnan,0.4\n"), fs=500)
    assert np.isnan(ours.signal).tolist() == [[False, True, True], [False] * 3]


@pytest.mark.parametrize(
    ("name", "step", "fs"),
    [
        ("time", 0.002, 500),
        ("t", 0.004, 250),
        ("Time (ms)", 2, 500),
        ("time_ms", 1, 1000),
        ("s", 1 / 360, 360),
        ("seconds", 1 / 128.5, 128.5),
    ],
)
def test_a_time_column_gives_the_rate(name: str, step: float, fs: float) -> None:
    rows = [f"{name},I", *(f"{3 + k * step:.6f},{k % 7}" for k in range(500))]
    ours = read(text("\n".join(rows)))
    assert ours.fs == pytest.approx(fs, rel=1e-5)
    assert ours.leads == ("I",)


def test_a_time_that_jumps_is_refused() -> None:
    with pytest.raises(SignalError, match=r"a time column goes forward in even steps; it does not. Resample"):
        read(text("time,I\n0,1\n0.002,1\n0.010,2\n"))
    with pytest.raises(SignalError, match="a time column goes forward in even steps"):
        read(text("time,I\n0,1\n0,1\n"))


def test_a_counter_is_no_lead() -> None:
    assert read(text(",I,II\n0,.1,.2\n1,.2,.3\n2,.3,.4\n"), fs=500).leads == ("I", "II")


def test_units_in_the_names_are_heeded() -> None:
    ours = read(text("I (uV),II [uV]\n100,200\n300,400\n"), fs=500)
    np.testing.assert_allclose(ours.signal, [[0.1, 0.3], [0.2, 0.4]])
    assert ours.leads == ("I", "II")


def test_comments_say_what_a_table_cannot() -> None:
    ours = read(
        text("# fs: 500 Hz\n# unit = uV\n# synthetic: true\n# history: drawn\n# warning: no heart\nI,II\n1,2\n3,4\n")
    )
    assert (ours.fs, ours.synthetic, ours.history) == (500, True, ("drawn", "read as uV"))
    assert ours.warnings[0] == "no heart"


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("I,II\n0.1,CANARY\n0.2,0.3\n", "numbers under at most one row of lead names; text came in row 2, column 2."),
        ("I,II\nCANARY,names\nCANARY,more\n", "text came in row 2, column 1."),
        ("1,2\n3,4\n5,oops\n", "text came in row 3, column 2."),
        ("I,II\n0.1,0.2\n0.2\n", "rows of different lengths came."),
        ("I,II,V1\n0.1,0.2\n0.2,0.3\n", "3 names came over 2 columns."),
    ],
)
def test_a_table_with_text_in_it_says_where(words: str, said: str) -> None:
    with pytest.raises((ReadError, LeadError)) as caught:
        read(text(words), fs=500)
    assert said in str(caught.value)
    assert "CANARY" not in str(caught.value)


def test_latin_1_and_a_byte_order_mark_are_no_hindrance() -> None:
    assert read(io.BytesIO("\ufeffI,II\n1,2\n3,4\n".encode()), fs=500).leads == ("I", "II")
    assert read(io.BytesIO("I,Ableitung Fuß\n1,2\n3,4\n".encode("latin-1")), fs=500).leads[0] == "I"


def test_leads_named_twice_in_a_table_are_refused() -> None:
    with pytest.raises(LeadError, match="I more than once"):
        read(text("I,DI\n1,2\n3,4\n"), fs=500)
    with pytest.raises(LeadError, match="I more than once"):
        read(text("I,I\n1,2\n3,4\n5,6\n"), fs=500)


@settings(max_examples=200, deadline=None)
@given(st.text(alphabet='I,;\t\n 0.1-eE#":t', max_size=60))
def test_any_text_is_a_recording_or_an_error_of_ours(words: str) -> None:
    with contextlib.suppress(EinthovenError):
        assert read(io.BytesIO(words.encode()), fs=500).fs > 0


@settings(max_examples=25, deadline=None)
@given(hnp.arrays(np.float32, st.tuples(st.integers(1, 20), st.just(3)), elements=st.floats(-10, 10, width=32)))
def test_numbers_survive_being_text(values: np.ndarray) -> None:
    words = "I,II,V1\n" + "\n".join(",".join(f"{cell:.9g}" for cell in row) for row in values.tolist())
    np.testing.assert_array_equal(read(io.BytesIO(words.encode()), fs=500).signal, values.T)


# Parquet --------------------------------------------------------------------------------------------------------------


def test_columns_of_parquet_are_leads() -> None:
    columns = dict(zip(("I", "II", "v1"), WAVES, strict=False))
    ours = read(parquet(columns, fs="500", unit="mV"))
    assert np.array_equal(ours.signal, WAVES[:3])
    assert (ours.leads, ours.fs, ours.format) == (("I", "II", "V1"), 500, "parquet")


def test_parquet_takes_the_rate_from_a_time_column_or_the_caller() -> None:
    columns = {"time": np.arange(700) / 250, "I": WAVES[0]}
    assert read(parquet(columns)).fs == 250
    assert read(parquet({"I": WAVES[0]}, einthoven="no json"), fs=300).fs == 300
    assert read(parquet({"I": WAVES[0]}, einthoven=json.dumps({"fs": 100}))).fs == 100


def test_integers_of_parquet_are_kept() -> None:
    ours = read(parquet({"I": np.arange(100), "II": np.arange(100) % 7}, unit="uV"), fs=500)
    assert ours.native.samples.dtype.kind == "i"


@pytest.mark.parametrize(
    ("file", "said"),
    [
        (parquet({"I": WAVES[0], "note": ["x"] * 700}), "one column of numbers a lead; a column of another kind came"),
        (io.BytesIO(parquet({"I": WAVES[0]}).getvalue()[:300]), "a damaged one came (Arrow"),
        (parquet({"time": np.arange(5) / 500}), "a table has a column for each lead; it has none"),
    ],
)
def test_parquet_without_plain_columns_is_refused(file: io.BytesIO, said: str) -> None:
    with pytest.raises(ReadError) as caught:
        read(file, fs=500)
    assert said in str(caught.value)


def test_what_a_file_says_is_not_overruled(tmp_path: Path) -> None:
    with pytest.raises(ReadError, match=r"fs=400 was asked of a file that says 500 Hz. Read without fs="):
        read(npz(signal=WAVES, leads=np.array(LEADS), fs=500), fs=400)
    with pytest.raises(ReadError, match="unit='uV' was asked of a file that says another"):
        read(npz(signal=WAVES, leads=np.array(LEADS), fs=500, unit="mV"), unit="uV")
    with pytest.raises(LeadError, match=r"leads= gives 12 names that differ from the file's 12. Read without leads="):
        read(npz(signal=WAVES, leads=np.array(LEADS), fs=500), leads=LEADS[::-1])
    aliases = [name.lower() for name in LEADS]
    assert (
        read(npz(signal=WAVES, leads=np.array(LEADS), fs=500, unit="mV"), fs=500.0, leads=aliases, unit="mV").leads
        == LEADS
    )
