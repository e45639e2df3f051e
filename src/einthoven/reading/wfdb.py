"""WFDB records: a text header beside one or several signal files, read without the wfdb library where that is possible.

Samples are decoded here for formats 8, 16, 24, 32, 61, 80, 160, 212, 310 and 311, which covers the MATLAB v4 files of
the PhysioNet challenges (format 16 behind 24 bytes). FLAC and signals with several samples per frame go through the
wfdb library. Source: header(5) and signal(5) of the WFDB Applications Guide.
"""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from einthoven.errors import ReadError
from einthoven.reading import doubts
from einthoven.reading.asked import Asked
from einthoven.reading.calibration import calibrated
from einthoven.reading.formats import INVALID
from einthoven.reading.header import Header, parse_header
from einthoven.reading.recordline import DEFAULT_FS, started
from einthoven.reading.signalfile import stored
from einthoven.reading.source import Source
from einthoven.recording import Native, Recording, lead_name

__all__ = ["companion", "read", "recognises"]

_COMMENTS = rb"(?:\s*#[^\n]*(?:\n|\Z))*\s*"
_RECORD = re.compile(
    rb"(?:\xef\xbb\xbf)?" + _COMMENTS + rb"([^\s#,;<{]\S*)[ \t]+\d+(?:[ \t]+[\d.][^\n]*)?[ \t\r]*(?:\n|\Z)" + _COMMENTS
)
_NEXT = re.compile(rb"\Z|(?![-+]?[\d.]*\d[\d.]*[\s,;])[^\s,;]+[ \t]+\d")
_USUAL = re.compile(rb"\S+ \d+ [\d.]+ \d+[^\n]*\n\S+\.(?:dat|mat) ")
_OURS = re.compile(r"#\s*einthoven (synthetic|history|warning):\s*(.*)")


def recognises(source: Source) -> bool:
    """Say whether this is a WFDB header: a record line, then a line with a file or a segment and a number."""
    if _USUAL.match(source.head):  # as nearly all do, and quicker than all that may be
        return True
    text = source.head if source.whole or source.head[:1] != b"#" else source.data()
    match = _RECORD.match(text)
    return match is not None and (b"/" in match[1] or _NEXT.match(text, match.end()) is not None)


def companion(source: Source) -> Source | None:
    """Return the header that lies beside a signal file under the same name and names it, if there is one."""
    stem, suffix = os.path.splitext(source.path or "")  # noqa: PTH122
    if source.path is None or suffix == ".hea" or not os.path.isfile(f"{stem}.hea"):  # noqa: PTH113
        return None
    header = Source(f"{stem}.hea")
    return header if recognises(header) and os.path.basename(source.path).encode() in header.head else None  # noqa: PTH119


def read(source: Source, asked: Asked) -> Recording:
    """Read the record of a header.

    Raises:
        HeaderError: the header breaks the rules, or names a file outside its folder.
        TruncatedError: a signal file is shorter than the header promises.
        LeadError: a lead is named twice, or `asked` names other leads.
    """
    header = parse_header((source.head if source.whole else source.data()).decode("utf-8", "replace"))
    if source.path is None:
        raise ReadError(
            "a WFDB header needs the signal files beside it",
            came="a header came as an open file",
            instead="Pass its path.",
            see="docs/reading.md",
        )
    folder = os.path.dirname(source.path)  # noqa: PTH120
    if header.segments is not None:
        from einthoven.reading.segments import joined

        return joined(header, folder, asked)
    return recorded(header, stored(header, folder), asked)


def recorded(header: Header, samples: NDArray[Any], asked: Asked) -> Recording:
    """Return the Recording of one header and its integers (L, T)."""
    remarks: list[str] = []
    fs = rate(header, asked, remarks)
    names = lead_names(header, asked)
    scale = calibrated(header.layout, names)
    signal = scale.physical(samples)
    low, high = np.minimum.reduce(samples, axis=1).tolist(), np.maximum.reduce(samples, axis=1).tolist()
    complete = not blank(signal, samples, header, least=low)
    remarks += scale.remarks
    remarks += _integrity(header, samples, names)
    native = Native(samples, scale.gain, scale.baseline)
    remarks += doubts.examine(signal, names, fs, native=native, bounds=(low, high) if complete else None)
    return finished(header, signal, names, fs=fs, native=native, remarks=remarks)


