"""Cohort: studies in order, with named splits that no patient crosses."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cached_property
from typing import overload

from einthoven.errors import CohortError, LeakageError, did_you_mean
from einthoven.study import Study

__all__ = ["Cohort"]


class Cohort(Sequence[Study]):
    """Studies in order, with named splits.

    Args:
        name: where they come from, e.g. "ptb-xl".
        studies: the studies, ids unique.
        splits: split name -> positions in `studies`; a study may be in no split, never in two.
        leaky: why a patient may be in two splits all the same; every Result made from the cohort prints it.
        notes: what a reader of a Result should know (files quarantined, restored gains, unknown patients).

    Raises:
        CohortError: an id comes twice, a split names a position that is not there, or one in two splits.
        LeakageError: a patient is in two splits and `leaky` gives no reason.

    >>> import numpy as np
    >>> from einthoven.recording import Recording
    >>> one = Recording(np.zeros((1, 10)), ["I"], 10)
    >>> cohort = Cohort("tiny", [Study("a", one, patient="p"), Study("b", one)], {"train": [0], "test": [1]})
    >>> cohort, cohort.split("test")[0].id
    (Cohort(tiny: 2 studies; train 1, test 1), 'b')
    """

    def __init__(
        self,
        name: str,
        studies: Sequence[Study],
        splits: Mapping[str, Sequence[int]] | None = None,
        *,
        leaky: str | None = None,
        notes: Sequence[str] = (),
    ) -> None:
        self.name, self.studies, self.leaky = name, tuple(studies), leaky
        self.splits = {key: tuple(int(i) for i in rows) for key, rows in (splits or {}).items()}
        self._refuse_repeated_ids()
        self._refuse_stray_positions()
        crossing = self._crossing()
        if crossing and leaky is None:
            raise LeakageError(
                "no patient is in two splits",
                came=f"{len(crossing)} of {self.name}'s patients are in more than one of {', '.join(self.splits)}",
                instead='Split by patient, or pass leaky="reason", which every Result will then print.',
                see="docs/cohort.md",
            )
        self._told = tuple(notes)
        self.notes = (*self._told, *self._remarks())

    def split(self, name: str) -> Cohort:
        """Return the studies of one split as a Cohort of their own. Raises CohortError when it is not there."""
        if name not in self.splits:
            raise CohortError(
                "a split is asked for by its name",
                came=f"{self.name} has no split {name!r}",
                instead=did_you_mean(name, self.splits),
                see="docs/cohort.md",
            )
        return self._part(self.splits[name], {name: range(len(self.splits[name]))})

    def where(self, keep: Callable[[Study], bool]) -> Cohort:
        """Return the studies for which `keep` is true, in their splits."""
        rows = [row for row, study in enumerate(self.studies) if keep(study)]
        place = {row: new for new, row in enumerate(rows)}
        splits = {name: [place[row] for row in old if row in place] for name, old in self.splits.items()}
        return self._part(rows, splits)

    @cached_property
    def split_of(self) -> Mapping[int, str]:
        """Position -> name of its split; positions without a split are absent."""
        return {row: name for name, rows in self.splits.items() for row in rows}

    @property
    def synthetic(self) -> bool:
        """True when any study was made by a simulator: results must then say so."""
        return any(study.synthetic for study in self.studies)

    @overload
    def __getitem__(self, key: int) -> Study: ...
    @overload
    def __getitem__(self, key: slice) -> Cohort: ...
    def __getitem__(self, key: int | slice) -> Study | Cohort:
        if isinstance(key, int):
            return self.studies[key]
        rows = range(len(self.studies))[key]
        place = {row: new for new, row in enumerate(rows)}
        splits = {name: [place[row] for row in old if row in place] for name, old in self.splits.items()}
        return self._part(rows, splits)

    def __len__(self) -> int:
        return len(self.studies)

    def __iter__(self) -> Iterator[Study]:
        return iter(self.studies)

    def __repr__(self) -> str:
        parts = ", ".join(f"{name} {len(rows)}" for name, rows in self.splits.items())
        made = "synthetic, " if self.synthetic else ""
        return f"Cohort({self.name}: {made}{len(self)} studies" + (f"; {parts})" if parts else ")")

    def _part(self, rows: Sequence[int], splits: Mapping[str, Sequence[int]]) -> Cohort:
        return Cohort(self.name, [self.studies[row] for row in rows], splits, leaky=self.leaky, notes=self._told)

    def _refuse_repeated_ids(self) -> None:
        twice = [key for key, count in Counter(study.id for study in self.studies).items() if count > 1]
        if twice:
            raise CohortError(
                "a study's id is unique within its cohort",
                came=f"{len(twice)} ids of {self.name} come more than once, the first is {twice[0]!r}",
                instead="Make ids of the source's record names, or drop the repeated records.",
                see="docs/cohort.md",
            )

    def _refuse_stray_positions(self) -> None:
        seen = Counter(row for rows in self.splits.values() for row in rows)
        stray = [row for row, count in seen.items() if count > 1 or not 0 <= row < len(self.studies)]
        if stray:
            raise CohortError(
                "a split holds positions of studies, and a study is in at most one split",
                came=f"{len(stray)} positions of {self.name} are out of range or in two splits, e.g. {stray[0]}",
                instead=f"Use each of 0 to {len(self.studies) - 1} at most once.",
                see="docs/cohort.md",
            )

    def _crossing(self) -> set[str]:
        home: dict[str, str] = {}
        crossing = set()
        for name, rows in self.splits.items():
            for row in rows:
                group = self.studies[row].group
                if home.setdefault(group, name) != name:
                    crossing.add(group)
        return crossing

    def _remarks(self) -> Iterator[str]:
        unknown = sum(study.patient is None for study in self.studies)
        if unknown:
            yield f"{unknown} of {len(self)} studies have no known patient; each counts as a patient of his own"
        if self.leaky is not None:
            yield f"LEAKY: {self.leaky}"
