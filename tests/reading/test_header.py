from __future__ import annotations

import contextlib
from collections.abc import Callable
from datetime import datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from einthoven.errors import EinthovenError, HeaderError
from einthoven.reading import header as header_module
from einthoven.reading.header import Header, parse_header
from einthoven.reading.recordline import started


def parsed(line: str, record: str = "r 1 500 5000") -> Header:
    return parse_header(f"{record}\n{line}\n")


@pytest.mark.parametrize(
    ("line", "field", "value"),
    [
        ("r.dat 16", "gain", 0.0),
        ("r.dat 16", "unit", "mV"),
        ("r.dat 16", "name", ""),
        ("r.dat 16", "checksum", None),
        ("r.dat 16 1000", "gain", 1000.0),
        ("r.dat 16 1.5e+3/uV", "gain", 1500.0),
        ("r.dat 16 1.5e+3/uV", "unit", "uV"),
        ("r.dat 16 1000(-5)/mV 16 7 1 2 0 I", "baseline", -5),
        ("r.dat 16 1000/mV 16 7 1 2 0 I", "baseline", 7),
        ("r.dat 16 1000 16 7", "baseline", 7),
        ("r.dat 16 1000 16 7 -3", "initial", -3),
        ("r.dat 16 1000 16 7 -3 65000 0", "checksum", 65000),
        ("r.dat 16 1000 16 7 -3 65000 0 lead one of two ", "name", "lead one of two"),
        ("r.dat 16 1000 MLII", "name", "MLII"),
        ("r.dat 16 MLII", "name", "MLII"),
        ("r.dat\t16\t200(0)/mV\t16\t0\t-10\t-3015\t0\tAVF\r", "name", "AVF"),
        ("r.mat 16x1+24 1000.0(0)/mV 16 0 -68 1250 0 I", "offset", 24),
        ("r.dat 212x4:7+30 1000.0(0)/mV 16 0 -68 1250 0 I", "frame", 4),
        ("r.dat 212x4:7+30 1000.0(0)/mV 16 0 -68 1250 0 I", "skew", 7),
        ("r.dat 212x4:7+30", "format", 212),
    ],
)
def test_a_signal_line_gives_its_field(line: str, field: str, value: object) -> None:
    assert getattr(parsed(line).signals[0], field) == value


def test_lines_of_two_kinds_are_read_side_by_side() -> None:
    header = parse_header("r 3 500 9\na.dat 16 100(1)/uV 16 0 1 2 0 I\na.dat 16 200 16 5 3 4 0 II\nb.dat 212 V1\n")
    assert header.columns.gain == (100.0, 200.0, 0.0)
    assert header.columns.baseline == (1, 5, 0)
    assert header.columns.name == ("I", "II", "V1")
    assert not header.plain


@pytest.mark.parametrize(
    ("record", "fs", "samples"),
    [
        ("r 1", None, None),
        ("r 1 360", 360.0, None),
        ("r 1 360/512.5(3) 650000", 360.0, 650000),
        ("r 1 128.5 0", 128.5, None),
        ("r.mat 1 .5 10 05-May-2020 14:50:55", 0.5, 10),
    ],
)
def test_a_record_line_may_leave_out_what_comes_last(record: str, fs: float | None, samples: int | None) -> None:
    header = parsed("r.dat 16", record)
    assert (header.fs, header.samples) == (fs, samples)


@pytest.mark.parametrize(
    ("clock", "start"),
    [
        ("14:50:55 05/11/2020", datetime(2020, 11, 5, 14, 50, 55)),
        ("05-May-2020 14:50:55", datetime(2020, 5, 5, 14, 50, 55)),
        ("14:50:55.25 2020-05-07", datetime(2020, 5, 7, 14, 50, 55, 250000)),
        ("05/11/2020", datetime(2020, 11, 5)),
        ("14:50:55", None),
        ("", None),
    ],
)
def test_the_start_is_read_in_either_order(clock: str, start: datetime | None) -> None:
    assert started(tuple(clock.split())) == (start, None)


def test_a_start_that_cannot_be_read_is_left_out_and_said() -> None:
    assert started(("yesterday",)) == (
        None,
        "the header's start time cannot be read: it is left out; look at the record line",
    )


def test_comments_stand_anywhere_and_a_byte_order_mark_is_skipped() -> None:
    header = parse_header("\ufeff# one\nr 1 500 5\r\n  # two\nr.dat 16\n#Age: 5\n\n")
    assert header.comments == ["# one", "# two", "#Age: 5"]
    assert header.columns.file == ("r.dat",)


