"""Corpus: the reports of a cohort where a run reads no signal; what such a run uses of a sample store."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from einthoven.gathering.cohort import Cohort

__all__ = ["Corpus"]


@dataclass(frozen=True, eq=False)
class Corpus:
    """Reports, their ids and whose they are; no signals.

    Args:
        folder: where what is kept beside it lies.
        cohort_name: where the studies came from.
        synthetic: True when any study was made by a simulator.
        table: one row a study (pyarrow): id, report and patient, a number.
    """

    folder: Path
    cohort_name: str
    synthetic: bool
    table: Any = field(repr=False)

    @classmethod
    def of(cls, cohort: Cohort, parts: Sequence[Cohort], folder: str | Path) -> Corpus:
        """Return the reports of those splits that are used."""
        import pyarrow as pa

        studies = [study for part in parts for study in part]
        patients = {group: number for number, group in enumerate(dict.fromkeys(study.group for study in studies))}
        columns = {
            "id": [study.id for study in studies],
            "report": pa.array([study.report for study in studies], pa.string()),
            "patient": pa.array([patients[study.group] for study in studies], pa.int64()),
        }
        return cls(Path(folder), cohort.name, cohort.synthetic, pa.table(columns))

    def rows(self) -> NDArray[np.int64]:
        """Return the rows of all studies."""
        return np.arange(self.table.num_rows)
