"""Whole pages: layout, speed, gain, place of every lead; the samples to so many dB."""

from __future__ import annotations

import numpy as np
import pytest

import einthoven as ein
from einthoven.digitizing import digitize, read_back
from einthoven.drawing import LAYOUTS
from einthoven.errors import PageError

from .pages import drawn, patient, ratios


@pytest.mark.parametrize("layout", list(LAYOUTS))
def test_every_layout_is_found_and_read(layout: str) -> None:
    page = drawn(layout)
    found = read_back(page.pixels)
    assert (found.layout, found.speed, found.gain) == (layout, 25, 10)
    assert [lead.name for lead in found.leads] == [one.lead for one in page.truth.shown]
    assert np.median(ratios(page, found)) > 14
    assert min(ratios(page, found)) > 3


@pytest.mark.parametrize(
    ("look", "told"),
    [({"speed": 50, "seconds": 5}, (50, 10)), ({"gain": 20}, (25, 20)), ({"speed": 12.5, "gain": 5}, (12.5, 5))],
    ids=["50 mm/s", "20 mm/mV", "12.5 mm/s, 5 mm/mV"],
)
def test_the_pulse_tells_speed_and_gain(look: dict[str, float], told: tuple[float, float]) -> None:
    found = read_back(drawn("3x4+1", **look).pixels)
    assert (found.speed, found.gain) == told


def test_without_a_pulse_the_printed_words_tell_them() -> None:
    page = drawn("6x2", pulse=False, speed=50, seconds=5)
    found = read_back(page.pixels)
    assert (found.speed, found.gain) == (50, 10)
    assert "no calibration pulse: speed and gain are as printed" in found.notes


def test_a_photograph_is_read() -> None:
    page = drawn("3x4+1", "photo")
    found = read_back(page.pixels)
    assert found.layout == "3x4+1"
    assert np.median(ratios(page, found)) > 10
    assert set(found.confidence) == set(ein.recording.LEADS)
    assert min(found.confidence.values()) > 0.7


def test_what_is_told_is_not_sought() -> None:
    found = read_back(drawn("6x2").pixels, layout="cabrera", gain=5)
    assert (found.layout, found.gain) == ("cabrera", 5)


def test_an_upside_down_page_is_turned() -> None:
    page = drawn("3x4")
    turned = np.ascontiguousarray(page.pixels[::-1, ::-1])
    found = read_back(turned)
    assert found.layout == "3x4"
    assert np.median(ratios(page, found)) > 15


def test_a_recording_knows_what_it_is() -> None:
    recording = digitize(drawn("3x4+1").pixels, fs=250)
    assert (recording.fs, recording.signal.shape) == (250, (12, 2500))
    shown = np.isfinite(recording.signal).mean(1)
    assert shown[1] > 0.98  # II is the rhythm strip
    np.testing.assert_allclose(np.delete(shown, 1), 0.25, atol=0.02)
    assert recording.history[-1] == "digitized from a page, 3x4+1, 25 mm/s, 10 mm/mV"


@pytest.mark.parametrize("what", ["noise", "white", "photograph of a wall"])
def test_what_is_no_ecg_is_refused(what: str) -> None:
    rng = np.random.default_rng(1)
    pixels = {
        "noise": rng.integers(0, 256, (700, 900, 3)).astype(np.uint8),
        "white": np.full((700, 900, 3), 255, np.uint8),
        "photograph of a wall": np.tile(np.linspace(90, 160, 900).astype(np.uint8)[None, :, None], (700, 1, 3)),
    }[what]
    with pytest.raises(PageError) as error:
        read_back(pixels)
    assert str(error.value).startswith(
        "a page to be digitized shows a standard 12-lead ECG; no grid is found on it. Photograph the whole page"
    )


def test_a_grid_without_traces_is_refused() -> None:
    flat = ein.Recording(np.full((12, 5000), np.nan, np.float32), ein.recording.LEADS, 500)
    from einthoven.drawing import Style, paint

    with pytest.raises(PageError, match="no rows of traces are found"):
        read_back(paint(flat, Style(pulse=False, names=False, scale=False)).pixels)


def test_pixels_of_another_kind_are_refused() -> None:
    with pytest.raises(PageError, match=r"pixels of a page are uint8, .*; float64 \(5, 5\)\."):
        digitize(np.zeros((5, 5)))  # type: ignore[arg-type]


def test_a_missing_lead_stays_missing() -> None:
    part = patient()
    kept = [lead for lead in part.leads if lead != "V2"]
    from einthoven.drawing import Style, paint

    rows = [part.leads.index(lead) for lead in kept]
    page = paint(ein.Recording(part.signal[rows], kept, 500), Style(layout="3x4+1"))
    signal = digitize(page.pixels).signal
    assert np.isnan(signal[ein.recording.LEADS.index("V2")]).all()
    assert np.isfinite(signal[ein.recording.LEADS.index("V3")]).any()
