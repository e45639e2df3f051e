"""A miniature of LUDB 1.0.1, with its per-lead scaling and its marks of every lead."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from einthoven.files import write_text
from einthoven.gathering.codes import RELATIONS
from einthoven.gathering.ludb import labels_of_text
from einthoven.gathering.miniatures.patients import Visit, visits, write_sums
from einthoven.gathering.miniatures.wfdb import MARK, write_record
from einthoven.recording import LEADS, Recording

__all__ = ["ludb"]

_LINES = (
    "Rhythm: Sinus rhythm. Rhythm: Sinus tachycardia. Rhythm: Sinus bradycardia. Rhythm: Sinus arrhythmia. "
    "Rhythm: Atrial fibrillation. Rhythm: Atrial flutter, typical. I degree AV block. III degree AV-block. "
    "Incomplete right bundle branch block. Complete right bundle branch block. Complete left bundle branch block. "
    "Left anterior hemiblock. Atrial extrasystole: undefined. Ventricular extrasystole, type: single PVC. "
    "Left atrial overload. Left ventricular hypertrophy. Right ventricular hypertrophy. "
    "Pacemaker presence, undefined. STEMI: anterior wall. STEMI: inferior wall. Ischemia: lateral wall."
)


def ludb(folder: Path, *, n: int, seed: int) -> None:
    """Write data/1.hea, data/1.dat, data/1.i to data/1.v6 and so on, RECORDS and SHA256SUMS.txt."""
    for visit in visits(n, seed=seed):
        path = folder / "data" / str(visit.number)
        span = np.ptp(visit.microvolt.astype(np.int64), axis=1)
        gain = [f"{step}({shift})/mV" for step, shift in zip(span, _baselines(span), strict=True)]
        names = [lead.lower() for lead in LEADS]
        write_record(path, visit.microvolt, names, gain=gain, comments=_comments(visit))
        _write_marks(path, visit.microvolt)
    write_text(folder / "RECORDS", "".join(f"data/{i}\n" for i in range(1, n + 1)))
    write_sums(folder)


def _baselines(span: NDArray[np.int64]) -> NDArray[np.int64]:
    return span % 11 - 5


def _comments(visit: Visit) -> list[str]:
    known = {
        tuple(labels_of_text([line], relations=RELATIONS)): line for line in _LINES.replace(". ", ".\n").splitlines()
    }
    lines = [known[(code,)] for code in visit.labels if (code,) in known]
    sex = {"male": "M", "female": "F"}.get(visit.study.sex or "", "")
    return [f"<age>: {visit.age:.0f}", f"<sex>: {sex}", "<diagnoses>:", *lines, MARK]


def _write_marks(path: Path, microvolt: NDArray[np.int16]) -> None:
    """Write, for each lead, an onset, a peak and an offset around every R peak."""
    from einthoven.cleaning.beats import r_peaks

    peaks = r_peaks(Recording((microvolt / 1000).astype(np.float32), LEADS, 500.0))
    peaks = peaks[(peaks > 25) & (peaks < microvolt.shape[1] - 25)]
    samples = (peaks[:, None] + np.array([-22, 0, 22])).ravel()
    for lead in LEADS:
        path.with_suffix(f".{lead.lower()}").write_bytes(_marks(samples, [39, 1, 40] * len(peaks)))


def _marks(samples: NDArray[np.int64], codes: Sequence[int]) -> bytes:
    """Return an annotation file: words of a code and the samples since the last one, 59 before a long way."""
    words: list[int] = []
    for gap, code in zip(np.diff(samples, prepend=0).tolist(), codes, strict=True):
        words += [code << 10 | gap] if gap < 1024 else [59 << 10, gap >> 16, gap & 0xFFFF, code << 10]
    return np.array([*words, 0], dtype="<u2").tobytes()
