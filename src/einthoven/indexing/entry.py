"""Entry: one study as an archive keeps it, without anything that names its patient. Shapes: L leads, T samples."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import blake2b
from typing import Any

import numpy as np

from einthoven.deidentifying import pseudonym, released_age, without_patient
from einthoven.recording import Recording
from einthoven.study import Study

__all__ = ["KEPT", "MISSING", "Entry", "entry", "key_of", "plain", "recording_of", "released_id", "schema"]

MISSING = np.int16(-32768)
"""Stands for a sample that was not measured (NaN)."""
LARGEST = 32767
KEPT = 60.0
"""Seconds of signal that are kept of a longer recording."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A study on its way into an archive.

    Args:
        columns: its row, the vector apart.
        recording: what the encoder is to see.
    """

    columns: dict[str, Any]
    recording: Recording


def schema(width: int) -> Any:
    """Return the columns of an archive whose vectors are `width` wide."""
    import pyarrow as pa

    text, texts = pa.string(), pa.list_(pa.string())
    return pa.schema(
        [
            *((name, text) for name in ("key", "id", "cohort", "patient", "sex", "report", "labels", "content")),
            *(("age", pa.float64()), ("date", pa.timestamp("us")), ("synthetic", pa.bool_()), ("codes", texts)),
            *(("leads", texts), ("fs", pa.float64()), ("seconds", pa.float64()), ("clipped", pa.int32())),
            *(("signal", pa.large_binary()), ("vector", pa.list_(pa.float32(), width))),
        ]
    )


def key_of(cohort: str, study_id: str) -> str:
    """Return what makes a study the same study: its cohort's name and its id.

    >>> key_of("ptb-xl", "17"), key_of("a/b", "c") == key_of("a", "b/c")
    ('ptb-xl/17', False)
    """
    return f"{cohort.replace('%', '%25').replace('/', '%2F')}/{study_id}"


def released_id(study: Study, key: bytes) -> str:
    """Return the id a study has in an archive: its own, or a keyed one where its own would name the patient.

    >>> released_id(Study("MRN-0042-ecg3", None, patient="MRN-0042"), b"only an example!")  # type: ignore[arg-type]
    'id-...'
    """
    if study.synthetic or without_patient(study.id, study.patient) == study.id:
        return study.id
    return f"id-{pseudonym(study.id, key)}"


def entry(study: Study, cohort: str, key: bytes) -> Entry:
    """Open a study and return its Entry. Raises ReadError and whatever else opening it may raise."""
    recording = study.recording
    samples, clipped = _microvolt(recording)
    name = released_id(study, key)
    columns: dict[str, Any] = {
        "key": key_of(cohort, name),
        "id": name,
        "cohort": cohort,
        "patient": None if study.patient is None else pseudonym(study.patient, key),
        "age": released_age(study.age),
        "sex": study.sex,
        "report": None if study.report is None else without_patient(study.report, study.patient),
        "labels": None if study.labels is None else json.dumps(dict(study.labels), sort_keys=True),
        "codes": None if study.labels is None else sorted(study.labels),
        "date": plain(study.date),
        "synthetic": study.synthetic or recording.synthetic,
        "leads": list(recording.leads),
        "fs": recording.fs,
        "seconds": recording.seconds,
        "clipped": clipped,
    }
    digest = blake2b(samples.tobytes(), digest_size=16)
    digest.update(json.dumps(columns, sort_keys=True, default=str).encode())
    return Entry(columns | {"content": digest.hexdigest(), "signal": samples.tobytes()}, recording)


def recording_of(columns: Mapping[str, Any]) -> Recording:
    """Return the ECG of a row. Samples that were not measured are NaN again."""
    leads, clipped, seconds = columns["leads"], columns["clipped"], columns["seconds"]
    samples = np.frombuffer(columns["signal"], "<i2").reshape(len(leads), -1)
    signal = np.where(samples == MISSING, np.float32(np.nan), samples * np.float32(0.001))
    history = ["archived as whole microvolts"]
    if seconds > KEPT:
        history.append(f"archived the first {KEPT:g} of {seconds:g} s")
    doubts = (f"{clipped} samples beyond {LARGEST / 1000} mV were clipped",) if clipped else ()
    return Recording(
        signal,
        leads,
        columns["fs"],
        format="archive",
        history=tuple(history),
        warnings=doubts,
        synthetic=columns["synthetic"],
    )


def _microvolt(recording: Recording) -> tuple[np.ndarray[Any, np.dtype[np.int16]], int]:
    """Return at most `KEPT` seconds as int16 microvolt (L, T), and how many samples were beyond its range."""
    wide = np.rint(recording.signal[:, : round(KEPT * recording.fs)] * np.float32(1000))
    there = np.isfinite(wide)
    clipped = int(np.count_nonzero(np.abs(wide) > LARGEST))
    if clipped or not there.all():
        wide = np.where(there, np.clip(wide, -LARGEST, LARGEST), np.float32(MISSING))
    return wide.astype("<i2"), clipped


def plain(date: datetime | None) -> datetime | None:
    """Return a date without a zone: in UTC if it had one."""
    return date if date is None or date.tzinfo is None else date.astimezone(UTC).replace(tzinfo=None)
