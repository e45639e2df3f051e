"""Miniatures of CODE-15 %, CODE-test, SaMi-Trop and IKEM."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from einthoven.files import replacing
from einthoven.gathering.codetest import LEADS_AS_STORED
from einthoven.gathering.exams import FINDINGS, UNITS
from einthoven.gathering.ikem import IKEM
from einthoven.gathering.miniatures.patients import Visit, visits, write_table
from einthoven.gathering.tracings import h5py_module
from einthoven.recording import LEADS

__all__ = ["code_15", "code_test", "ikem", "sami_trop"]

_SAMPLES = 4096
_FINDINGS = dict(zip(FINDINGS, ("1AVB", "CRBBB", "CLBBB", "SBRAD", "STACH", "AFIB"), strict=True))
_COMMON = ("exam_id", "age", "is_male", "nn_predicted_age")
_CODE = (*_COMMON, *FINDINGS, "patient_id", "death", "timey", "normal_ecg", "trace_file")
_SAMI = (*_COMMON[:3], "normal_ecg", "death", "timey", "nn_predicted_age")


def code_15(folder: Path, *, n: int, seed: int, unit: str = "mV") -> None:
    """Write exams.csv and two parts; every third ECG is 7 s, and each part ends with a row of zeros."""
    all_of_them = list(visits(n, seed=seed, fs=400.0))
    rows = []
    for part, some in enumerate((all_of_them[::2], all_of_them[1::2])):
        name = f"exams_part{part}.hdf5"
        stored = np.stack(
            [*(_framed(visit, unit, short=visit.number % 3 == 0) for visit in some), np.zeros((4096, 12))]
        )
        numbers = np.array([*(visit.number for visit in some), 0], dtype=np.int64)
        _write(folder / name, tracings=stored.astype(np.float32), exam_id=numbers)
        rows += [_row(visit) | {"trace_file": name} for visit in some]
    write_table(folder / "exams.csv", _CODE, rows)


def code_test(folder: Path, *, n: int, seed: int, unit: str = "mV") -> None:
    """Write data/ecg_tracings.hdf5, data/attributes.csv and data/annotations/gold_standard.csv; every third is 7 s."""
    all_of_them = list(visits(n, seed=seed, fs=400.0))
    order = [LEADS.index(lead) for lead in LEADS_AS_STORED]
    stored = np.stack([_framed(visit, unit, short=visit.number % 3 == 0)[:, order] for visit in all_of_them])
    _write(folder / "data/ecg_tracings.hdf5", tracings=stored.astype(np.float32))
    people = [{"age": round(visit.age), "sex": "M" if visit.study.sex == "male" else "F"} for visit in all_of_them]
    write_table(folder / "data/attributes.csv", ("age", "sex"), people)
    truth = [{name: int(code in visit.labels) for name, code in _FINDINGS.items()} for visit in all_of_them]
    write_table(folder / "data/annotations/gold_standard.csv", FINDINGS, truth)


def sami_trop(folder: Path, *, n: int, seed: int, unit: str = "mV") -> None:
    """Write exams.csv and exams.hdf5, which holds only `tracings`."""
    all_of_them = list(visits(n, seed=seed, fs=400.0))
    stored = np.stack([_framed(visit, unit, short=visit.number % 3 == 0) for visit in all_of_them])
    _write(folder / "exams.hdf5", tracings=stored.astype(np.float32))
    rows = [{name: value for name, value in _row(visit).items() if name in _SAMI} for visit in all_of_them]
    write_table(folder / "exams.csv", _SAMI, rows)


def ikem(folder: Path, *, n: int, seed: int) -> None:
    """Write exams.csv and a file of eight leads in steps of 4.88 uV, the middle 4096 of 5000 samples."""
    all_of_them = list(visits(n, seed=seed))
    order = [LEADS.index(lead) for lead in IKEM.leads]
    first = (5000 - _SAMPLES) // 2
    steps = [visit.microvolt[order, first : first + _SAMPLES].T / 4.88 for visit in all_of_them]
    numbers = np.array([visit.number for visit in all_of_them], dtype=np.int32)
    _write(
        folder / "exams_part_0.hdf5",
        tracings=np.rint(np.stack(steps)).astype(np.int16),
        exam_id=numbers,
        real_lengths=np.full(len(numbers), 5000, dtype=np.int32),
    )
    rows = [{"exam_id": visit.number, "patient_id": visit.patient} for visit in all_of_them]
    write_table(folder / "exams.csv", ("exam_id", "patient_id"), rows)


def _framed(visit: Visit, unit: str, *, short: bool) -> NDArray[np.float64]:
    """Return 10 s or 7 s of a visit between zeros, shape (4096, 12)."""
    signal = visit.microvolt[:, : 2800 if short else 4000].T / 1000 / UNITS[unit]
    before = (_SAMPLES - len(signal)) // 2
    return np.pad(signal, ((before, _SAMPLES - len(signal) - before), (0, 0)))


def _row(visit: Visit) -> dict[str, object]:
    return {
        "exam_id": visit.number,
        "age": round(visit.age),
        "is_male": visit.study.sex == "male",
        "nn_predicted_age": f"{visit.age + 1.5:.2f}",
        **{name: code in visit.labels for name, code in _FINDINGS.items()},
        "patient_id": visit.patient,
        "normal_ecg": "NORM" in visit.labels,
        "death": False,
        "timey": 2.1,
    }


def _write(path: Path, **arrays: NDArray[np.generic] | Sequence[int]) -> None:
    with replacing(path) as draft, h5py_module().File(draft, "w") as file:
        for name, values in arrays.items():
            file.create_dataset(name, data=values)
