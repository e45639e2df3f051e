"""WFDB records: format 16 (32 where the integers need it), header last, so that a record is there whole or not at all.

The integers that the recording was read with are written again with their gains, which makes reading and writing
lossless. Without them the samples are rounded to 1 uV (gain 1000 per mV), coarser only where 16 bits would overflow.
Source: header(5) and signal(5) of the WFDB Applications Guide.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from einthoven.errors import WriteError
from einthoven.files import replacing, write_text
from einthoven.recording import Recording, Signal

__all__ = ["write"]

GAIN = 1000.0
"""Steps per mV of samples that have no integers of their own."""
_NAME = re.compile(r"[\w-]+", re.ASCII)
_INVALID = {16: -(1 << 15), 32: -(1 << 31)}
_MOST = (1 << 15) - 1


def write(recording: Recording, path: Path) -> Path:
    """Write `path` with suffix .dat, then with suffix .hea. Returns the header.

    Raises:
        WriteError: the name is no record name, or the samples are infinite.
        StorageError: the disk is full or read-only.
    """
    record = path.with_suffix("") if path.suffix.lower() in {".hea", ".dat"} else path
    if not _NAME.fullmatch(record.name):
        raise WriteError(
            "a WFDB record's name has letters, digits, - and _ only",
            came=f"{path} came",
            instead="Choose another name.",
            see="docs/reading.md",
        )
    integers, gain, baseline = _kept(recording) or _rounded(recording.signal)
    form = 16 if integers.dtype == np.int16 else 32
    with replacing(record.with_name(f"{record.name}.dat")) as draft:
        draft.write_bytes(np.ascontiguousarray(integers.T).astype(f"<i{form // 8}", copy=False).tobytes())
    header = record.with_name(f"{record.name}.hea")
    write_text(header, _header(recording, record.name, integers, form=form, gain=gain, baseline=baseline))
    return header


def _kept(recording: Recording) -> tuple[NDArray[Any], NDArray[np.float64], NDArray[np.float64]] | None:
    """Return the recording's own integers where WFDB can hold them: whole baselines, missing samples as its code."""
    native = recording.native
    if (
        native is None
        or native.samples.dtype.kind not in "iu"
        or not np.all(native.baseline == native.baseline.round())
    ):
        return None
    lowest, highest = int(native.samples.min()), int(native.samples.max())
    form = 16 if lowest >= _INVALID[16] and highest <= _MOST else 32
    if lowest < _INVALID[32] or highest >= 1 << 31 or not np.isfinite(native.gain).all():
        return None
    missing = np.isnan(recording.signal)
    if (native.samples[~missing] == _INVALID[form]).any():
        form = 32
    integers = native.samples.astype(np.int16 if form == 16 else np.int32)
    integers[missing] = _INVALID[form]
    return integers, native.gain, native.baseline


def _rounded(signal: Signal) -> tuple[NDArray[np.int16], NDArray[np.float64], NDArray[np.float64]]:
    if np.isinf(signal).any():
        raise WriteError(
            "WFDB holds finite samples and gaps",
            came="infinite samples came",
            instead="Mend them with einthoven.clean first.",
            see="docs/reading.md",
        )
    most = np.nan_to_num(np.fmax.reduce(np.abs(signal), axis=1)).astype(np.float64)
    gain = np.where(most * GAIN <= _MOST, GAIN, np.floor(_MOST / np.maximum(most, 1e-9) * 1e6) / 1e6)
    scaled = np.round(signal.astype(np.float64) * gain[:, None])
    integers = np.where(np.isnan(scaled), _INVALID[16], scaled).astype(np.int16)
    return integers, gain, np.zeros(len(gain))


def _header(
    recording: Recording,
    name: str,
    integers: NDArray[Any],
    *,
    form: int,
    gain: NDArray[np.float64],
    baseline: NDArray[np.float64],
) -> str:
    L, T = integers.shape
    start = recording.start
    clock = f" {start:%H:%M:%S}.{start.microsecond:06d} {start:%d/%m/%Y}" if start else ""
    lines = [f"{name} {L} {_number(recording.fs)} {T}{clock.replace('.000000', '')}"]
    checksums = np.add.reduce(integers, axis=1, dtype=np.int64)
    for row, lead in enumerate(recording.leads):
        checksum = (int(checksums[row]) + (1 << 15)) % (1 << 16) - (1 << 15)
        lines.append(
            f"{name}.dat {form} {_number(gain[row])}({int(baseline[row])})/mV {form} 0 "
            f"{int(integers[row, 0])} {checksum} 0 {_line(lead)}"
        )
    lines += ["# einthoven synthetic: true"] if recording.synthetic else []
    lines += [f"# einthoven history: {_line(step)}" for step in recording.history]
    lines += [f"# einthoven warning: {_line(doubt)}" for doubt in recording.warnings]
    return "\n".join(lines) + "\n"


def _number(value: float) -> str:
    """Write a float so that it reads back as the same float.

    >>> _number(500.0), _number(204.8), _number(1e-07)
    ('500', '204.8', '1e-07')
    """
    return str(int(value)) if value == int(value) and abs(value) < 1e15 else repr(float(value))


def _line(text: str) -> str:
    return " ".join(text.split())
