"""Manifest: which files a source has, and what proves each of them whole."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from urllib.parse import quote

from einthoven.errors import DownloadError

__all__ = ["Entry", "entries"]

_LINE = re.compile(r"^([0-9a-fA-F]{64})\s+[*]?(.+)$")
_LENGTHS = {"sha256": 64, "md5": 32}


@dataclass(frozen=True)
class Entry:
    """One file of a source.

    Args:
        path: relative, with forward slashes; never out of its folder.
        algorithm: of the checksum, "sha256" or "md5".
        digest: the checksum in lower-case hex.
    """

    path: str
    algorithm: str
    digest: str

    def __post_init__(self) -> None:
        pure = PurePosixPath(self.path)
        if pure.is_absolute() or ".." in pure.parts or "\\" in self.path or ":" in self.path or not pure.parts:
            raise DownloadError(
                "a manifest names files inside its own folder",
                came=f"{self.path!r} leaves it",
                instead="Do not trust this server; check base= and manifest=.",
                see="docs/gathering.md",
            )
        if len(self.digest) != _LENGTHS.get(self.algorithm):
            raise _unreadable(f"the checksum of {self.path}")

    def under(self, folder: Path) -> Path:
        """Return where the file belongs below a folder."""
        return folder / self.path

    def address(self, base: str) -> str:
        """Return where the file lies below an address."""
        return base.rstrip("/") + "/" + quote(self.path)


def entries(text: str) -> list[Entry]:
    """Read a manifest: the lines of a SHA256SUMS.txt, or the JSON of a Zenodo record.

    Raises:
        DownloadError: it is neither, or it names a file outside its folder.

    >>> entries("e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855  RECORDS")[0].path
    'RECORDS'
    """
    if text.lstrip().startswith("{"):
        try:
            files = json.loads(text)["files"]
            pairs = [(str(file["key"]), *str(file["checksum"]).split(":", 1)) for file in files]
            return [Entry(path, algorithm, digest.lower()) for path, algorithm, digest in pairs]
        except (KeyError, TypeError, ValueError) as error:
            if isinstance(error, DownloadError):
                raise
            raise _unreadable("the record's list of files") from error
    matches = [_LINE.match(line.strip()) for line in text.splitlines() if line.strip()]
    if not matches or not all(matches):
        raise _unreadable("a line of it")
    return [Entry(match[2].removeprefix("./"), "sha256", match[1].lower()) for match in matches if match]


def _unreadable(what: str) -> DownloadError:
    return DownloadError(
        "a manifest lists a checksum and a path for each file",
        came=f"{what} is not of that form",
        instead="Check base= and manifest=: the server may have sent a page of words.",
        see="docs/gathering.md",
    )
