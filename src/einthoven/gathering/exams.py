"""Exams: the rows of exams.csv as CODE-15 %, SaMi-Trop and IKEM write them, with their HDF5 files."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import replace
from pathlib import Path

from einthoven.errors import ConfigError, did_you_mean
from einthoven.gathering.codes import acronyms, labels_of
from einthoven.gathering.tables import Row, number_in, text_in
from einthoven.gathering.tracings import Layout, unit_of
from einthoven.recording import Recording
from einthoven.study import Sex, Study

__all__ = ["FINDINGS", "UNITS", "exam", "scaled"]

FINDINGS = ("1dAVb", "RBBB", "LBBB", "SB", "ST", "AF")
UNITS = {"mV": 1.0, "1e-4 V": 0.1}
"""Unit of a file -> mV."""

_SPOKEN_FOR = {"exam_id", "age", "is_male", "patient_id", "trace_file", "normal_ecg", *FINDINGS}
_BOOLEANS = {"true": True, "1": True, "1.0": True, "false": False, "0": False, "0.0": False}


def exam(
    row: Row, way: Callable[[], Recording], *, patient: str | None, relations: Collection[str], synthetic: bool
) -> Study:
    """Return the Study of one row; columns that are not its own travel in `extra`, its findings in `extra["dx"]`."""
    found = _found(row)
    age, male = number_in(row, "age"), _truth(row, "is_male")
    sex: Sex | None = None if male is None else ("male" if male else "female")
    return Study(
        row["exam_id"],
        way,
        patient=patient,
        age=age,
        sex=sex,
        labels=None if found is None else labels_of(found, vocabulary="code15", relations=relations),
        synthetic=synthetic,
        extra={name: text for name in row if name not in _SPOKEN_FOR and (text := text_in(row, name))}
        | ({} if found is None else {"dx": found}),
    )


def scaled(layout: Layout, file: Path, unit: str) -> tuple[Layout, str]:
    """Return the layout in mV and the note that says how its unit was decided.

    Args:
        layout: as documented.
        file: a file of the set, for deciding by rule.
        unit: a unit of `UNITS`, or "by rule".

    Raises:
        ConfigError: a unit that does not exist.
    """
    if unit != "by rule" and unit not in UNITS:
        raise ConfigError(
            "the unit of a file of tracings is known or decided by rule",
            came=f"unit={unit!r} came",
            instead=did_you_mean(unit, ["by rule", *UNITS]),
            see="docs/gathering.md",
        )
    chosen = unit_of(file) if unit == "by rule" else unit
    how = "by the amplitudes of its first rows" if unit == "by rule" else "as told"
    said = f"stored in {chosen}, {how}"
    return replace(layout, scale=UNITS[chosen], said=said), f"signals are {said}"


def _found(row: Row) -> tuple[str, ...] | None:
    """Return the findings of a row by their acronyms, None where nobody looked."""
    answers = {name: _truth(row, name) for name in acronyms("code15")}
    if all(answer is None for answer in answers.values()):
        return None
    return tuple(name for name, answer in answers.items() if answer)


def _truth(row: Row, name: str) -> bool | None:
    return _BOOLEANS.get(row.get(name, "").strip().lower())
