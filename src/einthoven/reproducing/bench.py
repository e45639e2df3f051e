"""Bench: the model and the sets that rows are run on, each opened once."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from einthoven.encoding import Model
from einthoven.evaluating import Result, Results, Subject, evaluate, protocol_named, subjects_of
from einthoven.gathering import Cohort, gather
from einthoven.reproducing.comparison import Comparison
from einthoven.reproducing.row import Part, Row

__all__ = ["Bench"]

HEADLINE = {"retrieval": ("R@10", "ECG to report")}
"""Protocol -> the metric and target that a row compares; the others compare macro AUROC."""


@dataclass
class Bench:
    """What rows are run on.

    Args:
        model: whose numbers are ours.
        data: the folder that holds the sets, each under the name of its source.
        seed: of bootstraps, subsets of labels and the untrained twin.
    """

    model: Model
    data: Path
    seed: int = 0
    _cohorts: dict[Part, tuple[Cohort, tuple[str, ...]]] = field(default_factory=dict)
    _subjects: list[Subject] = field(default_factory=list)

    def run(self, row: Row) -> Comparison:
        """Return the row with our number. Raises CohortError where a set is not there."""
        if not self._subjects:
            self._subjects = subjects_of(self.model, seed=self.seed)
        results, heads, notes = None, [], list[str]()
        for part in row.parts:
            cohort, said = self._cohort(part)
            notes += said
            for task in (part.task, *([part.also] if part.also else [])):
                found = self._examine(row, part, cohort, task)
                results = found if results is None else results + found
                if task == part.task:
                    heads.append(_headline(found, row.protocol))
                    notes += _sizes(heads[-1], part)
                else:
                    notes.append(f"with corrected labels ({task}): {_percent(_headline(found, row.protocol))}")
        notes += [note for note in (results.notes if results else ()) if "SYNTHETIC" in note]
        value, low, high = _mean(heads, row.parts)
        count = sum(head.n for head in heads)
        return Comparison(row, results, heads[0].metric, value, low, high, count, tuple(dict.fromkeys(notes)))

    def _examine(self, row: Row, part: Part, cohort: Cohort, task: str) -> Results:
        source = {}
        if row.source is not None:
            source = {"source": self._cohort(row.source)[0], "source_task": row.source.task}
        sit = protocol_named(row.protocol, **row.settings, **source)
        return evaluate(sit, self._subjects, cohort, task=task, on=part.on, seed=self.seed)

    def _cohort(self, part: Part) -> tuple[Cohort, tuple[str, ...]]:
        if part not in self._cohorts:
            options: dict[str, Any] = {}
            notes = list[str]()
            if part.splits:
                table = _published(self.data / part.splits)
                if table is None:
                    notes.append(f"the split of {part.cohort} is ours: no {part.splits}(.csv, .csv.gz) in {self.data}")
                else:
                    options = {"splits": table}
            self._cohorts[part] = gather(part.cohort, self.data / part.cohort, **options), tuple(notes)
        return self._cohorts[part]


def _published(path: Path) -> Path | None:
    """Return the folder or table that holds a published split, None where there is none."""
    names = [path, path.with_name(f"{path.name}.csv"), path.with_name(f"{path.name}.csv.gz")]
    return next((one for one in names if one.exists()), None)


def _headline(results: Results, protocol: str) -> Result:
    metric, target = HEADLINE.get(protocol, ("AUROC", "macro"))
    found: Result = results.find(subject="model", metric=metric, target=target)[0]
    return found


def _sizes(head: Result, part: Part) -> list[str]:
    if not part.test or head.n == part.test:
        return []
    return [f"{head.n} test records of {part.cohort} for {part.task}, {part.test} in the paper"]


def _mean(heads: Sequence[Result], parts: Sequence[Part]) -> tuple[float, float, float]:
    """Return (value, low, high) x 100 of the mean over sets.

    Half-widths are added within a source, whose patients are the same, and as squares between sources.
    """
    value = 100 * sum(head.value for head in heads) / len(heads)
    if len(heads) == 1:
        return value, 100 * heads[0].low, 100 * heads[0].high
    halves: dict[str, float] = {}
    for head, part in zip(heads, parts, strict=True):
        halves[part.cohort] = halves.get(part.cohort, 0.0) + 50 * (head.high - head.low)
    half = math.sqrt(sum(one**2 for one in halves.values())) / len(heads)
    return value, value - half, value + half


def _percent(head: Result) -> str:
    return f"{100 * head.value:.2f} [{100 * head.low:.2f}, {100 * head.high:.2f}], n={head.n}"
