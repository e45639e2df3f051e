"""Verdict: the rows of a comparison as one table for people."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

from einthoven.evaluating.measures import MEASURES, SHOWN
from einthoven.evaluating.normals import AGAINST, HALVES, QUANTILES
from einthoven.evaluating.result import Result, Results

__all__ = ["Verdict"]

TELLING = 12
"""How many of the measures that tell most are named."""
READING = (
    "normals carry NORM and no other diagnostic statement; simulated ones are weighted to the real age bands and sexes",
    "an effect is the mean of those with a finding less that of the normals, in units of their spread; r compares the "
    "simulated with the real effect over the measures of the heart; its interval resamples patients of both sides",
    "split-half r compares one half of the real patients with the other; the ceiling is what a true effect could reach",
)
"""What a reader of the table must know."""


class Verdict(Results):
    """Rows of `Realism`, printed as three tables: the normals' measures, what tells them apart, effects of findings."""

    def __str__(self) -> str:
        self._at = {(row.subject, row.metric, row.target): row for row in self.rows}
        seed = self.rows[0].seed if self.rows else 0
        parts = [self._measures(), self._apart(), self._telling(), self._effects()]
        return "\n\n".join([f"SIMULATED against {self.cohort}, seed {seed}", *parts, *self._footer()])

    def _number(self, subject: str, metric: str, target: str) -> float:
        row = self._at.get((subject, metric, target))
        return math.nan if row is None else row.value

    def _measures(self) -> str:
        real = next(row for row in self.rows if row.subject == "real")
        head = ("normals", "real median [25-75 %; 5-95 %]", "simulated [5-95 %]", "inside", "KS")
        body = [self._measure(name) for name in SHOWN]
        inside = sum(row[3] == "yes" for row in body)
        told = f"medians inside the real 25-75 %: {inside} of {len(body)} (n={real.n} real, {real.detail})"
        return "\n".join([*_lines(head, body), told])

    def _measure(self, name: str) -> tuple[str, ...]:
        real, made = ([self._number(side, word, name) for word in QUANTILES] for side in ("real", "simulated"))
        digits = 0 if max(map(abs, real)) >= 20 else 2
        q = [[f"{value:.{digits}f}" for value in each] for each in (real, made)]
        inside = self._number(AGAINST, "median inside the real 25-75 %", name)
        return (
            f"{name} {MEASURES[name].unit}",
            f"{q[0][2]} [{q[0][1]} to {q[0][3]}; {q[0][0]} to {q[0][4]}]",
            f"{q[1][2]} [{q[1][0]} to {q[1][4]}]",
            "yes" if inside == 1 else "NO" if inside == 0 else "unknown",
            f"{self._number(AGAINST, 'KS', name):.2f}",
        )

    def _apart(self) -> str:
        rows = [row for row in self.rows if row.metric in ("mean KS", "AUROC")]
        head = ("told apart", "in", "metric", "value [95 % interval]", "how")
        return "\n".join(_lines(head, [(row.subject, row.target, row.metric, _value(row), row.detail) for row in rows]))

    def _telling(self) -> str:
        distances = [row for row in self.rows if row.metric == "KS" and math.isfinite(row.value)]
        most = sorted(distances, key=lambda row: -row.value)[:TELLING]
        head = ("what tells most", "KS", "real median", "simulated median", "AUROC lost when shuffled")
        body = []
        for row in most:
            medians = [f"{self._number(side, 'median', row.target):.3g}" for side in ("real", "simulated")]
            lost = self._number(AGAINST, "AUROC lost", row.target)
            body.append((f"{row.target} {MEASURES[row.target].unit}", f"{row.value:.2f}", *medians, f"{lost:.4f}"))
        return "\n".join(_lines(head, body))

    def _effects(self) -> str:
        rows = [row for row in self.rows if row.metric == "effect r" and row.subject == AGAINST]
        head = ("effect of", "r over the measures [95 %]", "real", "split-half r", "ceiling", "simulated")
        body = [
            (
                row.target,
                _value(row),
                str(row.positives),
                f"{self._number(HALVES, 'effect r', row.target):.2f}",
                f"{self._number('ceiling', 'effect r', row.target):.2f}",
                row.detail,
            )
            for row in sorted(rows, key=lambda row: -(row.positives or 0))
        ]
        return "\n".join(_lines(head, body))

    def _footer(self) -> list[str]:
        return ["\n".join(f"note: {note}" for note in (*READING, *self.notes))]


def _value(row: Result) -> str:
    spread = "" if math.isnan(row.low) else f" [{row.low:.3f}, {row.high:.3f}]"
    return f"{row.value:.3f}{spread}"


def _lines(head: tuple[str, ...], body: Sequence[tuple[str, ...]]) -> Iterator[str]:
    widths = [max(map(len, column)) for column in zip(head, *body, strict=True)]
    return ("  ".join(map(str.ljust, row, widths)).rstrip() for row in (head, *body))
