"""Transfer: one file over an unreliable line. Broken off, it goes on where it was; wrong bytes are thrown away."""

from __future__ import annotations

import hashlib
import time
from dataclasses import dataclass
from http.client import HTTPException, HTTPResponse
from pathlib import Path
from urllib.error import HTTPError
from urllib.parse import urlsplit
from urllib.request import Request, urlopen

from einthoven.errors import ConfigError, DownloadError, StorageError
from einthoven.files import storing
from einthoven.gathering.manifest import Entry

__all__ = ["Line", "fetched_text"]

_CHUNK = 1 << 20
_LATER = {408, 425, 429, 500, 502, 503, 504}
"""Answers that a server may take back."""


@dataclass(frozen=True)
class Line:
    """How patient to be with a server.

    Args:
        attempts: failures in a row, without a single new byte, before giving up.
        pause: seconds after the first failure; it doubles with each.
        timeout: seconds without a byte that count as a failure.
    """

    attempts: int = 5
    pause: float = 0.5
    timeout: float = 30.0

    def fetch(self, url: str, target: Path, entry: Entry) -> None:
        """Fetch one file, whole and proven, or not at all; what came so far waits in `target`.part.

        Raises:
            DownloadError: the server said no, sent other bytes than promised, or stopped for good.
            StorageError: the disk is full.
        """
        part = target.with_name(target.name + ".part")
        part.parent.mkdir(parents=True, exist_ok=True)
        reason, failures = "", 0
        while failures < self.attempts:
            before = _size(part)
            try:
                self._continue(url, part)
                if _digest(part, entry.algorithm) == entry.digest:
                    part.replace(target)
                    return
                part.unlink()
                reason, before = f"its {entry.algorithm} is not the one promised", 0
            except HTTPError as error:
                if error.code not in _LATER:
                    raise _refused(url, f"the server answered {error.code}") from error
                reason = f"the server answered {error.code}"
            except StorageError:
                raise  # an OSError too, but no fault of the line
            except (HTTPException, OSError) as error:
                reason = f"the line broke ({type(error).__name__})"
            failures = 0 if _size(part) > before else failures + 1
            time.sleep(self.pause * 2**failures if failures < self.attempts else 0)
        raise _refused(url, f"{reason}, {self.attempts} times in a row")

    def _continue(self, url: str, part: Path) -> None:
        """Append what is missing to `part`; start anew where the server cannot continue."""
        have = _size(part)
        try:
            answer = _open(url, self.timeout, start=have)
        except HTTPError as error:
            if error.code == 416 and have:  # nothing is left to send: what is there will be proven or thrown away
                return
            raise
        with answer, storing(part), part.open("ab" if answer.status == 206 else "wb") as file:
            promised = answer.headers.get("Content-Length")
            came = 0
            while chunk := answer.read(_CHUNK):
                file.write(chunk)
                came += len(chunk)
        if promised is not None and came < int(promised):
            raise ConnectionError(f"{came} of {promised} bytes")


def fetched_text(url: str, line: Line) -> str:
    """Fetch a small text that nothing proves, such as a manifest. Raises DownloadError."""
    reason = ""
    for failure in range(line.attempts):
        try:
            with _open(url, line.timeout) as answer:
                return str(answer.read().decode("utf-8"))
        except HTTPError as error:
            reason = f"the server answered {error.code}"
            if error.code not in _LATER:
                break
        except (HTTPException, OSError) as error:
            reason = f"the line broke ({type(error).__name__})"
        except UnicodeDecodeError as error:
            raise _refused(url, "it is not text") from error
        time.sleep(line.pause * 2**failure)
    raise _refused(url, reason)


def _open(url: str, timeout: float, *, start: int = 0) -> HTTPResponse:
    if urlsplit(url).scheme not in ("http", "https"):
        raise ConfigError(
            "files are fetched over http or https",
            came=f"{url} came",
            instead="Give an address that starts with https://.",
            see="docs/gathering.md",
        )
    headers = {"User-Agent": "einthoven"} | ({"Range": f"bytes={start}-"} if start else {})
    answer: HTTPResponse = urlopen(Request(url, headers=headers), timeout=timeout)  # noqa: S310  (checked above)
    return answer


def _size(path: Path) -> int:
    return path.stat().st_size if path.exists() else 0


def _digest(path: Path, algorithm: str) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, algorithm).hexdigest()


def _refused(url: str, came: str) -> DownloadError:
    return DownloadError(
        "a file is fetched whole and proven by its checksum",
        came=f"{url}: {came}",
        instead="Run the same command again later: what is there stays, and what is half there goes on.",
        see="docs/gathering.md",
    )
