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
from typing import NamedTuple

from einthoven.errors import HeaderError

__all__ = ["DEFAULT_FS", "DEFAULT_GAIN", "Header", "Line", "parse_header"]

DEFAULT_FS, DEFAULT_GAIN = 250.0, 200.0
"""What the guide assumes where a header is silent: Hz, and steps per mV of an uncalibrated signal."""

_LAYOUT = re.compile(r"(\d{1,4})(?:x(\d{1,6}))?(?::(\d{1,9}))?(?:\+(\d{1,15}))?", re.IGNORECASE | re.ASCII)
_SCALE = re.compile(
    r"([+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?)?(?:\(([+-]?\d+)\))?(?:/(\S+))?", re.IGNORECASE | re.ASCII
)
_NUMBER = re.compile(r"\d*\.?\d+(?:e[+-]?\d+)?|\d+\.", re.IGNORECASE | re.ASCII)
_INTEGER = re.compile(r"[+-]?\d+", re.ASCII)
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


class Header(NamedTuple):
    """A parsed header; `segments` is None unless the record has several.

    Args:
        fs: sampling rate in Hz, None where the header says none.
        samples: frames in the record, None where the header says none.
        clock: the words after the number of samples, usually time and date (`started` reads them).
        signals: one Line a signal.
        segments: (record name, frames) of each segment.
        comments: the lines after "#".
        promised: signals promised by the record line.
    """

    fs: float | None
    samples: int | None
    clock: tuple[str, ...]
    signals: Sequence[Line]
    segments: Sequence[tuple[str, int]] | None
    comments: Sequence[str]
    promised: int


def parse_header(text: str) -> Header:
    r"""Parse the text of a .hea file.

    Raises:
        HeaderError: a line cannot be understood, or the lines are not as many as the record line says.

    >>> header = parse_header("r 1 500 5000\nr.dat 16 1000(0)/mV 16 0 -119 1508 0 I\n")
    >>> header.fs, header.signals[0].name, header.signals[0].gain
    (500.0, 'I', 1000.0)
    """
    lines: list[str] = []
    comments: list[str] = []
    for raw in text.lstrip("\ufeff").split("\n"):
        line = raw.strip()
        if line:
            (comments if line[0] == "#" else lines).append(line)
    if not lines:
        raise broken("a header begins with a record line", "it holds only comments")
    words = lines[0].split()
    if len(words) < 2 or not words[1].isdecimal():
        raise broken("a record line gives a name and the number of signals", "the first line has neither")
    count, fs, samples = int(words[1]), None, None
    if len(words) > 2:
        fs = _rate(words[2])
    if len(words) > 3:
        samples = _whole(words[3], "number of samples") or None
    segments = _segments(words[0], lines[1:])
    signals = [] if segments is not None else [_signal(line, row) for row, line in enumerate(lines[1:], 1)]
    if segments is None and len(signals) != count:
        raise broken("a header has one line for each signal", f"{count} were promised and {len(signals)} came")
    return Header(fs, samples, tuple(words[4:]), signals, segments, comments, count)


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


def _signal(line: str, row: int) -> Line:
    words = line.split(None, 8)
    if len(words) < 2:
        raise broken("a signal line gives a file and a format", f"signal line {row} gives less")
    form, frame, skew, offset = _layout(words[1]) or _refuse(row, "format")
    gain, baseline, unit = (_scale(words[2]) if len(words) > 2 else None) or (0.0, None, "mV")
    if len(words) == 9:
        try:
            zero, initial, checksum = int(words[4]), int(words[5]), int(words[6])
        except ValueError:
            _refuse(row, "ADC zero, initial value or checksum")
        name = words[8].strip()
        return Line(
            words[0],
            form,
            frame,
            skew,
            offset,
            gain,
            zero if baseline is None else baseline,
            unit,
            initial,
            checksum,
            name,
        )
    return _short(words, row)


def _short(words: list[str], row: int) -> Line:
    """Read a line that leaves fields out: numbers as far as they go, then the name."""
    form, frame, skew, offset = _layout(words[1]) or _refuse(row, "format")
    rest = words[2:]
    scale = _scale(rest[0]) if rest else None
    gain, baseline, unit = scale or (0.0, None, "mV")
    rest = rest[1:] if scale else rest
    fields: list[int] = []
    while rest and len(fields) < 5 and _INTEGER.fullmatch(rest[0]):
        fields.append(int(rest.pop(0)))
    zero, initial, checksum = (fields + [None] * 5)[1:4] if fields else (None, None, None)
    base = baseline if baseline is not None else zero or 0
    return Line(words[0], form, frame, skew, offset, gain, base, unit, initial, checksum, " ".join(rest))


def _segments(name: str, lines: list[str]) -> list[tuple[str, int]] | None:
    _, slash, count = name.rpartition("/")
    if not slash or not count.isdecimal():
        return None
    words = [line.split() for line in lines]
    if len(words) != int(count) or not words:
        raise broken("a header has one line for each segment", f"{count} were promised and {len(words)} came")
    if any(len(word) < 2 or not word[1].isdecimal() for word in words):
        raise broken("a segment line gives a record and its number of samples", "one gives less")
    return [(word[0], int(word[1])) for word in words]


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
    gain, baseline, unit = match.groups()
    value = float(gain or 0)
    gain_known = value if abs(value) < float("inf") else 0.0
    return gain_known, None if baseline is None else int(baseline), unit or "mV"


@lru_cache(maxsize=64)
def _rate(word: str) -> float:
    """Read a rate such as 360/512(0): the first number is the sampling rate."""
    number = word.partition("/")[0]
    value = float(number) if _NUMBER.fullmatch(number) else 0.0
    if not 0 < value < float("inf"):
        raise broken("a sampling rate is a positive number in Hz", "the record line gives none")
    return value


def _whole(word: str, what: str) -> int:
    if not word.isdecimal():
        raise broken(
            "a record line gives name, signals, rate and samples in this order", f"the {what} is no whole number"
        )
    return int(word)


def _refuse(row: int, what: str) -> tuple[int, int, int, int]:
    raise broken(
        "a signal line gives file, format, gain, ADC resolution, zero and so on",
        f"the {what} of signal line {row} cannot be read",
    )


def _first(words: tuple[str, ...], formats: tuple[str, ...]) -> datetime | None:
    for word in words:
        for form in formats:
            with suppress(ValueError):
                return datetime.strptime(word.strip("[]"), form)
    return None
