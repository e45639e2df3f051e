"""Doubts: what cannot be right about a recording, found by rule and cheap enough to be asked of every file.

None of these rules looks at a name of a file or of a source. A doubt is a sentence: what came, and what to do.
They never change a sample.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import lru_cache
from operator import sub, truediv
from typing import Any

import numpy as np
from numpy.typing import NDArray

from einthoven.recording import LEADS, LIMB, Native, Signal

__all__ = ["examine", "named"]

LOW, HIGH = 0.25, 4.0
"""Bounds of the median lead's size from peak to peak in mV (low voltage: below 0.5 mV in limb, 1 mV in chest leads)."""
BLOCK = 2.0
"""Seconds in which a beat is expected down to 30 a minute; the median of blocks lets an artefact pass."""
LOOKED = 100_000
"""Samples at which the law of Einthoven and the steps are checked, from the start."""
_LAW = np.array(
    [[1, -1, 1, 0, 0, 0], [0.5, 0.5, 0, 1, 0, 0], [-0.5, 0, 0.5, 0, 1, 0], [0, -0.5, -0.5, 0, 0, 1]], np.float32
)
"""I + III = II, aVR = -(I + II)/2, aVL = (I - III)/2, aVF = (II + III)/2, as rows over the limb leads."""

Bounds = tuple[list[float], list[float]]


