"""Patients of a miniature: simulated, every fifth of them recorded twice."""

from __future__ import annotations

import csv
import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from einthoven.files import replacing, write_text
from einthoven.recording import LEADS
from einthoven.study import Study

__all__ = ["Visit", "visits", "write_sums", "write_table"]


@dataclass(frozen=True)
class Visit:
    """One ECG of a simulated patient.

    Args:
        number: of the ECG, from 1.
        patient: number of the patient, from 1.
        study: what the simulator knows of him.
        microvolt: integers, shape (12, T), leads in the usual order; III, aVR, aVL and aVF follow from I and II.
    """

    number: int
    patient: int
    study: Study
    microvolt: NDArray[np.int16]

    @property
    def age(self) -> float:
        """Age in years, 60 where the simulator gives none."""
        return 60.0 if self.study.age is None else self.study.age

    @property
    def labels(self) -> Mapping[str, float]:
        """SCP code -> likelihood in percent."""
        return self.study.labels or {}


def visits(n: int, *, seed: int, fs: float = 500.0, seconds: float = 10.0) -> Iterator[Visit]:
    """Yield n ECGs; of each five, the last is a second recording of the patient before."""
    from einthoven.simulating import simulate

    people = simulate(n, seed=seed, fs=fs, seconds=seconds)
    for i in range(n):
        again = i % 5 == 4
        study = people[i - 1 if again else i]
        signal = study.recording.select(LEADS).signal
        if again:
            signal = np.roll(signal, signal.shape[1] // 3, axis=1)
        yield Visit(i + 1, i if again else i + 1, study, _integers(signal))


def _integers(signal: NDArray[np.float32]) -> NDArray[np.int16]:
    """Return microvolts that obey Einthoven's law exactly in III and to half a step in the augmented leads."""
    whole = np.rint(np.asarray(signal, dtype=np.float64) * 1000).astype(np.int64)
    one, two = whole[0], whole[1]
    whole[2:6] = two - one, -(one + two) // 2, one - two // 2, two - one // 2
    return np.clip(whole, -32000, 32000).astype(np.int16)


def write_table(path: Path, columns: Sequence[str], rows: Sequence[Mapping[str, object]]) -> None:
    """Write rows as CSV; a column that a row lacks is empty. Raises StorageError when the disk is full."""
    with replacing(path) as draft, draft.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, columns, restval="")
        writer.writeheader()
        writer.writerows(rows)


def write_sums(folder: Path) -> None:
    """Write SHA256SUMS.txt of all files below a folder, as PhysioNet does."""
    files = sorted(path for path in folder.rglob("*") if path.is_file() and path.name != "SHA256SUMS.txt")
    lines = [f"{hashlib.sha256(path.read_bytes()).hexdigest()} {path.relative_to(folder).as_posix()}" for path in files]
    write_text(folder / "SHA256SUMS.txt", "\n".join(lines) + "\n")
