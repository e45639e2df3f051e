"""Population: a cohort whose patients are compared with another cohort's. Shapes: n studies, F measures."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from einthoven.evaluating.measures import MEASURES, measures
from einthoven.evaluating.subject import Subject
from einthoven.gathering import Cohort
from einthoven.study import Study

__all__ = ["Measured", "Population"]

Matrix = NDArray[np.float32]


class Measured(Subject):
    """Whose ECGs are measured by hand-made `measures`: a row of `MEASURES` a study, NaN what cannot be measured."""

    def _measure(self, studies: Sequence[Study]) -> Matrix:
        return self._measured(studies, measures, len(MEASURES))


class Population(Measured):
    """A cohort under examination: it is measured, and measures the examined studies by the same code.

    Args:
        cohort: usually simulated; all its studies are taken, whatever their split.
    """

    def __init__(self, cohort: Cohort) -> None:
        super().__init__("real")
        self.cohort = cohort
        self._own = Measured("simulated")  # apart, because two cohorts may use the same ids

    def own(self) -> tuple[tuple[Study, ...], Matrix]:
        """Return the labelled studies of its cohort that could be read, and their measures, (n, F)."""
        labelled = [study for study in self.cohort if study.labels]
        self._own.meet(labelled)
        kept = tuple(study for study in labelled if study not in self._own.refused)
        empty = np.empty((0, len(MEASURES)), np.float32)
        return kept, self._own.pooled(kept) if kept else empty

    @property
    def refused_own(self) -> dict[Study, str]:
        """Study -> reason, of its own studies that could not be read."""
        return self._own.refused
