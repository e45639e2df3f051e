"""The WFDB header: one record line, then a line for each signal or each segment, comments anywhere.

Source: header(5) of the WFDB Applications Guide. Where the guide gives a default it is used (250 Hz, gain 200,
baseline = ADC zero, mV). Where real headers break it they are still read: dates such as 05-May-2020, date before
time, a record name with a suffix, tabs, CRLF, a byte order mark.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import NamedTuple

from einthoven.errors import HeaderError

__all__ = ["DEFAULT_FS", "DEFAULT_GAIN", "Columns", "Header", "Layout", "Line", "broken", "parse_header", "started"]

DEFAULT_FS, DEFAULT_GAIN = 250.0, 200.0
"""What the guide assumes where a header is silent: Hz, and steps per mV of an uncalibrated signal."""

_PACKING = re.compile(r"(\d{1,4})(?:x(\d{1,6}))?(?::(\d{1,9}))?(?:\+(\d{1,15}))?", re.IGNORECASE | re.ASCII)
_SCALE = re.compile(
    r"([+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?)?(?:\(([+-]?\d{1,10})\))?(?:/(\S+))?", re.IGNORECASE | re.ASCII
)
_NUMBER = re.compile(r"\d*\.?\d+(?:e[+-]?\d+)?|\d+\.", re.IGNORECASE | re.ASCII)
_INTEGER = re.compile(r"[+-]?\d{1,10}", re.ASCII)
_DATES = ("%d/%m/%Y", "%d-%b-%Y", "%d-%m-%Y", "%Y-%m-%d", "%Y/%m/%d")
_TIMES = ("%H:%M:%S", "%H:%M:%S.%f", "%H:%M", "%M:%S.%f")


class Line(NamedTuple):
    """One signal as its header line describes it.

    Args:
        file: name of the signal file.
        format: how samples are stored (8, 16, 212, ...).
        frame: samples of this signal in each frame.
        skew: frames by which it is late.
        offset: bytes before the first sample.
        gain: steps per unit; 0 where the header says none.
        baseline: the integer that stands for 0.
        unit: of the physical signal.
        initial: value of sample 0, None where the header says none.
        checksum: sum of all samples modulo 2^16, None where the header says none.
        name: of the lead, "" where the header says none.
    """

    file: str
    format: int
    frame: int
    skew: int
    offset: int
    gain: float
    baseline: int
    unit: str
    initial: int | None
    checksum: int | None
    name: str


class Columns(NamedTuple):
    """The fields of `Line`, each a tuple over all signals."""

    file: tuple[str, ...]
    format: tuple[int, ...]
    frame: tuple[int, ...]
    skew: tuple[int, ...]
    offset: tuple[int, ...]
    gain: tuple[float, ...]
    baseline: tuple[int, ...]
    unit: tuple[str, ...]
    initial: tuple[int | None, ...]
    checksum: tuple[int | None, ...]
    name: tuple[str, ...]


@dataclass(frozen=True, eq=False, slots=True)
class Layout:
    """What the headers of a source say alike of their signals: `Columns` without file, initial values and checksums.

    `even` says that all signals have one format, one sample each in a frame, and no skew. The headers of a source are
    given one and the same Layout, which is equal to itself only: so what follows from it is remembered cheaply.
    """

    format: tuple[int, ...]
    frame: tuple[int, ...]
    skew: tuple[int, ...]
    offset: tuple[int, ...]
    gain: tuple[float, ...]
    baseline: tuple[int, ...]
    unit: tuple[str, ...]
    name: tuple[str, ...]
    even: bool


class Header(NamedTuple):
    """A parsed header; `segments` is None unless the record has several.

    Args:
        fs: sampling rate in Hz, None where the header says none.
        samples: frames in the record, None where the header says none.
        clock: the words after the number of samples, usually time and date (`started` reads them).
        file: of each signal, as in `Line`; so are `initial` and `checksum`.
        layout: the other fields of the signals.
        segments: (record name, frames) of each segment.
        comments: the lines that begin with "#".
        plain: True when all signals lie in one file, one sample of each in a frame, at the same time.
    """

    fs: float | None
    samples: int | None
    clock: tuple[str, ...]
    file: tuple[str, ...]
    initial: tuple[int | None, ...]
    checksum: tuple[int | None, ...]
    layout: Layout
    segments: Sequence[tuple[str, int]] | None
    comments: Sequence[str]
    plain: bool

    @property
    def columns(self) -> Columns:
        """The signals' lines, field by field."""
        one = self.layout
        before = one.format, one.frame, one.skew, one.offset, one.gain, one.baseline, one.unit
        return Columns(self.file, *before, self.initial, self.checksum, one.name)

    @property
    def signals(self) -> list[Line]:
        """One Line a signal."""
        return [Line(*row) for row in zip(*self.columns, strict=True)]


