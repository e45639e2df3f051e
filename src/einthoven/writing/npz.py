"""npz: numpy arrays with names; lossless, native integers included, and read back without a pickle."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from einthoven.files import replacing
from einthoven.recording import Recording
from einthoven.writing.facts import facts

__all__ = ["write"]


def write(recording: Recording, path: Path) -> Path:
    """Write signal, leads and facts as arrays. Raises StorageError when the disk is full or read-only."""
    arrays = {"signal": np.ascontiguousarray(recording.signal), "leads": np.array(recording.leads)}
    arrays |= {name: np.array(value) for name, value in facts(recording).items()}
    if recording.native is not None:
        native = recording.native
        parts = (("samples", native.samples), ("gain", native.gain), ("baseline", native.baseline))
        arrays |= {f"native_{name}": np.ascontiguousarray(part) for name, part in parts}
    with replacing(path) as draft, draft.open("wb") as file:
        np.savez_compressed(file, allow_pickle=False, **arrays)
    return path
