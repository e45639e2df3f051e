"""Pixels: what is drawn can be read back, on every layout, and is as large as it says."""

from __future__ import annotations

from collections.abc import Callable

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from einthoven.drawing import GRIDS, LAYOUTS, Page, Style, paint
from einthoven.errors import ConfigError
from einthoven.recording import LEADS, Recording

Maker = Callable[..., Recording]
Look = Callable[..., Style]


def ink(page: Page, recording: Recording) -> np.ndarray:
    """Return how much the traces darken the page, 0 to 1."""
    empty = paint(recording.changed("emptied", np.full_like(recording.signal, np.nan)), page.style)
    return (empty.pixels.astype(float) - page.pixels).max(2) / 255


def samples_of(page: Page, recording: Recording, number: int) -> np.ndarray:
    one = page.truth.shown[number]
    return recording.lead(one.lead.removeprefix("-"))[one.first : one.stop]


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize(("speed", "gain"), [(25, 10), (50, 20), (12.5, 5)])
def test_the_pixels_of_the_truth_give_the_samples_back(
    recorded: Maker, bare: Look, layout: str, speed: float, gain: float
) -> None:
    recording = recorded(1)
    page = paint(recording, bare(layout=layout, speed=speed, gain=gain, dpi=72))
    half = 0.5 / (page.truth.px_per_mm * gain)
    for number in range(len(page.truth.shown)):
        whole = np.rint(page.truth.of(number))
        np.testing.assert_allclose(
            page.truth.millivolts(number, whole), samples_of(page, recording, number), atol=half * 1.001
        )


@settings(max_examples=15)
@given(
    st.sampled_from(sorted(LAYOUTS)),
    st.sampled_from([(12.5, 5.0), (25.0, 10.0), (50.0, 20.0), (25.0, 20.0)]),
    st.sampled_from([100.0, 257.0, 500.0, 1000.0]),
    st.integers(60, 150),
    st.integers(0, 2**31),
)
def test_every_sample_lies_within_the_ink(
    layout: str, scale: tuple[float, float], fs: float, dpi: int, seed: int
) -> None:
    rng = np.random.default_rng(seed)
    signal = np.cumsum(rng.normal(0, 0.08, (12, round(4 * fs))), 1) * np.exp(rng.normal(-1, 1, (12, 1)))
    recording = Recording(signal, LEADS, fs)
    plain = {"dpi": dpi, "grid": "none", "names": False, "pulse": False, "scale": False}
    style = Style(layout=layout, speed=scale[0], gain=scale[1], **plain)  # type: ignore[arg-type]
    page = paint(recording, style)
    dark = 1 - page.pixels.min(2) / 255.0
    x, y = np.rint(page.truth.points).astype(int).T
    there = (y >= 1) & (y < page.truth.height - 1)
    around = cv2.dilate(dark, np.ones((3, 3), np.uint8))
    assert (dark[y[there], x[there]] > 0).mean() > 0.999  # a sample on the edge of a pixel belongs to either
    assert (around[y[there], x[there]] > 0.15).all()


@pytest.mark.parametrize("layout", LAYOUTS)
def test_a_trace_read_as_the_middle_of_its_ink_gives_the_samples(gentle: Maker, bare: Look, layout: str) -> None:
    recording = gentle(3)
    page = paint(recording, bare(layout=layout))
    dark = 1 - page.pixels[..., 1] / 255.0
    for number, one in enumerate(page.truth.shown):
        points, (left, top), (right, bottom) = page.truth.of(number), *page.truth.boxes[number][[0, 2]]
        columns = np.arange(int(left) + 2, min(int(right) - 1, int(points[-1, 0]) - 2))
        rows = np.arange(int(top), int(bottom) + 1)
        part = dark[rows[0] : rows[-1] + 1, columns]
        middles = (part * rows[:, None]).sum(0) / part.sum(0)
        at = np.rint(points[:, 0]).astype(int)
        means = np.bincount(at, points[:, 1])[columns] / np.bincount(at)[columns]
        np.testing.assert_allclose(middles, means, atol=0.5, err_msg=one.lead)