_NO_SIGNALS = Columns(*((),) * 11)
_Row = tuple[str, int, int, int, int, float, int, str, int | None, int | None, str]
_CUT = "\0"
"""What stands where something was cut out of a header, and stands in no other that is cut."""


def parse_header(text: str) -> Header:
    r"""Parse the text of a .hea file.

    Raises:
        HeaderError: a line cannot be understood, or the lines are not as many as the record line says.

    >>> header = parse_header("r 1 500 5000\nr.dat 16 1000(0)/mV 16 0 -119 1508 0 I\n")
    >>> header.fs, header.columns.name, header.columns.gain
    (500.0, ('I',), (1000.0,))
    """
    text = text.removeprefix("\ufeff")
    return (_usual(text) if _CUT not in text else None) or _unusual(text)


def _usual(text: str) -> Header | None:
    """Parse a header that differs from others of its source in names, initial values and checksums alone.

    Those are cut out, and what is left is parsed once for all of them. Returns None for headers of other kinds.
    """
    record, _, lines = text.partition("\n")
    lines, mark, remarks = lines.partition("#")
    file = (lines.split(None, 1) or [""])[0]
    words = lines.replace(f"{file} ", f"{_CUT} ").split(" ")
    try:
        initial, checksum = tuple(map(int, words[5::8])), tuple(map(int, words[6::8]))
        words[5::8] = words[6::8] = [_CUT] * len(initial)
    except ValueError:
        return None
    layout = _layout(" ".join(words), lines.count("\n"))
    rows, comments = _lines(mark + remarks) if mark else ([], [])
    name, *words = record.split() or ["#"]
    if layout is None or rows or (mark and lines[-1] != "\n") or name[0] == "#" or "/" in name:
        return None
    count, fs, samples = _extent(*words[:3])
    if count != len(initial):
        return None
    files = (file,) * count
    return Header(fs, samples, tuple(words[3:]), files, initial, checksum, layout, None, comments, layout.even)


@lru_cache(maxsize=1024)
def _layout(text: str, breaks: int) -> Layout | None:
    """Read signal lines out of which file, initial value and checksum were cut, once for all headers of a source.

    Returns None when something else was cut out, a line's end (of which there were `breaks`) among it, or when a word
    cannot be read.
    """
    rows = [words for line in text.split("\n") if (words := line.split(None, 8))]
    regular = all(len(words) == 9 and words[0] == words[5] == words[6] == _CUT for words in rows)
    if not rows or not regular or text.count(_CUT) != 3 * len(rows) or text.count("\n") != breaks:
        return None
    try:
        signals = [_signal([*words[:5], "0", "0", *words[7:]], row) for row, words in enumerate(rows, 1)]
    except HeaderError:
        return None
    return _laid_out(Columns._make(zip(*signals, strict=True)))


def _laid_out(columns: Columns) -> Layout:
    form, frame, skew, offset = columns[1:5]
    even = len(set(form)) == 1 and set(frame) == {1} and not any(skew)
    return Layout(form, frame, skew, offset, columns.gain, columns.baseline, columns.unit, columns.name, even)


def _unusual(text: str) -> Header:
    """Parse any header, line by line."""
    rows, comments = _lines(text)
    if not rows:
        raise broken("a header begins with a record line", "it holds only comments")
    words = rows.pop(0)
    count, fs, samples = _extent(*words[1:4])
    segments = _segments(words[0], rows)
    if segments is None and len(rows) != count:
        raise broken("a header has one line for each signal", f"{count} were promised and {len(rows)} came")
    columns = _NO_SIGNALS
    if segments is None and rows:
        columns = Columns._make(zip(*(_signal(words, row) for row, words in enumerate(rows, 1)), strict=True))
    layout = _laid_out(columns)
    plain = len(set(columns.file)) == 1 and layout.even
    clock, file = tuple(words[4:]), columns.file
    return Header(fs, samples, clock, file, columns.initial, columns.checksum, layout, segments, comments, plain)


def _lines(text: str) -> tuple[list[list[str]], list[str]]:
    """Split a header into the words of its lines, the last of at most nine with what follows, and its comments."""
    rows: list[list[str]] = []
    comments: list[str] = []
    for line in text.split("\n"):
        if words := line.split(None, 8):
            if words[0][0] == "#":
                comments.append(line.strip())
            else:
                rows.append(words)
    return rows, comments


def started(clock: tuple[str, ...]) -> tuple[datetime | None, str | None]:
    """Return when the record began, and a doubt when the words about it cannot be read.

    >>> started(("14:50:55", "05-May-2020"))
    (datetime.datetime(2020, 5, 5, 14, 50, 55), None)
    """
    day, time = (_first(clock, formats) for formats in (_DATES, _TIMES))
    if day is not None:
        return (datetime.combine(day, time.time()) if time is not None else day), None
    unread = bool(clock) and time is None
    return None, "the header's start time cannot be read: it is left out; look at the record line" if unread else None


