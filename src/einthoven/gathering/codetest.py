"""CODE-test: 827 ECGs of as many patients, six findings by consensus of cardiologists; for testing alone.

Ribeiro et al., Automatic diagnosis of the 12-lead ECG using a deep neural network, Nature Communications 11:1760, 2020;
Zenodo 3765780, CC BY 4.0. 400 Hz, 4096 samples: 10 s or 7 s of heart between zeros; leads as I II III aVL aVF aVR.
"""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path

from einthoven.errors import CohortError
from einthoven.gathering.codes import RELATIONS
from einthoven.gathering.cohort import Cohort
from einthoven.gathering.exams import FINDINGS, exam, scaled
from einthoven.gathering.paths import folder_of, marked_synthetic
from einthoven.gathering.tables import rows_of, sex_in
from einthoven.gathering.tracings import Layout, ids_in, opener_of_row
from einthoven.recording import LEADS

__all__ = ["LEADS_AS_STORED", "code_test"]

LEADS_AS_STORED = ("I", "II", "III", "aVL", "aVF", "aVR", *LEADS[6:])
"""As its authors document them; Einthoven's law checks it on opening."""
_TRACINGS, _PEOPLE, _TRUTH = "ecg_tracings.hdf5", "attributes.csv", "annotations/gold_standard.csv"


def code_test(
    root: str | Path | None = None, *, unit: str = "by rule", relations: Collection[str] = RELATIONS
) -> Cohort:
    """Gather CODE-test from ecg_tracings.hdf5, attributes.csv and annotations/gold_standard.csv.

    Args:
        root: the folder that holds them, or the one above, which has them in `data`.
        unit: "mV", "1e-4 V" or "by rule", as for CODE-15 %.
        relations: how near an SCP statement must be to a finding.

    Returns:
        One split, "test". Each exam is a patient of his own, as its authors say. The six findings as they came are
        in `extra["dx"]`, which is what task "code-test" reads.

    Raises:
        CohortError: a file is not there, or their numbers of rows differ.
        MissingExtraError: h5py is not installed.
    """
    folder = folder_of(root, "code-test", holds=f"{_TRACINGS} and {_TRUTH}")
    made = marked_synthetic(folder)
    folder = folder / "data" if (folder / "data" / _TRUTH).is_file() else folder
    truth = list(rows_of(folder / _TRUTH, needs=FINDINGS))
    people = list(rows_of(folder / _PEOPLE, needs=("age", "sex")))
    count = len(ids_in(folder / _TRACINGS))
    if not count == len(truth) == len(people):
        raise CohortError(
            "CODE-test has one row in each of its files for one exam, in one order",
            came=f"{count} tracings, {len(truth)} annotations and {len(people)} patients in {folder}",
            instead="Fetch all files again from the same version.",
            see="docs/gathering.md",
        )
    layout, note = scaled(Layout(leads=LEADS_AS_STORED), folder / _TRACINGS, unit)
    studies = []
    for number, (findings, person) in enumerate(zip(truth, people, strict=True)):
        male = {"male": "1", "female": "0"}.get(sex_in(person["sex"]) or "", "")
        row = {
            "exam_id": str(number),
            "age": person["age"],
            "is_male": male,
            **{key: findings[key] for key in FINDINGS},
        }
        way = opener_of_row(str(folder / _TRACINGS), number, layout, synthetic=made)
        studies.append(exam(row, way, patient=str(number), relations=relations, synthetic=made))
    return Cohort("code-test", studies, {"test": range(count)}, notes=(note, "for testing alone: no training split"))
