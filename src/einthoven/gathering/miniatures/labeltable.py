"""A miniature of the label tables that papers share: NAME_train.csv, NAME_val.csv, NAME_test.csv, faults included."""

from __future__ import annotations

from pathlib import Path

from einthoven.errors import ConfigError
from einthoven.gathering.codes import acronyms, labels_of
from einthoven.gathering.miniatures.patients import Visit, visits, write_table
from einthoven.gathering.tasks import task
from einthoven.study import Study

__all__ = ["label_table"]

_META = {
    "ptbxl_sub_class": ("ecg_id", "patient_id", "strat_fold", "filename_lr", "filename_hr", "sub_class"),
    "chapman": ("ecg_path", "age", "diagnose"),
}


def label_table(folder: Path, *, n: int, seed: int, of: str = "chapman") -> None:
    """Write the three tables of one set.

    Args:
        folder: where to.
        n: records.
        seed: of the patients.
        of: "chapman", whose labels are found by substring, or "ptbxl_sub_class", whose columns change their order.
    """
    if of not in _META:
        raise ConfigError(
            "a miniature of label tables is of a set whose tables have faults",
            came=f"of={of!r} came",
            instead=f"Use {' or '.join(_META)}.",
            see="docs/gathering.md",
        )
    rows: dict[str, list[dict[str, object]]] = {"train": [], "val": [], "test": []}
    for visit in visits(n, seed=seed):
        fold = 1 + visit.patient % 10
        row = _subclass(visit, fold) if of == "ptbxl_sub_class" else _csn(visit)
        if row.get("diagnose", "?"):  # the shared files keep records with a known code alone
            rows[{9: "val", 10: "test"}.get(fold, "train")].append(row)
    for part, some in rows.items():
        write_table(folder / f"{of}_{part}.csv", (*_META[of], *_classes(of, part)), some)


def _classes(of: str, part: str) -> list[str]:
    """Return the columns in the order of the shared files."""
    if of == "chapman":
        return list(task("csn-legacy").classes)
    names = [name.strip("_") for name in task("subclass-legacy").classes]
    first = names.index("AVB")
    return names if part == "train" else [*names[:first], "ISC", "AVB", "RAO/RAE", *names[first + 3 :]]


def _subclass(visit: Visit, fold: int) -> dict[str, object]:
    study = Study("a", visit.study.source, labels=visit.labels)
    carried = [name.strip("_") for name in task("subclass").carried(study) or ()]
    number = f"{visit.number:05d}"
    row: dict[str, object] = {"ecg_id": visit.number, "patient_id": f"{visit.patient}.0", "strat_fold": fold}
    files = {"filename_lr": f"records100/00000/{number}_lr", "filename_hr": f"records500/00000/{number}_hr"}
    return (
        row
        | files
        | {"sub_class": ";".join(carried)}
        | {key: int(key in carried) for key in _classes("ptbxl_sub_class", "test")}
    )


def _csn(visit: Visit) -> dict[str, object]:
    back: dict[str, str] = {}
    for key in acronyms("csn"):
        back |= {scp: key for scp in labels_of([key], vocabulary="csn") if scp not in back}
    joined = ",".join(back[code] for code in visit.labels if code in back)
    path = f"/chapman/WFDBRecords/01/010/JS{visit.number:05d}.mat"
    row: dict[str, object] = {"ecg_path": path, "age": f"{visit.age:.0f}", "diagnose": joined}
    return row | {key: int(key in joined) for key in task("csn-legacy").classes}
