"""IKEM: 98,130 ECGs of 30,290 patients of a Prague hospital, with no findings: who is who is all that is known.

Seják et al., ElectroCardioGuard, Knowledge-Based Systems 280:111014, 2023; Zenodo 8393007, CC BY 4.0.

As documented there: HDF5 files beside exams.csv, `exam_id`, `hashes`, `real_lengths` and `tracings` of 16-bit
integers, 4.88 uV a step, (N, 4096, 8), 500 Hz. Inferred from its authors' loader: the eight leads are V1 to V6, I, II
in that order, and the 4096 samples are the middle of 5000.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from einthoven.errors import CohortError
from einthoven.gathering.cohort import Cohort
from einthoven.gathering.exams import exam
from einthoven.gathering.paths import Missing, folder_of, listing, marked_synthetic
from einthoven.gathering.split import PARTS, by_patient
from einthoven.gathering.tables import rows_of, text_in
from einthoven.gathering.tracings import Layout, ids_of_all, opener_of_row
from einthoven.study import Study

__all__ = ["IKEM", "ikem"]

IKEM = Layout(
    leads=("V1", "V2", "V3", "V4", "V5", "V6", "I", "II"),
    fs=500.0,
    scale=0.00488,
    said="stored in steps of 4.88 uV; lead order inferred",
)


def ikem(root: str | Path | None = None, *, parts: Mapping[str, float] = PARTS, seed: int = 0) -> Cohort:
    """Gather IKEM from exams.csv and its HDF5 files.

    Args:
        root: the folder that holds them; files may lie in sub-folders.
        parts: shares of our own split by patient; the set has none.
        seed: seed of that split.

    Returns:
        Eight leads a recording (`einthoven.cleaning.leads.standard` derives the other four), no labels, no
        reports; what else the table says is in `extra`.

    Raises:
        CohortError: no folder, no table, or no HDF5 file in it.
        MissingExtraError: h5py is not installed.
    """
    folder = folder_of(root, "ikem", holds="exams.csv and .hdf5 files")
    rows = {row["exam_id"]: row for row in rows_of(folder / "exams.csv", needs=("exam_id", "patient_id"))}
    files = sorted(name for name in listing(folder) if name.endswith((".hdf5", ".h5")))
    if not files:
        raise CohortError(
            "IKEM is exams.csv beside HDF5 files",
            came=f"no .hdf5 file below {folder}",
            instead="Unpack the archive into the folder.",
            see="docs/gathering.md",
        )
    made, studies = marked_synthetic(folder), list[Study]()
    found, broken = ids_of_all({name: folder / name for name in files})
    for name, keys in found.items():
        for position, key in enumerate(keys):
            if row := rows.pop(key, None):
                way = opener_of_row(str(folder / name), position, IKEM, synthetic=made)
                patient = text_in(row, "patient_id")
                studies.append(exam(row, way, patient=patient, relations=(), synthetic=made))
    missing = Missing("tracing")
    missing.ids.extend(rows)
    missing.refuse_all(len(rows) + len(studies), folder)
    notes = [*missing.notes(len(rows) + len(studies)), *broken, f"the split is ours, by patient with seed {seed}"]
    notes.append("the order of the eight leads is inferred from its authors' loader")
    return Cohort("ikem", studies, by_patient(studies, parts=parts, seed=seed), notes=notes)
