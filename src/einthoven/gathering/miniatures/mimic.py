"""A miniature of MIMIC-IV-ECG 1.0."""

from __future__ import annotations

import re
from pathlib import Path

from einthoven.gathering.miniatures.patients import Visit, visits, write_sums, write_table
from einthoven.gathering.miniatures.wfdb import MARK, write_record
from einthoven.recording import LEADS

__all__ = ["mimic_iv_ecg", "statements"]

_ORDER = ("I", "II", "III", "aVR", "aVF", "aVL", "V1", "V2", "V3", "V4", "V5", "V6")
_LINES = [f"report_{i}" for i in range(18)]
_MEASURES = "rr_interval,p_onset,p_end,qrs_onset,qrs_end,t_end,p_axis,qrs_axis,t_axis"
_MEASURED = ("subject_id", "study_id", "cart_id", "ecg_time", *_LINES, "bandwidth", "filtering")
_SHORTENED = (
    "abn ant bigem clin cond crit def deg dev dig ess fib hypertr inc incompl indiff intraventr irreg isch l neg "
    "non-diag non-spec nondiagn norm path pathol periph poss prob prog prol reg repol resp respir sig supravent "
    "supraventr trigem unspec vent ventr volt"
)
"""Words that the simulator's reports cut short with a full stop."""
_END = re.compile(rf"\b(?:{_SHORTENED.replace(' ', '|')})\.\s|(\.\s+)", re.IGNORECASE)
"""Group 1 is the end of a statement: a full stop before a space, none of a shortened word and none within a number."""


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


def statements(report: str) -> list[str]:
    """Return the statements of a report, each a line of the cart's.

    >>> statements("Vent. rate 58. PR 0.16 s, prob. normal.")
    ['Vent. rate 58', 'PR 0.16 s, prob. normal']
    """
    ends = [match.span(1) for match in _END.finditer(report) if match[1]]
    edges = [0, *(edge for span in ends for edge in span), len(report)]
    lines = (report[first:last].strip() for first, last in zip(edges[::2], edges[1::2], strict=True))
    return [line.removesuffix(".") for line in lines if line.strip(".")]


def _report(visit: Visit) -> dict[str, object]:
    return dict(zip(_LINES, statements(visit.study.report or ""), strict=False))
