"""Download: an open source, file by file, several at a time, each proven; run again, it goes on."""

from __future__ import annotations

import tomllib
import zipfile
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from fnmatch import fnmatch
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

from einthoven.errors import ConfigError, DownloadError, did_you_mean
from einthoven.files import replacing, storing, write_text
from einthoven.gathering.manifest import Entry, entries
from einthoven.gathering.transfer import Line, fetched_text
from einthoven.progress import track

__all__ = ["download", "open_sources"]

_BLOCK = 1000
"""Files in hand at a time: a source of a million costs no memory."""


def download(
    name: str,
    folder: str | Path,
    *,
    only: Sequence[str] | None = None,
    base: str | None = None,
    manifest: str | None = None,
    connections: int = 4,
    line: Line | None = None,
) -> Path:
    """Fetch an open source into a folder.

    A file that is there has been proven before it got its name, and is not fetched again; one that is half there
    goes on where it broke off. Zip archives are unpacked and removed.

    Args:
        name: one of `open_sources()`.
        folder: where to.
        only: patterns of paths, e.g. ("*.csv", "records100/*"); None for the source's own choice.
        base: another address with the same files, e.g. a mirror.
        manifest: another address of the manifest, relative to `base` or whole.
        connections: files at a time.
        line: how patient to be.

    Returns:
        The folder.

    Raises:
        ConfigError: no open source has the name.
        DownloadError: a file could not be fetched or proven.
        StorageError: the disk is full.
    """
    source = _source(name)
    place, line = Path(folder), line or Line()
    base = base or source["base"]
    address = manifest or source["manifest"]
    text = fetched_text(address if "://" in address else base.rstrip("/") + "/" + address, line)
    wanted = [entry for entry in entries(text) if _chosen(entry, only or source.get("only"))]
    with storing(place):
        place.mkdir(parents=True, exist_ok=True)
    left = [entry for entry in wanted if not entry.under(place).exists() and not _unpacked(entry, place).exists()]
    with ThreadPoolExecutor(max(connections, 1)) as pool:
        try:
            for _ in track(_fetched(left, place, base, line=line, pool=pool), f"fetch {name}", total=len(left)):
                pass
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise
    return place


def open_sources() -> Mapping[str, Mapping[str, Any]]:
    """Return the table of open sources: name -> base, manifest, licence, cite.

    >>> open_sources()["ptb-xl"]["licence"]
    'CC BY 4.0'
    """
    return _table()


@cache
def _table() -> dict[str, dict[str, Any]]:
    return tomllib.loads(files(__package__).joinpath("sources.toml").read_text(encoding="utf-8"))


def _source(name: str) -> Mapping[str, Any]:
    if name not in _table():
        raise ConfigError(
            "what is fetched is an open source",
            came=f"{name!r} came",
            instead=did_you_mean(name, _table()),
            see="docs/gathering.md",
        )
    return _table()[name]


def _chosen(entry: Entry, patterns: Sequence[str] | None) -> bool:
    return patterns is None or any(fnmatch(entry.path, pattern) for pattern in patterns)


def _fetched(left: Sequence[Entry], place: Path, base: str, *, line: Line, pool: ThreadPoolExecutor) -> Any:
    for start in range(0, len(left), _BLOCK):
        block = left[start : start + _BLOCK]
        yield from pool.map(lambda entry: _fetch(entry, place, base, line), block)


def _fetch(entry: Entry, place: Path, base: str, line: Line) -> None:
    target = entry.under(place)
    line.fetch(entry.address(base), target, entry)
    if target.suffix == ".zip":
        _unpack(entry, place)


def _unpacked(entry: Entry, place: Path) -> Path:
    """Return the mark that a zip archive has been here and is unpacked."""
    target = entry.under(place)
    return target.with_name(f".{target.name}.unpacked")


def _unpack(entry: Entry, place: Path) -> None:
    target = entry.under(place)
    try:
        with zipfile.ZipFile(target) as archive:
            for member in archive.infolist():
                if not member.is_dir():
                    _extract(archive, member, target.parent)
    except zipfile.BadZipFile as error:
        raise DownloadError(
            "a zip archive can be unpacked",
            came=f"{target} cannot, though its checksum is right",
            instead="Report it to the source.",
            see="docs/gathering.md",
        ) from error
    write_text(_unpacked(entry, place), f"{entry.algorithm} {entry.digest}\n")
    target.unlink()


def _extract(archive: zipfile.ZipFile, member: zipfile.ZipInfo, folder: Path) -> None:
    inside = Entry(member.filename, "md5", "0" * 32)  # refuses what leaves the folder
    with archive.open(member) as source, replacing(inside.under(folder)) as draft, draft.open("wb") as file:
        while chunk := source.read(1 << 20):
            file.write(chunk)