def test_the_trace_is_no_wider_than_its_line(gentle: Maker, bare: Look) -> None:
    page = paint(gentle(2, high=0.1), bare(layout="12x1", line=0.5))
    dark = 1 - page.pixels[..., 1] / 255.0
    left, right = int(page.truth.boxes[0, 0, 0]) + 3, int(page.truth.boxes[0, 1, 0]) - 3
    per_trace = dark[:, left:right].sum(0) / 12
    np.testing.assert_allclose(per_trace, 0.5 * page.truth.px_per_mm, rtol=0.06)


@pytest.mark.parametrize("dpi", [75, 100, 213.7])
def test_five_millimetres_are_five_millimetres_and_a_second_twenty_five(gentle: Maker, dpi: float) -> None:
    page = paint(gentle(), Style(dpi=dpi, grid="blue", fine=False, names=False, pulse=False))
    left, top, right, bottom = (round(mm * dpi / 25.4) for mm in (8.5, 18.5, 270, 50))
    profile = 255.0 - page.pixels[top:bottom, left:right, 0].mean(0)
    profile -= np.median(profile)
    lines = [
        np.average(np.arange(at - 2, at + 3), weights=profile[at - 2 : at + 3].clip(1e-9))
        for at in range(2, len(profile) - 2)
        if profile[at] == profile[at - 2 : at + 3].max() and profile[at] > 3
    ]
    between = np.diff(lines)
    np.testing.assert_allclose(between, 5 * dpi / 25.4, atol=0.3)
    second = page.truth.of(12)[500, 0] - page.truth.of(12)[0, 0]
    assert second == pytest.approx((lines[5] - lines[0]), abs=0.3)
    assert second == pytest.approx(25 * dpi / 25.4, abs=1e-3)


def test_a_millivolt_is_as_tall_as_the_calibration_pulse(gentle: Maker) -> None:
    recording = gentle()
    steps = recording.changed("steps", np.where(np.arange(5000) % 5000 < 2500, 0.0, 1.0) * np.ones((12, 1)))
    page = paint(steps, Style(layout="12x1", grid="none", scale=False, names=False, dpi=100))
    y = page.truth.of(0)[:, 1]
    assert np.ptp(y) == pytest.approx(10 * page.truth.px_per_mm, abs=1e-3)
    pulse = page.pixels[: round(34 * 3.94), round(9 * 3.94) : round(20 * 3.94), 1] < 100
    rows = np.flatnonzero(pulse.any(1))
    assert np.ptp(rows) == pytest.approx(np.ptp(y), abs=1.2)


def test_a_lead_upside_down_is_said_to_be(recorded: Maker, bare: Look) -> None:
    recording = recorded()
    page = paint(recording, bare(layout="cabrera"))
    number = [one.lead for one in page.truth.shown].index("-aVR")
    np.testing.assert_allclose(page.truth.millivolts(number), samples_of(page, recording, number), atol=1e-4)
    y, lead = page.truth.of(number)[:, 1], samples_of(page, recording, number)
    assert np.corrcoef(y, lead)[0, 1] == pytest.approx(1)


def test_an_absent_lead_leaves_its_place_empty(recorded: Maker, bare: Look) -> None:
    page = paint(recorded().select(["I", "V1"]), bare())
    shown = {one.lead: one.stop - one.first for one in page.truth.shown}
    assert shown["I"] == shown["V1"] == 1250
    assert shown["II"] == shown["V6"] == 0
    assert len(page.truth.points) == 2500


def test_gaps_have_no_pixel(recorded: Maker, bare: Look) -> None:
    recording = recorded()
    signal = recording.signal.copy()
    signal[0, 100:300] = np.nan
    page = paint(recording.changed("gap", signal), bare())
    assert np.flatnonzero(np.isnan(page.truth.of(0)[:, 1])).tolist() == list(range(100, 300))


def test_a_recording_of_gaps_alone_is_an_empty_page(bare: Look) -> None:
    page = paint(Recording(np.full((12, 5000), np.nan), LEADS, 500), bare())
    assert page.pixels.min() == 255


