"""A table of labels without signals, as papers share them: to audit labels, and to take over a split.

Two layouts are known: one CSV whose rows say their split, and a folder of NAME_train.csv, NAME_val.csv and
NAME_test.csv with a column of 0 and 1 for each class. Columns are found by name. What a reader by position would
have found, by the order of the training file, is kept in a study's `extra["shipped"]` for the audit.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path

from einthoven.errors import CohortError, ReadError
from einthoven.gathering.codes import labels_of
from einthoven.gathering.cohort import Cohort
from einthoven.gathering.columns import Columns
from einthoven.gathering.paths import folder_of, marked_synthetic
from einthoven.gathering.split import by_name
from einthoven.gathering.tables import Row, header_of, labels_in, number_in, rows_of, sex_in, text_in
from einthoven.gathering.tasks import standard_code, task
from einthoven.recording import Recording
from einthoven.study import Study

__all__ = ["label_table", "splits_in"]

KINDS = {"super_class": "superclass", "sub_class": "subclass", "form": "form", "rhythm": "rhythm"}
"""Columns of joined classes in PTB-XL's shared tables -> our tasks."""
_PARTS = ("train", "val", "test")
_YES = ("1", "1.0", "true")


def label_table(root: str | Path | None = None) -> Cohort:
    """Gather the labels of a table, or of a folder of tables by split; there are no signals to open.

    Args:
        root: a CSV (.csv, .csv.gz), or a folder of NAME_train.csv, NAME_val.csv and NAME_test.csv of one NAME.

    Returns:
        Studies in the order of the table, so that the subsets that papers drew from it can be drawn again. Codes of
        Chapman-Shaoxing-Ningbo and CPSC2018 are in `extra["dx"]`, classes of PTB-XL in `extra["classes"]`. Nobody's
        patient is taken from a set that does not know him. Opening a recording raises ReadError.

    Raises:
        CohortError: no table, or one without a column of labels that is known here.
    """
    tables = _tables_below(root)
    first = next(iter(tables.values()))
    told = _columns_of_classes(header_of(first))
    studies, splits = [], list[str | None]()
    for name, path in tables.items():
        for study, split in _studies(path, told, synthetic=marked_synthetic(path.parent)):
            studies.append(study)
            splits.append(name or split)
    shares = by_name(splits) if any(splits) else {}
    return Cohort("label-table", studies, shares, notes=(f"labels of {first.name}, no signals",))


def splits_in(root: str | Path) -> dict[str, str]:
    """Return record -> split of a table with a column of each, or of a folder of NAME_train.csv and so on.

    Raises:
        CohortError: no table, or one that lacks a column.
    """
    found: dict[str, str] = {}
    for part, path in _tables_below(root).items():
        columns = Columns.guessed(header_of(path), path)
        if not part and columns.split is None:
            raise CohortError(
                "a table of splits has a column of record names and one of splits",
                came=f"{path} has none of splits",
                instead="Name them record and split.",
                see="docs/gathering.md",
            )
        for row in rows_of(path):
            found[_id(row, columns)] = part or row[columns.split or ""].strip()
    return found


def _tables_below(root: str | Path | None) -> dict[str, Path]:
    """Return split -> table; one table has the split "". Raises CohortError when there is none or more than one set."""
    if root is not None and Path(root).is_file():
        return {"": Path(root)}
    folder = folder_of(root, "label-table", holds="NAME_train.csv, NAME_val.csv and NAME_test.csv")
    trained = sorted(path for path in folder.iterdir() if path.name.endswith(("_train.csv", "_train.csv.gz")))
    if len(trained) != 1:
        raise CohortError(
            "a folder of label tables holds those of one set, NAME_train.csv beside NAME_val.csv and NAME_test.csv",
            came=f"{len(trained)} tables named *_train.csv in {folder}",
            instead="Name the folder of one set, or one CSV.",
            see="docs/gathering.md",
        )
    found = {part: trained[0].with_name(trained[0].name.replace("_train.csv", f"_{part}.csv")) for part in _PARTS}
    return {part: path for part, path in found.items() if path.is_file()}


