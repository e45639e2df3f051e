"""Baseline: medians by brute force, wavelets by PyWavelets itself, and what each may take from the waves."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
import pywt

from einthoven.cleaning import baseline as module
from einthoven.cleaning.band import filtered
from einthoven.cleaning.baseline import METHODS, remove_baseline, remove_noise
from einthoven.errors import ConfigError
from einthoven.recording import Recording

Maker = Callable[..., Recording]


def sine(hertz: float, fs: float, *, seconds: float = 10, height: float = 1.0) -> Recording:
    t = np.arange(round(seconds * fs)) / fs
    return Recording(height * np.sin(2 * np.pi * hertz * t)[None], ["II"], fs)


def left(recording: Recording, method: str) -> float:
    """The share of a sine's height that stays, in the middle of the recording."""
    middle = slice(recording.samples // 4, -recording.samples // 4)
    kept, came = (x.signal[0, middle] for x in (remove_baseline(recording, method), recording))
    return float(np.sqrt(np.mean(kept**2) / np.mean(came**2)))


def noisy(fs: float = 500, seconds: float = 10, leads: int = 3) -> Recording:
    rng = np.random.default_rng(0)
    signal = rng.normal(size=(leads, round(fs * seconds)))
    return Recording(signal.cumsum(axis=1) * 0.02 + signal * 0.1, ["I", "II", "V1"][:leads], fs)


def by_hand(recording: Recording, level: int, *, hiss: bool, mode: str) -> np.ndarray:
    """The recipe as it is told: reflect, transform, zero the last approximation (and the first detail), go back."""
    fs, T = recording.fs, recording.samples
    padding = round(2 * fs)
    more = padding + -(T + 2 * padding) % 2**level
    padded = np.pad(recording.signal.astype(float), ((0, 0), (padding, more)), mode="symmetric")
    parts = pywt.wavedec(padded, "db6", mode=mode, level=level)
    parts[0] = np.zeros_like(parts[0])
    if hiss:
        parts[-1] = np.zeros_like(parts[-1])
    return pywt.waverec(parts, "db6", mode=mode)[:, padding : padding + T]


@pytest.mark.parametrize(("method", "level", "hiss"), [("ptacl", 8, True), ("wavelet", 9, False)])
def test_wavelets_equal_the_transform_done_by_hand(method: str, level: int, hiss: bool) -> None:
    recording = noisy()
    ours = remove_baseline(recording, method).signal
    np.testing.assert_allclose(ours, by_hand(recording, level, hiss=hiss, mode="periodization"), atol=2e-5)
    # wavelets are not shift-invariant: PyWavelets' other ending puts them elsewhere and finds nearly the same
    other = by_hand(recording, level, hiss=hiss, mode="symmetric")
    assert np.sqrt(np.mean((ours - other)[:, 500:-500] ** 2)) < 0.1 * np.sqrt(np.mean(recording.signal**2))


def test_long_and_short_signals_take_different_ways_to_the_same_waves(monkeypatch: pytest.MonkeyPatch) -> None:
    recording = noisy()
    quick = remove_baseline(recording, "wavelet").signal
    monkeypatch.setattr(module, "SHORT", 0)
    np.testing.assert_allclose(remove_baseline(recording, "wavelet").signal, quick, atol=2e-5)


@pytest.mark.parametrize("fs", [100, 250, 257, 360, 500, 1000])
def test_the_cut_is_the_same_at_every_rate(fs: float) -> None:
    assert left(sine(0.15, fs, seconds=40), "wavelet") < 0.03
    assert left(sine(2, fs, seconds=40), "wavelet") == pytest.approx(1, abs=0.02)
    assert left(sine(0.3, fs, seconds=40), "ptacl") < 0.03
    assert left(sine(4, fs, seconds=40), "ptacl") == pytest.approx(1, abs=0.02)


@pytest.mark.parametrize("fs", [360, 500, 1000])
def test_ptacl_takes_what_is_above_125_hz(fs: float) -> None:
    # at 360 Hz there is a change of rate on the way, and its fade makes the cut softer
    assert left(sine(160, fs), "ptacl") < (0.6 if fs == 360 else 0.26)
    assert left(sine(160, fs), "wavelet") == pytest.approx(1, abs=0.01)
    assert left(sine(60, fs), "ptacl") == pytest.approx(1, abs=0.02)


def test_medians_equal_brute_force() -> None:
    recording = noisy(100, 4, 2)
    baseline = recording.signal
    for width in (21, 61):
        padded = np.pad(baseline, ((0, 0), (width // 2, width // 2)), mode="edge")
        baseline = np.stack([np.median(padded[:, i : i + width], axis=1) for i in range(recording.samples)], axis=1)
    np.testing.assert_allclose(remove_baseline(recording, "median").signal, recording.signal - baseline, atol=1e-6)


def test_the_highpass_is_the_filter_of_that_corner() -> None:
    recording = noisy()
    np.testing.assert_array_equal(
        remove_baseline(recording, "highpass").signal, filtered(recording.signal, 500, highpass=0.5)
    )


@pytest.mark.parametrize("method", METHODS)
def test_every_method_takes_an_offset_and_writes_its_name(method: str) -> None:
    for fs in (100, 360, 500):
        offset = Recording(np.full((2, round(8 * fs)), -4.0), ["I", "II"], fs)
        done = remove_baseline(offset, method)
        assert np.abs(done.signal).max() < 2e-5
        assert "baseline" in done.history[0]


@pytest.mark.parametrize("method", METHODS)
def test_every_method_takes_most_of_a_breath_and_leaves_a_beat(method: str) -> None:
    t = np.arange(5000) / 500
    breath = 0.5 * np.sin(2 * np.pi * 0.2 * t)
    beats = sum(np.exp(-(((t - at) / 0.02) ** 2)) for at in np.arange(0.5, 10, 0.8))
    done = remove_baseline(Recording((breath + beats)[None], ["II"], 500), method).signal[0, 1000:-1000]
    height = done.max() - np.median(done)
    assert height == pytest.approx(1, abs=0.1)
    assert np.ptp(np.array([np.median(part) for part in np.split(done[:2800], 7)])) < 0.2


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("samples", [1, 2, 3, 40, 499])
def test_short_signals_have_a_baseline_too(method: str, samples: int) -> None:
    signal = np.random.default_rng(0).normal(size=(2, samples))
    done = remove_baseline(Recording(signal, ["I", "II"], 500), method).signal
    assert done.shape == signal.shape
    assert np.isfinite(done).all()


@pytest.mark.parametrize("method", ["highpass", "wavelet", "ptacl"])
def test_linear_methods_are_linear_so_that_derived_leads_stay_derived(recorded: Maker, method: str) -> None:
    done = remove_baseline(recorded(), method)
    np.testing.assert_allclose(done.lead("III"), done.lead("II") - done.lead("I"), atol=1e-5)


def test_band_mains_and_baseline_are_one_step_where_they_can_be(recorded: Maker) -> None:
    together = remove_noise(recorded(), band=(0.5, 40), mains=50, baseline="highpass")
    assert together.history == ("band 0.5-40 Hz, mains 50 Hz out, baseline below 0.5 Hz out",)
    apart = remove_noise(recorded(), band=(0.5, 40), mains=50, baseline="wavelet")
    assert apart.history == ("baseline out (wavelet)", "band 0.5-40 Hz, mains 50 Hz out")
    recording = recorded()
    assert remove_noise(recording) is recording


def test_an_unknown_method_is_answered_with_the_nearest(recorded: Maker) -> None:
    for step in (
        lambda: remove_baseline(recorded(), "wavelets"),
        lambda: remove_noise(recorded(), baseline="wavelets"),
    ):
        with pytest.raises(
            ConfigError, match=r"baseline='wavelets' came\. Did you mean wavelet\? Known: highpass, median"
        ):
            step()
