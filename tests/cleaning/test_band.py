"""Band and mains: equal to scipy's recursive filters, and to what filters are."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import signal as scipy_signal

from einthoven.cleaning.band import check_band, filter_band, filtered, response
from einthoven.errors import ConfigError
from einthoven.recording import Recording

BANDS = [(0.5, 40), (0.5, None), (None, 40), (0.67, 100), (5, 15)]


def wandering(seed: int = 0, *, leads: int = 3, samples: int = 5000) -> np.ndarray:
    """Drift of several mV, waves and noise: harder at the edges than an ECG."""
    rng = np.random.default_rng(seed)
    drift = rng.normal(size=(leads, samples)).cumsum(axis=1) * 0.02
    return np.float32(drift + rng.normal(size=(leads, 1)) * 2 + rng.normal(size=(leads, samples)) * 0.2)


def butterworth(band: tuple[float | None, float | None], fs: float) -> np.ndarray:
    kind = {(True, True): "bandpass", (True, False): "highpass", (False, True): "lowpass"}
    edges = [edge for edge in band if edge]
    return scipy_signal.butter(
        3, edges if len(edges) > 1 else edges[0], kind[bool(band[0]), bool(band[1])], fs=fs, output="sos"
    )


@pytest.mark.parametrize("band", BANDS)
@pytest.mark.parametrize("fs", [250, 500, 1000])
def test_the_band_equals_a_well_padded_sosfiltfilt_edges_included(band: tuple[float, float], fs: float) -> None:
    signal = wandering(samples=round(10 * fs))
    peer = scipy_signal.sosfiltfilt(butterworth(band, fs), signal.astype(float), padlen=round(5 * fs))
    assert np.abs(filtered(signal, fs, band=band) - peer).max() < 1e-3


@pytest.mark.parametrize("mains", [50, 60])
def test_the_notch_equals_scipys_iirnotch_run_both_ways(mains: float) -> None:
    signal = wandering()
    ours = filtered(signal, 500, mains=mains)
    peer = scipy_signal.filtfilt(*scipy_signal.iirnotch(mains, 30, 500), signal.astype(float), padlen=4999)
    assert np.abs(ours - peer).max() < 1e-4


def test_band_mains_and_baseline_in_one_pass_equal_one_after_the_other() -> None:
    signal = wandering()
    peer = scipy_signal.sosfiltfilt(butterworth((0.5, 40), 500), signal.astype(float), padlen=4999)
    peer = scipy_signal.filtfilt(*scipy_signal.iirnotch(50, 30, 500), peer, padlen=4999)
    peer = scipy_signal.sosfiltfilt(butterworth((0.5, None), 500), peer, padlen=4999)
    assert np.abs(filtered(signal, 500, band=(0.5, 40), mains=50, highpass=0.5) - peer).max() < 1e-4


@pytest.mark.parametrize("band", BANDS)
@pytest.mark.parametrize("fs", [100, 257, 500])
def test_the_closed_form_is_the_gain_of_scipys_design(band: tuple[float, float], fs: float) -> None:
    band, n = (band[0], min(band[1] or 0, 0.45 * fs) or None), 512
    _, peer = scipy_signal.freqz_sos(butterworth(band, fs), 2 * np.pi * np.arange(n // 2) / n)
    np.testing.assert_allclose(response(n, fs, band=band)[: n // 2], np.abs(peer) ** 2, atol=1e-6)


def test_a_constant_passes_a_low_pass_and_not_a_high_pass() -> None:
    constant = np.full((2, 300), 3.0, np.float32)
    np.testing.assert_allclose(filtered(constant, 500, band=(None, 40)), constant, atol=1e-6)
    np.testing.assert_allclose(filtered(constant, 500, band=(0.5, 40)), 0, atol=1e-6)


def test_a_straight_drift_is_gone_to_the_last_sample() -> None:
    drift = np.linspace(-2, 5, 5000, dtype=np.float32)[None]
    assert np.abs(filtered(drift, 500, band=(0.5, None))).max() < 1e-5


def test_filtering_is_linear_and_knows_no_direction_of_time() -> None:
    a, b = wandering(1), wandering(2)
    of = lambda x: filtered(x, 500, band=(0.5, 40), mains=50)  # noqa: E731
    np.testing.assert_allclose(of(np.float32(2) * a - b), 2 * of(a) - of(b), atol=2e-5)
    np.testing.assert_allclose(of(a[:, ::-1]), of(a)[:, ::-1], atol=2e-5)


def test_a_wave_within_the_band_stays_where_it_is_and_the_mains_go() -> None:
    t = np.arange(5000) / 500
    wave = np.sin(2 * np.pi * 8 * t)
    heard = filtered(np.float32(wave + np.sin(2 * np.pi * 50 * t))[None], 500, band=(None, 100), mains=50)[0]
    assert np.abs(heard - wave)[750:-750].max() < 2e-3


def test_an_hour_lead_by_lead_equals_scipy() -> None:
    signal = wandering(leads=3, samples=900_000)
    peer = scipy_signal.sosfiltfilt(butterworth((0.5, 40), 250), signal.astype(float), padlen=5000)
    assert np.abs(filtered(signal, 250, band=(0.5, 40)) - peer).max() < 1e-3


@given(st.integers(1, 400), st.sampled_from([100.0, 257.0, 500.0]))
@settings(max_examples=40, deadline=None)
def test_any_length_is_filtered_and_stays_finite(samples: int, fs: float) -> None:
    signal = np.random.default_rng(samples).normal(size=(2, samples)).astype(np.float32)
    out = filtered(signal, fs, band=(0.5, 40), mains=45)
    assert out.shape == signal.shape
    assert out.dtype == np.float32
    assert np.isfinite(out).all()
    assert np.abs(out).max() < 10 * np.abs(signal).max() + 1


def test_history_names_each_filter_with_its_unit(recorded: Callable[..., Recording]) -> None:
    recording = recorded()
    assert filter_band(recording) is recording
    done = filter_band(recording, band=(None, 40), mains=60, highpass=0.5)
    assert done.history == ("band 0-40 Hz, mains 60 Hz out, baseline below 0.5 Hz out",)
    assert filter_band(recording, band=(0.5, None)).history == ("band above 0.5 Hz",)


def test_an_open_band_keeps_everything(recorded: Callable[..., Recording]) -> None:
    recording = recorded()
    assert filter_band(recording, band=(None, None)) is recording
    assert filter_band(recording, band=(0, None)) is recording


@pytest.mark.parametrize("band", [(40, 0.5), (0.5, 250), (0.5, 300), (-1, 40), (5, 5), (float("nan"), 40)])
def test_a_band_that_no_filter_has_is_refused(band: tuple[float, float]) -> None:
    with pytest.raises(
        ConfigError, match=r"came\. Choose 0 < low < high < 250 Hz, or None .* e\.g\. band=\(0\.5, 40\)"
    ):
        check_band(band, 500)


def test_a_mains_frequency_beyond_half_the_rate_is_refused(recorded: Callable[..., Recording]) -> None:
    with pytest.raises(ConfigError, match="60 Hz at a sampling rate of 100 Hz came") as refused:
        filter_band(recorded(fs=100), mains=60)
    assert "mains=None" in str(refused.value)
    assert "docs/cleaning.md" in str(refused.value)
