"""Preparation: the frozen recipe, what it makes, what it refuses, and that it is read back as it was written."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from einthoven.cleaning import Preparation, clean
from einthoven.cleaning.band import filtered
from einthoven.cleaning.rate import resampled
from einthoven.errors import LeadError, PreparationError, SignalError
from einthoven.recording import LEADS, LIMB, PRECORDIAL, Recording

Maker = Callable[..., Recording]


def test_a_recording_is_conditioned_and_scaled_as_by_hand(recorded: Maker) -> None:
    recording = recorded().select(["V6", "V5", "V4", "V3", "V2", "V1", "II", "I"])
    recipe = Preparation(fs=250, band=(0.5, 40), mains=50, scale="z-lead")
    prepared = recipe(recording)

    one, two, *chest = (recording.lead(name) for name in ("I", "II", *PRECORDIAL))
    twelve = np.stack([one, two, two - one, -(one + two) / 2, one - two / 2, two - one / 2, *chest])
    by_hand = filtered(resampled(twelve, 500, 250), 250, band=(0.5, 40), mains=50)
    np.testing.assert_allclose(recipe.condition(recording).signal, by_hand, atol=1e-5)
    by_hand = (by_hand - by_hand.mean(axis=1, keepdims=True)) / by_hand.std(axis=1, keepdims=True)
    np.testing.assert_allclose(prepared.signal, by_hand, atol=1e-4)
    assert prepared.signal.dtype == np.float32
    assert prepared.lead_mask.all()
    assert prepared.length == 2500


def test_calling_is_conditioning_then_scaling(recorded: Maker) -> None:
    for scale in ("mV", "z-lead", "z-record", "z-group", "min-max"):
        recipe = Preparation(seconds=12, missing="mask", scale=scale)
        recording = recorded().select(["II", "V1", "V4"])
        parts = recipe.condition(recording)
        whole = recipe(recording)
        np.testing.assert_array_equal(whole.signal, recipe.scaled(parts.signal, parts.lead_mask, parts.length))
        np.testing.assert_array_equal(whole.lead_mask, parts.lead_mask)
        assert whole.length == parts.length == 5000


def test_conditioning_is_cleaning(recorded: Maker) -> None:
    recording = recorded(fs=360)
    prepared = Preparation(fs=500, band=(0.5, 40), mains=60, baseline="wavelet").condition(recording)
    cleaned = clean(recording, leads=LEADS, fs=500, band=(0.5, 40), mains=60, baseline="wavelet")
    np.testing.assert_array_equal(prepared.signal, cleaned.signal)


def test_missing_leads_are_refused_or_masked(recorded: Maker) -> None:
    three = recorded().select(["II", "V2", "V5"])
    with pytest.raises(LeadError, match="I III aVR aVL aVF V1 V3 V4 V6 cannot be had from II V2 V5"):
        Preparation().condition(three)
    prepared = Preparation(missing="mask").condition(three)
    assert [name for name, there in zip(LEADS, prepared.lead_mask, strict=True) if there] == ["II", "V2", "V5"]
    assert not prepared.signal[~prepared.lead_mask].any()
    assert (np.abs(prepared.signal[prepared.lead_mask]).max(axis=1) > 0.1).all()


def test_masking_derives_what_can_be_derived(recorded: Maker) -> None:
    prepared = Preparation(missing="mask").condition(recorded().select(["I", "aVF"]))
    assert prepared.lead_mask.tolist() == [True] * 6 + [False] * 6


def test_a_recording_with_none_of_the_leads_is_refused() -> None:
    odd = Recording(np.ones((1, 5000)), ["X"], 500)
    with pytest.raises(LeadError, match=r"at least one of I II III.*; the recording has X"):
        Preparation(missing="mask").condition(odd)


def test_short_recordings_are_padded_at_the_end_and_say_their_length(recorded: Maker) -> None:
    prepared = Preparation().condition(recorded(seconds=7.3))
    assert prepared.length == 3650
    assert not prepared.signal[:, 3650:].any()
    assert prepared.signal[:, 3640:3650].any()


@pytest.mark.parametrize("crop", ["first", "middle"])
def test_long_recordings_are_cropped_after_filters_that_heard_beyond(recorded: Maker, crop: str) -> None:
    whole = recorded(seconds=60)
    recipe = Preparation(crop=crop)
    begin = 0 if crop == "first" else 25 * 500
    all_filtered = filtered(whole.signal, 500, band=(0.5, 40))[:, begin : begin + 5000]
    prepared = recipe.condition(whole)
    assert prepared.length == 5000
    assert np.abs(prepared.signal - all_filtered).max() < 2e-3


@pytest.mark.parametrize("seconds", [10.002, 11, 14.9, 15.1, 33.3])
@pytest.mark.parametrize("fs", [100.0, 257.0, 360.0, 500.0])
@pytest.mark.parametrize("crop", ["first", "middle"])
def test_what_is_long_enough_fills_the_window(recorded: Maker, seconds: float, fs: float, crop: str) -> None:
    prepared = Preparation(fs=250, crop=crop).condition(recorded(fs=fs, seconds=seconds))
    assert prepared.length == 2500


@given(
    st.floats(1.1, 25), st.sampled_from([100.0, 128.0, 257.0, 500.0, 1000.0]), st.sampled_from([100.0, 250.0, 500.0])
)
@settings(deadline=None, max_examples=25)
def test_shapes_and_zeros_hold_for_any_length_and_rate(seconds: float, came: float, fs: float) -> None:
    signal = np.random.default_rng(0).normal(size=(2, round(seconds * came)))
    recipe = Preparation(leads=("I", "II", "V1"), fs=fs, missing="mask", scale="z-record")
    prepared = recipe(Recording(signal, ["II", "I"], came))
    assert prepared.signal.shape == (3, recipe.samples)
    assert prepared.length == min(recipe.samples, round(round(seconds * came) * fs / came))
    assert not prepared.signal[:, prepared.length :].any()
    assert not prepared.signal[2].any()
    assert np.isfinite(prepared.signal).all()


def test_too_short_a_recording_is_refused_unless_the_window_is_no_longer(recorded: Maker) -> None:
    with pytest.raises(SignalError, match=r"at least 1 s; 0\.8 s came\. Leave the recording out, or lower min_seconds"):
        Preparation().condition(recorded(seconds=0.8))
    assert Preparation(seconds=0.8).condition(recorded(seconds=0.8)).length == 400
    assert Preparation(min_seconds=0.5).condition(recorded(seconds=0.8)).length == 400


def test_gaps_are_mended_or_refused_as_the_recipe_says(recorded: Maker) -> None:
    signal = recorded().signal.copy()
    signal[7, 500:520] = np.nan
    holed = Recording(signal, LEADS, 500)
    assert np.isfinite(Preparation().condition(holed).signal).all()
    with pytest.raises(SignalError, match=r"V2 for up to 0\.04 s"):
        Preparation(gaps="refuse").condition(holed)
    with pytest.raises(SignalError, match=r"V2 for up to 0\.04 s"):
        Preparation(longest_gap=0.03).condition(holed)


@pytest.mark.parametrize("recipe", [Preparation(missing="mask"), Preparation(missing="mask", gaps="refuse")])
def test_a_lead_that_cannot_be_mended_is_masked(recorded: Maker, recipe: Preparation) -> None:
    signal = recorded().signal.copy()
    signal[7, 500:1500] = np.nan
    prepared = recipe.condition(Recording(signal, LEADS, 500))
    assert prepared.lead_mask.tolist() == [name != "V2" for name in LEADS]
    assert np.isfinite(prepared.signal).all()


def test_a_lost_limb_lead_is_derived_again_from_the_others(recorded: Maker) -> None:
    whole = recorded()
    signal = whole.signal.copy()
    signal[2, 500:1500] = np.nan
    recipe = Preparation(missing="mask")
    prepared = recipe.condition(Recording(signal, LEADS, 500))
    assert prepared.lead_mask.all()
    np.testing.assert_allclose(prepared.signal, recipe.condition(whole).signal, atol=1e-5)


def test_a_recording_whose_every_lead_is_broken_is_refused_even_with_masks(recorded: Maker) -> None:
    signal = recorded().signal.copy()
    signal[:, 500:1500] = np.nan
    with pytest.raises(SignalError, match="12 gaps came"):
        Preparation(missing="mask").condition(Recording(signal, LEADS, 500))


def test_a_gap_beyond_the_window_is_no_matter(recorded: Maker) -> None:
    signal = recorded(seconds=60).signal.copy()
    signal[:, 20_000:] = np.nan
    signal[3, 10_000:15_000] = np.nan
    assert Preparation().condition(Recording(signal, LEADS, 500)).length == 5000


def test_an_end_that_nobody_measured_makes_the_recording_shorter(recorded: Maker) -> None:
    signal = recorded().signal.copy()
    signal[:, 4000:] = np.nan
    assert Preparation().condition(Recording(signal, LEADS, 500)).length == 4000


def test_a_flat_lead_stays_zero_and_the_rest_are_scaled(recorded: Maker) -> None:
    signal = recorded().signal.copy()
    signal[6] = -2.0
    prepared = Preparation(scale="z-lead")(Recording(signal, LEADS, 500))
    assert not prepared.signal[6].any()
    np.testing.assert_allclose(np.delete(prepared.signal, 6, 0).std(axis=1), 1, atol=1e-4)


def test_mains_that_the_rate_cannot_hold_are_out_already(recorded: Maker) -> None:
    recording = recorded()
    loud = Recording(recording.signal + np.sin(2 * np.pi * 50 * np.arange(5000) / 500), LEADS, 500)
    recipe = Preparation(fs=100, mains=50)
    off = recipe.condition(loud).signal - recipe.condition(recording).signal
    assert np.sqrt(np.mean(off[:, 200:-200] ** 2)) < 0.01
    np.testing.assert_array_equal(recipe.condition(loud).signal, Preparation(fs=100).condition(loud).signal)


def test_a_batch_of_the_store_is_scaled_like_each_recording(recorded: Maker) -> None:
    recipe = Preparation(fs=100, missing="mask", scale="z-lead")
    prepared = [
        recipe.condition(recorded(seed).select(leads)) for seed, leads in enumerate([LEADS, LIMB, ("V1", "V2")])
    ]
    stored = np.stack([np.round(one.signal * 1000).astype(np.int16) for one in prepared])
    batch = recipe.scaled(
        stored, np.stack([one.lead_mask for one in prepared]), np.array([one.length for one in prepared])
    )
    for found, one in zip(batch, prepared, strict=True):
        np.testing.assert_allclose(found, recipe.scaled(one.signal, one.lead_mask, one.length), atol=5e-3)


@pytest.mark.parametrize("shape", [(3, 11, 1000), (3, 12, 1000)])
def test_a_batch_of_other_leads_is_refused(shape: tuple[int, ...]) -> None:
    with pytest.raises(PreparationError, match="one row for each lead of the recipe"):
        Preparation(fs=100).scaled(np.zeros(shape, np.float32), np.ones((3, 11), bool), np.full(3, 1000))


def test_the_recipe_is_read_back_as_it_was_written() -> None:
    recipe = Preparation(
        ("AVR", "v1"), 250, 5, band=(None, 40), mains=60, baseline="ptacl", scale="min-max", crop="middle"
    )
    back = Preparation.from_json(recipe.to_json())
    assert back == recipe
    assert back.fingerprint == recipe.fingerprint
    assert back.leads == ("aVR", "V1")
    assert hash(back) == hash(recipe)


def test_the_fingerprint_is_the_same_on_every_machine_and_differs_with_any_field() -> None:
    assert Preparation().fingerprint == Preparation(fs=500, seconds=10, band=(0.5, 40), leads=list(LEADS)).fingerprint
    changes = {
        "leads": LIMB, "fs": 250, "seconds": 5, "band": None, "mains": 50, "baseline": "median", "scale": "z-lead",
        "missing": "mask", "gaps": "refuse", "longest_gap": 0.1, "min_seconds": 2, "crop": "middle",
    }  # fmt: skip
    assert set(changes) == {field.name for field in dataclasses.fields(Preparation)}
    prints = {Preparation(**{name: value}).fingerprint for name, value in changes.items()}
    assert len(prints | {Preparation().fingerprint}) == len(changes) + 1
    assert Preparation().fingerprint == "8a49f9dd654947ce"


def test_an_unknown_field_is_refused_with_the_nearest_known() -> None:
    text = json.dumps(json.loads(Preparation().to_json()) | {"mian": 50})
    with pytest.raises(PreparationError) as refused:
        Preparation.from_json(text)
    assert str(refused.value) == (
        "a recipe is read back as it was written; it has an unknown field. Did you mean mains? Known: band, baseline, "
        "crop, fs, gaps, leads, longest_gap, mains, min_seconds, missing, scale, seconds. See docs/cleaning.md."
    )


@pytest.mark.parametrize(
    ("text", "came"),
    [
        ("{", "it is no JSON"),
        ("[1]", "it is no JSON object"),
        ("{}", "its version is not 1"),
        ('{"version": 1, "fs": 500}', "it lacks leads seconds band"),
        (Preparation().to_json().replace("500.0", '"fast"'), "a field has a value of the wrong kind"),
        (Preparation().to_json().replace("500.0", "null"), "a field has a value of the wrong kind"),
        (Preparation().to_json().replace('"mV"', '"volt"'), "scale='volt' came"),
    ],
)
def test_what_is_no_recipe_is_refused(text: str, came: str) -> None:
    with pytest.raises(PreparationError, match=came):
        Preparation.from_json(text)


@pytest.mark.parametrize(
    ("fields", "came"),
    [
        ({"scale": "zlead"}, "scale='zlead' came. Did you mean z-lead"),
        ({"missing": "drop"}, "missing='drop' came. Known: mask, refuse"),
        ({"gaps": "zero"}, "gaps='zero' came"),
        ({"crop": "last"}, "crop='last' came"),
        ({"leads": ()}, r"leads \(none\) came"),
        ({"leads": ("I", "DI")}, "leads I I came. Name each lead once"),
        ({"fs": 0}, "fs=0, seconds=10 came"),
        ({"fs": float("nan")}, "fs=nan"),
        ({"seconds": -1}, "seconds=-1"),
        ({"longest_gap": -1}, "longest_gap=-1"),
        ({"band": (40, 0.5)}, "40.0 to 0.5 Hz at 500 Hz came"),
        ({"band": (0.5, 40), "fs": 80}, "0.5 to 40.0 Hz at 80 Hz came"),
        ({"baseline": "spline"}, "baseline='spline' came"),
    ],
)
def test_a_recipe_that_cannot_be_carried_out_is_refused(fields: dict[str, object], came: str) -> None:
    with pytest.raises(PreparationError, match=f"a recipe can be carried out; .*{came}"):
        Preparation(**fields)  # type: ignore[arg-type]


def test_a_recipe_is_frozen() -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        Preparation().fs = 100  # type: ignore[misc]
