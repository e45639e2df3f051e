"""Signal files of WFDB: the integers of a record, from one or several files beside its header."""

from __future__ import annotations

import errno
import os
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from einthoven.errors import HeaderError, TruncatedError
from einthoven.reading.formats import DECODERS, LIBRARY, size
from einthoven.reading.header import Header
from einthoven.reading.recordline import broken

__all__ = ["inside", "stored"]

_FORMATS = {*DECODERS, *LIBRARY}
_READ = os.O_RDONLY | getattr(os, "O_BINARY", 0)
_NO_LINK = getattr(os, "O_NOFOLLOW", 0)
_MUCH = 1 << 26
"""Bytes above which a file is asked for its size before memory is."""
_KEPT = 1 << 23
"""Bytes of freed memory that the process keeps: a few records."""


def stored(header: Header, folder: str) -> NDArray[Any]:
    """Return the integers of a record, shape (L, T), contiguous in memory; late signals (skew) are moved forward.

    What skew leaves without a sample at the end repeats whatever was there: `wfdb.blank` makes it NaN.

    Raises:
        HeaderError: an unknown format, a file that is not there or lies outside the folder.
        TruncatedError: a file is shorter than the header promises.
    """
    layout = header.layout
    if header.plain and layout.format[0] in DECODERS:
        path = beside(folder, header.file[0])
        length = header.samples or _length(path, header, None)
        return np.ascontiguousarray(_part(path, header, None, length=length).T)
    if not header.file or not _FORMATS.issuperset(layout.format):
        raise broken(
            "a record has signals in the formats of WFDB", "another format came" if header.file else "it has none"
        )
    if not LIBRARY.isdisjoint(layout.format) or max(layout.frame) > 1:
        from einthoven.reading.wfdb_library import through_library

        samples = through_library(header, {file: inside(folder, file) for file in header.file})
    else:
        samples = _gathered(header, folder)
    return _aligned(samples, layout.skew)


def _gathered(header: Header, folder: str) -> NDArray[Any]:
    """Return the integers of a record that lies in several files, shape (L, T)."""
    files = {beside(folder, file): _rows(header, file) for file in dict.fromkeys(header.file)}
    length = header.samples or min(_length(path, header, rows) for path, rows in files.items())
    parts = [(rows, _part(path, header, rows, length=length)) for path, rows in files.items()]
    samples = np.empty((len(header.file), length), np.result_type(*(part for _, part in parts)))
    for rows, part in parts:
        samples[rows] = part.T
    return samples


def _rows(header: Header, file: str) -> list[int]:
    return [row for row, name in enumerate(header.file) if name == file]


def beside(folder: str, file: str) -> str:
    """Return the path of a file that a header names. Raises HeaderError when the name leaves the header's folder."""
    if "/" in file or "\\" in file or ":" in file or "\0" in file or file in {".", ".."}:
        raise _outside()
    return f"{folder}/{file}" if folder else file


def inside(folder: str, file: str) -> str:
    """Return the path of a file that a header names. Raises HeaderError when name or link leave the header's folder."""
    path = beside(folder, file)
    if os.path.islink(path) and os.path.dirname(os.path.realpath(path)) != os.path.realpath(folder or "."):  # noqa: PTH114, PTH120
        raise _outside()
    return path


def _part(path: str, header: Header, rows: list[int] | None, *, length: int) -> NDArray[Any]:
    """Return the integers of one signal file, shape (T, signals in it); `rows` None for all signals."""
    layout = header.layout
    if rows is not None and len({layout.format[row] for row in rows}) > 1:
        raise broken("all signals of one file share a format", "two formats came for one file")
    form, offset = layout.format[rows[0] if rows else 0], layout.offset[rows[0] if rows else 0]
    count = len(header.file) if rows is None else len(rows)
    flat = DECODERS[form](_bytes(path, offset, size(form, length * count)))
    frames: NDArray[Any] = flat[: length * count].reshape(length, count)
    if form != 8:
        return frames
    initial = [header.initial[row] or 0 for row in rows or range(count)]
    return np.asarray(frames.cumsum(axis=0, dtype=np.int64) + np.array(initial), np.int32)


def _bytes(path: str, offset: int, count: int) -> bytes:
    """Return `count` bytes of a file after `offset`."""
    file = _opened(path)
    try:
        if not 0 < count < _MUCH:
            _enough(file, offset + count)
        if offset:
            os.lseek(file, offset, os.SEEK_SET)
        data = os.read(file, count)
        while len(data) < count and (more := os.read(file, count - len(data))):
            data += more
        if len(data) < count or not count:
            _enough(file, offset + max(count, 1))
        return data
    except IsADirectoryError:
        raise _absent() from None
    finally:
        os.close(file)


def _opened(path: str) -> int:
    """Open a file without following a link out of its folder."""
    try:
        return os.open(path, _READ | _NO_LINK)
    except (FileNotFoundError, IsADirectoryError):
        raise _absent() from None
    except OSError as error:
        if error.errno != errno.ELOOP:
            raise
    try:
        return os.open(inside(*os.path.split(path)), _READ)
    except FileNotFoundError:
        raise _absent() from None


def _enough(file: int, expected: int) -> None:
    there = os.fstat(file).st_size
    if there < expected:
        raise _truncated(expected, there)


def _length(path: str, header: Header, rows: list[int] | None) -> int:
    """Return the frames that a file holds, for headers that do not say."""
    try:
        there = os.stat(path).st_size  # noqa: PTH116
    except FileNotFoundError:
        raise _absent() from None
    count = len(header.file) if rows is None else len(rows)
    first = rows[0] if rows else 0
    form, offset = header.layout.format[first], header.layout.offset[first]
    frames = 12 * int(max(there - offset, 0)) // size(form, 12 * count)
    if frames < 1:
        raise _truncated(offset + size(form, count), there)
    return frames


def _aligned(samples: NDArray[Any], skews: Sequence[int]) -> NDArray[Any]:
    """Move each signal forward by its skew."""
    if any(skews):
        for row, skew in enumerate(skews):
            keep = max(samples.shape[1] - skew, 0)
            samples[row, :keep] = samples[row, skew:].copy()
    return samples


def _outside() -> HeaderError:
    return HeaderError(
        "a header names files in its own folder only",
        came="a line names a file outside it",
        instead="Do not trust this header; if you do, copy the signal file beside it and name it without a path.",
        see="docs/reading.md",
    )


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


def _keep_memory() -> None:
    """Let the C library keep what one record frees for the next.

    glibc learns from the largest block it has seen freed. Until it has seen a large one it hands every record's memory
    back to the system and fetches it again page by page, which takes longer than the reading itself. No page of this
    block is touched.
    """
    np.empty(_KEPT, np.uint8)


_keep_memory()