def test_segments_are_names_and_lengths() -> None:
    assert parse_header("r/3 2 500 30\nr_layout 0\n~ 10\nr_1 20\n").segments == [
        ("r_layout", 0),
        ("~", 10),
        ("r_1", 20),
    ]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("# only words\n", "a header begins with a record line; it holds only comments."),
        ("r twelve\n", "the number of signals is no whole number."),
        ("r\n", "the number of signals is no whole number."),
        (f"r {'1' * 5000}\n", "the number of signals is no whole number."),
        ("r 1 fast\nr.dat 16\n", "a sampling rate is a positive number in Hz; the record line gives none."),
        ("r 1 0 50\nr.dat 16\n", "a sampling rate is a positive number in Hz; the record line gives none."),
        ("r 1 500 many\nr.dat 16\n", "the number of samples is no whole number."),
        ("r 2 500 50\nr.dat 16\n", "a header has one line for each signal; 2 were promised and 1 came."),
        ("r 1 500 50\nr.dat 16\nr.dat 16\n", "1 were promised and 2 came."),
        ("r 1 500 50\nr.dat\n", "a signal line gives a file and a format; signal line 1 gives less."),
        ("r 1 500 50\nr.dat sixteen\n", "the format of signal line 1 cannot be read."),
        ("r 1 500 50\nr.dat 16 x 16 0 1 2 0 I\n", "the gain of signal line 1 cannot be read."),
        ("r 1 500 50\nr.dat 16 1e300 16 0 1 2 0 I\n", "the gain of signal line 1 cannot be read."),
        ("r 1 500 50\nr.dat a 200 16 0 1 2 0 I\n", "the format of signal line 1 cannot be read."),
        (
            "r 1 500 50\nr.dat 16 200 16 0 one 2 0 I\n",
            "the ADC zero, initial value or checksum of signal line 1 cannot",
        ),
        ("r/2 1 500 50\nr_1 50\n", "a header has one line for each segment; 2 were promised and 1 came."),
        ("r/1 1 500 50\nr_1\n", "a segment line gives a record and its number of samples; one gives less."),
        ("r/1 1 500 50\nr_1 x\n", "the length of a segment is no whole number."),
    ],
)
def test_a_header_that_breaks_the_rules_says_which(text: str, said: str) -> None:
    with pytest.raises(HeaderError) as caught:
        parse_header(text)
    assert said in str(caught.value)
    assert caught.value.see == "docs/reading.md"


@settings(max_examples=300, deadline=None)
@given(st.text(alphabet="r12 \t\n/.x+:()-#eV~\r", max_size=120))
def test_any_text_is_a_header_or_a_header_error(text: str) -> None:
    try:
        header = parse_header(text)
    except HeaderError:
        return
    assert header.segments is not None or len(header.signals) == len(header.columns.file)


@pytest.mark.parametrize(
    "strange",
    [
        "r 2 500 9\n\nr.dat 16 200 16 0 1 2 0 I\nr.dat 16 200 16 0 3 4 0 II\n",
        "r 2 500 9\nr.dat 16  200 16 0 1 2 0 I\nr.dat 16 200 16 0 3 4 0 II\n",
        "r 2 500 9\nr.dat\t16 200 16 0 1 2 0 I\nr.dat 16 200 16 0 3 4 0 II\n",
        "r 2 500 9\nr\tr.dat 16 200 16 0 1 2 0 I\nr\tr.dat 16 200 16 0 3 4 0 II\n",
        "r 2 500 9\nr.dat 16 200 16 0 1 2 0 I\nq.dat 16 200 16 0 3 4 0 II\n",
        "r 2 500 9\nr.dat 16 200 16 0 1 2 0 lead I\nr.dat 16 200 16 0 3 4 0\n",
        "r 1 500 9\nr.dat 16 200 16 0 1\n 2 0 I\n",
        "r 1 500 9\nr.dat 16 200 16 0 1 2\n 0 I\n",
        "16 1 500 9\n16 16 200 16 0 1 2 0 16\n",
        "r 1 500 9\nr.dat 16 200 16 0 \0 \0 0 \0\n",
        "r 2 500 9\nr.dat 16 200 16 0 1 2 0 I\n\0 16 200 16 0 3 4 0 II\n",
        "r 1 500 9\nr.dat 16 200 16 0 1 2 0 I#1\n",
        "r 1 500 9\nr.dat 16 200 16 0 1 2 0 I\n#Age: 5\nr.dat 16\n",
        "r/1 1 500 9\nr.dat 16 200 16 0 1 2 0 I\n",
        "# 1 500 9\nr.dat 16 200 16 0 1 2 0 I\n",
        "\nr.dat 16 200 16 0 1 2 0 I\n",
    ],
)
def test_a_header_just_beside_the_usual_is_read_line_by_line(strange: str) -> None:
    assert _told(parse_header, strange) == _told(header_module._unusual, strange)


@settings(max_examples=500, deadline=None)
@given(
    st.integers(1, 3),
    st.lists(
        st.tuples(st.integers(0, 99), st.integers(0, 3), st.text(alphabet="r01 -+\t\n\r\0#/.dat", max_size=3)),
        max_size=3,
    ),
)
def test_what_headers_have_in_common_is_read_as_if_it_were_read_alone(
    count: int, edits: list[tuple[int, int, str]]
) -> None:
    text = f"r {count} 500 9\n" + "".join(f"r.dat 16 200(0)/mV 16 0 {row} -7 0 V{row + 1}\n" for row in range(count))
    for place, length, new in edits:
        text = text[:place] + new + text[place + length :]
    assert _told(parse_header, text) == _told(header_module._unusual, text.removeprefix("\ufeff"))


def _told(parse: Callable[[str], Header], text: str) -> object:
    try:
        header = parse(text)
    except HeaderError as error:
        return str(error)
    return header.fs, header.samples, header.clock, header.columns, header.segments, header.comments, header.plain


@settings(max_examples=200, deadline=None)
@given(
    st.lists(st.sampled_from(["r", "1", "500", "r.dat", "16", "\n", "200/mV", "é", "1e999", "-5", "()"]), max_size=25)
)
def test_any_words_are_a_header_or_an_error_of_ours(words: list[str]) -> None:
    with contextlib.suppress(EinthovenError):
        assert parse_header(" ".join(words)).comments == []
