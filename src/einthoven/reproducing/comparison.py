"""Comparison: a paper's number beside ours, with the interval, the count, and what differs."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from einthoven.evaluating import Results
from einthoven.reproducing.row import Row

__all__ = ["Comparison", "Comparisons"]


@dataclass(frozen=True)
class Comparison:
    """One row, run or not.

    Args:
        row: the paper's.
        results: everything that was measured, None where nothing was.
        metric: what is compared.
        ours: the number on the paper's scale (x 100), NaN where nothing was measured.
        low: lower end of the 95 % interval by patients.
        high: upper end.
        n: studies it was measured on.
        notes: what differs, and what could not be done.
    """

    row: Row
    results: Results | None = None
    metric: str = "AUROC"
    ours: float = math.nan
    low: float = math.nan
    high: float = math.nan
    n: int = 0
    notes: tuple[str, ...] = ()

    def facts(self) -> dict[str, Any]:
        """Return everything as plain values; a number that does not exist is None."""
        numbers = {"ours": self.ours, "low": self.low, "high": self.high}
        return {
            "row": self.row.name,
            "metric": f"{self.metric} x 100",
            "paper": self.row.paper,
            "again": self.row.again,
            "read": self.row.read,
            **{name: None if math.isnan(value) else value for name, value in numbers.items()},
            "n": self.n,
            "command": self.row.command,
            "needs": list(self.row.needs),
            "differs": list(self.row.differs),
            "notes": list(self.notes),
            "rows": [] if self.results is None else self.results.table(),
        }


class Comparisons(Sequence[Comparison]):
    """Rows of papers, in their order."""

    def __init__(self, rows: Sequence[Comparison]) -> None:
        self.rows = tuple(rows)

    def to_json(self) -> str:
        """Return everything as JSON; numbers that do not exist are null."""
        text = json.dumps([row.facts() for row in self.rows], ensure_ascii=False, default=str)
        return text.replace("NaN", "null")

    def __getitem__(self, key: Any) -> Any:
        return self.rows[key]

    def __len__(self) -> int:
        return len(self.rows)

    def __iter__(self) -> Iterator[Comparison]:
        return iter(self.rows)

    def __str__(self) -> str:
        head = ("row", "paper", "others", "ours [95 % interval]", "n", "read in", "needs below --data")
        body = [_cells(one) for one in self.rows]
        widths = [max(map(len, column)) for column in zip(head, *body, strict=True)]
        lines = ["  ".join(map(str.ljust, row, widths)).rstrip() for row in (head, *body)]
        notes = dict.fromkeys(note for one in self.rows for note in one.notes)
        differs = dict.fromkeys(note for one in self.rows for note in one.row.differs)
        said = [*(f"differs: {note}" for note in differs), *(f"note: {note}" for note in notes)]
        return "\n".join([*lines, *said, f"run: {self._command()}"])

    def _command(self) -> str:
        return self.rows[0].row.command if len(self.rows) == 1 else "einthoven reproduce ROW --model MODEL --data DATA"


def _cells(one: Comparison) -> tuple[str, ...]:
    row = one.row
    ours = "-" if math.isnan(one.ours) else f"{one.ours:.2f}"
    spread = "" if math.isnan(one.low) else f" [{one.low:.2f}, {one.high:.2f}]"
    told = ["-" if value is None else f"{value:.2f}" for value in (row.paper, row.again)]
    return (row.name, *told, f"{ours}{spread}", str(one.n or "-"), row.read, ", ".join(row.needs))
