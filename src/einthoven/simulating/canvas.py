"""Canvas: a strip of eight leads on which beat templates are laid, at any rate, without resampling."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from einthoven.simulating.waves import Waves

__all__ = ["BEAT", "P_WAVE", "Canvas", "complex_at"]

BEAT, P_WAVE = (-0.16, 0.80), (-0.02, 0.26)
"""Seconds that the template of a beat takes around R, and that of a P wave around its onset."""
FINE = 400.0
"""Templates are drawn at this rate or above, so that at 100 Hz beats still fall between samples."""


class Canvas:
    """A strip of eight leads with margins on which beats are laid; mV."""

    def __init__(self, fs: float, samples: int) -> None:
        self.fs, self.samples = fs, samples
        self.fine = max(int(np.ceil(FINE / fs)), 1)
        self.margin = int((BEAT[1] - BEAT[0]) * fs) + 4
        self.strip = np.zeros((8, samples + 2 * self.margin))

    @property
    def drawn(self) -> NDArray[np.float64]:
        """The strip without its margins, shape (8, T)."""
        return self.strip[:, self.margin : self.margin + self.samples]

    def lay(
        self, field: NDArray[np.float64], waves: Waves, row: int, times: NDArray[np.float64], *, device: float,
        span: tuple[float, float],
    ) -> None:  # fmt: skip
        """Add the complex at each of `times`, to the nearest fine sample."""
        rate = self.fs * self.fine
        first = int(np.floor(span[0] * rate))
        starts = np.rint(times * rate).astype(int) + first
        whole = -(-starts // self.fine)
        length = int((span[1] - span[0]) * self.fs)
        inside = (whole > -self.margin) & (whole < self.samples)
        if not inside.any():
            return
        grid = (np.arange((length + 1) * self.fine) + first) / rate
        template = complex_at(field, waves, row, grid, device=device)
        for start, place in zip(starts[inside].tolist(), whole[inside].tolist(), strict=True):
            skip = place * self.fine - start
            at = place + self.margin
            self.strip[:, at : at + length] += template[:, skip : skip + length * self.fine : self.fine]


def complex_at(
    field: NDArray[np.float64], waves: Waves, row: int, grid: NDArray[np.float64], *, device: float
) -> NDArray[np.float64]:
    """Return one complex in I, II, V1-V6 (mV) at the times of `grid` (s), seen through a Gaussian low-pass.

    A Gaussian through a Gaussian is a wider Gaussian of the same area: filtering costs nothing and is exact.
    """
    width = waves.width[row]
    seen = np.sqrt(width**2 + device**2)
    shape = grid - waves.time[row][:, None]
    shape *= (1 / seen)[:, None]
    np.multiply(shape, shape, out=shape)
    shape *= -0.5
    np.exp(shape, out=shape)
    return np.asarray(field @ (waves.vector[row] * (width / seen)[:, None]).T @ shape)
