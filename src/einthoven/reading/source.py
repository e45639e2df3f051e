"""Source: the bytes to be read, from a path or from an open file."""

from __future__ import annotations

import os
from pathlib import Path
from typing import BinaryIO

from einthoven.errors import ReadError

__all__ = ["HEAD", "Source"]

HEAD = 8192
"""Bytes read before the format is known; most headers are whole within them."""
_READ = os.O_RDONLY | getattr(os, "O_BINARY", 0)


class Source:
    """What is to be read: its first bytes, and how to come by the rest.

    Args:
        source: a path, the name of a WFDB record without suffix, or a binary file object.

    Raises:
        ReadError: nothing is there, it is a folder, or it is empty.
    """

    __slots__ = ("_rest", "head", "path", "whole")

    def __init__(self, source: str | os.PathLike[str] | BinaryIO) -> None:
        if isinstance(source, (str, os.PathLike)):
            self.path: str | None = os.fspath(source)
            self._rest = self.head = self._first_bytes()
            self.whole = len(self.head) < HEAD
        else:
            self.path = None
            data = _bytes_of(source)
            self.head, self._rest, self.whole = data[:HEAD], data, True
        if not self.head:
            raise ReadError(
                "a file holds at least one byte",
                came=f"{self} is empty",
                instead="Copy or export it again.",
                see="docs/reading.md",
            )

    def _first_bytes(self) -> bytes:
        path = self.path or ""
        try:
            file = os.open(path, _READ)  # as fast as the bytes themselves
            try:
                return os.read(file, HEAD)
            finally:
                os.close(file)
        except (FileNotFoundError, IsADirectoryError, NotADirectoryError) as error:
            if os.path.isfile(f"{path}.hea"):  # noqa: PTH113
                self.path = f"{path}.hea"
                return Path(self.path).read_bytes()[:HEAD]
            raise _nothing_there(path, isinstance(error, IsADirectoryError)) from None

    def data(self) -> bytes:
        """Return every byte."""
        if self.path is None:
            return self._rest
        return self.head if self.whole else Path(self.path).read_bytes()

    @property
    def suffix(self) -> str:
        """The suffix of the path in lower case, "" for an open file."""
        return os.path.splitext(self.path or "")[1].lower()  # noqa: PTH122

    def __str__(self) -> str:
        return self.path or "the open file"


def _bytes_of(source: BinaryIO) -> bytes:
    data = source.read() if hasattr(source, "read") else None
    if isinstance(data, bytes):
        return data
    raise ReadError(
        "read takes a path or a file opened in binary mode",
        came=f"{type(source).__name__} came" + ("" if data is None else ", opened as text"),
        instead="Pass the path, or open it with mode 'rb'.",
        see="docs/reading.md",
    )


def _nothing_there(path: str, folder: bool) -> ReadError:
    return ReadError(
        "read takes one file",
        came=f"{path} is a folder" if folder else f"there is no file at {path}",
        instead="Name a file in it, or gather the folder as a cohort with einthoven.gather."
        if folder
        else "Check the spelling; a WFDB record may be named by its .hea, its signal file or without suffix.",
        see="docs/reading.md",
    )
