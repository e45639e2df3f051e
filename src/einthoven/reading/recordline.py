"""The record line of a WFDB header: how many signals, at which rate, how long, and when it began.

Source: header(5) of the WFDB Applications Guide. Where real headers break it they are still read: dates such as
05-May-2020, date before time.
"""

from __future__ import annotations

import re
from contextlib import suppress
from datetime import datetime
from functools import lru_cache

from einthoven.errors import HeaderError

__all__ = ["DEFAULT_FS", "broken", "extent", "started", "whole"]

DEFAULT_FS = 250.0
"""Hz, where a header is silent."""

_NUMBER = re.compile(r"\d*\.?\d+(?:e[+-]?\d+)?|\d+\.", re.IGNORECASE | re.ASCII)
_DATES = ("%d/%m/%Y", "%d-%b-%Y", "%d-%m-%Y", "%Y-%m-%d", "%Y/%m/%d")
_TIMES = ("%H:%M:%S", "%H:%M:%S.%f", "%H:%M", "%M:%S.%f")


@lru_cache(maxsize=256)
def extent(
    signals: str = "", rate: str | None = None, samples: str | None = None
) -> tuple[int, float | None, int | None]:
    """Read the numbers of a record line: how many signals, at which rate, how many samples of each."""
    count = whole(signals, "number of signals")
    fs = None if rate is None else _rate(rate)
    return count, fs, None if samples is None else whole(samples, "number of samples") or None


def _rate(word: str) -> float:
    """Read a rate such as 360/512(0): the first number is the sampling rate."""
    number = word.partition("/")[0]
    value = float(number) if _NUMBER.fullmatch(number) else 0.0
    if not 0 < value < float("inf"):
        raise broken("a sampling rate is a positive number in Hz", "the record line gives none")
    return value


def whole(word: str, what: str) -> int:
    """Read a number of things. Raises HeaderError, which names them by `what`, for any other word."""
    if not word.isdecimal() or len(word) > 15:
        raise broken(
            "a record line gives name, signals, rate and samples in this order", f"the {what} is no whole number"
        )
    return int(word)


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


def _first(words: tuple[str, ...], formats: tuple[str, ...]) -> datetime | None:
    for word in words:
        for form in formats:
            with suppress(ValueError):
                return datetime.strptime(word.strip("[]"), form)
    return None


def broken(
    rule: str, came: str, instead: str = "Compare the header with header(5) of WFDB and mend it."
) -> HeaderError:
    """Return the HeaderError of a WFDB header."""
    return HeaderError(rule, came=came, instead=instead, see="docs/reading.md")
