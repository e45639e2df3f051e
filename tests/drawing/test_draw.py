"""A page is true to the millimetre, and says what it is."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import einthoven as ein
from einthoven.drawing import LAYOUTS, layout_named
from einthoven.drawing.svg import ROW_HEIGHT
from einthoven.drawing.traces import trace
from einthoven.errors import ConfigError
from einthoven.recording import LEADS, Recording

SVG = "{http://www.w3.org/2000/svg}"
Maker = Callable[..., Recording]


def points(path: str) -> np.ndarray:
    return np.array(re.findall(r"(-?\d+) (-?\d+)", path), float) / 100


@pytest.mark.parametrize("name", LAYOUTS)
@pytest.mark.parametrize(("speed", "gain"), [(25, 10), (50, 20), (12.5, 5)])
def test_the_ink_read_back_gives_the_samples(recorded: Maker, name: str, speed: float, gain: float) -> None:
    recording = recorded(1)
    drawn = ET.fromstring(ein.draw(recording, layout=name, speed=speed, gain=gain))
    paths = {node.get("id"): points(node.get("d", "")) for node in drawn.iter(f"{SVG}path")}
    panels = layout_named(name).panels(10, speed=speed, row_height=ROW_HEIGHT[gain])
    for panel in panels:
        ink = paths[f"{panel.lead}-{panel.row}"]
        sign = -1 if panel.lead.startswith("-") else 1
        lead = recording.lead(panel.lead.removeprefix("-"))
        seconds = panel.first + (ink[:, 0] - panel.x) / speed
        samples = sign * (lead - np.median(lead))[np.rint(seconds * recording.fs).astype(int)]
        np.testing.assert_allclose((panel.y - ink[:, 1]) / gain, samples, atol=0.006 / gain + 1e-6)
        assert ink[0, 0] == pytest.approx(panel.x, abs=speed / recording.fs + 0.005)
    assert len(paths) >= len(panels)


def test_one_millivolt_is_ten_millimetres_and_one_second_twenty_five() -> None:
    ink = points(trace(np.float32([0, 1]), 0, 0, fs=1, speed=25, gain=10))
    np.testing.assert_array_equal(ink, [[0, 0], [25, -10]])


def test_the_page_is_as_large_as_its_view_box(recorded: Maker) -> None:
    root = ET.fromstring(ein.draw(recorded()))
    width, height = root.get("width", ""), root.get("height", "")
    assert root.get("viewBox") == f"0 0 {width.removesuffix('mm')} {height.removesuffix('mm')}"
    assert float(width.removesuffix("mm")) == pytest.approx(10 * 25 + 12.5 + 16)


def test_a_gap_lifts_the_pen() -> None:
    assert trace(np.float32([np.nan, 1, 2, np.nan, 3]), 0, 0, fs=1, speed=1, gain=1) == "M100 -100L200 -200M400 -300"


@given(st.lists(st.one_of(st.floats(-5, 5, width=32), st.just(float("nan"))), max_size=40))
def test_a_trace_has_one_point_for_each_measured_sample(samples: list[float]) -> None:
    lead = np.float32(samples)
    assert len(points(trace(lead, 3, 4, fs=500, speed=25, gain=10))) == np.isfinite(lead).sum()


def test_a_synthetic_page_says_so_and_a_real_one_does_not(recorded: Maker) -> None:
    assert "SYNTHETIC - NOT A PATIENT" in ein.draw(recorded(synthetic=True))
    assert "SYNTHETIC" not in ein.draw(recorded())


def test_an_absent_lead_leaves_its_place_empty(recorded: Maker) -> None:
    drawn = ein.draw(recorded().select(["I", "V1"]))
    assert 'id="I-0"' in drawn
    assert 'id="II-1"' not in drawn
    assert ">II</text>" in drawn


def test_a_lead_of_gaps_alone_draws_nothing_and_warns_of_nothing() -> None:
    assert 'id="I-0" d=""' in ein.draw(Recording(np.full((1, 500), np.nan), ["I"], 500))


def test_the_scale_and_the_history_stand_below_the_grid(recorded: Maker) -> None:
    recording = recorded().changed("band 0.5-40 Hz", recorded().signal)
    assert "25 mm/s   10 mm/mV   500 Hz   band 0.5-40 Hz" in ein.draw(recording)


def test_words_of_the_title_cannot_break_the_page(recorded: Maker) -> None:
    assert ET.fromstring(ein.draw(recorded(), title="<script>&")) is not None


def test_the_page_is_written_where_asked(recorded: Maker, tmp_path: Path) -> None:
    svg = ein.draw(recorded(), tmp_path / "new" / "page.svg")
    assert (tmp_path / "new" / "page.svg").read_text() == svg


def test_a_short_recording_shares_its_seconds_between_the_columns(recorded: Maker) -> None:
    root = ET.fromstring(ein.draw(recorded(seconds=4)))
    widths = {
        node.get("id"): np.ptp(points(node.get("d", ""))[:, 0]) for node in root.iter(f"{SVG}path") if node.get("id")
    }
    assert widths["I-0"] == pytest.approx(25, abs=0.2)
    assert widths["II-3"] == pytest.approx(100, abs=0.2)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"layout": "3x5"}, "a page has a known layout; layout '3x5'. Did you mean 3x4?"),
        ({"speed": 30}, "came|speed=30. Choose speed from 12.5, 25, 50."),
        ({"gain": 1}, "gain=1. Choose gain from 5, 10, 20."),
    ],
)
def test_a_page_that_does_not_exist_is_refused(recorded: Maker, options: dict[str, object], message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        ein.draw(recorded(), **options)  # type: ignore[arg-type]


def test_every_layout_shows_all_twelve_leads() -> None:
    for place in LAYOUTS.values():
        assert {name.removeprefix("-") for row in place.rows for name in row} == set(LEADS)
