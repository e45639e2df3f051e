"""Any folder of ECG files, with a CSV of what is known of them, or with none."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path

from einthoven.errors import CohortError
from einthoven.gathering.cohort import Cohort
from einthoven.gathering.columns import Columns
from einthoven.gathering.paths import Missing, folder_of, inside, listing, marked_synthetic, opener
from einthoven.gathering.split import PARTS, by_name, by_patient
from einthoven.gathering.tables import Row, date_in, header_of, labels_in, number_in, rows_of, sex_in, text_in
from einthoven.recording import Recording
from einthoven.study import Study

__all__ = ["folder"]

_Told = Mapping[str, str | Sequence[str] | None]

_SIGNALS = (".hea", ".dcm", ".xml", ".edf", ".scp", ".npz", ".npy", ".parquet", ".ecg", ".mat", ".csv")
"""Suffixes of what may be an ECG, the one to open first where a name has several (a .hea stands for its .dat)."""


def folder(
    root: str | Path | None = None,
    *,
    table: str | Path | None = None,
    columns: _Told | None = None,
    fs: float | None = None,
    parts: Mapping[str, float] = PARTS,
    seed: int = 0,
) -> Cohort:
    """Gather a folder of ECG files in any format that `einthoven.read` knows, with a CSV beside them or with none.

    Args:
        root: the folder; files may lie in sub-folders.
        table: the CSV, relative to `root` or anywhere; None takes the only CSV in `root` whose columns fit.
        columns: what -> column name, for whatever is not guessed (see `Columns`); None for a column to ignore.
        fs: rate in Hz for files that do not know theirs (npy, CSV).
        parts: shares of the split by patient, where the table has no column of splits.
        seed: seed of that split.

    Returns:
        A Cohort named after the folder. Rows whose file is not there are left out and counted in `notes`; files
        that are there but broken are found, and quarantined, when they are opened.

    Raises:
        CohortError: no folder, no ECG in it, a table without usable columns or with labels that cannot be read.
        LeakageError: the table's own splits divide a patient.
    """
    place = folder_of(root, "folder", holds="ECG files")
    files = _Files(place)
    name = place.resolve().name
    path = _table_in(files, table, columns or {})
    if path is None:
        studies = files.studies(fs)
        return Cohort(name, studies, by_patient(studies, parts=parts, seed=seed))
    chosen = Columns.guessed(header_of(path), path, **(columns or {}))
    rows = list(rows_of(path))
    missing, studies, names = Missing("ECG file"), list[Study](), list[str | None]()
    for line, row in enumerate(rows, start=2):
        where = f"line {line} of {path.name}"
        file = files.named(row, chosen, path)
        if file is None:
            missing.ids.append(where)
        else:
            studies.append(_study(row, chosen, files, file=file, fs=fs, where=where))
            names.append(text_in(row, chosen.split) if chosen.split else None)
    missing.refuse_all(len(rows), place)
    splits = by_name(names) if chosen.split else by_patient(studies, parts=parts, seed=seed)
    return Cohort(name, studies, splits, notes=[*missing.notes(len(rows)), *_pageless(studies, chosen)])


def _pageless(studies: Sequence[Study], columns: Columns) -> list[str]:
    lost = 0 if columns.page is None else sum(study.page is None for study in studies)
    return [f"{lost} of {len(studies)} studies have no file of a page"] if lost else []


class _Files:
    """The ECG files of a folder, found by relative path, by path without suffix, or by bare name."""

    def __init__(self, place: Path) -> None:
        self.place, self.synthetic = place, marked_synthetic(place)
        self.all = listing(place)
        self.by_stem: dict[str, str] = {}
        self.by_name: dict[str, str | None] = {}
        rank = {suffix: i for i, suffix in enumerate(_SIGNALS)}
        signals = [name for name in self.all if _parts(name)[1].lower() in rank]
        for name in sorted(signals, key=lambda name: (-rank[_parts(name)[1].lower()], name)):
            self.by_stem[_parts(name)[0]] = name
        for stem, name in self.by_stem.items():
            bare = stem.rpartition("/")[2]
            self.by_name[bare] = None if bare in self.by_name else name  # two of one name: the path must say which

    def named(self, row: Row, columns: Columns, table: Path) -> str | None:
        """Return the file of a row, None where it is not there."""
        told = text_in(row, columns.path) if columns.path else None
        if told is None:
            told = text_in(row, columns.id) if columns.id else None
            return None if told is None else self.by_stem.get(told) or self.by_name.get(told)
        plain = inside(self.place, told, table.name)
        stem, suffix = _parts(plain)
        if suffix == ".dat" or plain not in self.all:
            plain = self.by_stem.get(plain) or self.by_stem.get(stem) or ""
        return plain or None

    def page(self, told: str | None, table: str) -> Path | None:
        """Return the picture of a row's page, None where the row names none or it is not there."""
        plain = None if told is None else inside(self.place, told, table)
        return self.place / plain if plain in self.all else None

    def opener(self, name: str, fs: float | None) -> partial[Recording]:
        return opener(f"{self.place}{os.sep}{name}", fs=fs, synthetic=self.synthetic)

    def studies(self, fs: float | None) -> list[Study]:
        """Return every file as a Study of which nothing else is known. Raises CohortError when there is none."""
        if not self.by_stem:
            raise CohortError(
                "a folder of ECGs holds at least one",
                came=f"no file below {self.place} ends with one of {' '.join(_SIGNALS)}",
                instead="Check root=, or convert the files first.",
                see="docs/gathering.md",
            )
        made = self.synthetic
        return [Study(stem, self.opener(name, fs), synthetic=made) for stem, name in sorted(self.by_stem.items())]


