"""WFDB records in several segments: each segment is a record of its own; "~" stands for a stretch without any.

In a fixed layout every segment has the same signals. In a variable layout the first segment has no samples and lists
all signals; the others have some of them, found by name. What a segment does not have is NaN.
"""

from __future__ import annotations

import numpy as np

from einthoven.reading import doubts, wfdb
from einthoven.reading.asked import Asked
from einthoven.reading.calibration import calibrated
from einthoven.reading.header import Header, parse_header
from einthoven.reading.recordline import broken
from einthoven.reading.signalfile import inside, stored
from einthoven.reading.source import Source
from einthoven.recording import Recording

__all__ = ["joined"]

_GAP = "~"


def joined(header: Header, folder: str, asked: Asked) -> Recording:
    """Read the segments of a header one after the other.

    Raises:
        HeaderError: a segment is missing, has segments of its own, or is shorter than promised.
        TruncatedError: a signal file is too short.
    """
    segments = header.segments or ()
    total = sum(length for _, length in segments)
    if header.samples not in (None, total):
        raise broken(
            "segments are together as long as their record", f"{header.samples} samples were promised and {total} came"
        )
    headers = [None if name == _GAP else _header(folder, name) for name, _ in segments]
    layout = next((one for one in headers if one is not None), None)
    if layout is None or not total:
        raise broken("a record has at least one sample in its segments", "none of them has any")
    remarks: list[str] = []
    fs = wfdb.rate(header, asked, remarks)
    names = wfdb.lead_names(layout, asked)
    signal = np.full((len(names), total), np.nan, np.float32)
    begin = 0
    for (_, length), one in zip(segments, headers, strict=True):
        if one is not None and length:
            _place(
                signal[:, begin : begin + length], one, folder, names=names, fixed=segments[0][1] > 0, remarks=remarks
            )
        begin += length
    remarks += doubts.examine(signal, names, fs)
    record = wfdb.finished(header, signal, names, fs=fs, native=None, remarks=remarks)
    return record.changed(f"join {len(segments)} segments", signal)


def _header(folder: str, name: str) -> Header:
    path = inside(folder, f"{name}.hea")
    try:
        header = parse_header(Source(path).data().decode("utf-8", "replace"))
    except ValueError as error:
        raise broken("every segment has a header beside its record's", "one is missing or cannot be read") from error
    if header.segments is not None:
        raise broken("a segment has no segments of its own", "one does")
    return header


def _place(
    part: np.ndarray[tuple[int, ...], np.dtype[np.float32]],
    header: Header,
    folder: str,
    *,
    names: tuple[str, ...],
    fixed: bool,
    remarks: list[str],
) -> None:
    """Write one segment into its stretch of the signal, rows by name (by order in a fixed layout)."""
    samples = stored(header, folder)
    length = part.shape[1]
    if samples.shape[1] < length:
        raise broken(
            "a segment is as long as its record says", f"{length} samples were promised and {samples.shape[1]} came"
        )
    own = names if fixed and len(header.file) == len(names) else wfdb.lead_names(header, Asked())
    scale = calibrated(header.layout, own)
    signal = scale.physical(samples)
    wfdb.blank(signal, samples, header, least=samples.min(axis=1).tolist())
    remarks += scale.remarks
    for row, name in enumerate(own):
        if name in names:
            part[names.index(name)] = signal[row, :length]
