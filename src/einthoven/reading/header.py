"""The WFDB header: one record line, then a line for each signal or each segment, comments anywhere.

Source: header(5) of the WFDB Applications Guide. Where the guide gives a default it is used (250 Hz, gain 200,
baseline = ADC zero, mV). Where real headers break it they are still read: dates such as 05-May-2020, date before
time, a record name with a suffix, tabs, CRLF, a byte order mark.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime
from functools import lru_cache
from typing import Any, NamedTuple

from einthoven.errors import HeaderError

__all__ = ["DEFAULT_FS", "DEFAULT_GAIN", "Columns", "Header", "Line", "broken", "parse_header", "started"]

DEFAULT_FS, DEFAULT_GAIN = 250.0, 200.0
"""What the guide assumes where a header is silent: Hz, and steps per mV of an uncalibrated signal."""

_LAYOUT = re.compile(r"(\d{1,4})(?:x(\d{1,6}))?(?::(\d{1,9}))?(?:\+(\d{1,15}))?", re.IGNORECASE | re.ASCII)
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
    """The fields of `Line`, each a tuple over all signals: what most steps ask, at a fraction of the time."""

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


_NO_SIGNALS = Columns(*((),) * 11)
_Row = tuple[str, int, int, int, int, float, int, str, int | None, int | None, str]


class Header(NamedTuple):
    """A parsed header; `segments` is None unless the record has several.

    Args:
        fs: sampling rate in Hz, None where the header says none.
        samples: frames in the record, None where the header says none.
        clock: the words after the number of samples, usually time and date (`started` reads them).
        columns: the signals' lines, field by field (`signals` has them line by line).
        segments: (record name, frames) of each segment.
        comments: the lines that begin with "#".
        plain: True when all signals lie in one file, one sample of each in a frame, at the same time.
    """

    fs: float | None
    samples: int | None
    clock: tuple[str, ...]
    columns: Columns
    segments: Sequence[tuple[str, int]] | None
    comments: Sequence[str]
    plain: bool

    @property
    def signals(self) -> list[Line]:
        """One Line a signal."""
        return [Line(*row) for row in zip(*self.columns, strict=True)]


def parse_header(text: str) -> Header:
    r"""Parse the text of a .hea file.

    Raises:
        HeaderError: a line cannot be understood, or the lines are not as many as the record line says.

    >>> header = parse_header("r 1 500 5000\nr.dat 16 1000(0)/mV 16 0 -119 1508 0 I\n")
    >>> header.fs, header.columns.name, header.columns.gain
    (500.0, ('I',), (1000.0,))
    """
    rows: list[list[str]] = []
    comments: list[str] = []
    for line in text.removeprefix("\ufeff").split("\n"):
        if words := line.split(None, 8):
            if words[0][0] == "#":
                comments.append(line.strip())
            else:
                rows.append(words)
    if not rows:
        raise broken("a header begins with a record line", "it holds only comments")
    words = rows.pop(0)
    count = _whole(words[1] if len(words) > 1 else "", "number of signals")
    fs = _rate(words[2]) if len(words) > 2 else None
    samples = (_whole(words[3], "number of samples") or None) if len(words) > 3 else None
    segments = _segments(words[0], rows)
    if segments is None and len(rows) != count:
        raise broken("a header has one line for each signal", f"{count} were promised and {len(rows)} came")
    columns = _NO_SIGNALS if segments is not None or not rows else _even(rows) or _uneven(rows)
    plain = (
        len(set(columns.file)) == 1
        and len(set(columns.format)) == 1
        and set(columns.frame) == {1}
        and not any(columns.skew)
    )
    return Header(fs, samples, tuple(words[4:]), columns, segments, comments, plain)


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


def _even(rows: list[list[str]]) -> Columns | None:
    """Read the lines column by column where all fields are there, as in most headers; None where that does not work."""
    if set(map(len, rows)) != {9}:
        return None
    file, forms, scales, _, zeros, initials, checksums, _, names = zip(*rows, strict=True)
    try:
        initial, checksum = tuple(map(int, initials)), tuple(map(int, checksums))
    except ValueError:
        return None
    same = _same((forms, scales, zeros, names))
    if same is None:
        return None
    *before, names = same
    return Columns._make((file, *before, initial, checksum, names))


@lru_cache(maxsize=1024)
def _same(words: tuple[tuple[str, ...], ...]) -> tuple[tuple[Any, ...], ...] | None:
    """Read the columns in which the records of a source are all alike, once for all of them."""
    forms, scales, zeros, names = words
    layouts, gains = [_layout(word) for word in forms], [_scale(word) for word in scales]
    if None in layouts or None in gains or not all(map(_INTEGER.fullmatch, zeros)):
        return None
    form, frame, skew, offset = zip(*filter(None, layouts), strict=True)
    gain, bases, unit = zip(*filter(None, gains), strict=True)
    base = tuple(int(zero) if base is None else base for base, zero in zip(bases, zeros, strict=True))
    return form, frame, skew, offset, gain, base, unit, tuple(map(str.rstrip, names))


def _uneven(rows: list[list[str]]) -> Columns:
    return Columns._make(zip(*(_signal(words, row) for row, words in enumerate(rows, 1)), strict=True))


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
    form, frame, skew, offset = _layout(words[1]) or _layout_of_nothing(row)
    base = zero if baseline is None else baseline
    return words[0], form, frame, skew, offset, gain, base, unit, initial, checksum, words[8].rstrip()


def _short(words: list[str], row: int) -> _Row:
    """Read a line that leaves fields out: numbers as far as they go, then the name."""
    if len(words) < 2:
        raise broken("a signal line gives a file and a format", f"signal line {row} gives less")
    form, frame, skew, offset = _layout(words[1]) or _layout_of_nothing(row)
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
def _layout(word: str) -> tuple[int, int, int, int] | None:
    """Read a format such as 16x2:3+24: format, samples per frame, skew, byte offset."""
    match = _LAYOUT.fullmatch(word)
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


@lru_cache(maxsize=64)
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


def _layout_of_nothing(row: int) -> tuple[int, int, int, int]:
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
