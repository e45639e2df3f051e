"""Scaling: how amplitudes are handed to an encoder, over valid samples of present leads only. L leads, T samples."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from einthoven.recording import LIMB, Signal

__all__ = ["SCALES", "rescale"]

SCALES = ("mV", "min-max", "z-group", "z-lead", "z-record")
FLAT = 1e-4
"""A spread below this, in mV, is no signal (a tenth of a microvolt): the lead becomes zeros, not noise blown up."""


def rescale(
    signal: NDArray[Any],
    scale: str,
    lead_mask: NDArray[np.bool_],
    length: Any,
    *,
    leads: tuple[str, ...],
    inplace: bool = False,
) -> Signal:
    """Scale (..., L, T) by one of `SCALES`; zero where nothing is valid.

    Args:
        signal: mV as floats, or microvolts as integers, shape (..., L, T).
        scale: one of `SCALES`.
        lead_mask: present leads, shape (..., L).
        length: valid samples, shape (...).
        leads: names of the rows, for "z-group".
        inplace: overwrite a float32 `signal`.

    Returns:
        float32, shape (..., L, T).

    >>> rescale(np.array([[1, 3, 0]], np.float32), "min-max", np.array([True]), 2, leads=("II",))
    array([[0., 1., 0.]], dtype=float32)
    """
    out = signal if inplace and signal.dtype == np.float32 else np.empty(signal.shape, np.float32)
    lead_mask, length = np.asarray(lead_mask, bool), np.asarray(length)
    # record by record: one of 12 x 5000 stays in the processor's cache through all the passes over it
    for place in np.ndindex(signal.shape[:-2]):
        record = out[place]
        if out is not signal:
            record[...] = signal[place]
        if signal.dtype.kind in "iu":
            record *= np.float32(1e-3)
        _scale_one(record, scale, lead_mask[place], int(length[place]), leads)
    return out


def _scale_one(record: Signal, scale: str, lead_mask: NDArray[np.bool_], length: int, leads: tuple[str, ...]) -> None:
    _blank(record, lead_mask, length)
    if scale == "min-max":
        _min_max(record, lead_mask, length)
    elif scale != "mV":
        groups = _groups(scale, leads)
        count = np.maximum((lead_mask * np.float32(length)) @ groups, 1)
        # centre first, then square: a sum of squares in float32 would lose a small wave on a large offset
        record -= ((record.sum(-1) @ groups) / count)[:, None]
        _blank(record, lead_mask, length)
        spread = np.sqrt((np.vecdot(record, record) @ groups) / count)
        record *= np.divide(1, spread, where=spread > FLAT, out=np.zeros_like(spread))[:, None]


def _min_max(record: Signal, lead_mask: NDArray[np.bool_], length: int) -> None:
    valid = record[:, :length] if lead_mask.all() else record[lead_mask, :length]
    low, high = (valid.min(), valid.max()) if valid.size else (np.float32(0), np.float32(0))
    record -= low
    record *= np.float32(1 / (high - low) if high - low > FLAT else 0)
    _blank(record, lead_mask, length)


def _blank(record: Signal, lead_mask: NDArray[np.bool_], length: int) -> None:
    """Set to zero what is beyond the length or in an absent lead."""
    record[:, length:] = 0
    if not lead_mask.all():
        record[~lead_mask] = 0


@lru_cache(maxsize=64)
def _groups(scale: str, leads: tuple[str, ...]) -> NDArray[np.float32]:
    """Which leads share mean and spread, as ones in a matrix (L, L)."""
    kinds: dict[str, list[int]] = {
        "z-lead": list(range(len(leads))),
        "z-record": [0] * len(leads),
        "z-group": [1 + (name in LIMB[3:]) if name in LIMB else 0 for name in leads],
    }
    kind = np.array(kinds[scale])
    return np.asarray(np.equal.outer(kind, kind), np.float32)