def broken(
    rule: str, came: str, instead: str = "Compare the header with header(5) of WFDB and mend it."
) -> HeaderError:
    """Return the HeaderError of a WFDB header."""
    return HeaderError(rule, came=came, instead=instead, see="docs/reading.md")


def _signal(words: list[str], row: int) -> _Row:
    if len(words) != 9:
        return _short(words, row)
    scale = _scale(words[2])
    if scale is None:
        raise _unread(row, "gain")
    gain, baseline, unit = scale
    try:
        zero, initial, checksum = int(words[4]), int(words[5]), int(words[6])
    except ValueError:
        raise _unread(row, "ADC zero, initial value or checksum") from None
    form, frame, skew, offset = _packing(words[1]) or _packed_otherwise(row)
    base = zero if baseline is None else baseline
    return words[0], form, frame, skew, offset, gain, base, unit, initial, checksum, words[8].rstrip()


def _short(words: list[str], row: int) -> _Row:
    """Read a line that leaves fields out: numbers as far as they go, then the name."""
    if len(words) < 2:
        raise broken("a signal line gives a file and a format", f"signal line {row} gives less")
    form, frame, skew, offset = _packing(words[1]) or _packed_otherwise(row)
    rest = words[2:]
    scale = _scale(rest[0]) if rest else None
    gain, baseline, unit = scale or (0.0, None, "mV")
    rest = rest[1:] if scale else rest
    fields: list[int | None] = []
    while rest and len(fields) < 5 and _INTEGER.fullmatch(rest[0]):
        fields.append(int(rest.pop(0)))
    zero, initial, checksum = (fields + [None] * 4)[1:4]
    base = (zero or 0) if baseline is None else baseline
    return words[0], form, frame, skew, offset, gain, base, unit, initial, checksum, " ".join(rest)


def _segments(name: str, rows: list[list[str]]) -> list[tuple[str, int]] | None:
    _, slash, count = name.rpartition("/")
    if not slash or not count.isdecimal() or len(count) > 9:
        return None
    if len(rows) != int(count) or not rows:
        raise broken("a header has one line for each segment", f"{int(count)} were promised and {len(rows)} came")
    if any(len(words) < 2 for words in rows):
        raise broken("a segment line gives a record and its number of samples", "one gives less")
    return [(words[0], _whole(words[1], "length of a segment")) for words in rows]


@lru_cache(maxsize=1024)
def _packing(word: str) -> tuple[int, int, int, int] | None:
    """Read a format such as 16x2:3+24: format, samples per frame, skew, byte offset."""
    match = _PACKING.fullmatch(word)
    if match is None:
        return None
    form, frame, skew, offset = match.groups()
    return int(form), int(frame or 1), int(skew or 0), int(offset or 0)


@lru_cache(maxsize=8192)
def _scale(word: str) -> tuple[float, int | None, str] | None:
    """Read a gain such as 1000(0)/mV: steps per unit, baseline, unit."""
    match = _SCALE.fullmatch(word)
    if match is None:
        return None
    number, baseline, unit = match.groups()
    gain = float(number or 0)
    if gain and not 1e-9 <= abs(gain) <= 1e12:
        return None
    return gain, None if baseline is None else int(baseline), unit or "mV"


@lru_cache(maxsize=256)
def _extent(
    signals: str = "", rate: str | None = None, samples: str | None = None
) -> tuple[int, float | None, int | None]:
    """Read the numbers of a record line: how many signals, at which rate, how many samples of each."""
    count = _whole(signals, "number of signals")
    fs = None if rate is None else _rate(rate)
    return count, fs, None if samples is None else _whole(samples, "number of samples") or None


def _rate(word: str) -> float:
    """Read a rate such as 360/512(0): the first number is the sampling rate."""
    number = word.partition("/")[0]
    value = float(number) if _NUMBER.fullmatch(number) else 0.0
    if not 0 < value < float("inf"):
        raise broken("a sampling rate is a positive number in Hz", "the record line gives none")
    return value


def _whole(word: str, what: str) -> int:
    if not word.isdecimal() or len(word) > 15:
        raise broken(
            "a record line gives name, signals, rate and samples in this order", f"the {what} is no whole number"
        )
    return int(word)


def _packed_otherwise(row: int) -> tuple[int, int, int, int]:
    raise _unread(row, "format")


def _unread(row: int, what: str) -> HeaderError:
    return broken(
        "a signal line gives file, format, gain, ADC resolution, ADC zero, initial value, checksum, block and name",
        f"the {what} of signal line {row} cannot be read",
    )


def _first(words: tuple[str, ...], formats: tuple[str, ...]) -> datetime | None:
    for word in words:
        for form in formats:
            with suppress(ValueError):
                return datetime.strptime(word.strip("[]"), form)
    return None