@pytest.mark.parametrize("grid", GRIDS)
def test_every_grid_has_its_colours_and_ink_stays_dark(recorded: Maker, grid: str) -> None:
    recording = recorded()
    page = paint(recording, Style(grid=grid, dpi=100))
    assert page.pixels.reshape(-1, 3).max() <= 255
    corner = page.pixels[0, 0]
    assert "#{:02x}{:02x}{:02x}".format(*corner) == GRIDS[grid][0]
    assert ink(page, recording).max() > 0.5


def test_names_stand_in_their_boxes(gentle: Maker) -> None:
    page = paint(gentle(high=0), Style(grid="none", pulse=False, scale=False, dpi=150))
    dark = page.pixels.min(2) < 128
    found = np.zeros_like(dark)
    for left, top, right, bottom in ((*box[0], *box[2]) for box in page.truth.names):
        inside = dark[round(top) : round(bottom), round(left) : round(right)]
        assert inside.any()
        found[round(top) : round(bottom) + 1, round(left) : round(right) + 1] = True
    for zero in page.truth.zeros[:, 1]:
        found[round(zero) - 3 : round(zero) + 4] = True
    assert not (dark & ~found).any()


def test_a_synthetic_page_says_so_in_red_and_a_real_one_does_not(recorded: Maker, bare: Look) -> None:
    red = [
        (paint(recorded(synthetic=made), bare()).pixels.astype(int) @ (1, -1, 0) > 80).sum() for made in (True, False)
    ]
    assert red[0] > 200
    assert red[1] == 0


def test_the_header_is_drawn_and_one_that_does_not_fit_is_refused(recorded: Maker, bare: Look) -> None:
    lines = ("a title", "and a line")
    style = bare(heading=10)
    assert (paint(recorded(), style, lines).pixels != paint(recorded(), style).pixels).any()
    with pytest.raises(ConfigError, match=r"a header fits above the grid; 4 lines came for a heading of 10 mm"):
        paint(recorded(), style, ("1", "2", "3", "4"))


def test_a_page_has_the_size_of_its_paper(recorded: Maker) -> None:
    page = paint(recorded(), Style(page="a4", dpi=127))
    assert page.pixels.shape == (1050, 1485, 3)


@pytest.mark.parametrize(
    ("look", "message"),
    [
        ({"page": "a4", "speed": 50}, r"a page holds its layout; 3x4\+1 at 50 mm/s needs 528.5 x"),
        ({"page": "a3", "dpi": 1200}, r"a picture of a page has at most .* pixels; .* Lower dpi="),
    ],
)
def test_a_page_that_cannot_be_is_refused(recorded: Maker, look: dict[str, object], message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        paint(recorded(), Style(**look))  # type: ignore[arg-type]


def test_pulses_and_traces_may_leave_the_page(recorded: Maker) -> None:
    page = paint(recorded(), Style(layout="12x1", gain=20, row_height=4, margin=0, heading=0, dpi=60))
    assert page.truth.points[:, 1].min() < 0
    assert (page.pixels.min(2) < 100).any()


def test_what_pages_of_a_style_share_cannot_be_changed(recorded: Maker) -> None:
    page = paint(recorded(), Style(dpi=60))
    page.pixels[:] = 0
    assert paint(recorded(), Style(dpi=60)).pixels.max() == 255
    for shared in (page.truth.boxes, page.truth.names, page.truth.zeros):
        assert not shared.flags.writeable


def test_the_same_page_is_drawn_twice(recorded: Maker) -> None:
    first, again = (paint(recorded(), Style(dpi=100)) for _ in range(2))
    np.testing.assert_array_equal(first.pixels, again.pixels)
    np.testing.assert_array_equal(first.truth.points, again.truth.points)


def test_large_traces_that_cross_both_stay_dark(bare: Look) -> None:
    t = np.arange(5000) / 500
    signal = np.zeros((12, 5000))
    signal[0] = -3 * np.sin(2 * np.pi * t)
    page = paint(Recording(signal, LEADS, 500), bare())
    row = page.truth.zeros[1, 1]
    crossing = page.pixels[round(float(row)), round(float(page.truth.boxes[1, 0, 0])) + 5 : -60, 1]
    assert crossing[:200].max() < 140
