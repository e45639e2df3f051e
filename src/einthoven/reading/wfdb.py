"""WFDB records: a text header beside one or several signal files, read without the wfdb library where that is possible.

Samples are decoded here for formats 8, 16, 24, 32, 61, 80, 160, 212, 310 and 311, which covers the MATLAB v4 files of
the PhysioNet challenges (format 16 behind 24 bytes). FLAC and signals with several samples per frame go through the
wfdb library. Source: header(5) and signal(5) of the WFDB Applications Guide.
"""

from __future__ import annotations

import os
import re
from typing import Any

import numpy as np
from numpy.typing import NDArray

from einthoven.errors import ReadError
from einthoven.reading import doubts
from einthoven.reading.asked import Asked
from einthoven.reading.formats import INVALID
from einthoven.reading.header import DEFAULT_FS, DEFAULT_GAIN, Header, parse_header, started
from einthoven.reading.signalfile import stored
from einthoven.reading.source import Source
from einthoven.reading.units import millivolts
from einthoven.recording import Native, Recording, lead_name

__all__ = ["companion", "read", "recognises"]

_COMMENTS = rb"(?:\s*#[^\n]*(?:\n|\Z))*\s*"
_RECORD = re.compile(
    rb"(?:\xef\xbb\xbf)?" + _COMMENTS + rb"([^\s#,;<{]\S*)[ \t]+\d+(?:[ \t]+[\d.][^\n]*)?[ \t\r]*(?:\n|\Z)" + _COMMENTS
)
_NEXT = re.compile(rb"\Z|(?![-+.\d]+[\s,;])[^\s,;]+[ \t]+\d")
_OURS = re.compile(r"#\s*einthoven (synthetic|history|warning):\s*(.*)")


def recognises(source: Source) -> bool:
    """Say whether this is a WFDB header: a record line, then a line with a file or a segment and a number."""
    match = _RECORD.match(source.head)
    return match is not None and (b"/" in match[1] or _NEXT.match(source.head, match.end()) is not None)


def companion(source: Source) -> Source | None:
    """Return the header that lies beside a signal file under the same name, if there is one."""
    path = f"{os.path.splitext(source.path or '')[0]}.hea"  # noqa: PTH122
    if source.path is None or not os.path.isfile(path):  # noqa: PTH113
        return None
    header = Source(path)
    return header if recognises(header) else None


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
    known = doubts.extremes(samples, fs)
    native = Native(samples, *calibration(header, names, remarks))
    signal = physical(native)
    complete = not blank(signal, native, header, known[0].min(axis=1).tolist())
    remarks += _integrity(header, samples, names)
    remarks += doubts.examine(signal, names, fs, native=native, known=known if complete else None)
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
    warnings = dict.fromkeys([*remarks, doubt] if doubt else remarks)
    return Recording(signal, names, fs, start, native, "wfdb", tuple(history), tuple(warnings), synthetic)


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
    raw: tuple[str, ...] | list[str] = [line.name for line in header.signals]
    if asked.leads is not None:
        raw = asked.names(raw if any(raw) else None, len(raw))
    return tuple(lead_name(name) or f"signal {row}" for row, name in enumerate(raw))


def calibration(
    header: Header, names: tuple[str, ...], remarks: list[str]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return steps per mV and baseline of each lead, shape (L,) each, with a remark where the header leaves room."""
    lines = header.signals
    gain = np.array([line.gain for line in lines])
    baseline = np.array([line.baseline for line in lines], np.float64)
    silent = [row for row, line in enumerate(lines) if line.gain == 0]
    if silent:
        gain[silent] = DEFAULT_GAIN
        remarks.append(
            f"{doubts.named(names, silent)}: gain 0 or no gain came, which means uncalibrated: {DEFAULT_GAIN:g} steps "
            "per mV are assumed, as WFDB does; write the true gain into the header"
        )
    if {line.unit for line in lines} != {"mV"}:
        factors = [millivolts(line.unit) for line in lines]
        strange = [row for row, factor in enumerate(factors) if factor is None]
        if strange:
            remarks.append(
                f"{doubts.named(names, strange)}: not a voltage: its samples stay in the unit of the file; "
                "leave it out with recording.select"
            )
        gain /= np.array([factor or 1.0 for factor in factors])
    if any(line.frame > 1 for line in lines):
        remarks.append("some signals have several samples per frame: they were averaged to the rate of the frames")
    return gain, baseline


def physical(native: Native) -> NDArray[np.float32]:
    """Return (samples - baseline) / gain as float32 (L, T), rounded once.

    In float32 that is exact for 16-bit integers when the gain is a float32 number: a quotient of two such numbers
    rounds the same way with and without a detour over float64. All else goes over float64.
    """
    samples, gain, baseline = native.samples, native.gain, native.baseline
    single = gain.astype(np.float32)
    if samples.dtype.itemsize > 2 or not (single == gain).all() or np.abs(baseline).max() > 1 << 22:
        return ((samples - baseline[:, None]) / gain[:, None]).astype(np.float32)
    signal = samples.astype(np.float32, order="C")
    if baseline.any():
        signal -= baseline[:, None].astype(np.float32)
    signal /= single[0] if (single == single[0]).all() else single[:, None]
    return signal


def blank(signal: NDArray[np.float32], native: Native, header: Header, least: list[int]) -> bool:
    """Write NaN where the format says that nothing was measured, and where skew ran over the end; say if any was.

    Args:
        signal: mV, shape (L, T), changed in place.
        native: the integers behind it.
        header: of the record.
        least: the lowest integer of each lead.
    """
    some = False
    for row, line in enumerate(header.signals):
        code = INVALID[line.format]
        if code is not None and least[row] == code:
            signal[row, native.samples[row] == code] = np.nan
            some = True
        if line.skew:
            signal[row, max(signal.shape[1] - line.skew, 0) :] = np.nan
            some = True
    return some


def _integrity(header: Header, samples: NDArray[Any], names: tuple[str, ...]) -> list[str]:
    """Compare checksums and first samples with the header's, where it gives them and they mean something."""
    lines = header.signals
    if not any(line.checksum or line.initial for line in lines) or any(line.skew or line.frame > 1 for line in lines):
        return []
    found = []
    sums = np.add.reduce(samples, axis=1, dtype=np.int16 if samples.dtype == np.int16 else np.int64).tolist()
    sums_wrong = [
        row for row, line in enumerate(lines) if line.checksum is not None and (sums[row] - line.checksum) & 0xFFFF
    ]
    if sums_wrong:
        found.append(
            f"{doubts.named(names, sums_wrong)}: the samples do not add up to the header's checksum: "
            "the file was changed or damaged after the header was written; copy it again"
        )
    first = samples[:, 0].tolist()
    wrong = [row for row, line in enumerate(lines) if line.initial not in (None, first[row]) and line.format != 8]
    if wrong:
        found.append(
            f"{doubts.named(names, wrong)}: the first sample is not the initial value of the header: "
            "check the byte offset, and that header and signal file belong together"
        )
    return found
