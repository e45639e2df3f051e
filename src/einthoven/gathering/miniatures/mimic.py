"""A miniature of MIMIC-IV-ECG 1.0."""

from __future__ import annotations

from pathlib import Path

from einthoven.gathering.miniatures.patients import Visit, visits, write_sums, write_table
from einthoven.gathering.miniatures.wfdb import MARK, write_record
from einthoven.recording import LEADS

__all__ = ["mimic_iv_ecg"]

_ORDER = ("I", "II", "III", "aVR", "aVF", "aVL", "V1", "V2", "V3", "V4", "V5", "V6")
_LINES = [f"report_{i}" for i in range(18)]
_MEASURES = "rr_interval,p_onset,p_end,qrs_onset,qrs_end,t_end,p_axis,qrs_axis,t_axis"
_MEASURED = ("subject_id", "study_id", "cart_id", "ecg_time", *_LINES, "bandwidth", "filtering")


def mimic_iv_ecg(folder: Path, *, n: int, seed: int) -> None:
    """Write record_list.csv, machine_measurements.csv, files/p1000/p10000001/s40000001/40000001.hea and so on."""
    records, measured = [], []
    rows = [LEADS.index(lead) for lead in _ORDER]
    for visit in visits(n, seed=seed):
        subject, study = 10000000 + visit.patient, 40000000 + visit.number
        path = f"files/p{subject // 10000}/p{subject}/s{study}/{study}"
        steps = (visit.microvolt[rows] // 5).astype("int16")
        gain = ("200.0(0)/mV",)
        write_record(folder / path, steps, _ORDER, gain=gain, comments=(MARK,))
        known = {"subject_id": subject, "study_id": study, "ecg_time": f"2180-07-{1 + visit.number % 28:02d} 08:44:00"}
        records.append(known | {"file_name": study, "path": path})
        measured.append(known | {"cart_id": 6848296} | _report(visit))
    write_table(folder / "record_list.csv", ("subject_id", "study_id", "file_name", "ecg_time", "path"), records)
    write_table(folder / "machine_measurements.csv", (*_MEASURED, *_MEASURES.split(",")), measured)
    write_sums(folder)


def _report(visit: Visit) -> dict[str, object]:
    sentences = [line.strip() for line in (visit.study.report or "").split(".") if line.strip()]
    return dict(zip(_LINES, sentences, strict=False))
