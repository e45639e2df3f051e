"""Hit: one case found."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from einthoven.recording import Recording

__all__ = ["Hit"]


@dataclass(frozen=True, slots=True, eq=False)
class Hit:
    """One case found in an archive.

    Args:
        id: of the study, as its cohort has it.
        score: cosine with the query, -1 to 1.
        report: the words written about it; None when there are none.
        labels: code -> likelihood in percent; None when nobody looked.
        age: years, 90 for everyone above 89; None when unknown.
        sex: "female" or "male"; None when unknown.
        date: when it was taken; None when unknown.
        cohort: the name of the cohort it came from.
        synthetic: True when a simulator made it.
    """

    id: str
    score: float
    report: str | None
    labels: Mapping[str, float] | None
    age: float | None
    sex: str | None
    date: datetime | None
    cohort: str
    synthetic: bool
    opener: Callable[[], Recording] = field(repr=False)

    @property
    def recording(self) -> Recording:
        """The ECG, as the archive keeps it: whole microvolts. Opened on each use."""
        return self.opener()
