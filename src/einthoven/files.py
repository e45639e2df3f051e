"""Files that are there whole or not at all, and a full disk that says so."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from einthoven.errors import StorageError

__all__ = ["replacing", "storing", "write_text"]


@contextmanager
def storing(path: str | Path) -> Iterator[None]:
    """Turn a full or read-only disk under `path` into a StorageError that says what to do.

    >>> with storing("archive"):
    ...     raise OSError(errno.ENOSPC, "No space left on device")
    Traceback (most recent call last):
    einthoven.errors.StorageError: writing needs room on the disk; the disk is full at archive. Free ...
    """
    try:
        yield
    except OSError as error:
        reasons = {errno.ENOSPC: "the disk is full", errno.EDQUOT: "the quota is used up", errno.EROFS: "read-only"}
        if isinstance(error, StorageError) or error.errno not in reasons:
            raise
        raise StorageError(
            "writing needs room on the disk",
            came=f"{reasons[error.errno]} at {path}",
            instead="Free some space or choose another folder and run the same command again: nothing is lost.",
        ) from error


@contextmanager
def replacing(path: str | Path) -> Iterator[Path]:
    """Hand out a temporary path beside `path`; move it there when the block ends well, remove it when not.

    Raises:
        StorageError: the disk is full or read-only.
    """
    path = Path(path)
    with storing(path):
        path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        with storing(path):
            yield draft
            draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)


def write_text(path: str | Path, text: str) -> None:
    """Write `text` as UTF-8, whole or not at all. Raises StorageError when the disk is full."""
    with replacing(path) as draft:
        draft.write_text(text, encoding="utf-8")
