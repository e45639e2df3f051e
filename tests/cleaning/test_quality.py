"""Every fault is named, with its leads; what is sound is left in peace."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from einthoven.cleaning import faults
from einthoven.cleaning.quality import FAULTS, Fault, quality
from einthoven.recording import LEADS, PRECORDIAL, Recording

Heart = Callable[..., Recording]
MOMENTS = tuple(np.arange(0.6, 9.6, 0.83))
T = np.arange(5000) / 500


@pytest.fixture
def sound(heart: Heart) -> Recording:
    return heart(MOMENTS)


def broken(recording: Recording, lead: str, damage: Callable[[np.ndarray], np.ndarray]) -> Recording:
    signal = recording.signal.copy()
    row = recording.leads.index(lead)
    signal[row] = damage(signal[row].astype(float))
    return Recording(signal, recording.leads, recording.fs)


def missing(x: np.ndarray) -> np.ndarray:
    return np.where(np.arange(x.size) < 1500, np.nan, x)


def cable_off(x: np.ndarray) -> np.ndarray:
    return np.where(np.arange(x.size) > 2500, x[2500], x)


def noise(size: float) -> Callable[[np.ndarray], np.ndarray]:
    return lambda x: x + size * np.random.default_rng(7).standard_normal(x.size)


def pop(x: np.ndarray) -> np.ndarray:
    return x + 15 * (np.abs(np.arange(x.size) - 2500) < 15)


DAMAGES: dict[str, Callable[[np.ndarray], np.ndarray]] = {
    "gaps": missing,
    "flat": cable_off,
    "clipped": lambda x: np.clip(x, -9, 0.35 * x.max()),
    "muscle": noise(0.1),
    "mains": lambda x: x + 0.2 * np.sin(2 * np.pi * 50 * T),
    "wander": lambda x: x + 2.5 * np.sin(2 * np.pi * 0.2 * T),
    "burst": pop,
    "unheard": lambda x: 0.02 * np.random.default_rng(int(1e6 * abs(x[0]))).standard_normal(x.size),
}


def test_a_sound_recording_has_nothing_to_complain_of(sound: Recording) -> None:
    seen = quality(sound)
    assert seen.reasons == ()
    assert seen.findings == ()
    assert (seen.score, seen.usable) == (1.0, True)
    assert dict(seen.leads) == dict.fromkeys(LEADS, 1.0)


@pytest.mark.parametrize("fault", DAMAGES)
@pytest.mark.parametrize("lead", ["V2", "V6"])
def test_each_damage_is_named_with_its_lead(sound: Recording, fault: str, lead: str) -> None:
    seen = quality(broken(sound, lead, DAMAGES[fault]))
    assert {one.fault for one in seen.findings} == {fault}
    assert {one.leads for one in seen.findings} == {(lead,)}
    assert seen.reasons[0].endswith(f"in {lead}")
    assert seen.score < 1
    assert min(seen.leads, key=lambda name: seen.leads[name]) == lead
    assert seen.usable


@pytest.mark.parametrize("fault", ["flat", "muscle", "unheard"])
def test_a_recording_whose_leads_are_mostly_spoilt_is_not_usable(sound: Recording, fault: str) -> None:
    spoilt = sound
    worse = {**DAMAGES, "muscle": noise(0.3)}[fault]
    for lead in LEADS[:4]:
        spoilt = broken(spoilt, lead, worse)
    assert not quality(spoilt).usable
    assert quality(spoilt).score < quality(broken(sound, "I", worse)).score


@pytest.mark.parametrize("mains", [50, 60])
def test_the_mains_are_told_with_their_frequency_and_size(heart: Heart, mains: float) -> None:
    hum = heart(MOMENTS, leads=PRECORDIAL).signal + 0.3 * np.sin(2 * np.pi * mains * T)
    assert quality(Recording(hum, PRECORDIAL, 500)).reasons == (f"mains hum of 0.30 mV at {mains} Hz in all leads",)


def test_mains_between_two_frequencies_are_still_seen(heart: Heart) -> None:
    hum = heart(MOMENTS).signal + 0.3 * np.sin(2 * np.pi * 49.7 * T)
    assert "mains" in {one.fault for one in quality(Recording(hum, LEADS, 500)).findings}


def test_mains_that_a_slow_rate_cannot_hold_are_not_looked_for(heart: Heart) -> None:
    assert quality(heart(MOMENTS, fs=100)).reasons == ()


def test_the_words_say_what_and_how_much(sound: Recording) -> None:
    gap = quality(broken(sound, "V2", missing)).reasons
    assert gap == ("30% was not measured in V2",)
    assert quality(broken(sound, "V2", cable_off)).reasons == ("flat for 5.0 s in V2",)


def test_no_beats_and_not_usable() -> None:
    still = np.random.default_rng(0).standard_normal((12, 5000)) * 0.2
    seen = quality(Recording(still, LEADS, 500))
    assert "no heart beats found" in seen.reasons
    assert not seen.usable


def test_a_recording_without_a_measured_sample_is_not_usable() -> None:
    seen = quality(Recording(np.full((12, 5000), np.nan), LEADS, 500))
    assert "100% was not measured in all leads" in seen.reasons
    assert (seen.score, seen.usable) == (0.0, False)


def test_a_repeated_lead_is_named(sound: Recording) -> None:
    signal = sound.signal.copy()
    signal[8] = signal[7] + 0.5
    seen = quality(Recording(signal, LEADS, 500))
    assert seen.reasons == ("repeats another lead in V3",)


def test_a_violated_law_is_named(sound: Recording) -> None:
    signal = sound.signal.copy()
    signal[2] *= 2
    seen = quality(Recording(signal, LEADS, 500))
    assert [(one.fault, one.leads) for one in seen.findings] == [("law", ("III",))]
    assert seen.reasons[0].startswith("Einthoven's law is violated by 0.")


def test_per_lead_gains_break_the_law(sound: Recording) -> None:
    signal = sound.signal / np.ptp(sound.signal, axis=1, keepdims=True)
    assert "law" in {one.fault for one in quality(Recording(signal, LEADS, 500)).findings}


@pytest.mark.parametrize(("gain", "fault"), [(1000, "large"), (1 / 100, "small")])
def test_a_gain_that_cannot_be_right_is_named(sound: Recording, gain: float, fault: str) -> None:
    seen = quality(Recording(sound.signal * gain, LEADS, 500))
    assert fault in {one.fault for one in seen.findings}
    assert not seen.usable


def test_a_pacemaker_is_no_fault(heart: Heart) -> None:
    paced = heart(MOMENTS, waves="QRST", stretch=2).signal.copy()
    for moment in MOMENTS:
        paced[:, round((moment - 0.08) * 500) :][:, :2] += 3
    seen = quality(Recording(paced, LEADS, 500))
    assert not {one.fault for one in seen.findings} - {"law"}  # a common spike on every lead obeys no law


def test_one_lead_and_few_samples_are_judged_too(heart: Heart) -> None:
    assert quality(heart(MOMENTS, leads=["II"])).reasons == ()
    for samples in (1, 2, 3, 30, 450):
        seen = quality(Recording(np.ones((1, samples)), ["II"], 500))
        assert not seen.usable
        assert seen.score == 0


def test_long_recordings_are_judged_whole(heart: Heart) -> None:
    long = heart(np.arange(0.5, 119, 0.8), leads=["II", "V5"], fs=250, seconds=120)
    late = broken(long, "V5", lambda x: np.where(np.arange(x.size) > 25000, 0, x))
    assert quality(long).reasons == ()
    assert quality(late).reasons == ("flat for 19.8 s in V5",)


@given(value=st.floats(-1, 200), more=st.floats(0, 50))
@settings(deadline=None, max_examples=200)
def test_severity_grows_with_the_fault_and_stays_within_its_bounds(value: float, more: float) -> None:
    for fault in FAULTS.values():
        way = 1 if fault.spoilt > fault.said else -1
        less, worse = fault.severity(value), fault.severity(value + way * more)
        assert 0 <= less <= worse <= 1
        assert fault.severity(fault.spoilt) == pytest.approx(1)
        assert fault.severity(fault.said - 1e-7 * way) == 0


def test_small_values_can_be_the_fault() -> None:
    assert Fault("", 1.5, 1.0).severity(1.6) == 0
    assert Fault("", 1.5, 1.0).severity(1.25) == pytest.approx(0.55)


def test_noise_is_measured_in_rms() -> None:
    white = np.random.default_rng(0).standard_normal((3, 20000)).astype(np.float32)
    assert faults._rough(white, 500, hum=np.zeros(3), mains=50) == pytest.approx(1, abs=0.1)


def test_hum_is_measured_as_amplitude() -> None:
    tone = np.sin(2 * np.pi * 60 * T)[None].astype(np.float32)
    size, mains = faults._hum(tone, 500)
    assert size == pytest.approx(1, abs=0.02)
    assert mains == 60


@pytest.mark.realdata
def test_real_recordings_are_usable(real: Path) -> None:
    files = sorted((real / "ptb-xl" / "records500").rglob("*.dat"))[:100]
    seen = [quality(Recording(np.fromfile(file, "<i2").reshape(-1, 12).T / 1000, LEADS, 500)) for file in files]
    assert np.mean([one.usable for one in seen]) >= 0.98
    assert np.mean([not one.reasons for one in seen]) >= 0.85
