"""A WFDB record, byte for byte as a source's headers are written: the miniatures must look like the originals."""

from __future__ import annotations

import struct
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from einthoven.files import replacing, write_text

__all__ = ["MARK", "write_record"]

MARK = " einthoven synthetic: simulated patient"
"""The comment by which our reader knows a simulated record."""


def write_record(
    path: Path,
    samples: NDArray[np.int16],
    leads: Sequence[str],
    *,
    fs: int = 500,
    gain: Sequence[str] = ("1000.0(0)/mV",),
    layout: str = "16",
    comments: Sequence[str] = (),
) -> None:
    """Write a header and its signal file.

    Args:
        path: without suffix.
        samples: integers, shape (L, T).
        leads: names as the source writes them.
        fs: rate in Hz.
        gain: as written, for all leads or for each.
        layout: "16" for a .dat, "16+24" or "16x1+24" for a MATLAB 4 file.
        comments: lines after `#`, with their own leading space where the source has one.
    """
    matlab = layout != "16"
    file = f"{path.name}.mat" if matlab else f"{path.name}.dat"
    lines = [f"{path.name} {len(samples)} {fs} {samples.shape[1]}"]
    for i, (lead, row) in enumerate(zip(leads, samples, strict=True)):
        checksum = (int(row.sum(dtype=np.int64)) + 32768) % 65536 - 32768
        lines.append(f"{file} {layout} {gain[i % len(gain)]} 16 0 {row[0]} {checksum} 0 {lead}")
    lines += [f"#{comment}" for comment in comments]
    write_text(path.with_suffix(".hea"), "\n".join(lines) + "\n")
    with replacing(path.with_name(file)) as draft:
        head = struct.pack("<5i4s", 30, len(samples), samples.shape[1], 0, 4, b"val\0") if matlab else b""
        draft.write_bytes(head + np.ascontiguousarray(samples.T, dtype="<i2").tobytes())
