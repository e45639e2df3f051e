"""Tracings: the HDF5 files of CODE-15 %, SaMi-Trop and IKEM, one ECG a row, shape (N, T, L)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from einthoven.errors import CohortError, MissingExtraError, ReadError, SignalError
from einthoven.recording import LEADS, Recording, Signal

__all__ = ["Layout", "ids_in", "ids_of_all", "opener_of_row", "row", "unit_of"]

_AUGMENTED = ("aVR", "aVL", "aVF")


@dataclass(frozen=True)
class Layout:
    """What the last axis of a file's `tracings` is, and its rate and scale.

    Args:
        leads: names in the order of the last axis.
        fs: rate in Hz.
        scale: mV for one unit of the file.
        said: what to write into the history about the scale.
    """

    leads: tuple[str, ...] = LEADS
    fs: float = 400.0
    scale: float = 1.0
    said: str = "stored in mV"


def h5py_module() -> Any:
    """Return h5py. Raises MissingExtraError where it is not installed."""
    try:
        import h5py
    except ImportError as error:
        raise MissingExtraError(
            "HDF5 files are read with h5py",
            came="it is not installed",
            instead='Run: pip install "einthoven[hdf5]".',
            see="docs/gathering.md",
        ) from error
    return h5py


@contextmanager
def _opening(path: Path) -> Iterator[Any]:
    try:
        with h5py_module().File(path, "r") as file:
            yield file
    except (OSError, KeyError) as error:
        raise CohortError(
            "an HDF5 file of ECGs has a data set named tracings",
            came=f"{path} cannot be opened or has none",
            instead="Fetch the file again and unpack it.",
            see="docs/gathering.md",
        ) from error


def ids_in(path: Path) -> list[str]:
    """Return the exam of each row of a file, "" where the file does not say; the last row may be padding.

    Raises:
        CohortError: the file is no HDF5 file or has no `tracings`.
    """
    with _opening(path) as file:
        count = len(file["tracings"])
        exams = file["exam_id"][:count] if "exam_id" in file else [b""] * count
    return [exam.decode() if isinstance(exam, bytes) else str(exam) for exam in exams]


def ids_of_all(paths: Mapping[str, Path]) -> tuple[dict[str, list[str]], list[str]]:
    """Return the exams of each file that opens, by its name, and a note for each that does not.

    Raises:
        CohortError: none opens.
    """
    found: dict[str, list[str]] = {}
    notes: list[str] = []
    for name, path in paths.items():
        try:
            found[name] = ids_in(path)
        except CohortError:
            if len(notes) + 1 == len(paths):
                raise
            notes.append(f"{name} was left out: it cannot be opened or has no tracings")
    return found, notes


def unit_of(path: Path, *, rows: int = 32) -> str:
    """Return "mV" or "1e-4 V", whichever makes the file's amplitudes those of hearts.

    The description of CODE says 1e-4 V, others read the same files as mV; a factor of ten is told apart by the
    median over rows of the median lead's peak-to-peak (99 % of the samples), about 1 mV in people.
    """
    with _opening(path) as file:
        some = np.asarray(file["tracings"][:rows], dtype=np.float32)
    spans = [
        np.median(np.ptp(np.percentile(one[np.any(one, 1)], (0.5, 99.5), axis=0), axis=0)) for one in some if one.any()
    ]
    return "1e-4 V" if spans and float(np.median(spans)) > 4 else "mV"


def opener_of_row(path: str, position: int, layout: Layout, *, synthetic: bool = False) -> partial[Recording]:
    """Return the way to one row: small, and it survives pickling."""
    return partial(row, path, position, layout, synthetic=synthetic)


def row(path: str, position: int, layout: Layout, *, synthetic: bool = False) -> Recording:
    """Open one row as a Recording; zeros before and after the heart are padding, not signal, and are cut off.

    Raises:
        ReadError: the file cannot be opened, or has no such row.
        SignalError: the row holds nothing but padding.
    """
    from einthoven.reading.doubts import examine

    try:
        with h5py_module().File(path, "r") as file:
            stored = np.asarray(file["tracings"][position], dtype=np.float32)
    except (OSError, KeyError, IndexError, ValueError) as error:
        raise ReadError(
            "an ECG of an HDF5 file is a row of its tracings",
            came=f"row {position} of {path} cannot be read",
            instead="Fetch the file again, or gather again if it has changed.",
            see="docs/gathering.md",
        ) from error
    first, last = _heart(stored)
    if last <= first:
        raise SignalError(
            "a row of tracings holds a signal",
            came=f"row {position} of {path} is padding from end to end",
            instead="Leave the record out; building a store does so and keeps the reason.",
            see="docs/gathering.md",
        )
    signal = stored[first:last].T * np.float32(layout.scale)
    history = [layout.said]
    if last - first < len(stored):
        history.append(f"cut off {first} + {len(stored) - last} samples of zero padding")
    signal = np.ascontiguousarray(signal)
    leads, doubts = _named(signal, layout.leads)
    return Recording(
        signal,
        leads,
        layout.fs,
        format="hdf5",
        history=tuple(history),
        warnings=(*doubts, *examine(signal, leads, layout.fs)),
        synthetic=synthetic,
    )


def _heart(stored: NDArray[np.float32]) -> tuple[int, int]:
    """Return the first sample at which any lead is not zero, and the one after the last."""
    alive = np.flatnonzero(np.any(stored != 0, axis=1))
    return (int(alive[0]), int(alive[-1]) + 1) if len(alive) else (0, 0)


def _named(signal: Signal, leads: tuple[str, ...]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the lead names after a look at Einthoven's law, and what it told."""
    if not {"I", "II", *_AUGMENTED} <= set(leads):
        return leads, ()
    at = {name: leads.index(name) for name in leads}
    one, two = signal[at["I"]], signal[at["II"]]
    law = np.stack([-(one + two) / 2, one - two / 2, two - one / 2])
    rows = np.stack([signal[at[name]] for name in _AUGMENTED])
    off = np.sqrt(np.mean((law[:, None] - rows[None]) ** 2, axis=2))
    limit = 0.1 * np.sqrt(np.mean(law**2)) + 0.01
    if off.diagonal().max() <= limit:
        return leads, ()
    best = off.argmin(axis=1)
    if off.min(axis=1).max() > limit or len(set(best.tolist())) < 3:
        return leads, ()  # no order of names mends it: `examine` will doubt the limb leads
    renamed = list(leads)
    for name, place in zip(_AUGMENTED, best, strict=True):
        renamed[at[_AUGMENTED[place]]] = name
    came = " ".join(renamed[at[name]] for name in _AUGMENTED)
    return tuple(renamed), (f"the augmented leads came as {came}, told by Einthoven's law",)
