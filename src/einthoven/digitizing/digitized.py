"""Digitized: a page read back, and what was found on it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from einthoven.drawing.layout import Layout
from einthoven.recording import Recording

__all__ = ["Digitized", "Lead"]

Array = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Lead:
    """One lead in one place of the page.

    Args:
        name: of the lead; "-aVR" is aVR upside down.
        row: its row, 0 at the top.
        first: the first second shown.
        samples: mV about the row's zero line, NaN where no ink is, shape (n,).
        points: where they were found, pixels of the picture, shape (n, 2).
        confidence: from 0 to 1: the part of its way that is inked, less what the layout leaves in doubt.
    """

    name: str
    row: int
    first: float
    samples: NDArray[np.float32]
    points: Array
    confidence: float


@dataclass(frozen=True, eq=False)
class Digitized:
    """What was read from a page.

    Args:
        recording: all leads, NaN where the page does not show them.
        leads: what was read in each place.
        layout: name of the layout.
        place: the layout, with its strips.
        speed: mm/s.
        gain: mm/mV.
        px_per_mm: pixels of the picture to a mm of paper; NaN for vectors.
        homography: pixel of the picture to mm of the paper, shape (3, 3).
        notes: how it was found, and what is in doubt.
    """

    recording: Recording
    leads: tuple[Lead, ...]
    layout: str
    place: Layout
    speed: float
    gain: float
    px_per_mm: float
    homography: Array
    notes: tuple[str, ...] = ()
    picture: NDArray[np.uint8] | None = field(default=None, repr=False)

    @property
    def confidence(self) -> Mapping[str, float]:
        """Lead -> how sure its samples are, 0 to 1; the surest place of each lead."""
        found: dict[str, float] = {}
        for lead in self.leads:
            name = lead.name.removeprefix("-")
            found[name] = max(found.get(name, 0.0), lead.confidence)
        return found

    def declared_synthetic(self) -> Digitized:
        """Return the same, of a page that says that a simulator made what it shows."""
        return replace(self, recording=replace(self.recording, synthetic=True))

    def to_json(self) -> dict[str, Any]:
        """Return what was found as plain values, without the samples."""
        return {
            "layout": self.layout, "speed": self.speed, "gain": self.gain,
            "px_per_mm": None if np.isnan(self.px_per_mm) else round(self.px_per_mm, 3),
            "leads": {name: round(value, 3) for name, value in self.confidence.items()},
            "seconds": self.recording.seconds, "fs": self.recording.fs, "synthetic": self.recording.synthetic,
            "notes": list(self.notes),
        }  # fmt: skip
