"""MIMIC-IV-ECG: 800,035 ten-second ECGs of 161,352 patients of a Boston hospital, with the cart's own statements.

Gow et al., MIMIC-IV-ECG, PhysioNet, version 1.0, 2023, ODbL 1.0. 500 Hz; leads in the order I II III aVR aVF aVL V1
to V6, which is read by name.

The recipe for reports and split is that of MELP (arXiv 2506.21803), as its code has it: the lines of a report are
joined with ". ", EKG is written ECG, the cart's marks are removed, all in lower case, and a report shorter than four
words is no report. Its split is 2 % of subjects for validation with seed 42; ours draws the same share by a hash
of the subject and that seed, so that a part of the set is split as the whole is. It drops records with a signal that
is absent, not finite or all zero: absent ones are always left out here, the others with `whole=True`, which opens all.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping
from pathlib import Path

import numpy as np

from einthoven.errors import EinthovenError
from einthoven.gathering.cohort import Cohort
from einthoven.gathering.paths import Missing, folder_of, inside, marked_synthetic, opener
from einthoven.gathering.split import by_patient, digest
from einthoven.gathering.tables import Row, date_in, number_in, rows_of, text_in
from einthoven.progress import track
from einthoven.study import Sex, Study

__all__ = ["cleaned_report", "mimic_iv_ecg"]

_RECORDS = "record_list.csv"
_MEASURED = "machine_measurements.csv"
_NEEDS = ("subject_id", "study_id", "ecg_time", "path")
_LINES = tuple(f"report_{i}" for i in range(18))
_PARTS = {"train": 0.98, "val": 0.02}
_MARKS = re.compile(r"\*\*\*|=-|=|[\x00-\x1f\x7f-\x9f]")
_SPACES = re.compile(r"\s+")
_SEX: dict[str, Sex] = {"F": "female", "M": "male"}


def mimic_iv_ecg(
    root: str | Path | None = None,
    *,
    least_words: int = 4,
    without_report: str = "leave out",
    patients: str | Path | None = None,
    parts: Mapping[str, float] = _PARTS,
    seed: int = 42,
    whole: bool = False,
) -> Cohort:
    """Gather MIMIC-IV-ECG from its folder as published, or a part of it.

    Args:
        root: the folder that holds record_list.csv, machine_measurements.csv and files/.
        least_words: a report shorter than this is none.
        without_report: "leave out" the studies without one, as MELP does, or "keep" them with report None.
        patients: MIMIC-IV's hosp/patients.csv(.gz), for age and sex, which this set does not have.
        parts: shares of the split by subject.
        seed: seed of that split.
        whole: open every signal and leave out those that cannot be read, are not finite or are zero throughout.

    Returns:
        Reports as cleaned; no labels: what a cart says is not what a cardiologist says. The notes give the sha256 of
        each split's study ids, one a line in the order of their text, so that a split can be published without data.

    Raises:
        CohortError: no folder, or tables that are not what they should be.
    """
    folder = folder_of(root, "mimic-iv-ecg", holds=f"{_RECORDS} and files/")
    reports = dict(_reports(folder, least_words))
    people = _people(Path(patients)) if patients is not None else {}
    records = list(rows_of(folder / _RECORDS, needs=_NEEDS))
    missing, silent, made = Missing("signal file"), 0, marked_synthetic(folder)
    studies = []
    for row in track(records, "records", total=len(records)):
        report = reports.get(row["study_id"])
        if report is None and without_report != "keep":
            silent += 1
            continue
        path = f"{folder}{os.sep}{inside(folder, row['path'], _RECORDS)}"
        if not os.path.isfile(f"{path}.hea"):  # noqa: PTH113  (800,000 times: Path costs seconds)
            missing.ids.append(row["study_id"])
            continue
        studies.append(_study(row, path, report, people, synthetic=made))
    missing.refuse_all(len(records) - silent, folder)
    notes = [*missing.notes(len(records)), f"the split is by subject with seed {seed}, drawn by hash"]
    if whole:
        sound = [study for study in track(studies, "signals", total=len(studies)) if _is_whole(study)]
        notes.append(f"{len(studies) - len(sound)} of {len(studies)} records were left out: no whole signal")
        studies = sound
    if silent:
        notes.append(f"{silent} of {len(records)} records were left out: fewer than {least_words} words of report")
    splits = by_patient(studies, parts=parts, seed=seed)
    notes += [
        f"{name}: sha256 of its study ids {digest(studies[row].id for row in rows)}" for name, rows in splits.items()
    ]
    return Cohort("mimic-iv-ecg", studies, splits, notes=notes)


def cleaned_report(row: Row) -> str:
    """Return the cart's lines as one text, cleaned as MELP's code does.

    >>> cleaned_report({"report_0": "Sinus rhythm.", "report_1": "*** Abnormal EKG ***", "report_2": ""})
    'sinus rhythm. abnormal ecg.'
    """
    lines = [line.strip().rstrip(".") for name in _LINES if (line := text_in(row, name))]
    text = _MARKS.sub(" ", ". ".join(lines).replace("EKG", "ECG")).lower()
    text = _SPACES.sub(" ", text).replace(" .", ".").strip(" .")
    return f"{text}." if text else ""


def _reports(folder: Path, least_words: int) -> Iterator[tuple[str, str]]:
    for row in rows_of(folder / _MEASURED, needs=("study_id", "report_0")):
        report = cleaned_report(row)
        if len(report.split()) >= least_words:
            yield row["study_id"], report


def _is_whole(study: Study) -> bool:
    try:
        signal = study.recording.signal
    except (EinthovenError, OSError):
        return False
    return bool(np.isfinite(signal).all() and signal.any())


def _people(table: Path) -> dict[str, tuple[Sex | None, float | None, int | None]]:
    """Return subject -> sex, and the age he had in a year of his shifted calendar."""
    rows = rows_of(table, needs=("subject_id", "gender", "anchor_age", "anchor_year"))
    return {
        row["subject_id"]: (
            _SEX.get(row["gender"].strip()),
            number_in(row, "anchor_age"),
            int(year) if (year := number_in(row, "anchor_year")) is not None else None,
        )
        for row in rows
    }


def _study(
    row: Row,
    path: str,
    report: str | None,
    people: Mapping[str, tuple[Sex | None, float | None, int | None]],
    *,
    synthetic: bool,
) -> Study:
    date = date_in(row["ecg_time"])
    sex, age, year = people.get(row["subject_id"], (None, None, None))
    old = age + date.year - year if age is not None and date is not None and year is not None else None
    hidden = old is not None and old > 89
    return Study(
        row["study_id"],
        opener(f"{path}.hea", synthetic=synthetic),
        patient=row["subject_id"],
        age=90.0 if hidden else old,
        sex=sex,
        report=report,
        date=date,
        synthetic=synthetic,
        extra={"age_over_89": True} if hidden else {},
    )
