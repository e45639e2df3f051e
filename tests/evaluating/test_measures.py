"""Measures: each finds what was put there, in its own unit."""

from __future__ import annotations

import numpy as np
import pytest

from einthoven.errors import LeadError
from einthoven.evaluating.features import FEATURES, features
from einthoven.evaluating.measures import INVERSE_DOWER, MEASURES, SHOWN, measures
from einthoven.recording import LEADS, Recording

DOWER = np.array(
    [
        [0.632, -0.235, 0.059], [0.235, 1.066, -0.132], [-0.515, 0.157, -0.917], [0.044, 0.164, -1.387],
        [0.882, 0.098, -1.277], [1.213, 0.127, -0.601], [1.125, 0.127, -0.086], [0.831, 0.076, 0.230],
    ]
)  # fmt: skip


def heart(*, qrs: tuple[float, ...] = (1, 1, 0), t: tuple[float, ...] = (1, 1, 0), fs: float = 500) -> Recording:
    """One patient at 60 beats a minute whose QRS and T are heart vectors seen through Dower's leads."""
    time = np.arange(round(10 * fs)) / fs
    wave = np.zeros((3, time.size))
    for peak in np.arange(0.5, 10):
        for vector, size, at, width in ((qrs, 1.0, 0.0, 0.012), (t, 0.3, 0.26, 0.045), ((1, 1, 0), 0.1, -0.16, 0.02)):
            wave += np.outer(vector, size * np.exp(-0.5 * ((time - peak - at) / width) ** 2))
    one, two, *chest = DOWER @ wave
    return Recording(
        np.float32([one, two, two - one, -(one + two) / 2, one - two / 2, two - one / 2, *chest]), LEADS, fs
    )


def named(recording: Recording) -> dict[str, float]:
    return dict(zip(MEASURES, measures(recording), strict=True))


def added(recording: Recording, wave: np.ndarray) -> Recording:
    return recording.changed("a wave added", recording.signal + wave.astype(np.float32))


def test_the_inverse_of_dower_is_the_pseudo_inverse_of_his_leads() -> None:
    assert np.abs(np.linalg.pinv(DOWER) - INVERSE_DOWER).max() < 0.00051  # published to three decimals


def test_the_first_measures_are_the_features() -> None:
    assert tuple(MEASURES)[: len(FEATURES)] == FEATURES
    np.testing.assert_array_equal(measures(heart())[: len(FEATURES)], features(heart()))


def test_every_measure_has_a_definition_and_the_shown_ones_exist() -> None:
    assert all(measure.says for measure in MEASURES.values())
    assert set(SHOWN) <= set(MEASURES)


def test_a_t_wave_along_the_qrs_has_no_angle_and_one_against_it_half_a_turn() -> None:
    assert named(heart())["qrs_t_angle"] < 0.2
    assert named(heart(t=(-1, -1, 0)))["qrs_t_angle"] > np.pi - 0.2
    across = named(heart(qrs=(1, 0, 0), t=(0, 1, 0)))["qrs_t_angle"]
    assert across == pytest.approx(np.pi / 2, abs=0.25)


@pytest.mark.parametrize("vector", [(1, 0, 0), (0, 1, 0), (1, 1, 0)])
def test_axes_point_where_the_limb_leads_point(vector: tuple[float, ...]) -> None:
    one, two = DOWER[:2] @ vector
    measured = named(heart(qrs=vector, t=vector))
    assert measured["qrs_axis"] == pytest.approx(np.degrees(np.arctan2((2 * two - one) / np.sqrt(3), one)), abs=5)
    assert measured["t_axis"] == pytest.approx(measured["qrs_axis"], abs=8)


def test_distances_between_waves_are_measured() -> None:
    measured = named(heart())
    assert measured["p_to_r_ms"] == pytest.approx(160, abs=5)
    assert measured["p_to_r_ms"] - measured["pr_ms"] == pytest.approx(measured["qrs_ms"] / 2, abs=9)
    assert measured["onset_to_t_ms"] == pytest.approx(260 + measured["qrs_ms"] / 2, abs=9)


@pytest.mark.parametrize(("name", "hz", "others"), [("noise_uv", 35, "hiss_uv"), ("hiss_uv", 100, "noise_uv")])
def test_noise_is_found_in_its_own_band(name: str, hz: float, others: str) -> None:
    time = np.arange(5000) / 500
    clean, noisy = named(heart()), named(added(heart(), 0.05 * np.sin(2 * np.pi * hz * time)))
    assert noisy[name] == pytest.approx(50 / np.sqrt(2), rel=0.05)
    assert noisy[others] < clean[others] + 1


def test_noise_of_the_arms_is_found_in_lead_one() -> None:
    arms = np.zeros((12, 5000))
    arms[0] = 0.05 * np.sin(2 * np.pi * 35 * np.arange(5000) / 500)
    measured = named(added(heart(), arms))
    assert measured["noise_I_uv"] == pytest.approx(50 / np.sqrt(2), rel=0.05)
    assert measured["noise_uv"] < 1


def test_the_qrs_is_no_noise() -> None:
    assert named(heart())["noise_uv"] < 1


def test_wander_is_the_rms_of_what_is_slow_and_a_constant_is_none() -> None:
    time = np.arange(5000) / 500
    slow = named(added(heart(), 0.2 * np.sin(2 * np.pi * 0.2 * time) + 3))
    assert slow["wander_uv"] == pytest.approx(200 / np.sqrt(2), rel=0.1)


def test_a_low_rate_has_no_hiss_and_the_same_waves() -> None:
    slow, fast = named(heart(fs=250)), named(heart())
    assert np.isnan(slow["hiss_uv"])
    assert slow["noise_uv"] < 1
    assert slow["r_V5"] == pytest.approx(fast["r_V5"], rel=0.02)
    assert np.isnan(named(heart(fs=80))["noise_uv"])


def test_without_beats_there_is_noise_and_nothing_else() -> None:
    flat = Recording(np.random.default_rng(0).normal(size=(12, 1000)) * 0.01, LEADS, 500)
    measured = named(flat)
    assert np.isnan([measured[name] for name, measure in MEASURES.items() if measure.heart]).all()
    assert measured["noise_uv"] > 0


def test_other_leads_are_refused() -> None:
    with pytest.raises(LeadError):
        measures(heart().select(["I", "II", "V1"]))
