"""CSV: text tables, one column a lead under its name, or numbers alone, between commas, semicolons, tabs or blanks.

Lines that begin with "#" are comments; `fs: 500`, `unit: uV` and what `writing` adds are understood in them.
"""

from __future__ import annotations

import re
from typing import Any

import numpy as np
from numpy.typing import NDArray

from einthoven.errors import ReadError
from einthoven.reading.asked import Asked
from einthoven.reading.source import Source
from einthoven.reading.table import Said, from_columns, recorded
from einthoven.recording import Recording

__all__ = ["read", "recognises"]

_FACT = re.compile(
    r"#\s*(?:einthoven\s+)?(fs|sampling_rate|unit|units|start|synthetic|history|warning)\s*[:=]\s*(.*)", re.IGNORECASE
)
_NUMBER = re.compile(r"[+-]?(?:\d+[.,]?\d*|[.,]\d+)(?:e[+-]?\d+)?|nan|", re.IGNORECASE)
_DELIMITERS = ("\t", ";", ",")


def recognises(source: Source) -> bool:
    """Say whether this is text in rows of as many cells, or numbers in rows."""
    if b"\0" in source.head[:1024] or source.head.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] in (b"<", b"{"):
        return False
    lines = [line for line in _lines(source.head) if not line.startswith("#")][:4]
    delimiter = _delimiter(lines)
    rows = [_cells(line, delimiter) for line in lines]
    if len(rows) < 2:
        return False
    numbers = sum(bool(_NUMBER.fullmatch(cell)) for cell in rows[1]) >= 0.5 * len(rows[1])
    return numbers or (delimiter is not None and len({len(row) for row in rows[:3]}) == 1)


def read(source: Source, asked: Asked) -> Recording:
    """Read a table of numbers; the rate comes from a time column, a comment or the caller.

    Raises:
        ReadError: a cell holds text, or the rows differ in length.
    """
    lines = _lines(source.data())
    said = Said.of(_facts([line for line in lines if line.startswith("#")]))
    lines = [line for line in lines if not line.startswith("#")]
    delimiter = _delimiter(lines[:4])
    head = _cells(lines[0], delimiter)
    named = not all(_NUMBER.fullmatch(cell) for cell in head)
    values = _numbers(lines[1:] if named else lines, delimiter, first=2 if named else 1)
    if not named:
        return recorded(values, None, said, asked=asked, form="csv")
    if len(head) != values.shape[1]:
        raise _refused(f"{len(head)} names came over {values.shape[1]} columns")
    if len(set(head)) != len(head):
        return recorded(values.T, head, said, asked=asked, form="csv", upright=True)  # which refuses them by name
    return from_columns(dict(zip(head, values.T, strict=True)), said, asked=asked, form="csv")


def _lines(data: bytes) -> list[str]:
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = data.decode("latin-1")
    return [line for line in (raw.strip(" \r") for raw in text.split("\n")) if line.strip()]


def _delimiter(lines: list[str]) -> str | None:
    """Return what stands between the cells, None for blanks."""
    for delimiter in _DELIMITERS:
        if lines and all(delimiter in line for line in lines[:2]):
            return delimiter
    return None if any(" " in line for line in lines) else ","


def _cells(line: str, delimiter: str | None) -> list[str]:
    return [cell.strip().strip('"').strip() for cell in line.split(delimiter)]


def _facts(comments: list[str]) -> dict[str, Any]:
    facts: dict[str, Any] = {"history": [], "warnings": []}
    for comment in comments:
        if match := _FACT.match(comment):
            key, value = match[1].lower(), match[2].strip()
            if key in {"history", "warning"}:
                facts["history" if key == "history" else "warnings"].append(value)
            else:
                facts[key] = value.removesuffix("Hz").strip() if key in {"fs", "sampling_rate"} else value
    return facts


def _numbers(lines: list[str], delimiter: str | None, *, first: int) -> NDArray[np.float64]:
    if not lines:
        raise _refused("only names came")
    try:
        return np.loadtxt(lines, delimiter=delimiter, ndmin=2, comments=None)
    except ValueError:
        rows = [_cells(line, delimiter) for line in lines]
    if len(rows) > 1 and any(len(row) != len(rows[0]) for row in rows):
        raise _refused("rows of different lengths came")
    values = np.empty((len(rows), len(rows[0])))
    for y, row in enumerate(rows):
        for x, cell in enumerate(row):
            if not _NUMBER.fullmatch(cell):
                raise _refused(f"text came in row {y + first}, column {x + 1}")
            values[y, x] = float(cell.replace(",", ".") if delimiter != "," else cell) if cell else np.nan
    return values


def _refused(came: str) -> ReadError:
    return ReadError(
        "a CSV of samples holds numbers under at most one row of lead names",
        came=came,
        instead="Remove what is not a sample, or put it behind # in lines of its own.",
        see="docs/reading.md",
    )
