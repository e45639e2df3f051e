"""A heart for the tests of cleaning: beats at known moments, drawn as Gaussian waves in random projections."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import pytest

from einthoven.recording import LEADS, PRECORDIAL, Recording

WAVES = {"P": (-0.16, 0.022, 0.12), "Q": (-0.024, 0.01, -0.12), "R": (0, 0.012, 1.0), "S": (0.028, 0.012, -0.3)}
WAVES |= {"T": (0.28, 0.05, 0.3)}


def wave(t: np.ndarray, moments: Sequence[float], sizes: Sequence[float], *, after: float, width: float) -> np.ndarray:
    total = np.zeros_like(t)
    for moment, size in zip(moments, sizes, strict=True):
        total += size * np.exp(-0.5 * ((t - moment - after) / width) ** 2)
    return total


@pytest.fixture
def heart() -> Callable[..., Recording]:
    """Draw beats at `moments` in seconds; obeys Einthoven's law when it draws all twelve leads."""

    def draw(
        moments: Sequence[float],
        *,
        fs: float = 500,
        seconds: float = 10,
        leads: Sequence[str] = LEADS,
        sizes: Sequence[float] | None = None,
        waves: str = "PQRST",
        stretch: float = 1.0,
        noise: float = 0.01,
        seed: int = 0,
    ) -> Recording:
        rng = np.random.default_rng(seed)
        t = np.arange(round(fs * seconds)) / fs
        sizes = np.ones(len(moments)) if sizes is None else sizes
        drawn = np.zeros((8, t.size))
        for name in waves:
            after, width, height = WAVES[name]
            many = stretch if name in "QRS" else 1.0
            curve = wave(t, moments, sizes, after=after * many, width=width * many)
            drawn += height * rng.uniform(0.4, 1.3, (8, 1)) * curve
        drawn += noise * rng.standard_normal(drawn.shape)
        one, two, *chest = drawn
        rows = dict(zip(("I", "II", *PRECORDIAL), (one, two, *chest), strict=True))
        rows |= {"III": two - one, "aVR": -(one + two) / 2, "aVL": one - two / 2, "aVF": two - one / 2}
        return Recording(np.float32([rows[name] for name in leads]), leads, fs)

    return draw
