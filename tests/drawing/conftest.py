"""Recordings and bare pages for the tests of this room."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from einthoven.drawing import Style
from einthoven.recording import LEADS, Recording


@pytest.fixture
def bare() -> Callable[..., Style]:
    """Make a style that draws traces and nothing else."""

    def make(**look: object) -> Style:
        plain = {"dpi": 100, "grid": "none", "names": False, "pulse": False, "scale": False, "ink": "#000000"}
        return Style(**{**plain, **look})  # type: ignore[arg-type]

    return make


@pytest.fixture
def gentle() -> Callable[..., Recording]:
    """Make a Recording whose leads stay within their rows and bend slowly."""

    def make(seed: int = 0, *, fs: float = 500, seconds: float = 10, high: float = 0.5) -> Recording:
        rng = np.random.default_rng(seed)
        t = np.arange(round(fs * seconds)) / fs
        rates, turns = rng.uniform(0.3, 1.5, (12, 1)), rng.uniform(0, 6, (12, 1))
        return Recording(high * np.sin(2 * np.pi * rates * t + turns), LEADS, fs)

    return make
