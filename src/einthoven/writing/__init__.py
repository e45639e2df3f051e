"""Writing: Recording -> bytes. One format, one file.

    wfdb      .hea .dat: integers, gains, checksums; the file's own integers where the recording still has them
    npz       .npz: everything, losslessly
    csv       .csv: one column a lead, in mV
    parquet   .parquet: one column a lead, in mV

What a format can hold travels with the samples: rate, start, history, warnings, and whether they are synthetic.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import BinaryIO

from einthoven.errors import WriteError, did_you_mean
from einthoven.reading import read
from einthoven.recording import Recording
from einthoven.writing import csv, npz, parquet, wfdb

__all__ = ["WRITERS", "convert", "write"]

WRITERS: dict[str, Callable[[Recording, Path], Path]] = {
    "wfdb": wfdb.write,
    "npz": npz.write,
    "csv": csv.write,
    "parquet": parquet.write,
}
"""Every format written here, by name."""

_SUFFIXES = {".hea": "wfdb", ".dat": "wfdb", ".npz": "npz", ".csv": "csv", ".parquet": "parquet", ".pq": "parquet"}


def write(
    recording: Recording,
    path: str | Path,
    *,
    format: str | None = None,  # noqa: A002  (the word everyone uses for it)
) -> Path:
    """Write a Recording, whole or not at all.

    Args:
        recording: what to write.
        path: where; its suffix chooses the format unless `format` does.
        format: wfdb, npz, csv or parquet.

    Returns:
        Path: the file to read it from again (the header, for WFDB).

    Raises:
        WriteError: an unknown format, or a recording that the format cannot hold.
        StorageError: the disk is full or read-only.

    >>> import tempfile, numpy as np
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = write(Recording(np.ones((1, 500)), ["I"], 500), Path(folder) / "one.npz")
    ...     read(path)
    Recording(1 leads x 500 samples, 500 Hz, 1 s)
    """
    path = Path(path)
    name = format or _SUFFIXES.get(path.suffix.lower())
    if name not in WRITERS:
        raise WriteError(
            "a format is named by format= or by the suffix",
            came=f"format={format!r} and suffix {path.suffix!r} came",
            instead=did_you_mean(format or path.suffix.strip("."), WRITERS),
            see="docs/reading.md",
        )
    return WRITERS[name](recording, path)


def convert(
    source: str | Path | BinaryIO,
    target: str | Path,
    *,
    format: str | None = None,  # noqa: A002
    fs: float | None = None,
    leads: Sequence[str] | None = None,
    unit: str | None = None,
) -> Path:
    """Read an ECG in any format and write it in another; history and warnings travel with it.

    Args:
        source: what `einthoven.read` takes.
        target: where to write, as in `write`.
        format: of the target, where its suffix does not say it.
        fs: rate in Hz, for sources that do not say it.
        leads: names, for sources that name none.
        unit: mV, uV, nV or V, for sources that do not say it.

    Returns:
        Path: the file written.

    Raises:
        ReadError: the source cannot be read.
        WriteError: the target's format is unknown or cannot hold it.
        StorageError: the disk is full or read-only.
    """
    return write(read(source, fs=fs, leads=leads, unit=unit), target, format=format)
