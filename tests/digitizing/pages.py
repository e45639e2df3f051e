"""Pages for the tests, and how well they were read back."""

from __future__ import annotations

from functools import cache

import numpy as np
from numpy.typing import NDArray

import einthoven as ein
from einthoven.digitizing import Digitized
from einthoven.drawing import Style, paint, worn
from einthoven.drawing.page import Page
from einthoven.recording import LEADS


@cache
def patient(number: int = 3) -> ein.Recording:
    return ein.simulate(1, seed=5, start=number, noise=0.3)[0].recording


@cache
def drawn(layout: str = "3x4+1", wear: str = "none", **look: object) -> Page:
    return worn(paint(patient(), Style(layout=layout, **look)), wear, seed=4)  # type: ignore[arg-type]


def snr(reference: NDArray[np.float64], found: NDArray[np.float64]) -> float:
    """Ratio in dB; what was not found is 0 mV."""
    noise = np.sum((reference - np.where(np.isfinite(found), found, 0)) ** 2)
    return float(10 * np.log10(np.sum(reference**2) / max(noise, 1e-12)))


def ratios(page: Page, found: Digitized) -> list[float]:
    """Ratio of every lead that the page shows."""
    out = []
    for one in page.truth.shown:
        name = one.lead.removeprefix("-")
        part = slice(one.first, one.stop)
        reference = patient().signal[LEADS.index(name), part].astype(float) - one.level
        out.append(snr(reference, found.recording.signal[LEADS.index(name), part].astype(float)))
    return out
