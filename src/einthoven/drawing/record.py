"""Record: the truth about a page as a file, to stand beside the picture."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from einthoven.drawing.page import Page
from einthoven.errors import ConfigError, did_you_mean
from einthoven.files import replacing

__all__ = ["RECORDS", "write_truth"]


def write_truth(page: Page, path: str | Path) -> Path:
    """Write the truth about a page as .json or .npz.

    Both hold the same: the leads shown, with the pixel of every sample, the corners of their places and names, scale,
    rate, homography and wear. JSON rounds pixels to hundredths and writes null where nothing was measured.

    Raises:
        ConfigError: another ending.
        StorageError: the disk is full.
    """
    path = Path(path)
    if path.suffix.lower() not in RECORDS:
        raise ConfigError(
            "the truth about a page is written as .json or .npz",
            came=f"ending {path.suffix!r}",
            instead=did_you_mean(path.suffix, RECORDS),
            see="docs/drawing.md",
        )
    data = RECORDS[path.suffix.lower()](page)
    with replacing(path) as draft:
        draft.write_bytes(data)
    return path


def _facts(page: Page) -> dict[str, Any]:
    truth = page.truth
    facts = {name: getattr(truth, name) for name in ("layout", "speed", "gain", "fs", "px_per_mm", "width", "height")}
    return {**facts, "dpi": page.dpi, "synthetic": page.synthetic, "wear": list(page.wear)}


def _json(page: Page) -> bytes:
    truth = page.truth
    leads = [
        {
            **one._asdict(),
            "box": _rounded(truth.boxes[number]),
            "name_box": _rounded(truth.names[number]),
            "points": _rounded(truth.of(number)),
        }
        for number, one in enumerate(truth.shown)
    ]
    facts = {**_facts(page), "homography": truth.homography.tolist(), "leads": leads}
    return json.dumps(facts, allow_nan=False).encode()


def _rounded(points: NDArray[np.float32]) -> list[list[float] | None]:
    return [None if np.isnan(x + y) else [round(x, 2), round(y, 2)] for x, y in points.tolist()]


def _npz(page: Page) -> bytes:
    truth, file = page.truth, io.BytesIO()
    columns = {name: np.array([getattr(one, name) for one in truth.shown]) for name in truth.shown[0]._fields}
    arrays = {name: getattr(truth, name) for name in ("points", "boxes", "names", "zeros", "homography")}
    np.savez_compressed(file, **{**columns, **arrays, **{name: np.array(fact) for name, fact in _facts(page).items()}})
    return file.getvalue()


RECORDS: dict[str, Callable[[Page], bytes]] = {".json": _json, ".npz": _npz}
"""How the truth becomes bytes, by the ending of the file."""
