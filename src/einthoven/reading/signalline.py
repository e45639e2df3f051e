"""A signal line of a WFDB header: the file, the format, the gain and the name of one signal.

Source: header(5) of the WFDB Applications Guide. Where the guide gives a default it is used (gain 200, baseline = ADC
zero, mV); a line may leave its last fields out.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import NamedTuple

from einthoven.errors import HeaderError
from einthoven.reading.recordline import broken

__all__ = ["DEFAULT_GAIN", "Columns", "Line", "signal_line"]

DEFAULT_GAIN = 200.0
"""Steps per mV of an uncalibrated signal, where a header is silent."""

_PACKING = re.compile(r"(\d{1,4})(?:x(\d{1,6}))?(?::(\d{1,9}))?(?:\+(\d{1,15}))?", re.IGNORECASE | re.ASCII)
_SCALE = re.compile(
    r"([+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?)?(?:\(([+-]?\d{1,10})\))?(?:/(\S+))?", re.IGNORECASE | re.ASCII
)
_INTEGER = re.compile(r"[+-]?\d{1,10}", re.ASCII)


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


_Row = tuple[str, int, int, int, int, float, int, str, int | None, int | None, str]


def signal_line(words: list[str], row: int) -> _Row:
    """Return the fields of `Line`.

    Args:
        words: of the line, at most nine: the last one may hold spaces.
        row: the line's number among the signal lines, from 1.

    Raises:
        HeaderError: a word cannot be read, or there are fewer than two.
    """
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


def _packed_otherwise(row: int) -> tuple[int, int, int, int]:
    raise _unread(row, "format")


def _unread(row: int, what: str) -> HeaderError:
    return broken(
        "a signal line gives file, format, gain, ADC resolution, ADC zero, initial value, checksum, block and name",
        f"the {what} of signal line {row} cannot be read",
    )
