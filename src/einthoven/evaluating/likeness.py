"""Likeness: which studies of a gallery are right answers to which, and how right. n studies, K classes, B rows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from einthoven.gathering import task
from einthoven.study import Study

__all__ = ["Likeness", "wording_of"]

Truth = NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class Likeness:
    """How like each other studies are, asked for a block of rows at a time.

    Args:
        words: a number for each different report, int64 (n,); a number of their own for each study where reports are
            not asked for.
        classes: diagnostic superclasses, bool (n, K).
        codes: SCP statements, float64 of 0 and 1, (n, K').
    """

    words: NDArray[np.int64]
    classes: Truth
    codes: NDArray[np.float64]

    @classmethod
    def of(cls, studies: Sequence[Study], *, worded: bool = True) -> Likeness:
        """Return the likeness of studies; their reports count when `worded`."""
        texts = [wording_of(study.report or "") if worded else study.id for study in studies]
        number = {text: row for row, text in enumerate(dict.fromkeys(texts))}
        known = sorted({code for study in studies for code in study.labels or {}})
        codes = np.array([[float(code in (study.labels or {})) for code in known] for study in studies])
        classes, _ = task("superclass").targets(studies)
        return cls(np.array([number[text] for text in texts]), classes, codes.reshape(len(studies), len(known)))

    def __len__(self) -> int:
        return len(self.words)

    @property
    def counts(self) -> NDArray[np.int64]:
        """How many studies say the same as each, itself counted, (n,)."""
        return np.bincount(self.words)[self.words]

    @property
    def repeats(self) -> bool:
        """Whether any report comes twice."""
        return bool((self.counts > 1).any())

    @property
    def labelled(self) -> bool:
        """Whether any study has a diagnostic superclass."""
        return bool(self.classes.any())

    def same(self, rows: slice) -> Truth:
        """Return who says the same, (B, n)."""
        return np.asarray(self.words[rows, None] == self.words[None])

    def own(self, rows: slice) -> Truth:
        """Return who is the same study, (B, n)."""
        places = np.arange(len(self))
        return np.asarray(places[rows, None] == places[None])

    def alike(self, rows: slice) -> Truth:
        """Return who has the same diagnostic superclasses, (B, n); a study without any is like none but itself."""
        powers = self.classes @ (1 << np.arange(self.classes.shape[1]))
        alike: Truth = (powers[rows, None] == powers[None]) & (powers[rows, None] > 0)
        return alike | self.own(rows)

    def overlap(self, rows: slice) -> NDArray[np.float64]:
        """Return the Jaccard index of SCP statements, shared over all either has, (B, n); 1 for the study itself."""
        shared = self.codes[rows] @ self.codes.T
        sizes = self.codes.sum(axis=1)
        either = sizes[rows, None] + sizes[None] - shared
        index = np.divide(shared, either, out=np.zeros_like(shared), where=either > 0)
        return np.asarray(np.maximum(index, self.own(rows)))


def wording_of(report: str) -> str:
    """Return a report as it is compared with others: case and spaces do not count.

    >>> wording_of(" Sinus  rhythm. ")
    'sinus rhythm.'
    """
    return " ".join(report.split()).lower()