def _studies(path: Path, told: Sequence[str], *, synthetic: bool) -> Iterator[tuple[Study, str | None]]:
    header = header_of(path)
    columns, here = Columns.guessed(header, path), _columns_of_classes(header)
    kind = _kind(header, path)
    if sorted(here) != sorted(told):
        raise CohortError(
            "the tables of one set have the same classes, in whatever order",
            came=f"{path} has {len(here)} columns of classes, its training table {len(told)}",
            instead="Name the folder of one set and one version.",
            see="docs/gathering.md",
        )
    by_place = dict(zip(here, told, strict=True))
    for row in rows_of(path):
        extra: dict[str, object] = {}
        if here:
            ones = [name for name in here if row[name].strip().lower() in _YES]
            extra["shipped"] = {kind: tuple(by_place[name] for name in ones)}
            extra |= {"classes": {kind: tuple(ones)}} if kind in KINDS.values() else {"dx": tuple(ones)}
        labels = _labels(row, kind, extra, where=f"a row of {path.name}")
        if fold := text_in(row, "strat_fold"):
            extra["strat_fold"] = fold
        study = Study(
            _id(row, columns),
            partial(_absent, path.name),
            patient=text_in(row, "patient_id") if kind in KINDS.values() else None,
            age=number_in(row, columns.age) if columns.age else None,
            sex=sex_in(row.get(columns.sex or "")),
            report=text_in(row, columns.report) if columns.report else None,
            labels=labels,
            synthetic=synthetic,
            extra=extra,
        )
        yield study, _split(row, columns)


def _labels(row: Row, kind: str, extra: dict[str, object], *, where: str) -> Mapping[str, float] | None:
    """Return SCP statements, and leave codes or classes as they came in `extra`."""
    if kind in ("csn", "cpsc2018"):
        cell = next((text for name in ("diagnose", "labels", "scp_codes") if (text := text_in(row, name))), None)
        if cell is not None:
            extra["dx"] = tuple(labels_in(cell, where=where))
        codes = extra.get("dx")
        return labels_of(codes, vocabulary=kind) if isinstance(codes, tuple) else None
    joined = {name: text for name in KINDS if (text := text_in(row, name)) is not None}
    if "classes" not in extra:
        extra["classes"] = {KINDS[name]: tuple(labels_in(text, where=where)) for name, text in joined.items()}
    likely = text_in(row, "scp_codes")
    return labels_in(likely, where=where) if likely else {} if joined or extra["classes"] else None


def _kind(header: Sequence[str], path: Path) -> str:
    """Return whose labels a table holds, told by its columns."""
    named = [name for name in KINDS if name in header]
    if "diagnose" in header:
        return "csn"
    if named:
        return KINDS[named[0]]
    if "First_label" in header or ({"validation", "scp_codes"} <= set(header)):
        return "cpsc2018"
    raise CohortError(
        "a table of labels is known by its columns",
        came=f"{path} has none of diagnose, First_label, {', '.join(KINDS)}",
        instead='Gather your own table with gather("folder", ...).',
        see="docs/gathering.md",
    )


def _columns_of_classes(header: Sequence[str]) -> list[str]:
    """Return the columns that are classes of a task, as they stand in the file."""
    known: Collection[str] = {name for kind in (*KINDS.values(), "csn", "cpsc2018") for name in task(kind).classes}
    return [name for name in header if standard_code(name) in known]


def _id(row: Row, columns: Columns) -> str:
    """Return a record's name as its file is called; a number of its own only where no file is named."""
    names = (text_in(row, column) for column in ("filename", columns.id or "", columns.path or ""))
    name = next((one for one in names if one), "")
    return Path(name.removesuffix(".0")).stem


def _split(row: Row, columns: Columns) -> str | None:
    if columns.split and (name := text_in(row, columns.split)):
        return name
    fold = number_in(row, "strat_fold")
    return None if fold is None else {9.0: "val", 10.0: "test"}.get(fold, "train")


def _absent(table: str) -> Recording:
    raise ReadError(
        "a table of labels has no signals",
        came=f"{table} was gathered for its labels",
        instead="Gather the set itself, and pass the table as splits= where it holds one.",
        see="docs/gathering.md",
    )
