"""CODE-15 %: 345,779 ECGs of 233,770 patients of Minas Gerais, six findings, no report text.

Ribeiro et al., CODE-15 %, Zenodo 4916206, 2021, CC BY 4.0; Lima et al., Nature Communications 12:5117, 2021.
400 Hz, 4096 samples: 10 s or 7 s of heart between zeros.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from pathlib import Path

from einthoven.errors import CohortError
from einthoven.gathering.codes import RELATIONS
from einthoven.gathering.cohort import Cohort
from einthoven.gathering.exams import FINDINGS, exam, scaled
from einthoven.gathering.paths import Missing, folder_of, marked_synthetic
from einthoven.gathering.split import PARTS, by_patient
from einthoven.gathering.tables import rows_of, text_in
from einthoven.gathering.tracings import Layout, ids_of_all, opener_of_row
from einthoven.study import Study

__all__ = ["code_15"]

_NEEDS = ("exam_id", "age", "is_male", "patient_id", "trace_file", *FINDINGS)


def code_15(
    root: str | Path | None = None,
    *,
    unit: str = "by rule",
    parts: Mapping[str, float] = PARTS,
    seed: int = 0,
    relations: Collection[str] = RELATIONS,
) -> Cohort:
    """Gather CODE-15 % from exams.csv and whichever exams_part*.hdf5 are there.

    Args:
        root: the folder that holds exams.csv and the unpacked parts.
        unit: "mV", "1e-4 V", or "by rule": whichever gives the amplitudes of hearts, decided on the first part and
            said in every recording's history.
        parts: shares of our own split by patient; the set has none.
        seed: seed of that split.
        relations: how near a statement must be to a finding (right bundle branch block is taken for a complete one).

    Returns:
        Labels are SCP statements: the six findings, and NORM where the exam is called normal; {} is an exam with
        other findings only. Zero padding is cut off when a recording is opened.

    Raises:
        CohortError: no folder, no table, or no part in it.
        ConfigError: a unit that does not exist.
        MissingExtraError: h5py is not installed.
    """
    folder = folder_of(root, "code-15", holds="exams.csv and exams_part0.hdf5")
    rows = list(rows_of(folder / "exams.csv", needs=_NEEDS))
    parts_there = {name: folder / Path(name).name for name in sorted({row["trace_file"] for row in rows}) if name}
    parts_there = {name: path for name, path in parts_there.items() if path.is_file()}
    if not parts_there:
        raise CohortError(
            "CODE-15 % is exams.csv beside exams_part0.hdf5 to exams_part17.hdf5",
            came=f"no part that the table names is in {folder}",
            instead="Unpack the zip files into the same folder.",
            see="docs/gathering.md",
        )
    found, broken = ids_of_all(parts_there)
    layout, note = scaled(Layout(), parts_there[next(iter(found))], unit)
    place = {(name, key): i for name, keys in found.items() for i, key in enumerate(keys)}
    missing, studies, made = Missing("row in the parts that are there"), list[Study](), marked_synthetic(folder)
    for row in rows:
        position = place.get((row["trace_file"], row["exam_id"]))
        if position is None:
            missing.ids.append(row["exam_id"])
            continue
        way = opener_of_row(str(parts_there[row["trace_file"]]), position, layout, synthetic=made)
        patient = text_in(row, "patient_id")
        studies.append(exam(row, way, patient=patient, relations=relations, synthetic=made))
    missing.refuse_all(len(rows), folder)
    notes = [*missing.notes(len(rows)), *broken, note, f"the split is ours, by patient with seed {seed}"]
    return Cohort("code-15", studies, by_patient(studies, parts=parts, seed=seed), notes=notes)
