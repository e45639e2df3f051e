"""A miniature of anybody's folder: WFDB files and one table."""

from __future__ import annotations

from pathlib import Path

from einthoven.gathering.miniatures.patients import visits, write_table
from einthoven.gathering.miniatures.wfdb import MARK, write_record
from einthoven.recording import LEADS

__all__ = ["plain_folder"]


def plain_folder(folder: Path, *, n: int, seed: int) -> None:
    """Write ecgs/0001.hea and so on, and studies.csv with the columns that are guessed."""
    rows = []
    for visit in visits(n, seed=seed):
        path = f"ecgs/{visit.number:04d}"
        write_record(folder / path, visit.microvolt, LEADS, comments=(MARK,))
        known = {"id": f"{visit.number:04d}", "path": f"{path}.hea", "patient": f"p{visit.patient}"}
        rows.append(
            known
            | {
                "age": f"{visit.age:.0f}",
                "sex": visit.study.sex or "",
                "report": visit.study.report or "",
                "labels": ";".join(visit.labels),
            }
        )
    write_table(folder / "studies.csv", ("id", "path", "patient", "age", "sex", "report", "labels"), rows)