def _parts(name: str) -> tuple[str, str]:
    """Return a relative path without its suffix, and the suffix with its dot."""
    folder, slash, bare = name.rpartition("/")
    stem, dot, suffix = bare.rpartition(".")
    return (folder + slash + stem, dot + suffix) if stem else (name, "")


def _table_in(files: _Files, table: str | Path | None, told: _Told) -> Path | None:
    if table is not None:
        return next((path for path in (files.place / table, Path(table)) if path.is_file()), files.place / table)
    top = sorted(name for name in files.all if "/" not in name and name.endswith((".csv", ".csv.gz", ".tsv")))
    fitting = [files.place / name for name in top if _fits(files.place / name, told)]
    if len(fitting) > 1:
        raise CohortError(
            "one table describes a folder",
            came=f"{len(fitting)} fit: {', '.join(path.name for path in fitting)}",
            instead=f'Say which: table="{fitting[0].name}".',
            see="docs/gathering.md",
        )
    return fitting[0] if fitting else None


def _fits(path: Path, told: _Told) -> bool:
    """Say whether a CSV is a table of ECGs and not an ECG: its first line names files or ids."""
    try:
        names = header_of(path)
        if not any(told.get(what) in names for what in ("path", "id")):
            Columns.guessed(names, path)
    except CohortError:
        return False
    return True


def _study(row: Row, columns: Columns, files: _Files, *, file: str, fs: float | None, where: str) -> Study:
    def text(column: str | None) -> str | None:
        return text_in(row, column) if column else None

    return Study(
        text(columns.id) or _parts(file)[0],
        files.opener(file, fs),
        patient=text(columns.patient),
        age=number_in(row, columns.age) if columns.age else None,
        sex=sex_in(text(columns.sex)),
        report=text(columns.report),
        labels=_labels(row, columns.labels, where),
        date=date_in(text(columns.date)),
        page=files.page(text(columns.page), where),
        synthetic=files.synthetic or text("synthetic") in ("True", "true", "1"),
        extra={
            name: value for name, value in row.items() if value and name not in columns.used and name != "synthetic"
        },
    )


def _labels(row: Row, columns: str | Sequence[str] | None, where: str) -> dict[str, float] | None:
    if columns is None:
        return None
    if isinstance(columns, str):
        cell = text_in(row, columns)
        return None if cell is None else labels_in(cell, where=f"{columns}, {where}")
    values = {code: number_in(row, code) for code in columns}
    if all(value is None for value in values.values()):
        return None
    return {code: 100.0 for code, value in values.items() if value}
