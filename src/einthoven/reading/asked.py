"""Asked: what the caller says of a file that does not say it of itself."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from einthoven.errors import LeadError, ReadError, SignalError
from einthoven.reading.units import asked_unit, millivolts
from einthoven.recording import lead_name

__all__ = ["NOTHING", "Asked"]


class Asked(NamedTuple):
    """Rate, leads and unit given by the caller. They fill what a file lacks and are refused where it differs.

    Args:
        fs: sampling rate in Hz.
        leads: a name for each row.
        unit: of the samples: mV, uV, nV or V.
    """

    fs: float | None = None
    leads: tuple[str, ...] | None = None
    unit: str | None = None

    def rate(self, said: float | None) -> float:
        """Return the rate in Hz. Raises ReadError when the file says another, SignalError when nobody says one."""
        if said is None and self.fs is None:
            raise SignalError(
                "a recording has a sampling rate",
                came="the file says none",
                instead="Pass fs= with the device's rate, e.g. read(path, fs=500).",
                see="docs/reading.md",
            )
        if said is None or self.fs is None:
            return float(said if self.fs is None else self.fs)  # type: ignore[arg-type]
        if abs(said - self.fs) > 1e-6 * abs(said):
            raise _contradiction("fs", f"fs={self.fs:g} was asked of a file that says {said:g} Hz")
        return said

    def names(self, said: Sequence[str] | None, rows: int) -> tuple[str, ...]:
        """Return a name for each row. Raises LeadError when the file says others, or nobody names the rows."""
        if self.leads is None:
            if said is None:
                raise LeadError(
                    "every row of a signal has a lead name, for leads are never told by their position",
                    came=f"the file names none of its {rows}",
                    instead="Pass leads= in the file's order, e.g. leads=einthoven.recording.LEADS for I II ... V6.",
                    see="docs/reading.md",
                )
            return tuple(said)
        if said is not None and list(map(lead_name, said)) != list(map(lead_name, self.leads)):
            raise LeadError(
                "the names in a file are not overruled",
                came=f"leads= gives {len(self.leads)} names that differ from the file's {rows}",
                instead="Read without leads=, then choose with recording.select or rename with dataclasses.replace.",
                see="docs/reading.md",
            )
        return self.leads

    def millivolts(self, said: str | None, default: str = "mV") -> tuple[str, float]:
        """Return the unit and its mV. Raises ReadError when the file says another, ConfigError when it is none."""
        if self.unit is not None:
            factor = asked_unit(self.unit)
            if said is not None and millivolts(said) != factor:
                raise _contradiction("unit", f"unit={self.unit!r} was asked of a file that says another")
            return self.unit, factor
        unit = default if said is None else said
        return unit, asked_unit(unit)


NOTHING = Asked()


def _contradiction(field: str, came: str) -> ReadError:
    return ReadError(
        "what a file says of itself is not overruled",
        came=came,
        instead=f"Read without {field}=, and correct the recording afterwards if the file is wrong.",
        see="docs/reading.md",
    )
