"""Log: one CSV row for every step and validation, kept exact when a run goes on."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from pathlib import Path

from einthoven.files import storing, write_text

__all__ = ["Log"]


class Log:
    """A CSV file that grows by whole rows, and by columns when a row has a new one.

    Args:
        path: the file; None keeps rows in memory only.
        upto: rows of this step and later, left by a run that was killed after its last checkpoint, are dropped.
    """

    def __init__(self, path: Path | None, *, upto: int = 0) -> None:
        self.path = path
        self.columns, self.rows = _kept(path, upto) if path else ([], [])
        self._rewrite()

    def add(self, row: Mapping[str, object]) -> None:
        """Append one row in a single write, so that no reader ever sees half of it."""
        spoken = {name: _spoken(value) for name, value in row.items()}
        self.rows.append(spoken)
        new = [name for name in spoken if name not in self.columns]
        if new:
            self.columns += new
            self._rewrite()
        elif self.path:
            with storing(self.path), self.path.open("a", encoding="utf-8", newline="") as file:
                file.write(_text([spoken], self.columns))

    def _rewrite(self) -> None:
        if self.path and self.columns:
            write_text(self.path, ",".join(self.columns) + "\n" + _text(self.rows, self.columns))


def _kept(path: Path, upto: int) -> tuple[list[str], list[dict[str, str]]]:
    if not path.is_file() or not upto:
        return [], []
    with path.open(encoding="utf-8", newline="") as file:
        reader = csv.DictReader(file, restval="")
        # A last row that was cut off by a full disk has a step that is no number.
        rows = [row for row in reader if row["step"].isdigit() and int(row["step"]) < upto]
        return list(reader.fieldnames or []), rows


def _text(rows: Sequence[Mapping[str, str]], columns: Sequence[str]) -> str:
    text = io.StringIO()
    csv.DictWriter(text, columns, restval="", lineterminator="\n").writerows(rows)
    return text.getvalue()


def _spoken(value: object) -> str:
    return f"{value:.6g}" if isinstance(value, float) else str(value)
