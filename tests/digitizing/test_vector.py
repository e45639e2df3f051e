"""Vector PDFs are read as lines: to the rounding of their coordinates."""

from __future__ import annotations

import re
import zlib
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

import einthoven as ein
from einthoven.digitizing import Digitized, read_back
from einthoven.drawing import LAYOUTS, Style
from einthoven.drawing.pdf import vectors
from einthoven.drawing.plan import levels
from einthoven.errors import ConfigError, PageError

from .pages import patient, snr


@pytest.mark.parametrize("layout", list(LAYOUTS))
@pytest.mark.parametrize("speed", [25, 50])
def test_our_own_pages(tmp_path: Path, layout: str, speed: int) -> None:
    ein.draw(patient(), tmp_path / "page.pdf", layout=layout, speed=speed, seconds=250 / speed)
    found = read_back(tmp_path / "page.pdf")
    assert found.notes == ("read as lines",)
    assert (found.layout, found.speed, found.gain) == (layout, speed, 10)
    assert np.isfinite(found.recording.signal).any(1).all()
    assert whole(found) > 60


def whole(found: Digitized) -> float:
    """Return the ratio of the lead that was read worst."""
    raised = patient().signal - np.array(levels(patient().signal), np.float32)[:, None]
    out = []
    for reference, samples in zip(raised, found.recording.signal, strict=True):
        shown = np.isfinite(samples)
        out.append(snr(reference[: len(samples)][shown].astype(float), samples[shown].astype(float)))
    return min(out)


def retold(layout: str, change: Callable[[str], str], **look: object) -> bytes:
    """Return our page with its content changed."""
    page = vectors(patient(), Style(layout=layout, **look))  # type: ignore[arg-type]
    match = re.search(rb"/Length \d+ /Filter /FlateDecode >>\nstream\n(.*?)\nendstream", page, re.DOTALL)
    assert match is not None
    packed = zlib.compress(change(zlib.decompress(match[1]).decode("cp1252")).encode("cp1252"))
    head = b"/Length %d /Filter /FlateDecode >>\nstream\n" % len(packed)
    return page[: match.start()] + head + packed + b"\nendstream" + page[match.end() :]


def wordless(content: str) -> str:
    return re.sub(r"BT.*?ET\n", "", content)


@pytest.mark.parametrize("scale", [0.94, 0.99, 1.005, 1.25])
def test_a_page_printed_larger_or_smaller(scale: float) -> None:
    found = read_back(retold("3x4+1", lambda content: f"{scale} 0 0 {scale} 0 0 cm\n{content}"))
    assert "read as lines" in found.notes
    assert whole(found) > 60


def test_what_is_told_is_not_sought() -> None:
    data = retold("cabrera", wordless)
    guess = read_back(data)
    assert guess.notes == ("read as lines", "no names are printed: leads are taken as in 6x2 or cabrera")
    assert max(guess.confidence.values()) < 0.4
    told = read_back(data, layout="cabrera")
    assert (told.layout, told.notes, whole(told) > 60) == ("cabrera", ("read as lines",), True)
    with pytest.raises(ConfigError, match="a page has a known layout; layout 'cabrea'"):
        read_back(data, layout="cabrea")


def test_without_a_pulse_the_printed_words_tell_speed_and_gain() -> None:
    found = read_back(retold("6x2", str, pulse=False, speed=50, seconds=5))
    assert (found.speed, found.gain) == (50, 10)
    assert found.notes[1] == "no calibration pulse: speed and gain are as printed"
    found = read_back(retold("6x2", wordless, pulse=False))
    assert found.notes[1] == "no calibration pulse: speed and gain are assumed"


def test_a_chart_of_twelve_curves_is_no_ecg() -> None:
    curves = "".join(
        "".join(f"{30 + x} {60 + 40 * row + 10 * np.sin(x / 9 + row):.2f} {'l' if x else 'm'}\n" for x in range(200))
        + "S\n"
        for row in range(12)
    )
    with pytest.raises(PageError, match="shows a standard 12-lead ECG; no grid is found on it"):
        read_back(retold("12x1", lambda _: f"0 0 0 RG\n{curves}"))


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
