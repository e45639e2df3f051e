"""Signal files of WFDB: the integers of a record, from one or several files beside its header."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from einthoven.errors import HeaderError, TruncatedError
from einthoven.reading.formats import DECODERS, LIBRARY, size
from einthoven.reading.header import Header, Line, broken

__all__ = ["inside", "stored"]


def stored(header: Header, folder: str) -> NDArray[Any]:
    """Return the integers of a record, shape (L, T), contiguous in memory; late signals (skew) are moved forward.

    What skew leaves without a sample at the end repeats whatever was there: `wfdb.blank` makes it NaN.

    Raises:
        HeaderError: an unknown format, a file that is not there or lies outside the folder.
        TruncatedError: a file is shorter than the header promises.
    """
    lines = header.signals
    files: dict[str, list[int]] = {}
    for row, line in enumerate(lines):
        files.setdefault(line.file, []).append(row)
    if not lines or any(line.format not in DECODERS and line.format not in LIBRARY for line in lines):
        raise broken("a record has signals in the formats of WFDB", "another format came" if lines else "it has none")
    paths = {file: inside(folder, file) for file in files}
    if any(line.format in LIBRARY or line.frame > 1 for line in lines):
        from einthoven.reading.library import through_library

        return _aligned(through_library(header, paths), lines)
    length = header.samples or _length(paths[lines[0].file], [line for line in lines if line.file == lines[0].file])
    parts = {file: _part(paths[file], [lines[row] for row in rows], length) for file, rows in files.items()}
    if len(files) == 1:
        return _aligned(np.ascontiguousarray(parts[lines[0].file].T), lines)
    samples = np.empty((len(lines), length), np.result_type(*parts.values()))
    for file, rows in files.items():
        samples[rows] = parts[file].T
    return _aligned(samples, lines)


def inside(folder: str, file: str) -> str:
    """Return the path of a file that a header names. Raises HeaderError when it lies outside the header's folder."""
    path = os.path.join(folder, file)  # noqa: PTH118
    leaves = "/" in file or "\\" in file or ":" in file or "\0" in file or file in {".", ".."}
    if not leaves and os.path.islink(path):  # noqa: PTH114
        leaves = os.path.dirname(os.path.realpath(path)) != os.path.realpath(folder or ".")  # noqa: PTH120
    if leaves:
        raise HeaderError(
            "a header names files in its own folder only",
            came="a line names a file outside it",
            instead="Do not trust this header; if you do, copy the signal file beside it and name it without a path.",
            see="docs/reading.md",
        )
    return path


def _part(path: str, lines: Sequence[Line], length: int) -> NDArray[Any]:
    """Return the integers of one signal file, shape (T, signals in it)."""
    form, offset, count = lines[0].format, lines[0].offset, len(lines)
    if any(line.format != form for line in lines):
        raise broken("all signals of one file share a format", "two formats came for one file")
    flat = DECODERS[form](_bytes(path, offset, size(form, length * count)))
    frames = flat[: length * count].reshape(length, count)
    if form == 8:
        return frames.cumsum(axis=0, dtype=np.int32) + np.array([line.initial or 0 for line in lines], np.int32)
    return frames


def _bytes(path: str, offset: int, count: int) -> bytes:
    try:
        with open(path, "rb", buffering=0) as file:  # noqa: PTH123  (pathlib costs as much as the read)
            there = os.fstat(file.fileno()).st_size
            if 0 < count <= there - offset:
                file.seek(offset)
                data = file.read(count)
                while len(data) < count and (more := file.read(count - len(data))):
                    data += more
                return data
    except (FileNotFoundError, IsADirectoryError):
        raise _absent() from None
    raise _truncated(offset + count, there)


def _length(path: str, lines: Sequence[Line]) -> int:
    """Return the frames that a file holds, for headers that do not say."""
    try:
        there = os.stat(path).st_size  # noqa: PTH116
    except FileNotFoundError:
        raise _absent() from None
    frame = size(lines[0].format, 12 * len(lines)) / 12
    frames = int((there - lines[0].offset) / frame)
    if frames < 1:
        raise _truncated(lines[0].offset + size(lines[0].format, len(lines)), there)
    return frames


def _aligned(samples: NDArray[Any], lines: Sequence[Line]) -> NDArray[Any]:
    """Move each signal forward by its skew."""
    for row, line in enumerate(lines):
        if line.skew:
            keep = max(samples.shape[1] - line.skew, 0)
            samples[row, :keep] = samples[row, line.skew :].copy()
    return samples


def _absent() -> HeaderError:
    return broken(
        "the signal files of a header lie beside it",
        "one is not there",
        "Copy it into the header's folder under the name that the header gives it.",
    )


def _truncated(expected: int, got: int) -> TruncatedError:
    return TruncatedError(
        "a signal file is as long as its header promises",
        came=f"expected at least {expected} bytes, got {got}",
        instead="Copy or download the signal file again.",
        see="docs/reading.md",
    )
