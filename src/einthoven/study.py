"""Study: a Recording and what is known with it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Literal

from einthoven.errors import CohortError
from einthoven.recording import Recording

__all__ = ["Sex", "Study"]

Sex = Literal["female", "male"]


@dataclass(frozen=True, slots=True, eq=False)
class Study:
    """A Recording and what is known with it. What is missing is None, never zero.

    Args:
        id: unique within its cohort.
        source: the Recording, or a function of no arguments that opens it (so that a cohort of a million
            studies costs no memory; it must survive pickling to reach workers, as `functools.partial` does).
        patient: whose it is; None makes him a patient of his own.
        age: years.
        sex: "female" or "male".
        report: the words written about it, in their own language.
        labels: code -> likelihood in percent (100 when the source gives none); {} says "looked at, nothing
            found", None says "nobody looked".
        date: when it was taken.
        page: a picture of the printed page.
        cine: a cine cardiac MRI of the same patient.
        phenotypes: name -> value, units in the name's definition (LVEDV in ml, LVM in g).
        synthetic: True when a simulator made it.
        extra: what else the source knows, by its own names.

    >>> from einthoven.recording import LEADS
    >>> import numpy as np
    >>> study = Study("a", Recording(np.zeros((12, 5000)), LEADS, 500), report="Sinus rhythm.")
    >>> study.recording
    Recording(12 leads x 5000 samples, 500 Hz, 10 s)
    """

    id: str
    source: Recording | Callable[[], Recording] = field(repr=False)
    patient: str | None = None
    age: float | None = None
    sex: Sex | None = None
    report: str | None = None
    labels: Mapping[str, float] | None = None
    date: datetime | None = None
    page: Path | None = None
    cine: Path | None = None
    phenotypes: Mapping[str, float] | None = None
    synthetic: bool = False
    extra: Mapping[str, object] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if not self.id:
            raise CohortError("a study has an id", came="an empty id came", instead="Name it, e.g. by its file.")
        if self.sex not in (None, "female", "male"):
            raise CohortError(
                'sex is "female", "male" or None',
                came=f"study {self.id} has {self.sex!r}",
                instead="Map the source's code when gathering; use None where it is unknown.",
            )

    @property
    def recording(self) -> Recording:
        """The ECG itself; opened on each use when the study holds only the way to it. Raises ReadError."""
        return self.source if isinstance(self.source, Recording) else self.source()

    @property
    def group(self) -> str:
        """The patient, or the study itself where the patient is unknown: what splits must not divide."""
        return f"patient:{self.patient}" if self.patient is not None else f"study:{self.id}"
