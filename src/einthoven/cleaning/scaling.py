"""Scaling: how amplitudes are handed to an encoder, over valid samples of present leads only. L leads, T samples."""

from __future__ import annotations

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
    out = signal if inplace and signal.dtype == np.float32 else signal.astype(np.float32)
    if signal.dtype.kind in "iu":
        out *= np.float32(1e-3)
    lead_mask, length = np.asarray(lead_mask, bool), np.asarray(length)
    holds = lead_mask * length[..., None]
    _blank(out, lead_mask, length)
    if scale == "min-max":
        _min_max(out, lead_mask, length)
    elif scale != "mV":
        _standardise(out, holds, _groups(scale, leads))
    if scale != "mV":
        _blank(out, lead_mask, length)
    return out


def _blank(out: Signal, lead_mask: NDArray[np.bool_], length: NDArray[Any]) -> None:
    """Set to zero what is beyond the length or in an absent lead; nothing to do for whole recordings."""
    T = out.shape[-1]
    for place in zip(*np.nonzero(length < T), strict=True) if length.ndim else ([()] if length < T else []):
        out[place][..., int(length[place]) :] = 0
    if not lead_mask.all():
        out[~lead_mask] = 0


def _groups(scale: str, leads: tuple[str, ...]) -> NDArray[np.float32]:
    """Which leads share mean and spread: (L, L) of ones where they do."""
    kinds = {
        "z-lead": list(range(len(leads))),
        "z-record": [0] * len(leads),
        "z-group": [1 + (name in LIMB[3:]) if name in LIMB else 0 for name in leads],
    }
    kind = np.array(kinds[scale])
    return (kind[:, None] == kind).astype(np.float64)


def _standardise(out: Signal, holds: NDArray[np.int64], groups: NDArray[np.float64]) -> None:
    count = np.maximum(holds @ groups, 1)
    mean = (out.sum(-1, dtype=np.float64) @ groups) / count
    # centre first, then square: a float32 sum of squares would lose a small wave on a large offset
    out -= mean[..., None].astype(np.float32)
    T = out.shape[-1]
    squares = np.vecdot(out, out).astype(np.float64) - (T - holds) * mean**2
    spread = np.sqrt(np.maximum((squares * (holds > 0)) @ groups / count, 0))
    with np.errstate(divide="ignore"):
        out *= np.where(spread > FLAT, 1 / spread, 0)[..., None].astype(np.float32)


def _min_max(out: Signal, lead_mask: NDArray[np.bool_], length: NDArray[Any]) -> None:
    whole = out.reshape(-1, *out.shape[-2:])
    for record, mask, samples in zip(whole, lead_mask.reshape(len(whole), -1), length.reshape(-1), strict=True):
        valid = record[mask, : int(samples)] if not (mask.all() and samples == record.shape[-1]) else record
        low, high = (float(valid.min()), float(valid.max())) if valid.size else (0.0, 0.0)
        np.subtract(record, np.float32(low), out=record)
        np.multiply(record, np.float32(1 / (high - low) if high - low > FLAT else 0), out=record)
