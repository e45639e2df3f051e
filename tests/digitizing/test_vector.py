"""Vector PDFs are read as lines: to the rounding of their coordinates."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import einthoven as ein
from einthoven.digitizing import read_back
from einthoven.drawing import LAYOUTS
from einthoven.drawing.plan import levels

from .pages import patient, snr


@pytest.mark.parametrize("layout", list(LAYOUTS))
@pytest.mark.parametrize("speed", [25, 50])
def test_our_own_pages(tmp_path: Path, layout: str, speed: int) -> None:
    ein.draw(patient(), tmp_path / "page.pdf", layout=layout, speed=speed, seconds=250 / speed)
    found = read_back(tmp_path / "page.pdf")
    assert found.notes == ("read as lines",)
    assert (found.layout, found.speed, found.gain) == (layout, speed, 10)
    raised = patient().signal - np.array(levels(patient().signal), np.float32)[:, None]
    for reference, samples in zip(raised, found.recording.signal, strict=True):
        shown = np.isfinite(samples)
        assert shown.any()
        assert snr(reference[: len(samples)][shown].astype(float), samples[shown].astype(float)) > 60


@pytest.mark.realdata
def test_pages_of_another_printer(real: Path) -> None:
    path = real / "images/ptbxl-rendered-pdf/00009_hr.pdf"
    record = ein.read(real / "ptb-xl/records500/00000/00009_hr.hea")
    leads = read_back(path).leads
    assert len(leads) == 13
    for lead in leads:
        signal = record.signal[record.leads.index(lead.name)].astype(float)
        means = np.convolve(signal, np.ones(5) / 5, "same")[round(lead.first * 500) :][: len(lead.samples) : 4]
        assert snr(means, lead.samples[::4][: len(means)].astype(float)) > 55  # each is the mean of five samples
