"""Tables: CSV files as rows, and the small values in their cells."""

from __future__ import annotations

import csv
import gzip
import io
import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from einthoven.errors import CohortError, did_you_mean
from einthoven.study import Sex

__all__ = ["Row", "date_in", "header_of", "labels_in", "number_in", "rows_of", "sex_in", "text_in"]

Row = Mapping[str, str]
csv.field_size_limit(1 << 26)  # a report may be long: Python stops at 131,072 characters a cell


def rows_of(path: Path, *, needs: Sequence[str] = ()) -> Iterator[dict[str, str]]:
    """Yield the rows of a CSV file (also .csv.gz, .tsv), column name -> text.

    Raises:
        CohortError: the file is absent, is no table, or lacks a column of `needs`.
    """
    with _text(path) as lines:
        reader = csv.DictReader(lines, delimiter="\t" if ".tsv" in path.suffixes else ",", restval="")
        try:
            _refuse_missing(path, reader.fieldnames or (), needs)
            yield from reader
        except (csv.Error, UnicodeDecodeError, EOFError, gzip.BadGzipFile) as error:
            raise CohortError(
                "a table is a text file with comma-separated columns",
                came=f"{path} cannot be read beyond line {reader.line_num}",
                instead="Fetch it again, or export it as CSV in UTF-8.",
                see="docs/gathering.md",
            ) from error


def header_of(path: Path) -> list[str]:
    """Return the column names of a CSV file. Raises CohortError as `rows_of` does."""
    with _text(path) as lines:
        try:
            return next(csv.reader(lines, delimiter="\t" if ".tsv" in path.suffixes else ","), [])
        except (csv.Error, UnicodeDecodeError, EOFError, gzip.BadGzipFile) as error:
            raise CohortError(
                "a table begins with the names of its columns",
                came=f"{path} is not text",
                instead="Export it as CSV in UTF-8.",
                see="docs/gathering.md",
            ) from error


def _text(path: Path) -> io.TextIOBase:
    if not path.is_file():
        raise CohortError(
            "a source is described by its table",
            came=f"{path} does not exist",
            instead="Name the folder as it was published, or fetch the table.",
            see="docs/gathering.md",
        )
    if path.suffix == ".gz":
        return gzip.open(path, "rt", encoding="utf-8-sig", newline="")
    return path.open(encoding="utf-8-sig", newline="")


def _refuse_missing(path: Path, names: Sequence[str], needs: Sequence[str]) -> None:
    missing = [name for name in needs if name not in names]
    if missing:
        raise CohortError(
            f"{path.name} has the columns {', '.join(needs)}",
            came=f"{', '.join(missing)} missing in {path}",
            instead=did_you_mean(missing[0], names),
            see="docs/gathering.md",
        )


def text_in(row: Row, name: str) -> str | None:
    """Return the text of a cell, None where it is empty, absent or says nothing.

    >>> text_in({"a": " x ", "b": "NaN"}, "a"), text_in({"b": "NaN"}, "b"), text_in({}, "c")
    ('x', None, None)
    """
    text = (row.get(name) or "").strip()
    return None if text.lower() in ("", "nan", "none", "null", "n/a", "na", "unknown") else text


def number_in(row: Row, name: str) -> float | None:
    """Return the number in a cell, None where there is none.

    >>> number_in({"age": "56.0"}, "age"), number_in({"age": "old"}, "age")
    (56.0, None)
    """
    text = text_in(row, name)
    try:
        number = float(text) if text else None
    except ValueError:
        return None
    return number if number is not None and abs(number) < float("inf") else None


def sex_in(text: str | None) -> Sex | None:
    """Return the sex that a word or letter stands for; numbers differ between sources and are theirs to map.

    >>> sex_in("F"), sex_in("Male"), sex_in("1")
    ('female', 'male', None)
    """
    word = (text or "").strip().lower()
    if word in ("f", "female", "w", "woman"):
        return "female"
    return "male" if word in ("m", "male", "man") else None


def date_in(text: str | None) -> datetime | None:
    """Return an ISO date and time, None where there is none.

    >>> date_in("1984-11-09 09:17:34"), date_in("long ago")
    (datetime.datetime(1984, 11, 9, 9, 17, 34), None)
    """
    try:
        return datetime.fromisoformat(text.strip()) if text else None
    except ValueError:
        return None


def labels_in(text: str, *, where: str) -> dict[str, float]:
    """Return the labels written in a cell: a mapping, a list, or codes between commas, semicolons or bars.

    Nothing is evaluated: a Python dictionary in quotes, as PTB-XL writes it, is read as JSON after its quotes
    are turned.

    Args:
        text: the cell.
        where: which cell, for the message.

    Raises:
        CohortError: the cell is none of these.

    >>> labels_in("{'NORM': 100.0, 'SR': 0.0}", where="row 1")
    {'NORM': 100.0, 'SR': 0.0}
    >>> labels_in("AFIB; PVC", where="row 2"), labels_in("['SR']", where="row 3")
    ({'AFIB': 100.0, 'PVC': 100.0}, {'SR': 100.0})
    """
    text = text.strip()
    if not text.startswith(("{", "[")):
        for mark in (";", "|"):
            text = text.replace(mark, ",")
        return {code.strip(): 100.0 for code in text.split(",") if code.strip()}
    try:
        found: Any = json.loads(text.replace("'", '"'))
    except json.JSONDecodeError as error:
        raise _unparsable(where) from error
    if isinstance(found, list) and all(isinstance(code, str) for code in found):
        return dict.fromkeys(found, 100.0)
    if not isinstance(found, dict) or not all(isinstance(value, int | float) for value in found.values()):
        raise _unparsable(where)
    return {code: float(value) for code, value in found.items()}


def _unparsable(where: str) -> CohortError:
    return CohortError(
        "labels are written {'CODE': likelihood}, ['CODE'] or CODE;CODE",
        came=f"{where} is none of these",
        instead="Mend the cell, or leave it empty where nobody looked.",
        see="docs/gathering.md",
    )
