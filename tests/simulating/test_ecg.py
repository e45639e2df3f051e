from __future__ import annotations

import numpy as np
import pytest

from einthoven.errors import ConfigError
from einthoven.recording import LEADS
from einthoven.simulating.ecg import ecgs, plan
from einthoven.simulating.measuring import measure
from einthoven.simulating.rhythm import beats
from einthoven.simulating.state import Dials

ENRICHED, CLEAN = Dials(enriched=True), Dials(enriched=True, noise=0.0)


def lead(signal: np.ndarray, name: str) -> np.ndarray:
    return signal[..., LEADS.index(name), :]


@pytest.mark.parametrize("fs", [100.0, 360.0, 500.0])
def test_a_patient_is_the_same_samples_in_any_batch_and_order(fs: float) -> None:
    numbers = list(range(70))  # more than are planned together
    together = ecgs(3, numbers, fs=fs, seconds=4, dials=ENRICHED)
    shuffled = np.random.default_rng(0).permutation(70)
    assert np.array_equal(ecgs(3, shuffled.tolist(), fs=fs, seconds=4, dials=ENRICHED), together[shuffled])
    for number in (0, 5, 63, 64, 69):
        assert np.array_equal(ecgs(3, [number], fs=fs, seconds=4, dials=ENRICHED)[0], together[number])


def test_samples_are_whole_microvolts_and_einthovens_laws_hold_exactly() -> None:
    signal = ecgs(8, range(64), dials=ENRICHED)
    assert signal.dtype == np.float32
    assert signal.shape == (64, 12, 5000)
    volts = np.rint(signal.astype(np.float64) * 1000)
    assert np.abs(volts / 1000 - signal).max() < 1e-6
    one, two, three, avr, avl, avf = np.moveaxis(volts[:, :6], 1, 0)
    assert np.array_equal(three, two - one)
    assert np.array_equal(-2 * avr, one + two)
    assert np.array_equal(2 * avl, one - three)
    assert np.array_equal(2 * avf, two + three)
    plain = signal.astype(np.float64)
    assert np.abs(plain[:, 2] - (plain[:, 1] - plain[:, 0])).max() < 1e-5
    assert np.array_equal(np.rint(signal * np.float32(1000)).astype(np.int16), volts.astype(np.int16))


def test_a_longer_record_begins_with_the_shorter() -> None:
    short, long = (ecgs(3, range(40), seconds=seconds, dials=ENRICHED) for seconds in (10, 23))
    assert np.array_equal(long[:, :, :5000], short)


def test_100_hz_is_what_500_hz_shows_at_the_same_moments() -> None:
    fast, slow = ecgs(5, range(20), dials=CLEAN), ecgs(5, range(20), fs=100, dials=CLEAN)
    smooth = np.exp(-0.5 * (np.arange(-10, 11) / 1.6) ** 2)
    for here, there in zip(fast, slow, strict=True):
        blurred = np.array([np.convolve(row, smooth / smooth.sum(), "same") for row in here])[:, ::5]
        assert np.corrcoef(blurred[:, 10:-10].ravel(), there[:, 10:-10].ravel())[0, 1] > 0.98


def test_voltages_are_those_of_hearts() -> None:
    signal = ecgs(1, range(100))
    height = np.ptp(signal, axis=2)
    assert 0.6 < np.median(height[:, 1]) < 2.5
    assert np.isfinite(signal).all()
    assert np.abs(signal).max() < 15


