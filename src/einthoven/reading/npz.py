"""npz: numpy arrays with names: the signal, and leads, rate and unit beside it."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from einthoven.errors import LeadError, ReadError, TruncatedError
from einthoven.reading.asked import Asked
from einthoven.reading.npy import array
from einthoven.reading.source import Source
from einthoven.reading.table import Said, recorded
from einthoven.recording import Native, Recording

__all__ = ["read", "recognises"]

_SIGNAL = ("signal", "p_signal", "signals", "ecg", "data", "x", "val", "arr_0")
_LEADS = ("leads", "lead_names", "sig_name", "channels")


def recognises(source: Source) -> bool:
    """Say whether this is a zip archive that begins with an npy file."""
    return source.head.startswith(b"PK\x03\x04") and b".npy" in source.head[:200]


def read(source: Source, asked: Asked) -> Recording:
    """Read the signal, and leads, fs, unit, start, history and synthetic where they are named so.

    Raises:
        ReadError: no array in it is a signal, or one needs a pickle.
        TruncatedError: the archive is damaged.
    """
    arrays = _arrays(source.data())
    named = next((name for name in _SIGNAL if name in arrays), None)
    tables = [named] if named else [name for name, values in arrays.items() if values.ndim == 2]
    if len(tables) != 1:
        raise ReadError(
            "an npz file names its signal",
            came=f"{len(arrays)} arrays came and none is called signal",
            instead="Save it with np.savez(path, signal=..., leads=..., fs=...).",
            see="docs/reading.md",
        )
    names = next((list(map(str, arrays[key].ravel())) for key in _LEADS if key in arrays), None)
    facts = {key: values.tolist() for key, values in arrays.items() if values.ndim < 2 and values.dtype.kind in "fiuUb"}
    recording = recorded(arrays[tables[0]], names, Said.of(facts), asked=asked, form="npz")
    return _with_native(recording, arrays)


def _arrays(data: bytes) -> dict[str, NDArray[Any]]:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            return {name.removesuffix(".npy"): array(archive.read(name)) for name in archive.namelist()}
    except (zipfile.BadZipFile, EOFError, NotImplementedError, OSError, MemoryError):
        raise TruncatedError(
            "an npz file is a whole zip archive",
            came="a damaged one came",
            instead="Save or copy it again.",
            see="docs/reading.md",
        ) from None


def _with_native(recording: Recording, arrays: Mapping[str, NDArray[Any]]) -> Recording:
    """Give back the integers that `writing` kept beside the signal."""
    kept = [arrays.get(f"native_{part}") for part in ("samples", "gain", "baseline")]
    samples, gain, baseline = kept
    if samples is None or gain is None or baseline is None:
        return recording
    L = len(recording.leads)
    if samples.shape != recording.signal.shape or gain.shape != (L,) or baseline.shape != (L,):
        raise LeadError(
            "native integers have the shape of their signal",
            came=f"{samples.shape} came beside {recording.signal.shape}",
            instead="Save the file again with einthoven.writing.write.",
            see="docs/reading.md",
        )
    native = Native(samples, gain.astype(np.float64), baseline.astype(np.float64))
    return Recording(
        recording.signal,
        recording.leads,
        recording.fs,
        recording.start,
        native,
        "npz",
        recording.history,
        recording.warnings,
        recording.synthetic,
    )
