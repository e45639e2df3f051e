"""Gaps: mended in their own lead along time, or refused; never a silent zero, never across leads."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.interpolate import PchipInterpolator

from einthoven.cleaning.gaps import Gap, gaps, mend, rails, refuse, trim
from einthoven.errors import SignalError
from einthoven.recording import Recording

Maker = Callable[..., Recording]


def holed(recording: Recording, lead: str, start: int, stop: int, *, value: float = np.nan) -> Recording:
    signal = recording.signal.copy()
    signal[recording.leads.index(lead), start:stop] = value
    return Recording(signal, recording.leads, recording.fs)


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_a_nan_is_mended_within_its_own_lead(recorded: Maker, value: float) -> None:
    whole = recorded()
    mended = mend(holed(whole, "V2", 1000, 1020, value=value))
    row = whole.leads.index("V2")
    others = np.arange(12) != row
    np.testing.assert_array_equal(mended.signal[others], whole.signal[others])
    np.testing.assert_array_equal(mended.signal[row, :1000], whole.signal[row, :1000])
    assert np.abs(mended.signal[row] - whole.signal[row]).max() < 0.2
    assert mended.history == ("1 gap mended, longest 0.04 s (V2)",)


def test_the_same_moment_lost_in_all_leads_is_mended_along_time(recorded: Maker) -> None:
    whole = recorded()
    signal = whole.signal.copy()
    signal[:, 2000:2010] = np.nan
    mended = mend(Recording(signal, whole.leads, 500))
    assert np.abs(mended.signal - whole.signal).max() < 0.2
    assert mended.history[0].startswith("12 gaps mended, longest 0.02 s (I II III")


@given(st.lists(st.tuples(st.integers(0, 59), st.integers(1, 6)), min_size=1, max_size=6), st.integers(0, 9))
@settings(deadline=None)
def test_each_mend_is_the_monotone_curve_through_all_known_samples(holes: list[tuple[int, int]], seed: int) -> None:
    row = np.random.default_rng(seed).normal(size=60).astype(np.float32)
    row[0] = row[-1] = 0.5
    for start, length in holes:
        row[max(start, 1) : min(start + length, 59)] = np.nan
    known = np.flatnonzero(np.isfinite(row))
    found = mend(Recording(row[None], ["II"], 100), longest=1).signal[0]
    np.testing.assert_allclose(found, PchipInterpolator(known, row[known])(np.arange(60)), atol=1e-5)


def test_edges_are_held() -> None:
    recording = Recording([[np.nan, np.nan, 2, 3, 1, np.nan]], ["II"], 100)
    assert mend(recording).signal.tolist() == [[2, 2, 2, 3, 1, 1]]


def test_a_lead_of_one_sample_is_held_throughout() -> None:
    assert mend(Recording([[np.nan, 7, np.nan]], ["II"], 100)).signal.tolist() == [[7, 7, 7]]


def test_a_gap_as_long_as_allowed_is_mended_and_one_sample_more_refused(recorded: Maker) -> None:
    recording = recorded()
    assert np.isfinite(mend(holed(recording, "I", 100, 350)).signal).all()
    with pytest.raises(SignalError):
        mend(holed(recording, "I", 100, 351))


def test_a_long_gap_is_refused_with_lead_length_and_what_to_do(recorded: Maker) -> None:
    broken = holed(holed(recorded(), "V3", 0, 5000), "aVL", 10, 1010)
    with pytest.raises(SignalError) as refused:
        mend(broken)
    assert str(refused.value) == (
        "gaps of up to 0.5 s are mended within their lead; 2 gaps came (aVL for up to 2 s, V3 for up to 10 s). Crop to "
        "a stretch without gaps, select the other leads, or raise longest=. See docs/cleaning.md."
    )


def test_refusing_lets_whole_recordings_through_and_names_the_leads_of_others(recorded: Maker) -> None:
    recording = recorded()
    assert refuse(recording) is recording
    assert mend(recording) is recording
    with pytest.raises(SignalError, match=r'1 gap came \(V1 for up to 0\.002 s\).*write gaps="mend"\.'):
        refuse(holed(recording, "V1", 5, 6))


def test_gaps_are_listed_lead_by_lead(recorded: Maker) -> None:
    broken = holed(holed(recorded(fs=100), "II", 10, 20), "V6", 990, 1000)
    assert gaps(broken) == (Gap("II", 0.1, 0.1), Gap("V6", 9.9, 0.1))


def test_clipping_is_said_and_a_lead_off_its_range_is_refused(recorded: Maker) -> None:
    recording = recorded()
    clipped = holed(recording, "V4", 700, 720, value=5.0)
    assert rails(clipped) == (Gap("V4", 1.4, 0.04),)
    kept = mend(clipped)
    assert kept.warnings == ("lead V4 reaches the end of its range",)
    np.testing.assert_array_equal(kept.signal, clipped.signal)
    assert mend(kept).warnings == kept.warnings
    off = holed(recording, "V4", 700, 1700, value=-32.768)
    for step in (mend, refuse):
        with pytest.raises(SignalError, match=r"V4 for up to 2 s"):
            step(off)


def test_a_flat_lead_and_a_quiet_baseline_are_no_rail() -> None:
    quiet = np.zeros((2, 5000), np.float32)
    quiet[0] = 4.0
    quiet[1, ::500] = -3.5
    assert rails(Recording(quiet, ["V1", "V2"], 500)) == ()


def test_two_equal_samples_on_top_of_a_wave_are_no_rail() -> None:
    wave = np.zeros((1, 1000), np.float32)
    wave[0, 500:502] = 4.0
    assert rails(Recording(wave, ["V6"], 100)) == ()
    wave[0, 500:505] = 4.0
    assert len(rails(Recording(wave, ["V6"], 100))) == 1


def test_ends_where_nothing_was_measured_are_cut_off(recorded: Maker) -> None:
    whole = recorded(fs=100)
    signal = whole.signal.copy()
    signal[:, :50], signal[:, 900:] = np.nan, np.nan
    signal[0, :60] = np.nan
    trimmed = trim(Recording(signal, whole.leads, 100))
    assert trimmed.samples == 850
    assert np.isnan(trimmed.signal[0, :10]).all()
    assert trim(whole) is whole


def test_a_recording_without_a_single_number_is_refused() -> None:
    with pytest.raises(SignalError, match="a recording has at least one measured sample"):
        trim(Recording(np.full((2, 9), np.nan), ["I", "II"], 100))
