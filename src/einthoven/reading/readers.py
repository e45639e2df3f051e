"""Readers: the table of formats, asked in order which of them recognises the content of a file."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from importlib.metadata import entry_points
from typing import NamedTuple

from einthoven.errors import HeaderError, UnknownFormatError
from einthoven.reading import csv, dicom, npy, npz, parquet, wfdb
from einthoven.reading.asked import Asked
from einthoven.reading.source import Source
from einthoven.recording import Recording

__all__ = ["READERS", "Reader", "reader_of"]


class Reader(NamedTuple):
    """One format: how its content is recognised, and how it is read.

    Args:
        name: of the format, as `recording.format` gives it.
        recognises: says whether a Source holds this format, from its first bytes (`source.head`).
        read: makes the Recording, given the Source and what the caller asked.
    """

    name: str
    recognises: Callable[[Source], bool]
    read: Callable[[Source, Asked], Recording]


_LAST = Reader("csv", csv.recognises, csv.read)
READERS = (
    Reader("wfdb", wfdb.recognises, wfdb.read),
    Reader("dicom", dicom.recognises, dicom.read),
    Reader("npy", npy.recognises, npy.read),
    Reader("npz", npz.recognises, npz.read),
    Reader("parquet", parquet.recognises, parquet.read),
    _LAST,
)
"""Every format read here, in the order in which they are asked; readers of others come before the last."""

_OTHERS = (
    (b"\xff\xd8\xff", "a JPEG picture"),
    (b"\x89PNG", "a PNG picture"),
    (b"GIF8", "a GIF picture"),
    (b"II*\0", "a TIFF picture"),
    (b"MM\0*", "a TIFF picture"),
    (b"%PDF", "a PDF document"),
    (b"\x1f\x8b", "a gzip archive"),
    (b"PK\x03\x04", "a zip archive without numpy arrays"),
    (b"\x89HDF", "an HDF5 file"),
    (b"MATLAB 5", "a MATLAB file of version 5 or later"),
    (b"ISHNE1", "an ISHNE Holter file"),
    (b"ANN  1", "an ISHNE annotation file"),
    (b"0       ", "an EDF file"),
    (b"\xffBIOSEMI", "a BDF file"),
)
"""Signatures of what is not an ECG that can be read here, for the message."""


def reader_of(source: Source) -> tuple[Reader, Source]:
    """Return the reader of a source, and the header instead of it where the source is a signal file beside one.

    Raises:
        UnknownFormatError: nobody recognises it.
        HeaderError: it is named .hea, is text, and is no header.
    """
    for reader in READERS[:-1]:
        if reader.recognises(source):
            return reader, source
    header = wfdb.companion(source)
    if header is not None:
        return READERS[0], header
    for reader in (*_plugins(), _LAST):
        if reader.recognises(source):
            return reader, source
    raise _unknown(source)


@lru_cache(maxsize=1)
def _plugins() -> tuple[Reader, ...]:
    return tuple(entry.load() for entry in entry_points(group="einthoven.readers"))


def _unknown(source: Source) -> HeaderError | UnknownFormatError:
    kind = next((kind for magic, kind in _OTHERS if source.head.startswith(magic)), None) or _guess(source.head)
    if source.suffix == ".hea" and kind == "text":
        return HeaderError(
            "a WFDB header begins with a record line: a name, the number of signals, the rate, the number of samples",
            came=f"{source} does not",
            instead="Compare it with header(5) of WFDB and mend it.",
            see="docs/reading.md",
        )
    page = kind.endswith(("picture", "PDF document"))
    return UnknownFormatError(
        "a file is recognised by its content",
        came=f"{source} holds {kind}, which no reader takes",
        instead="Read a printed ECG back with einthoven digitize."
        if page
        else f"Give one of {', '.join(reader.name for reader in READERS)}, or install a reader for it.",
        see="docs/reading.md",
    )


def _guess(head: bytes) -> str:
    if head[16:22] == b"SCPECG":
        return "an SCP-ECG file"
    if head[:4] == (30).to_bytes(4, "little") or head[:4] == (0).to_bytes(4, "little"):
        return "binary data (a MATLAB v4 matrix of the challenges needs its .hea beside it)"
    if head.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] == b"<" or head[:4] == b"\xff\xfe<\0":
        return "an XML document"
    return "binary data (a WFDB signal file needs its .hea beside it)" if b"\0" in head else "text"
