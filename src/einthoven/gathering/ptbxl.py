"""PTB-XL: 21,799 ten-second ECGs of 18,869 patients, reports mostly German, 71 SCP statements, ten folds.

Wagner et al., PTB-XL, a large publicly available electrocardiography dataset, Scientific Data 7:154, 2020;
PhysioNet, version 1.0.3, CC BY 4.0.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

from einthoven.errors import ConfigError
from einthoven.gathering.cohort import Cohort
from einthoven.gathering.paths import Missing, folder_of, inside, listing, marked_synthetic, opener
from einthoven.gathering.split import by_name
from einthoven.gathering.tables import date_in, labels_in, number_in, rows_of, text_in
from einthoven.study import Sex, Study

__all__ = ["ptb_xl"]

_TABLE = "ptbxl_database.csv"
_NEEDS = ("ecg_id", "patient_id", "age", "sex", "report", "scp_codes", "strat_fold", "filename_lr", "filename_hr")
_COLUMN = {100: "filename_lr", 500: "filename_hr"}
_KEPT = ("device", "site", "height", "weight", "heart_axis", "pacemaker", "validated_by_human", "strat_fold")
_SEX: dict[float, Sex] = {0: "male", 1: "female"}  # as documented; heights in the table agree


def ptb_xl(root: str | Path | None = None, *, rate: int = 500) -> Cohort:
    """Gather PTB-XL from its folder as published, or a part of it: records without signal files are left out.

    Args:
        root: the folder that holds ptbxl_database.csv, records100 and records500.
        rate: 500 or 100 Hz, which of the two sets of files.

    Returns:
        Folds 1-8 are `train`, 9 `val`, 10 `test`, as its authors recommend. Ages above 89, which the table hides
        as 300, become 90 with `extra["age_over_89"]`.

    Raises:
        CohortError: the folder or the table is not what it should be.
        ConfigError: `rate` is neither 100 nor 500.
    """
    if rate not in _COLUMN:
        raise ConfigError(
            "PTB-XL has files of 100 and of 500 Hz",
            came=f"rate={rate!r} came",
            instead="Use rate=500 and let the Preparation of an encoder resample.",
            see="docs/gathering.md",
        )
    folder = folder_of(root, "ptb-xl", holds=_TABLE)
    rows = list(rows_of(folder / _TABLE, needs=_NEEDS))
    there = frozenset(f"records{rate}/{name}" for name in listing(folder / f"records{rate}"))
    synthetic = marked_synthetic(folder)
    missing, studies, folds = Missing(f"{rate} Hz signal file"), list[Study](), list[str | None]()
    for row in rows:
        path = inside(folder, row[_COLUMN[rate]], _TABLE)
        if f"{path}.hea" in there and f"{path}.dat" in there:
            studies.append(_study(row, f"{folder}{os.sep}{path}.hea", synthetic=synthetic))
            folds.append(_split(number_in(row, "strat_fold")))
        else:
            missing.ids.append(row["ecg_id"])
    missing.refuse_all(len(rows), folder)
    return Cohort("ptb-xl", studies, by_name(folds), notes=missing.notes(len(rows)))


def _study(row: Mapping[str, str], path: str, *, synthetic: bool) -> Study:
    age = number_in(row, "age")
    hidden = age is not None and age > 89
    extra: dict[str, object] = {name: text for name in _KEPT if (text := text_in(row, name)) is not None}
    sex, patient, codes = number_in(row, "sex"), number_in(row, "patient_id"), text_in(row, "scp_codes")
    return Study(
        row["ecg_id"],
        opener(path, synthetic=synthetic),
        patient=None if patient is None else f"{patient:.0f}",
        age=90.0 if hidden else age,
        sex=None if sex is None else _SEX.get(sex),
        report=text_in(row, "report"),
        labels=None if codes is None else labels_in(codes, where=f"scp_codes of ecg_id {row['ecg_id']} in {_TABLE}"),
        date=date_in(row.get("recording_date")),
        synthetic=synthetic,
        extra=extra | ({"age_over_89": True} if hidden else {}),
    )


def _split(fold: float | None) -> str | None:
    if fold is None or not 1 <= fold <= 10:
        return None
    return {9: "val", 10: "test"}.get(int(fold), "train")
