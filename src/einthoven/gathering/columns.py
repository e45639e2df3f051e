"""Columns: which column of a table holds what."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from pathlib import Path

from einthoven.errors import CohortError, ConfigError, did_you_mean

__all__ = ["Columns"]

_GUESSES = {
    "path": ("path", "file", "filename", "file_name", "filename_hr", "filepath", "ecg_path", "record_path"),
    "id": ("id", "study_id", "ecg_id", "record", "record_id", "recording", "record_name", "name", "exam_id"),
    "patient": ("patient", "patient_id", "subject_id", "subject", "person_id", "pid"),
    "age": ("age", "age_years"),
    "sex": ("sex", "gender"),
    "report": ("report", "reports", "text", "report_text", "diagnosis", "statement", "comment"),
    "labels": ("labels", "label", "scp_codes", "codes", "diagnoses", "diagnose", "dx"),
    "split": ("split", "fold", "set", "partition", "subset"),
    "page": ("page", "page_path", "page_file"),
    "date": ("date", "recording_date", "ecg_time", "acquired", "datetime", "study_date"),
}


@dataclass(frozen=True)
class Columns:
    """Which column of the table holds what; None where the table does not say.

    `labels` may name one column of codes, or several columns of 0 and 1, each named by its code.
    """

    path: str | None = None
    id: str | None = None
    patient: str | None = None
    age: str | None = None
    sex: str | None = None
    report: str | None = None
    labels: str | Sequence[str] | None = None
    split: str | None = None
    date: str | None = None
    page: str | None = None

    @property
    def used(self) -> frozenset[str]:
        """The columns that are spoken for; the others travel in a Study's `extra`."""
        told = [getattr(self, entry.name) for entry in fields(self)]
        return frozenset(name for one in told for name in ([one] if isinstance(one, str) else one or ()))

    @classmethod
    def guessed(cls, names: Sequence[str], table: Path, **told: str | Sequence[str] | None) -> Columns:
        """Take the columns that were told and guess the others by their usual names.

        Raises:
            ConfigError: a told column is not in the table, or is told for nothing that a Study has.
            CohortError: neither a path nor an id is among them.
        """
        known = [entry.name for entry in fields(cls)]
        for what, column in told.items():
            if what not in known:
                raise _unknown("a column is told for a part of a Study", what, known)
            for name in [column] if isinstance(column, str) else column or ():
                if name not in names:
                    raise _unknown(f"a column is named as in {table.name}", name, names)
        lower = {name.strip().lower(): name for name in reversed(names)}
        found = {what: next((lower[g] for g in usual if g in lower), None) for what, usual in _GUESSES.items()}
        columns = cls(**{**found, **told})  # type: ignore[arg-type]
        if columns.path is None and columns.id is None:
            raise CohortError(
                "a table says which file each row is about",
                came=f"{table} has neither a path nor an id among {', '.join(names)}",
                instead='Tell the column: columns={"path": "..."} or columns={"id": "..."}.',
                see="docs/gathering.md",
            )
        return columns


def _unknown(rule: str, name: str, known: Sequence[str]) -> ConfigError:
    return ConfigError(rule, came=f"{name!r} came", instead=did_you_mean(name, known), see="docs/gathering.md")