def test_the_drawn_rate_is_the_latent_rate() -> None:
    """Count beats on the drawn signal: maxima of the steepness of all leads together."""
    drawn = plan(4, range(80), CLEAN)
    signal = ecgs(4, range(80), dials=CLEAN)
    modes = np.array(drawn.tempo.mode)
    for row in np.flatnonzero(np.isin(modes, ("sinus", "afib"))):
        when = beats(drawn.tempo, int(row), 10)
        times = when.r[~when.wide]
        steep = np.convolve(np.sqrt((np.diff(signal[row]) ** 2).sum(0)), np.ones(30) / 30, "same")
        peaks = []
        for at in np.argsort(-steep):
            if steep[at] < 0.3 * steep.max():
                break
            if all(abs(at - other) > 0.22 * 500 for other in peaks):
                peaks.append(int(at))
        expected = times[(times > 0.1) & (times < 9.9)]
        found = np.sort(peaks)[:, None] / 500
        assert (np.abs(found - expected).min(0) < 0.08).mean() > 0.85


def test_the_drawn_axis_is_the_measured_axis() -> None:
    drawn, signal = plan(6, range(60), CLEAN), ecgs(6, range(60), dials=CLEAN)
    axis = measure(drawn).axis
    for row in np.flatnonzero(np.array(drawn.tempo.mode) == "sinus"):
        wide = beats(drawn.tempo, int(row), 10)
        times = wide.r[~wide.wide & (wide.r > 1) & (wide.r < 9)]
        qrs = np.mean([signal[row, :, round(500 * t) - 30 : round(500 * t) + 45] for t in times], axis=0)
        qrs = qrs - qrs[:, :1]
        area = qrs.sum(1)
        if np.hypot(area[0], area[5]) > 6:  # mV samples: an axis worth the name
            angle = np.rad2deg(np.arctan2(2 / np.sqrt(3) * area[5], area[0]))
            assert abs((angle - axis[row] + 180) % 360 - 180) < 30, row


def test_fibrillation_has_no_p_wave_on_the_signal() -> None:
    """The mean of the 120 ms before the PQ point, beat upon beat: a P wave in sinus rhythm, nothing in fibrillation."""
    drawn, signal = plan(2, range(400), CLEAN), ecgs(2, range(400), dials=CLEAN)

    def wave(row: int) -> float:
        when = beats(drawn.tempo, row, 10)
        times = when.r[~when.wide & (when.r > 1) & (when.r < 9)]
        before = np.mean([signal[row, 1, round(500 * t) - 130 : round(500 * t) - 25] for t in times], axis=0)
        return float(np.ptp(before - np.linspace(before[0], before[-1], len(before))))

    modes = np.array(drawn.tempo.mode)
    calm = ~drawn.state.conditions.has("pvc", "low_voltage", "bigeminy", "trigeminy", "preexcitation", "pac")
    atrial, sinus = ([wave(int(row)) for row in np.flatnonzero((modes == mode) & calm)] for mode in ("afib", "sinus"))
    assert np.median(atrial) < 0.6 * np.median(sinus)


def test_noise_off_leaves_a_flat_line_between_beats() -> None:
    drawn, signal = plan(2, range(60), CLEAN), ecgs(2, range(60), dials=CLEAN)
    for row in range(60):
        if drawn.tempo.mode[row] == "paced":
            continue
        when = beats(drawn.tempo, row, 10)
        quiet = [t for t, after in zip(when.r[:-1], np.diff(when.r), strict=True) if after > 1.35 and 0 < t < 8]
        for t in quiet:
            if not ((when.p > t + 0.4) & (when.p < t + 1.05)).any() and drawn.tempo.mode[row] == "sinus":
                part = signal[row, :, round(500 * (t + 0.95)) : round(500 * (t + 1.0))]
                assert np.ptp(part) < 0.05


@pytest.mark.parametrize(("fs", "seconds"), [(10, 10), (9000, 10), (500, 0.2), (float("nan"), 10)])
def test_a_rate_or_length_out_of_range_is_refused_in_words(fs: float, seconds: float) -> None:
    with pytest.raises(
        ConfigError, match=r"drawn at 50 to 4000 Hz and lasts 1 s to a day; fs=.*Pass fs=500, seconds=10"
    ):
        ecgs(0, [0], fs=fs, seconds=seconds)