def examine(
    signal: Signal, leads: Sequence[str], fs: float, *, native: Native | None = None, bounds: Bounds | None = None
) -> list[str]:
    """Return the doubts about a signal in mV.

    Args:
        signal: mV, shape (L, T).
        leads: names, the standard ones where they are known.
        fs: sampling rate in Hz.
        native: the integers behind it, if any; with them steps and gains are doubted too.
        bounds: the lowest and the highest of the native integers in each lead, if no sample is missing and they are
            known already.

    >>> flat = np.zeros((1, 1000), np.float32)
    >>> examine(flat, ["V1"], 500)
    ['V1: flat, one value throughout: leave it out (recording.select) or record it again']
    """
    gains = [] if native is None else native.gain.tolist()
    if bounds is not None and native is not None:
        widths = list(map(abs, map(truediv, map(sub, bounds[1], bounds[0]), gains)))
    else:
        widths = (np.fmax.reduce(signal, axis=1) - np.fmin.reduce(signal, axis=1)).tolist()
    if bounds is not None and min(widths) > 0:
        found, moving = [], sorted(widths)
    else:
        found, moving = list(_gaps(signal, leads, widths)), sorted(width for width in widths if width > 0)
    standard, limb = _outline(tuple(leads))
    if not standard:
        found += _names(leads)
    if moving and not 2 * LOW <= moving[len(moving) // 2] <= HIGH:  # beyond doubt otherwise, whatever the beats
        found += _amplitude(signal, fs)
    if len(moving) > 2 and moving[-1] - moving[0] < 2e-3 * moving[-1]:
        found.append(
            f"every lead measures {moving[0]:.3g} mV from peak to peak: each was scaled by itself, "
            "so amplitudes between leads and the heart's axis are lost; look for the true gains"
        )
    if moving and limb is not None and not _lawful(signal[limb, :LOOKED], moving[-1]):
        found.append(_unlawful(None if native is None else native.samples[limb, :LOOKED]))
    if native is not None and not 800 <= min(gains) <= max(gains) <= 1250:
        found += _steps(native, widths)
    return found


def named(leads: Sequence[str], rows: Sequence[int]) -> str:
    """Name rows for a message: the standard leads by name, others by position, for a header's words stay in the header.

    >>> named(["I", "secret"], [0, 1])
    'I, row 2'
    """
    return ", ".join(leads[row] if leads[row] in LEADS else f"row {row + 1}" for row in rows)


@lru_cache(maxsize=256)
def _outline(leads: tuple[str, ...]) -> tuple[bool, slice | list[int] | None]:
    """Say whether all names are standard ones, and in which rows the six limb leads are, None unless all are there."""
    standard = set(leads) <= set(LEADS)
    if leads[:6] == LIMB:
        return standard, slice(0, 6)
    return standard, [leads.index(name) for name in LIMB] if set(LIMB) <= set(leads) else None


def _gaps(signal: Signal, leads: Sequence[str], widths: list[float]) -> Iterator[str]:
    flat = [row for row, width in enumerate(widths) if width == 0]
    missing = np.isnan(signal).sum(axis=1)
    rows = np.flatnonzero(missing)
    if flat:
        yield f"{named(leads, flat)}: flat, one value throughout: leave it out (recording.select) or record it again"
    if len(rows):
        share = 100 * missing.sum() / missing[rows].size / signal.shape[1]
        yield (
            f"{named(leads, rows.tolist())}: {share:.3g} % of the samples are missing (NaN): "
            "mend them with einthoven.clean, or leave the leads out"
        )


def _names(leads: Sequence[str]) -> Iterator[str]:
    rows = [row for row, name in enumerate(leads) if name not in LEADS]
    yield f"{named(leads, rows)}: none of the twelve standard lead names: rename it (dataclasses.replace) if it is"


def _amplitude(signal: Signal, fs: float) -> Iterator[str]:
    """Doubt a median lead that measures less than LOW or more than HIGH in its median beat."""
    size = _size(signal, fs)
    if not LOW <= size <= HIGH:
        much = "large" if size > HIGH else "small"
        yield (
            f"amplitude too {much} for a heart: the median lead measures {size:.2g} mV from peak to peak, usual are "
            f"{LOW:g} to {HIGH:g}: the gain or the unit is probably wrong; compare with a recording you trust"
        )


def _size(signal: Signal, fs: float) -> float:
    """Return the peak-to-peak size in mV of the median lead in its median block, so that an artefact does not count."""
    L, T = signal.shape
    blocks = max(min(round(T / (BLOCK * fs)), T), 1)
    whole = signal[:, : T // blocks * blocks].reshape(L, blocks, -1)
    spread = np.fmax.reduce(whole, axis=2) - np.fmin.reduce(whole, axis=2)
    sizes = np.sort(np.nan_to_num(spread), axis=1)[:, blocks // 2]
    sizes = np.sort(sizes[sizes > 0])
    return float(sizes[len(sizes) // 2]) if len(sizes) else 1.0


def _unlawful(samples: NDArray[Any] | None) -> str:
    """Say that the limb leads break the law, and whether the integers behind them do."""
    broken = "the limb leads break Einthoven's law (II = I + III and what follows from it)"
    whole = None if samples is None else samples.astype(np.float32)
    if whole is not None and _lawful(whole, float(np.ptp(whole))):
        return f"{broken}, while the integers in the file obey it: the gains are wrong; one for all restores it"
    return f"{broken}: a lead is damaged, mislabelled or filtered differently; do not derive leads from it"


def _lawful(limb: NDArray[np.float32], size: float) -> bool:
    """Say whether what is left of the four laws is below 5 % (rms), and below a quarter of `size` at every sample."""
    rest = _LAW.dot(limb)
    power = _power(rest)
    if not power < np.inf:  # gaps: judge the samples that all limb leads have
        keep = np.isfinite(limb).all(axis=0)
        limb, rest = limb[:, keep], rest[:, keep]
        power = _power(rest)
    if not rest.size:
        return True
    # one lead is a lower bound of all six, and nearly always enough
    if power > 0.05**2 * _power(limb[1]) and power > 0.05**2 * _power(limb):
        return False
    return power**0.5 <= 0.25 * size or float(np.abs(rest).max()) <= 0.25 * size


def _power(values: NDArray[np.float32]) -> float:
    flat = values.ravel()
    return float(flat.dot(flat))


def _steps(native: Native, sizes: list[float]) -> Iterator[str]:
    """Doubt a gain that is not 1000 per mV when the integers move in steps, as values in whole microvolts do.

    A converter of 5 uV a step whose values were written in microvolts leaves multiples of 5 (all of them, or more
    than chance where the signal was resampled later). Their gain is 1000 per mV, whatever a header says. Steps by a
    power of two are left alone: they come from samples shifted to fill their bits.
    """
    gains = native.gain.tolist()
    odd = [row for row, gain in enumerate(gains) if not 800 <= abs(gain) <= 1250 and sizes[row] > 0]
    if not odd or native.samples.dtype.kind != "i":
        return
    step = _comb(native.samples[odd[0], :2048]) or _favourite(native.samples[odd, :4096])
    if step:
        gain = abs(gains[odd[0]])
        yield (
            f"the samples move in steps of about {step:.2g}, as microvolts of a coarser converter do, but the gain "
            f"says {gain:g} steps per mV: amplitudes may be wrong by a factor {max(gain / 1000, 1000 / gain):.3g}; "
            "compare with a recording you trust"
        )


def _comb(samples: NDArray[Any]) -> float | None:
    """Return the spacing of the integers that occur, None when every one may occur or the spacing is a power of two.

    >>> _comb((np.arange(2000) % 90 * 4.88).astype(int))
    4.8...
    """
    quarter = len(samples) // 4
    gaps = np.diff(np.sort(samples)[quarter : len(samples) - quarter].astype(np.float64))
    gaps = np.sort(gaps[gaps > 0])
    usual = gaps[len(gaps) // 2] if len(gaps) > 11 else 1.0
    if usual < 2.5 or np.mean(gaps < usual - 1) > 0.1:
        return None
    step = float(gaps.sum() / np.maximum(np.round(gaps / usual), 1).sum())
    return step if abs(np.log2(step) - round(np.log2(step))) > 0.02 else None


def _favourite(samples: NDArray[Any]) -> int | None:
    """Return the number of which the moving samples are multiples far more often than by chance, if there is one.

    >>> _favourite(np.arange(40000)[None] % 997 // 5 * 5), _favourite(np.arange(40000)[None] % 997)
    (5, None)
    """
    moving = samples[:, 1:][np.diff(samples, axis=1) != 0].astype(np.int64)
    if not len(moving) or np.ptp(moving) < 300:
        return None
    odds = {step: step * float(np.mean(moving % step == 0)) for step in (3, 5, 7)}
    best = max(odds, key=lambda step: odds[step])
    return best if odds[best] > 1.5 else None
