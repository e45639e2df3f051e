"""SaMi-Trop: 1,631 ECGs of as many patients with chronic Chagas cardiomyopathy, with two years of follow-up.

Ribeiro et al., SaMi-Trop, Zenodo 4905618, 2021, CC BY 4.0; Cardoso et al., BMJ Open 6:e011181, 2016. The layout
is CODE-15 %'s with one HDF5 file, exams.hdf5, which holds only `tracings`, in the order of exams.csv.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from pathlib import Path

from einthoven.errors import CohortError
from einthoven.gathering.codes import RELATIONS
from einthoven.gathering.cohort import Cohort
from einthoven.gathering.exams import exam, scaled
from einthoven.gathering.paths import folder_of, marked_synthetic
from einthoven.gathering.split import PARTS, by_patient
from einthoven.gathering.tables import rows_of
from einthoven.gathering.tracings import Layout, ids_in, opener_of_row

__all__ = ["sami_trop"]

_NEEDS = ("exam_id", "age", "is_male", "normal_ecg", "death", "timey")


def sami_trop(
    root: str | Path | None = None,
    *,
    unit: str = "by rule",
    parts: Mapping[str, float] = PARTS,
    seed: int = 0,
    relations: Collection[str] = RELATIONS,
) -> Cohort:
    """Gather SaMi-Trop from exams.csv and exams.hdf5.

    Args:
        root: the folder that holds both.
        unit: "mV", "1e-4 V" or "by rule", as for CODE-15 %.
        parts: shares of our own split; the set has none.
        seed: seed of that split.
        relations: as for CODE-15 %; the only finding here is a normal ECG.

    Returns:
        One patient an exam, as its authors say. `extra` has death, timey (years of follow-up) and the age that a
        network saw. Labels are NORM or {}.

    Raises:
        CohortError: no folder, no table, or a file whose rows do not match the table's.
        MissingExtraError: h5py is not installed.
    """
    folder = folder_of(root, "sami-trop", holds="exams.csv and exams.hdf5")
    rows = list(rows_of(folder / "exams.csv", needs=_NEEDS))
    file, made = folder / "exams.hdf5", marked_synthetic(folder)
    count = len(ids_in(file))
    if count != len(rows):
        raise CohortError(
            "exams.hdf5 holds one tracing for each row of exams.csv, in its order",
            came=f"{count} tracings and {len(rows)} rows in {folder}",
            instead="Fetch both files again from the same version.",
            see="docs/gathering.md",
        )
    layout, note = scaled(Layout(), file, unit)
    studies = [
        exam(
            row,
            opener_of_row(str(file), position, layout, synthetic=made),
            patient=row["exam_id"],
            relations=relations,
            synthetic=made,
        )
        for position, row in enumerate(rows)
    ]
    notes = (note, f"the split is ours, by patient with seed {seed}")
    return Cohort("sami-trop", studies, by_patient(studies, parts=parts, seed=seed), notes=notes)
