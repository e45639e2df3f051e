"""Recording: one ECG as it was measured, with names, units and history. Shapes: L leads, T samples."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from einthoven.errors import LeadError, SignalError

__all__ = ["LEADS", "LIMB", "PRECORDIAL", "Native", "Recording", "Signal", "lead_name"]

Signal = NDArray[np.float32]
"""Samples in mV, shape (L, T)."""

LIMB = ("I", "II", "III", "aVR", "aVL", "aVF")
PRECORDIAL = ("V1", "V2", "V3", "V4", "V5", "V6")
LEADS = LIMB + PRECORDIAL
"""The twelve standard leads, in the order used everywhere unless told."""

_STANDARD = {name.upper(): name for name in LEADS}
_ALIASES = {"DI": "I", "DII": "II", "DIII": "III", "L1": "I", "L2": "II", "L3": "III", "1": "I", "2": "II", "3": "III"}
_ALIASES |= {"VR": "aVR", "VL": "aVL", "VF": "aVF"} | {f"C{i}": f"V{i}" for i in range(1, 7)}
_WRAPPING = re.compile(r"^(?:MDC_ECG_LEAD_|MDC ECG LEAD |ECG[ _]|LEAD[ _]?)|\s*\((?:EINTHOVEN|GOLDBERGER|WILSON)\)$")


@lru_cache(maxsize=4096)
def lead_name(raw: str) -> str:
    """Return the standard name of a lead, or the name as it came when no alias is known.

    >>> [lead_name(raw) for raw in ("AVR", "v1", "Lead I (Einthoven)", "MDC_ECG_LEAD_aVF", "DII", "MLII")]
    ['aVR', 'V1', 'I', 'aVF', 'II', 'MLII']
    """
    bare = _WRAPPING.sub("", _WRAPPING.sub("", raw.strip().upper())).strip()
    return _STANDARD.get(bare) or _ALIASES.get(bare) or raw.strip()


@lru_cache(maxsize=1024)
def _standard(raw: tuple[str, ...]) -> tuple[tuple[str, ...], bool]:
    """Return the standard names and whether all differ; most files of a source name their leads alike."""
    names = tuple(map(lead_name, raw))
    return names, len(set(names)) == len(names)


@dataclass(frozen=True, slots=True, eq=False)
class Native:
    """The integers as the file stored them: mV = (samples - baseline) / gain.

    Args:
        samples: integers, shape (L, T); often a view into the bytes of the file.
        gain: integer steps per mV, shape (L,).
        baseline: the integer that stands for 0 mV, shape (L,).
    """

    samples: NDArray[Any]
    gain: NDArray[np.float64]
    baseline: NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Recording:
    """One ECG as measured. Frozen: every change is a new Recording whose `history` says how it came to be.

    Args:
        signal: samples in mV, float32, shape (L, T); NaN where nothing was measured.
        leads: one name a row; known aliases become standard names (`lead_name`).
        fs: sampling rate in Hz.
        start: when the first sample was taken, if the file says.
        native: the integers and gains of the file, when it had them.
        format: the format it was read from, e.g. "wfdb" or "dicom"; None when it was made in memory.
        history: what was done to it, oldest first.
        warnings: doubts about it (a gain that cannot be right, a lead that repeats another), never silent.
        synthetic: True when a simulator made it.

    Raises:
        LeadError: a name comes twice, or names and rows differ in number.
        SignalError: the signal is empty or not two-dimensional, or the rate is not a positive number.

    >>> Recording(np.zeros((2, 500)), ["I", "AVF"], 250)
    Recording(2 leads x 500 samples, 250 Hz, 2 s)
    """

    signal: Signal
    leads: tuple[str, ...]
    fs: float
    start: datetime | None = None
    native: Native | None = None
    format: str | None = None
    history: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    synthetic: bool = False

    def __post_init__(self) -> None:
        signal = np.ascontiguousarray(self.signal, dtype=np.float32).view()
        signal.setflags(write=False)
        leads, different = _standard(tuple(self.leads))
        object.__setattr__(self, "signal", signal)
        object.__setattr__(self, "leads", leads)
        if signal.ndim != 2 or signal.size == 0:
            _refuse_shape(signal.shape)
        if signal.shape[0] != len(leads) or not different:
            _refuse_leads(signal.shape, leads)
        if not 0 < self.fs < float("inf"):
            raise SignalError(
                "a sampling rate is a positive number in Hz",
                came=f"fs={self.fs!r} came",
                instead="Pass fs= with the device's rate, e.g. fs=500.",
                see="docs/recording.md",
            )

    @property
    def samples(self) -> int:
        """Number of samples in each lead, T."""
        return int(self.signal.shape[1])

    @property
    def seconds(self) -> float:
        """Length in seconds, T / fs."""
        return self.samples / self.fs

    @property
    def p_signal(self) -> Signal:
        """The samples in mV as wfdb shapes them, (T, L)."""
        return self.signal.T

    def lead(self, name: str) -> Signal:
        """Return one lead in mV, shape (T,); `name` may be an alias. Raises LeadError when it is not there."""
        samples: NDArray[np.float32] = self.signal[self._rows([name])[0]]
        return samples

    def select(self, leads: Sequence[str]) -> Recording:
        """Return the named leads in the order asked. Raises LeadError naming those that are missing."""
        rows = self._rows(leads)
        native = self.native and Native(self.native.samples[rows], self.native.gain[rows], self.native.baseline[rows])
        names = tuple(self.leads[row] for row in rows)
        return replace(self, signal=self.signal[rows], leads=names, native=native)

    def crop(self, start: float, stop: float) -> Recording:
        """Return the part from `start` to `stop` in seconds. Raises SignalError when nothing is left."""
        first, last = max(round(start * self.fs), 0), min(round(stop * self.fs), self.samples)
        if last <= first:
            raise SignalError(
                "a crop keeps at least one sample",
                came=f"{start:g} to {stop:g} s of a recording of {self.seconds:g} s",
                instead="Choose start < stop within the recording.",
            )
        native = self.native and replace(self.native, samples=self.native.samples[:, first:last])
        step = f"crop {first / self.fs:g}-{last / self.fs:g} s"
        return replace(self, signal=self.signal[:, first:last], native=native, history=(*self.history, step))

    def changed(self, step: str, signal: ArrayLike, **fields: Any) -> Recording:
        """Return a Recording with a new signal and `step` written into its history.

        The native integers no longer belong to the new signal and are let go. `fields` may replace `leads`,
        `fs` and whatever else the step changed.
        """
        fields = {"native": None, **fields}
        return replace(self, signal=np.asarray(signal, np.float32), history=(*self.history, step), **fields)

    def doubted(self, *doubts: str) -> Recording:
        """Return the same Recording with `doubts` added to its warnings."""
        return replace(self, warnings=(*self.warnings, *doubts))

    def _rows(self, names: Sequence[str]) -> list[int]:
        wanted = [lead_name(name) for name in names]
        missing = [name for name in wanted if name not in self.leads]
        if missing:
            raise LeadError(
                f"this step needs {_count(wanted)}",
                came=f"the recording has {_count(self.leads)}: {' '.join(missing)} missing",
                instead="Use einthoven.cleaning.leads to derive what can be derived, or select fewer leads.",
                see="docs/recording.md",
            )
        return [self.leads.index(name) for name in wanted]

    def __repr__(self) -> str:
        made = "synthetic, " if self.synthetic else ""
        return f"Recording({made}{len(self.leads)} leads x {self.samples} samples, {self.fs:g} Hz, {self.seconds:g} s)"


def _count(leads: Sequence[str]) -> str:
    return f"{' '.join(leads)} ({len(leads)})"


def _refuse_shape(shape: tuple[int, ...]) -> None:
    raise SignalError(
        "a signal has shape (leads, samples) and at least one of each",
        came=f"shape {shape} came",
        instead="Transpose or reshape it, leads first.",
        see="docs/recording.md",
    )


def _refuse_leads(shape: tuple[int, ...], leads: tuple[str, ...]) -> None:
    twice = sorted({name for name in leads if leads.count(name) > 1})
    raise LeadError(
        "each row of a signal has one lead name, and no name comes twice",
        came=f"{shape[0]} rows came with {_count(leads)}" + (f", {' '.join(twice)} more than once" if twice else ""),
        instead="Name every row once, e.g. leads=einthoven.recording.LEADS for the standard twelve.",
        see="docs/recording.md",
    )
