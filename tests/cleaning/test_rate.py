"""Rate: the same waves at another rate, no aliases, exact lengths."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import signal as scipy_signal

from einthoven.cleaning.rate import resample, resampled
from einthoven.errors import ConfigError
from einthoven.recording import Recording

RATES = [100, 128, 250, 257, 333.3, 360, 400, 500, 977.5, 1000]


def waves(fs: float, seconds: float = 10) -> np.ndarray:
    t = np.arange(round(fs * seconds)) / fs
    return np.float32([np.sin(2 * np.pi * f * t + f) * np.sin(np.pi * t / seconds) ** 2 for f in (1, 7, 19, 31)])


@pytest.mark.parametrize("fs", RATES)
@pytest.mark.parametrize("to", RATES)
def test_waves_within_both_bands_are_the_same_at_every_rate(fs: float, to: float) -> None:
    np.testing.assert_allclose(resampled(waves(fs), fs, to)[:, : len(waves(to)[0])], waves(to), atol=1e-3)


def test_the_first_sample_stays_at_its_moment_and_hours_do_not_drift() -> None:
    t = np.arange(360 * 1200) / 359.97
    found = resampled(np.float32(np.sin(2 * np.pi * 5 * t))[None], 359.97, 500)[0]
    truth = np.sin(2 * np.pi * 5 * np.arange(len(found)) / 500)
    assert np.abs(found - truth)[500:-500].max() < 2e-3


def test_it_agrees_with_resample_poly_on_what_both_keep() -> None:
    rng = np.random.default_rng(0)
    sos = scipy_signal.butter(8, 25, fs=500, output="sos")
    signal = np.float32(scipy_signal.sosfiltfilt(sos, rng.normal(size=(3, 5000))))
    peer = scipy_signal.resample_poly(signal.astype(float), 1, 5, axis=1, padtype="line")
    assert np.abs(resampled(signal, 500, 100) - peer)[:, 30:-30].max() < 5e-3


@pytest.mark.parametrize(("hertz", "gain"), [(35, 1), (39, 1), (50.5, 0), (60, 0), (99, 0), (200, 0)])
def test_what_the_new_rate_cannot_hold_is_not_folded_back(hertz: float, gain: float) -> None:
    t = np.arange(5000) / 500
    found = resampled(np.float32(np.sin(2 * np.pi * hertz * t))[None], 500, 100)[0, 100:-100]
    assert np.sqrt(2 * np.mean(found**2)) == pytest.approx(gain, abs=2e-3)


def test_a_whole_multiple_keeps_every_old_sample() -> None:
    signal = np.random.default_rng(0).normal(size=(2, 1000)).astype(np.float32)
    np.testing.assert_allclose(resampled(signal, 100, 500)[:, ::5], signal, atol=1e-5)


def test_constants_and_drifts_stay_straight_to_the_edges() -> None:
    drift = np.linspace(-3, 8, 5000, dtype=np.float32)[None]
    t = np.arange(2570) / 257
    np.testing.assert_allclose(resampled(drift, 500, 257)[0], -3 + 11 * t * 500 / 4999, atol=1e-4)
    np.testing.assert_allclose(resampled(np.full((1, 9), 2.5, np.float32), 100, 360), 2.5, atol=1e-6)


@given(st.integers(1, 3000), st.floats(20, 2000), st.floats(20, 2000))
@settings(max_examples=60, deadline=None)
def test_the_length_is_exact_for_any_ratio(samples: int, fs: float, to: float) -> None:
    if round(samples * to / fs) < 1:
        return
    signal = np.random.default_rng(samples).normal(size=(2, samples)).astype(np.float32)
    found = resampled(signal, fs, to)
    assert found.shape == (2, round(samples * to / fs))
    assert np.isfinite(found).all()
    assert np.abs(found).max() < 20 * np.abs(signal).max()


def test_many_leads_in_turns_equal_each_lead_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    signal = np.random.default_rng(0).normal(size=(5, 700)).astype(np.float32)
    together = resampled(signal, 500, 257)
    monkeypatch.setattr("einthoven.cleaning.rate._ROOM", 1)
    np.testing.assert_allclose(resampled(signal, 500, 257), together, atol=1e-6)


def test_the_rate_is_written_into_history(recorded: Callable[..., Recording]) -> None:
    recording = recorded()
    assert resample(recording, 500) is recording
    slower = resample(recording, 100)
    assert (slower.fs, slower.samples, slower.history) == (100, 1000, ("rate 500 to 100 Hz",))


@pytest.mark.parametrize("to", [0, -100, float("nan"), float("inf"), 1e-6])
def test_a_rate_that_leaves_nothing_is_refused(recorded: Callable[..., Recording], to: float) -> None:
    with pytest.raises(ConfigError, match=r"Hz for 5000 samples at 500 Hz came\. Write a rate such as fs=500\."):
        resample(recorded(), to)
