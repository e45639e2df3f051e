"""Where a QRS complex has its R peak, from all leads together. Shapes: L leads, B beats, S slow samples.

Each lead has its peak where it is farthest from its baseline; the recording has its R peak where two in five of the
leads, by weight, have theirs. In a narrow complex all leads agree; in a wide one the experts' R stands a little before
the middle of the leads, because the deepest point of a QS or S wave comes late and is no R.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from einthoven.cleaning.detector import Activity, Floats

__all__ = ["Indices", "placed"]

Indices = NDArray[np.int64]

HALF_QRS = 0.07  # s: how far from the middle of its energy a complex reaches
CORE = 0.06  # s: how far from its highest point the energy is counted
PEAKED = 0.95  # of its highest point: here a lead has its R peak, however flat its top
EARLY = 0.4  # where so much of the weight of all leads has peaked is the R peak of the recording


def placed(humps: Indices, seen: Activity, fs: float) -> Indices:
    """Return the R peaks near the humps, in samples of the signal."""
    if humps.size == 0:
        return humps
    centre, trust = _centroids(humps, seen)
    half = round(HALF_QRS * fs)
    end = max(half // 7, 1)
    around = seen.calm[:, np.clip(centre[:, None] + np.arange(-half, half + 1), 0, seen.calm.shape[1] - 1)]
    around = around - _slopes(seen, centre / fs)[..., None] * (np.arange(-half, half + 1) / fs).astype(np.float32)
    base = (around[..., :end].mean(-1) + around[..., -end:].mean(-1)) / 2
    size = np.abs(around - base[..., None])
    peak = (size >= PEAKED * size.max(-1, keepdims=True)).argmax(-1)
    found: Indices = np.clip(centre + _quantile(peak, trust) - half, 0, seen.calm.shape[1] - 1).astype(np.int64)
    return found


def _centroids(humps: Indices, seen: Activity) -> tuple[Indices, Floats]:
    """Return the middle of the QRS complexes' energy in samples, shape (B,), and each lead's part in it, (L, B)."""
    reach = np.arange(-round(CORE * seen.fs), round(CORE * seen.fs) + 1)
    near = np.clip(humps[:, None] + reach, 0, seen.curve.size - 1)
    part = seen.weight[:, None, None] * seen.envelope[:, near] ** 2
    energy = part.sum(0) + 1e-12
    slow = humps + energy @ reach / energy.sum(1)
    trust = seen.weight[:, None] * np.minimum(seen.envelope[:, near].max(-1), 1)
    return np.rint(slow * seen.step + (seen.step - 1) / 2).astype(np.int64), trust


def _slopes(seen: Activity, seconds: Floats) -> Floats:
    """Return the slope of the baseline at the beats, in units per second, shape (L, B): mean after less mean before."""
    total = np.cumsum(seen.slow, axis=1, dtype=np.float64)
    mean = []
    for first, last in ((-0.5, -0.1), (0.1, 0.5)):
        ends = np.clip(np.rint((seconds[:, None] + (first, last)) * seen.fs).astype(int), 0, seen.curve.size - 1)
        mean.append((total[:, ends[:, 1]] - total[:, ends[:, 0]]) / np.maximum(ends[:, 1] - ends[:, 0], 1))
    slope: Floats = ((mean[1] - mean[0]) / 0.6).astype(np.float32)
    return slope


def _quantile(values: Indices, weight: Floats) -> Indices:
    """Return the weighted lower quantile of the leads' values, shape (L, B) -> (B,)."""
    order = values.argsort(0, kind="stable")
    total = np.cumsum(np.take_along_axis(weight, order, 0), axis=0)
    reached = (total >= EARLY * total[-1]).argmax(0)
    chosen: Indices = np.take_along_axis(values, order, 0)[reached, np.arange(values.shape[1])]
    return chosen
