"""The WFDB header: one record line, then a line for each signal or each segment, comments anywhere.

Source: header(5) of the WFDB Applications Guide. Where real headers break it they are still read: a record name with
a suffix, tabs, CRLF, a byte order mark.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

from einthoven.errors import HeaderError
from einthoven.reading.recordline import broken, extent, whole
from einthoven.reading.signalline import Columns, Line, signal_line

__all__ = ["Header", "Layout", "parse_header"]


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
    count, fs, samples = extent(*words[:3])
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
        signals = [signal_line([*words[:5], "0", "0", *words[7:]], row) for row, words in enumerate(rows, 1)]
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
    count, fs, samples = extent(*words[1:4])
    segments = _segments(words[0], rows)
    if segments is None and len(rows) != count:
        raise broken("a header has one line for each signal", f"{count} were promised and {len(rows)} came")
    columns = _NO_SIGNALS
    if segments is None and rows:
        columns = Columns._make(zip(*(signal_line(words, row) for row, words in enumerate(rows, 1)), strict=True))
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


def _segments(name: str, rows: list[list[str]]) -> list[tuple[str, int]] | None:
    _, slash, count = name.rpartition("/")
    if not slash or not count.isdecimal() or len(count) > 9:
        return None
    if len(rows) != int(count) or not rows:
        raise broken("a header has one line for each segment", f"{int(count)} were promised and {len(rows)} came")
    if any(len(words) < 2 for words in rows):
        raise broken("a segment line gives a record and its number of samples", "one gives less")
    return [(words[0], whole(words[1], "length of a segment")) for words in rows]
