"""Result: one number with its interval, and everything needed to judge it."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

__all__ = ["Result", "Results"]

COUNTS = frozenset({"positives", "wrong", "studies with a wrong label", "studies without a legacy class"})
"""Metrics that are numbers of studies, printed without decimals."""


@dataclass(frozen=True, slots=True)
class Result:
    """One number.

    Args:
        protocol: how it was obtained, e.g. "zero-shot".
        subject: who was examined: "model", "random encoder", "hand-made features", "chance".
        metric: "AUROC", "R@1", ...
        target: a class, "macro", or what else the number speaks of.
        value: the number.
        low: lower end of the 95 % interval; NaN where there is none.
        high: upper end.
        n: studies it was measured on.
        positives: how many of them are positive, where that means something.
        seed: of everything random in it.
        detail: what else belongs to the number (gallery size, fraction of labels).
    """

    protocol: str
    subject: str
    metric: str
    target: str
    value: float
    low: float = math.nan
    high: float = math.nan
    n: int = 0
    positives: int | None = None
    seed: int = 0
    detail: str = ""

    def __str__(self) -> str:
        return f"{self.metric} {self.value:.3f} [{self.low:.3f}, {self.high:.3f}]"


class Results(Sequence[Result]):
    """Rows of one evaluation, with what every reader of them must know.

    Args:
        rows: the numbers.
        cohort: name of the cohort.
        notes: synthetic data, leaky splits, what was left out. Printed with every table.
    """

    def __init__(self, rows: Sequence[Result], *, cohort: str, notes: Sequence[str] = ()) -> None:
        self.rows, self.cohort, self.notes = tuple(rows), cohort, tuple(dict.fromkeys(notes))

    def find(self, **wanted: object) -> Results:
        """Return the rows whose fields equal `wanted`, e.g. `find(subject="model", target="macro")`."""
        kept = [row for row in self.rows if all(getattr(row, key) == value for key, value in wanted.items())]
        return Results(kept, cohort=self.cohort, notes=self.notes)

    def value(self, **wanted: object) -> float:
        """Return the one number that fits. Raises LookupError when none or several do."""
        rows = self.find(**wanted).rows
        if len(rows) != 1:
            raise LookupError(f"{len(rows)} rows fit {wanted}; ask for one")
        return rows[0].value

    def renamed(self, subject: str, name: str) -> Results:
        """Return the same rows with one subject called by another name."""
        rows = [replace(row, subject=name) if row.subject == subject else row for row in self.rows]
        return Results(rows, cohort=self.cohort, notes=self.notes)

    def to_json(self) -> str:
        """Return everything as JSON; numbers that do not exist are null."""
        rows = [
            {
                key: None if isinstance(value, float) and math.isnan(value) else value
                for key, value in asdict(row).items()
            }
            for row in self.rows
        ]
        return json.dumps({"cohort": self.cohort, "notes": self.notes, "rows": rows}, ensure_ascii=False)

    def table(self) -> list[dict[str, Any]]:
        """Return the rows as dictionaries."""
        return [asdict(row) for row in self.rows]

    def __add__(self, other: Results) -> Results:
        return Results([*self.rows, *other.rows], cohort=self.cohort, notes=(*self.notes, *other.notes))

    def __getitem__(self, key: Any) -> Any:
        return self.rows[key]

    def __len__(self) -> int:
        return len(self.rows)

    def __iter__(self) -> Iterator[Result]:
        return iter(self.rows)

    def __str__(self) -> str:
        head = ("protocol", "subject", "target", "metric", "value [95 % interval]", "n", "positives", "detail")
        body = [_cells(row) for row in self.rows]
        widths = [max(map(len, column)) for column in zip(head, *body, strict=True)]
        lines = ["  ".join(map(str.ljust, row, widths)).rstrip() for row in (head, *body)]
        seeds = sorted({row.seed for row in self.rows})
        above = f"{self.cohort}, seed {', '.join(map(str, seeds))}"
        return "\n".join([above, *lines, *(f"note: {note}" for note in self.notes)])


def _cells(row: Result) -> tuple[str, ...]:
    spread = "" if math.isnan(row.low) else f" [{row.low:.3f}, {row.high:.3f}]"
    positives = "" if row.positives is None else str(row.positives)
    value = f"{row.value:.0f}" if row.metric in COUNTS else f"{row.value:.3f}{spread}"
    return (row.protocol, row.subject, row.target, row.metric, value, str(row.n), positives, row.detail)
