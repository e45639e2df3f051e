"""Lock: one process at a time writes an archive."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from einthoven.errors import ArchiveError

__all__ = ["LOCK", "alone"]

LOCK = ".lock"


@contextmanager
def alone(path: Path) -> Iterator[None]:
    """Let one process write at a time; the lock goes with its holder, also when he is killed."""
    path.mkdir(parents=True, exist_ok=True)
    with (path / LOCK).open("w") as file:
        try:
            import fcntl
        except ImportError:  # no such locks on this system
            yield
            return
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise ArchiveError(
                "one process at a time writes an archive",
                came=f"another is writing {path}",
                instead="Wait for it to finish.",
                see="docs/archive.md",
            ) from error
        yield
