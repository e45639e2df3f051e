"""Paths: what a folder holds, and the lazy way from a path to a Recording."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path

from einthoven.errors import CohortError
from einthoven.recording import Recording

__all__ = ["SYNTHETIC", "Missing", "folder_of", "inside", "listing", "marked_synthetic", "opened", "opener"]

SYNTHETIC = "SYNTHETIC"
"""The file that marks a folder of simulated patients."""


def opened(path: str, *, fs: float | None = None, synthetic: bool = False) -> Recording:
    """Open a file as a Recording: what a Study's `source` does when it is asked. Raises ReadError."""
    from dataclasses import replace

    from einthoven.reading import read

    recording: Recording = read(path, fs=fs)
    return replace(recording, synthetic=True) if synthetic and not recording.synthetic else recording


def opener(path: str, *, fs: float | None = None, synthetic: bool = False) -> partial[Recording]:
    """Return the way to a Recording: small, and it survives pickling."""
    return partial(opened, path, fs=fs, synthetic=synthetic)


def folder_of(root: str | Path | None, source: str, *, holds: str) -> Path:
    """Return the folder of a source. Raises CohortError when there is none or it is empty.

    Args:
        root: as the caller gave it.
        source: the name of the source.
        holds: the file or folder that it must hold, for the message.
    """
    if root is None:
        raise CohortError(
            f"{source} is gathered from a folder",
            came="no root= came",
            instead=f'Write gather("{source}", root=FOLDER), where FOLDER holds {holds}.',
            see="docs/gathering.md",
        )
    folder = Path(root)
    if not folder.is_dir() or not any(folder.iterdir()):
        state = "is empty" if folder.is_dir() else "is a file" if folder.exists() else "does not exist"
        raise CohortError(
            f"{source} is gathered from a folder",
            came=f"{folder} {state}",
            instead=f"Name the folder that holds {holds}, or fetch it with download=True where the source is open.",
            see="docs/gathering.md",
        )
    return folder


def marked_synthetic(folder: Path) -> bool:
    """Say whether a simulator filled the folder: `miniature` leaves a file named SYNTHETIC in each it writes."""
    return (folder / SYNTHETIC).exists()


def listing(folder: Path) -> frozenset[str]:
    """Return the paths of all files below `folder`, relative and with forward slashes; one walk, no stat a file."""
    return frozenset(_walk(str(folder), ""))


def _walk(folder: str, prefix: str) -> Iterator[str]:
    try:
        entries = list(os.scandir(folder))
    except FileNotFoundError:
        return
    for entry in entries:
        if entry.is_symlink() and os.path.realpath(folder).startswith(os.path.realpath(entry.path)):
            continue  # a link to a folder above: a walk without end
        if entry.is_dir():
            yield from _walk(entry.path, f"{prefix}{entry.name}/")
        else:
            yield prefix + entry.name


def inside(root: Path, relative: str, table: str) -> str:
    """Return `relative` in plain form. Raises CohortError where it leaves `root`."""
    plain = os.path.normpath(relative).replace(os.sep, "/")
    if plain.startswith(("../", "/")) or plain == ".." or ":" in plain[:3]:
        raise CohortError(
            "a table names files inside its own folder",
            came=f"a path in {table} leaves {root}",
            instead="Pass root= with the folder above all files, and write paths relative to it.",
            see="docs/gathering.md",
        )
    return plain


class Missing:
    """Records that a table names and the folder lacks: left out and counted, never a reason to stop."""

    def __init__(self, what: str = "signal file") -> None:
        self.what, self.ids = what, list[str]()

    def notes(self, total: int) -> Sequence[str]:
        """Return the remark for the cohort, if any. Raises CohortError when nothing is left of `total`."""
        if not self.ids:
            return ()
        return (f"{len(self.ids)} of {total} records were left out: no {self.what}; the first is {self.ids[0]}",)

    def refuse_all(self, total: int, folder: Path) -> None:
        """Raise CohortError when every record is missing."""
        if total and len(self.ids) == total:
            raise CohortError(
                "a table and its signal files lie in one folder",
                came=f"none of the {total} records has its {self.what} below {folder}",
                instead="Check that root= is the folder as it was published, with its sub-folders.",
                see="docs/gathering.md",
            )
