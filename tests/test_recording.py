"""A Recording is frozen, knows its names and units, and says how it came to be."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from einthoven.errors import LeadError, SignalError
from einthoven.recording import LEADS, Native, Recording, lead_name

Maker = Callable[..., Recording]


def test_a_recording_cannot_be_changed(recorded: Maker) -> None:
    recording = recorded()
    with pytest.raises(dataclasses.FrozenInstanceError):
        recording.fs = 100  # type: ignore[misc]
    with pytest.raises(ValueError, match="read-only"):
        recording.signal[0, 0] = 1


def test_freezing_leaves_the_callers_array_writable() -> None:
    samples = np.zeros((1, 10), np.float32)
    Recording(samples, ["I"], 10)
    samples[0, 0] = 1


def test_a_change_writes_its_step_into_the_history_and_lets_the_integers_go(recorded: Maker) -> None:
    native = Native(np.zeros((12, 5000), np.int16), np.ones(12), np.zeros(12))
    recording = recorded(native=native)
    changed = recording.changed("half", recording.signal / 2)
    assert changed.history == ("half",)
    assert changed.native is None
    assert recording.history == ()
    np.testing.assert_array_equal(changed.signal, recording.signal / 2)


def test_a_doubt_is_added_and_the_first_kept() -> None:
    recording = Recording(np.zeros((1, 10)), ["I"], 10).doubted("a").doubted("b", "c")
    assert recording.warnings == ("a", "b", "c")


@pytest.mark.parametrize(
    ("raw", "name"),
    [
        ("avr", "aVR"), ("AVF", "aVF"), ("v6", "V6"), ("i", "I"), ("DII", "II"), ("Lead III", "III"), ("LEAD_V2", "V2"),
        ("MDC_ECG_LEAD_aVL", "aVL"), ("Lead I (Einthoven)", "I"), ("ECG V1", "V1"), ("C4", "V4"), ("MLII", "MLII"),
        (" V3 ", "V3"), ("V7", "V7"), ("PLETH", "PLETH"),
    ],
)  # fmt: skip
def test_a_lead_is_called_by_its_standard_name(raw: str, name: str) -> None:
    assert lead_name(raw) == name


@given(st.sampled_from(LEADS), st.sampled_from([str.upper, str.lower, str.title]))
def test_a_standard_name_survives_any_spelling(name: str, spell: Callable[[str], str]) -> None:
    assert lead_name(spell(name)) == name
    assert lead_name(lead_name(name)) == name


def test_leads_are_found_by_name_never_by_position(recorded: Maker) -> None:
    recording = recorded()
    picked = recording.select(["V5", "AVR", "I"])
    assert picked.leads == ("V5", "aVR", "I")
    np.testing.assert_array_equal(picked.signal[0], recording.lead("V5"))
    np.testing.assert_array_equal(picked.lead("avr"), recording.signal[3])


def test_select_and_crop_keep_the_integers_that_belong_to_the_samples(recorded: Maker) -> None:
    integers = np.arange(12 * 5000).reshape(12, 5000)
    native = Native(integers, np.arange(1.0, 13), np.arange(12.0))
    part = recorded(native=native).select(["V1"]).crop(1, 2)
    assert part.native
    np.testing.assert_array_equal(part.native.samples, integers[6:7, 500:1000])
    assert part.native.gain[0] == 7
    assert part.native.baseline[0] == 6
    assert part.history == ("crop 1-2 s",)


@given(st.floats(-5, 15), st.floats(-5, 15))
def test_a_crop_never_leaves_the_recording(start: float, stop: float) -> None:
    recording = Recording(np.zeros((1, 1000)), ["I"], 100)
    if min(round(stop * 100), 1000) <= max(round(start * 100), 0):
        with pytest.raises(SignalError, match="a crop keeps at least one sample"):
            recording.crop(start, stop)
    else:
        assert 0 < recording.crop(start, stop).samples <= 1000


def test_units_and_shapes_of_other_habits() -> None:
    recording = Recording(np.zeros((2, 500)), ["I", "II"], 250)
    assert recording.p_signal.shape == (500, 2)
    assert recording.seconds == 2
    assert recording.signal.dtype == np.float32


def test_it_says_that_it_is_synthetic(recorded: Maker) -> None:
    assert repr(recorded(synthetic=True)) == "Recording(synthetic, 12 leads x 5000 samples, 500 Hz, 10 s)"


@pytest.mark.parametrize(
    ("signal", "leads", "fs", "error", "message"),
    [
        (
            np.zeros((2, 9)),
            ["I", "DI"],
            5,
            LeadError,
            "no name comes twice; 2 rows came with I I .2., I more than once",
        ),
        (np.zeros((2, 9)), ["I"], 5, LeadError, "2 rows came with I .1."),
        (np.zeros(9), ["I"], 5, SignalError, r"shape \(leads, samples\) and at least one of each; shape \(9,\) came"),
        (np.zeros((1, 0)), ["I"], 5, SignalError, r"shape \(1, 0\) came"),
        (np.zeros((1, 9)), ["I"], 0, SignalError, "a positive number in Hz; fs=0 came. Pass fs="),
        (np.zeros((1, 9)), ["I"], float("nan"), SignalError, "fs=nan came"),
    ],
)
def test_what_is_no_recording_is_refused(
    signal: np.ndarray, leads: list[str], fs: float, error: type[Exception], message: str
) -> None:
    with pytest.raises(error, match=message):
        Recording(signal, leads, fs)


def test_a_missing_lead_is_named(recorded: Maker) -> None:
    part = recorded().select(["I", "II"])
    with pytest.raises(LeadError, match=r"needs I V1 V2 \(3\); the recording has I II \(2\): V1 V2 missing"):
        part.select(["I", "V1", "V2"])