def finished(
    header: Header,
    signal: NDArray[np.float32],
    names: tuple[str, ...],
    *,
    fs: float,
    native: Native | None,
    remarks: list[str],
) -> Recording:
    """Return the Recording, with what einthoven itself wrote into the comments when it wrote the file."""
    start, doubt = started(header.clock) if header.clock else (None, None)
    history: list[str] = []
    synthetic = False
    for comment in header.comments:
        if match := _OURS.match(comment):
            kind, text = match.groups()
            synthetic |= kind == "synthetic"
            if kind != "synthetic":
                (history if kind == "history" else remarks).append(text)
    warnings = tuple(dict.fromkeys([*remarks, doubt] if doubt else remarks)) if remarks or doubt else ()
    return Recording(signal, names, fs, start, native, "wfdb", tuple(history), warnings, synthetic)


def rate(header: Header, asked: Asked, remarks: list[str]) -> float:
    """Return the rate in Hz: the header's, else the caller's, else the default of WFDB with a remark."""
    if header.fs is None and asked.fs is None:
        remarks.append(
            f"the header gives no sampling rate: {DEFAULT_FS:g} Hz is the default of WFDB; "
            "write the true one into the header or pass fs="
        )
        return DEFAULT_FS
    return asked.rate(header.fs)


def lead_names(header: Header, asked: Asked) -> tuple[str, ...]:
    """Return the standard names of the leads; a signal without a name is called as WFDB does, "signal 0"."""
    raw = header.layout.name
    if asked.leads is not None:
        raw = asked.names(raw if any(raw) else None, len(raw))
    return _standard(raw)


@lru_cache(maxsize=256)
def _standard(raw: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(lead_name(name) or f"signal {row}" for row, name in enumerate(raw))


def blank(signal: NDArray[np.float32], samples: NDArray[Any], header: Header, *, least: Sequence[int]) -> bool:
    """Write NaN where the format says that nothing was measured, and where skew ran over the end; say if any was.

    Args:
        signal: mV, shape (L, T), changed in place.
        samples: the integers behind it.
        header: of the record.
        least: the lowest integer of each lead.
    """
    layout = header.layout
    if header.plain and min(least) != INVALID[layout.format[0]]:
        return False
    some = False
    for row, (form, low) in enumerate(zip(layout.format, least, strict=True)):
        if low == INVALID[form]:
            signal[row, samples[row] == low] = np.nan
            some = True
    for row, skew in enumerate(layout.skew) if any(layout.skew) else ():
        signal[row, max(signal.shape[1] - skew, 0) :] = np.nan
        some = True
    return some


def _integrity(header: Header, samples: NDArray[Any], names: tuple[str, ...]) -> list[str]:
    """Compare checksums and first samples with the header's, where it gives them and they mean something."""
    layout = header.layout
    if not (any(header.checksum) or any(header.initial)):
        return []
    if not layout.even and (any(layout.skew) or max(layout.frame) > 1):
        return []
    total = np.add.reduce(samples, axis=1, dtype=np.int16 if samples.dtype == np.int16 else np.int64)
    sums, first = tuple(total.astype(np.uint16).tolist()), tuple(samples[:, 0].tolist())
    if sums == header.checksum and first == header.initial:
        return []
    found = []
    if wrong := [row for row, said in enumerate(header.checksum) if said is not None and (sums[row] - said) & 0xFFFF]:
        found.append(
            f"{doubts.named(names, wrong)}: the samples do not add up to the header's checksum: "
            "the file was changed or damaged after the header was written; copy it again"
        )
    if wrong := [row for row, said in enumerate(header.initial) if said != first[row] and said is not None]:
        wrong = [row for row in wrong if layout.format[row] != 8]
    if wrong:
        found.append(
            f"{doubts.named(names, wrong)}: the first sample is not the initial value of the header: "
            "check the byte offset, and that header and signal file belong together"
        )
    return found
