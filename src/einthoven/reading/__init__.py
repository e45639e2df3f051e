"""Reading: bytes -> Recording. One format, one file; recognised by content, never by the name of the file.

    wfdb      header beside signal files, the PhysioNet challenges' .mat among them
    dicom     waveform objects
    npy npz   numpy arrays
    parquet   one column a lead
    csv       one column or one row a lead

Other people's readers join through the entry point group `einthoven.readers`: each names a `Reader`.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import BinaryIO

from einthoven.reading.asked import Asked
from einthoven.reading.many import Quarantined, read_many
from einthoven.reading.readers import READERS, Reader, reader_of
from einthoven.reading.source import Source
from einthoven.recording import Recording

__all__ = ["READERS", "Quarantined", "Reader", "read", "read_many"]


def read(
    path: str | os.PathLike[str] | BinaryIO,
    *,
    fs: float | None = None,
    leads: Sequence[str] | None = None,
    unit: str | None = None,
) -> Recording:
    r"""Read one ECG, whatever its format, as millivolts with lead names, rate, history and doubts.

    What the caller says fills what the file lacks and is refused where the file says otherwise, so that nothing is
    relabelled by accident. What cannot be right about a file that can be read is in `recording.warnings`.

    Args:
        path: a file, a WFDB record with or without suffix (.hea, .dat, .mat), or a file object opened in binary mode.
        fs: sampling rate in Hz, for files that do not say it.
        leads: a name for each row, for files that name none.
        unit: mV, uV, nV or V, for files that do not say it; mV when nobody does.

    Returns:
        Recording: signal (L, T) float32 in mV; `native` holds the integers of the file where it had them.

    Raises:
        UnknownFormatError: no reader recognises the content.
        HeaderError: the header contradicts itself, or points outside its folder.
        TruncatedError: fewer bytes than promised.
        LeadError: leads unnamed, named twice or named otherwise.
        SignalError: nobody says the sampling rate, or there are no samples.
        ReadError: anything else that keeps the file from being read.

    >>> import io
    >>> read(io.BytesIO(b"I,II\n0.1,0.2\n0.3,0.1\n0.2,0.2\n"), fs=500)
    Recording(2 leads x 3 samples, 500 Hz, 0.006 s)
    """
    source = Source(path)
    reader, source = reader_of(source)
    return reader.read(source, Asked(fs, None if leads is None else tuple(leads), unit))
