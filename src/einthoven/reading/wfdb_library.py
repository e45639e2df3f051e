"""The way through the wfdb library, for what is not decoded here: FLAC, and several samples per frame.

The library sees a clean copy of the header in a folder of its own, with the signal files linked beside it under plain
names, so that it reads every header that `parse_header` reads.
"""

from __future__ import annotations

import os
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from einthoven.reading.header import Header
from einthoven.reading.recordline import broken

__all__ = ["through_library"]


def through_library(header: Header, paths: dict[str, str]) -> NDArray[Any]:
    """Return the integers of a record, shape (L, T); several samples per frame become their mean, as wfdb does."""
    import wfdb

    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        links = {file: f"s{number}.dat" for number, file in enumerate(paths)}
        for file, path in paths.items():
            os.symlink(os.path.realpath(path), folder / links[file])  # noqa: PTH211
        (folder / "r.hea").write_text(_plain(header, links), encoding="ascii")
        try:
            record = wfdb.rdrecord(str(folder / "r"), physical=False)
        except (ValueError, OSError, IndexError, KeyError, RuntimeError) as error:
            raise broken(
                "a signal file holds what its header promises", f"the wfdb library refused it ({type(error).__name__})"
            ) from error
    return np.ascontiguousarray(record.d_signal.T)


def _plain(header: Header, links: dict[str, str]) -> str:
    """Write the header again with nothing in it but what decoding needs; skew is left to us."""
    lines = [f"r {len(header.signals)} {header.fs or 250:g}" + (f" {header.samples}" if header.samples else "")]
    for line in header.signals:
        form = f"{line.format}x{line.frame}" + (f"+{line.offset}" if line.offset else "")
        lines.append(f"{links[line.file]} {form} 200 0 0 {line.initial or 0} 0 0 s")
    return "\n".join(lines) + "\n"
