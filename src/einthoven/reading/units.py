"""Units of voltage: one of them in mV."""

from __future__ import annotations

from functools import lru_cache

from einthoven.errors import ConfigError

__all__ = ["asked_unit", "millivolts"]

_MILLIVOLTS = {
    **dict.fromkeys(("mv", "millivolt", "millivolts"), 1.0),
    **dict.fromkeys(("uv", "µv", "μv", "microvolt", "microvolts"), 1e-3),
    **dict.fromkeys(("nv", "nanovolt", "nanovolts"), 1e-6),
    **dict.fromkeys(("v", "volt", "volts"), 1e3),
}


@lru_cache(maxsize=256)
def millivolts(unit: str) -> float | None:
    """Return how many mV one `unit` is, or None when it is no voltage.

    >>> millivolts("uV"), millivolts("V"), millivolts("mmHg")
    (0.001, 1000.0, None)
    """
    return _MILLIVOLTS.get(unit.strip().lower())


def asked_unit(unit: str) -> float:
    """Return how many mV one `unit` is. Raises ConfigError when the caller's unit is no voltage."""
    factor = millivolts(unit)
    if factor is None:
        raise ConfigError(
            "a unit of samples is a voltage",
            came=f"unit={unit!r} came",
            instead="Pass unit='mV', 'uV', 'nV' or 'V'.",
            see="docs/reading.md",
        )
    return factor
