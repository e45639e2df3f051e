"""Studies to a folder that `gather("folder", root)` reads back: WFDB files and one table."""

from __future__ import annotations

import csv
import hashlib
import io
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from einthoven.files import write_text
from einthoven.gathering.store_building import microvolt
from einthoven.progress import track
from einthoven.study import Study
from einthoven.writing import write

__all__ = ["export", "summary"]


def export(studies: Sequence[Study], folder: str | Path) -> Path:
    """Write `folder/<id>.hea` and `.dat` for every study, and `studies.csv` with what is known; return the table.

    Args:
        studies: any studies; synthetic ones are marked so in every header and in the table.
        folder: made when it is not there.

    Raises:
        StorageError: the disk is full.
        ReadError: a study cannot be opened.
    """
    folder = Path(folder)
    rows = []
    for study in track(studies, "write", total=len(studies)):
        write(study.recording, folder / f"{study.id}.hea")
        rows.append({"path": f"{study.id}.hea", **summary(study, digest=False)})
    table = io.StringIO()
    writer = csv.DictWriter(table, fieldnames=list(rows[0]) if rows else ["path"], lineterminator="\n")
    writer.writeheader()
    writer.writerows({**row, "labels": json.dumps(row["labels"])} for row in rows)
    write_text(folder / "studies.csv", table.getvalue())
    return folder / "studies.csv"


def summary(study: Study, *, digest: bool = True) -> dict[str, Any]:
    """Return what is known of a study as plain values.

    Args:
        study: whose signal is opened only for the digest.
        digest: whether to add the sha256 of its int16 microvolts, (L, T) in C order, little-endian.
    """
    known: dict[str, Any] = {
        "id": study.id,
        "patient": study.patient,
        "age": study.age,
        "sex": study.sex,
        "labels": dict(study.labels or {}),
        "report": study.report,
        "synthetic": study.synthetic,
    }
    if digest:
        samples, _ = microvolt(study.recording.signal)
        known["sha256"] = hashlib.sha256(np.ascontiguousarray(samples, "<i2").tobytes()).hexdigest()
    return known
