from __future__ import annotations

import pytest

from einthoven.errors import ConfigError
from einthoven.reading.units import asked_unit, millivolts


@pytest.mark.parametrize(("unit", "factor"), [("mV", 1), (" uv ", 1e-3), ("µV", 1e-3), ("Volt", 1e3), ("nV", 1e-6)])
def test_a_voltage_is_so_many_millivolts(unit: str, factor: float) -> None:
    assert millivolts(unit) == asked_unit(unit) == factor


def test_what_is_no_voltage_is_none_in_a_file_and_an_error_from_the_caller() -> None:
    assert millivolts("NU") is None
    with pytest.raises(
        ConfigError, match=r"a unit of samples is a voltage; unit='NU' came. Pass unit='mV', 'uV', 'nV' or"
    ):
        asked_unit("NU")
