"""LUDB: 200 ten-second ECGs of 200 people with hand-made P, QRS and T marks in every lead.

Kalyakulina et al., LUDB: A New Open-Access Validation Tool for Electrocardiogram Delineation Algorithms, IEEE
Access 8:186181, 2020; PhysioNet, version 1.0.1, ODC-By 1.0.

Its headers scale each lead so that its peak-to-peak is exactly 1: amplitudes and axes are lost, III is not II - I.
The integers below obey Einthoven's law exactly, and at 1000 steps per mV they agree with other sets: so every lead
is read as integer / 1000 mV again. That scale is inferred; nobody documents it.
"""

from __future__ import annotations

import os
import tomllib
from collections.abc import Collection, Iterable, Mapping
from functools import cache, partial
from importlib.resources import files
from pathlib import Path
from typing import Any

import numpy as np

from einthoven.errors import CohortError
from einthoven.gathering.codes import RELATIONS
from einthoven.gathering.cohort import Cohort
from einthoven.gathering.headers import Header
from einthoven.gathering.paths import folder_of, listing, marked_synthetic, opened
from einthoven.gathering.split import PARTS, by_patient
from einthoven.gathering.tables import number_in, sex_in
from einthoven.recording import LEADS, Native, Recording
from einthoven.study import Study

__all__ = ["labels_of_text", "ludb", "restored"]

_STEPS_PER_MV = 1000.0
_STEP = "restore raw/1000 mV: the header scales every lead to a peak-to-peak of 1; 1000 steps per mV is inferred"
_FIELDS = ("age", "sex", "diagnoses")


def ludb(
    root: str | Path | None = None,
    *,
    parts: Mapping[str, float] = PARTS,
    seed: int = 0,
    relations: Collection[str] = RELATIONS,
) -> Cohort:
    """Gather LUDB: amplitudes restored, diagnoses as report and as SCP statements, the marks' files in `extra`.

    Args:
        root: the folder that holds `data` with 1.hea, 1.dat and the marks 1.i to 1.v6.
        parts: shares of our own split; LUDB has none.
        seed: seed of that split.
        relations: how near a statement must be to a line of the diagnosis (see ludb.toml).

    Returns:
        One patient a record, as its authors say. `extra["annotations"]` is lead -> path of the marks, in WFDB's
        annotation format.

    Raises:
        CohortError: no folder, or no record in it.
    """
    folder = folder_of(root, "ludb", holds="data/1.hea and so on")
    place = folder / "data" if (folder / "data").is_dir() else folder
    there = listing(place)
    names = [name.removesuffix(".hea") for name in there if name.endswith(".hea")]
    sound = [name for name in names if f"{name}.dat" in there]
    if not sound:
        raise CohortError(
            "LUDB is a folder of .hea and .dat files",
            came=f"no record of both below {place}",
            instead="Name the folder as published, version 1.0.1.",
            see="docs/gathering.md",
        )
    sound.sort(key=lambda name: (len(name), name))
    made = marked_synthetic(folder)
    studies = [_study(place, name, there, relations=relations, synthetic=made) for name in sound]
    notes = ["amplitudes restored as raw/1000 mV where the header scales each lead to a peak-to-peak of 1"]
    notes.append(f"the split is ours, drawn from record names with seed {seed}")
    if len(sound) < len(names):
        notes.append(f"{len(names) - len(sound)} of {len(names)} records were left out: no signal file")
    return Cohort("ludb", studies, by_patient(studies, parts=parts, seed=seed), notes=notes)


def restored(path: str, *, synthetic: bool = False) -> Recording:
    """Open a record and undo its per-lead scaling, if it has it. Raises ReadError.

    The doubts that the header's gains raised are asked again of what was restored.
    """
    from einthoven.reading.doubts import examine

    recording = opened(path, synthetic=synthetic)
    native = recording.native
    if native is None or not _scaled_by_lead(native):
        return recording
    raw = np.asarray(native.samples, dtype=np.float32) / np.float32(_STEPS_PER_MV)
    true = Native(native.samples, np.full(len(raw), _STEPS_PER_MV), np.zeros(len(raw)))
    doubts = tuple(examine(raw, recording.leads, recording.fs, native=true))
    return recording.changed(_STEP, raw, native=true, warnings=doubts)


def _scaled_by_lead(native: Native) -> bool:
    """Say whether every lead's peak-to-peak is 1 under its own gain, to the rounding of the gain."""
    span = np.ptp(np.asarray(native.samples, dtype=np.int64), axis=1)
    return bool(np.all(np.abs(span - native.gain) <= 1.5) and len(set(native.gain.tolist())) > 1)


def labels_of_text(lines: Iterable[str], *, relations: Collection[str] = RELATIONS) -> dict[str, float]:
    """Return the SCP statements that the lines of a diagnosis stand for, each at 100 %.

    >>> labels_of_text(["Rhythm: Sinus bradycardia.", "Scar formation: inferior wall. "])
    {'SBRAD': 100.0, 'IMI': 100.0}
    """
    found: dict[str, float] = {}
    for line in lines:
        low = line.strip().lower()
        start = max((entry for entry in _lines() if low.startswith(entry)), key=len, default=None)
        if start is not None and _lines()[start]["relation"] in relations:
            found.update(dict.fromkeys(_lines()[start]["scp"], 100.0))
    return found


@cache
def _lines() -> dict[str, Any]:
    table: dict[str, Any] = tomllib.loads(files(__package__).joinpath("ludb.toml").read_text(encoding="utf-8"))
    return table["lines"]  # type: ignore[no-any-return]


def _study(place: Path, name: str, there: frozenset[str], *, relations: Collection[str], synthetic: bool) -> Study:
    header = Header.read(place / f"{name}.hea")
    lines = [line for line in header.comments if line.partition(":")[0].strip(" <>").lower() not in _FIELDS]
    lines = [line for line in lines if line and "synthetic" not in line.lower()]
    age = number_in({"age": header.fields.get("age", "").lstrip(">")}, "age")
    hidden = (age is not None and age > 89) or header.fields.get("age", "").startswith(">")
    marks = {lead: f"{name}.{lead.lower()}" for lead in LEADS}
    extra: dict[str, object] = {
        "annotations": {lead: f"{place}{os.sep}{file}" for lead, file in marks.items() if file in there}
    }
    return Study(
        name,
        partial(restored, f"{place}{os.sep}{name}.hea", synthetic=synthetic),
        patient=name,
        age=90.0 if hidden else age,
        sex=sex_in(header.fields.get("sex")),
        report=" ".join(line.strip() for line in lines) or None,
        labels=labels_of_text(lines, relations=relations) if lines else None,
        synthetic=synthetic,
        extra=extra | ({"age_over_89": True} if hidden else {}),
    )
