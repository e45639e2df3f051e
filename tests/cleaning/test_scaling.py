"""Scaling: over valid samples of present leads only, one recording or a batch."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from einthoven.cleaning.scaling import SCALES, rescale
from einthoven.recording import LEADS


def batch(B: int = 5, T: int = 400, seed: int = 0) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    mask = rng.random((B, 12)) < 0.7
    mask[:, 1] = True
    length = rng.integers(T // 4, T + 1, B)
    signal = np.float32(rng.normal(size=(B, 12, T)) * rng.uniform(0.1, 2, (B, 12, 1)) + rng.normal(size=(B, 12, 1)) * 5)
    return signal, mask, length


def by_hand(signal: np.ndarray, scale: str, mask: np.ndarray, length: int) -> np.ndarray:
    out = np.zeros(signal.shape)
    groups = {
        "z-lead": [[name] for name in LEADS],
        "z-record": [LEADS],
        "z-group": [LEADS[:3], LEADS[3:6], LEADS[6:]],
        "mV": [],
        "min-max": [],
    }[scale]
    rows = np.flatnonzero(mask)
    valid = signal[rows, :length].astype(float)
    if scale == "mV":
        out[rows, :length] = valid
    elif scale == "min-max":
        out[rows, :length] = (valid - valid.min()) / (valid.max() - valid.min())
    for group in groups:
        rows = [row for row, name in enumerate(LEADS) if name in group and mask[row]]
        if rows:
            valid = signal[rows, :length].astype(float)
            out[rows, :length] = (valid - valid.mean()) / valid.std()
    return out


@pytest.mark.parametrize("scale", SCALES)
@pytest.mark.parametrize("seed", range(3))
def test_a_batch_equals_each_recording_by_hand(scale: str, seed: int) -> None:
    signal, mask, length = batch(seed=seed)
    found = rescale(signal, scale, mask, length, leads=LEADS)
    assert found.dtype == np.float32
    for place in range(len(signal)):
        hand = by_hand(signal[place], scale, mask[place], length[place])
        np.testing.assert_allclose(found[place], hand, atol=2e-5)
        alone = rescale(signal[place], scale, mask[place], length[place], leads=LEADS)
        np.testing.assert_array_equal(alone, found[place])


@pytest.mark.parametrize("scale", SCALES)
def test_integers_are_microvolts(scale: str) -> None:
    signal, mask, length = batch()
    stored = np.round(signal * 1000).astype(np.int16)
    found = rescale(stored, scale, mask, length, leads=LEADS)
    whole = rescale(stored.astype(np.float32) / 1000, scale, mask, length, leads=LEADS)
    np.testing.assert_allclose(found, whole, atol=2e-5)


def test_inplace_overwrites_float32_and_nothing_else() -> None:
    signal, mask, length = batch()
    before = signal.copy()
    assert rescale(signal, "z-lead", mask, length, leads=LEADS) is not signal
    np.testing.assert_array_equal(signal, before)
    assert rescale(signal, "z-lead", mask, length, leads=LEADS, inplace=True) is signal
    double = before.astype(float)
    assert rescale(double, "z-lead", mask, length, leads=LEADS, inplace=True).dtype == np.float32
    np.testing.assert_array_equal(double, before)


@pytest.mark.parametrize("scale", SCALES[1:])
def test_a_flat_recording_becomes_zeros(scale: str) -> None:
    flat = np.full((12, 100), 3.0, np.float32)
    assert not rescale(flat, scale, np.ones(12, bool), 100, leads=LEADS).any()


def test_a_flat_lead_does_not_hurt_the_others() -> None:
    signal, mask, _ = batch(1)
    signal[0, 4] = 2.5
    found = rescale(signal, "z-lead", np.ones_like(mask), np.array([400]), leads=LEADS)[0]
    assert not found[4].any()
    np.testing.assert_allclose(np.delete(found, 4, 0).std(axis=1), 1, atol=1e-5)


@pytest.mark.parametrize("scale", SCALES)
def test_nothing_valid_becomes_zeros(scale: str) -> None:
    signal, mask, _ = batch(2)
    assert not rescale(signal, scale, np.zeros_like(mask), np.array([400, 400]), leads=LEADS).any()
    assert not rescale(signal, scale, mask, np.array([0, 0]), leads=LEADS).any()


@given(st.sampled_from(SCALES), st.integers(1, 30), st.integers(0, 50), st.floats(0.01, 100), st.floats(-50, 50))
@settings(deadline=None, max_examples=60)
def test_what_is_not_valid_has_no_say(scale: str, T: int, seed: int, height: float, offset: float) -> None:
    rng = np.random.default_rng(seed)
    signal = np.float32(rng.normal(size=(3, T)) * height + offset)
    mask, length = rng.random(3) < 0.6, int(rng.integers(0, T + 1))
    noise = signal.copy()
    noise[:, length:] = 1e6
    noise[~mask] = np.nan
    leads = ("I", "aVR", "V1")
    np.testing.assert_array_equal(
        rescale(noise, scale, mask, length, leads=leads), rescale(signal, scale, mask, length, leads=leads)
    )
