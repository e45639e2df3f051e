"""Seen: the measures of one patient as the reader of his ECG has them in front of him."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields

from einthoven.simulating.measuring import Measured

__all__ = ["Seen", "seen"]


@dataclass(frozen=True)
class Seen:
    """The measures of one patient, as `Measured` holds them for many; mV, seconds, degrees, beats/min."""

    rate: float
    irregularity: float
    wide_beats: float
    early_beats: float
    pr: float
    qrs: float
    qt: float
    qtc: float
    p_duration: float
    axis: float
    t_axis: float
    q: Sequence[float]
    q_time: Sequence[float]
    r: Sequence[float]
    s: Sequence[float]
    st: Sequence[float]
    t: Sequence[float]
    p: Sequence[float]
    p_end: Sequence[float]

    @property
    def sokolow(self) -> float:
        """S in V1 and the taller R of V5 and V6, in mV."""
        return self.s[6] + max(self.r[10], self.r[11])


def seen(measured: Measured) -> Iterator[Seen]:
    """Go through the patients of `measured` one by one."""
    names = [field.name for field in fields(Seen)]
    columns = [getattr(measured, name).tolist() for name in names]
    for values in zip(*columns, strict=True):
        yield Seen(*values)
