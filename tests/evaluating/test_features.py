"""Hand-made features measure what a reader would."""

from __future__ import annotations

import numpy as np
import pytest

from einthoven.evaluating.features import FEATURES, features
from einthoven.recording import LEADS, Recording


def beats(rate: float, *, qrs: float = 0.03, r: float = 1.0, seconds: float = 10.0) -> Recording:
    t = np.arange(int(500 * seconds)) / 500
    wave = np.zeros_like(t)
    for peak in np.arange(0.5, seconds, 60 / rate):
        wave += r * np.exp(-0.5 * ((t - peak) / (qrs / 2.5)) ** 2)
        wave += 0.25 * np.exp(-0.5 * ((t - peak - 0.28) / 0.04) ** 2) + 0.1 * np.exp(
            -0.5 * ((t - peak + 0.16) / 0.02) ** 2
        )
    one, two = 0.6 * wave, wave
    limb = [one, two, two - one, -(one + two) / 2, one - two / 2, two - one / 2]
    return Recording(np.float32([*limb, *(wave * k for k in (-0.8, -0.5, 0.3, 0.9, 1.1, 0.9))]), LEADS, 500)


def named(recording: Recording) -> dict[str, float]:
    return dict(zip(FEATURES, features(recording), strict=True))


@pytest.mark.parametrize("rate", [50, 75, 110])
def test_the_rate_is_measured(rate: float) -> None:
    assert named(beats(rate))["rate"] == pytest.approx(rate, rel=0.02)


def test_a_wider_qrs_is_longer_and_a_taller_one_larger() -> None:
    narrow, wide, tall = named(beats(70)), named(beats(70, qrs=0.08)), named(beats(70, r=2.0))
    assert wide["qrs_ms"] > narrow["qrs_ms"] + 20
    assert tall["r_V5"] == pytest.approx(2 * narrow["r_V5"], rel=0.15)
    assert tall["sokolow"] > narrow["sokolow"]


def test_the_axis_is_where_the_limb_leads_point() -> None:
    axis = named(beats(70))
    angle = np.degrees(np.arctan2(axis["axis_sin"], axis["axis_cos"]))
    expected = np.degrees(np.arctan2((2 - 0.6) / np.sqrt(3), 0.6))
    assert angle == pytest.approx(expected, abs=3)


def test_what_has_no_beats_has_no_features() -> None:
    flat = Recording(np.zeros((12, 5000)), LEADS, 500)
    assert np.isnan(features(flat)).all()
