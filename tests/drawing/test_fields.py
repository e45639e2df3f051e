from __future__ import annotations

import dataclasses
from itertools import product

import numpy as np
import pytest

from einthoven.drawing.fields import DEFECTS, Fields
from einthoven.drawing.matrices import gasf, recurrence, transition, unit
from einthoven.drawing.shrinking import shrunk
from einthoven.errors import ConfigError, LeadError, SignalError
from einthoven.recording import LEADS, Recording
from einthoven.simulating import simulate

BEATS = np.random.default_rng(0).normal(size=(12, 40)).cumsum(1)
TILES = [["I", "aVR", "V1", "V4"], ["II", "aVL", "V2", "V5"], ["III", "aVF", "V3", "V6"]]


def plainly(recipe: Fields, beats: np.ndarray, size: tuple[int, int] | None) -> np.ndarray:
    """Make the picture as the paper's authors did: the large squares first, then the layout, then the resize."""
    x = unit(beats)
    x = x if recipe.style == "grid" else x.reshape(1, -1)
    plot = recurrence(x)
    planes = {
        "gaf": (gasf(x) + 1) / 2,
        "rp": np.minimum(plot, 1) if "clip" in recipe.defects else plot / 2,
        "mtf": transition(x, recipe.bins),
    }
    stacked = [planes[name] for name in recipe.methods]
    if recipe.style == "grid":
        place = {name: row for row, name in enumerate(LEADS)}
        stacked = [np.block([[plane[place[name]] for name in row] for row in TILES]) for plane in stacked]
    else:
        stacked = [plane[0] for plane in stacked]
    stacked += [np.zeros_like(stacked[0])] * (3 - len(stacked))
    picture = np.stack(stacked[::-1] if "bgr" in recipe.defects else stacked)
    return shrunk(picture, size, skip="alias" in recipe.defects)


@pytest.mark.parametrize(
    ("style", "size", "methods"),
    [*product(("grid", "concat"), (None, (224, 224), (50, 64)), (("gaf", "rp", "mtf"), ("mtf", "rp"), ("gaf",)))],
)
def test_a_picture_is_the_large_one_shrunk(style: str, size: tuple[int, int] | None, methods: tuple[str, ...]) -> None:
    for defects in (DEFECTS, ("seam",), ("alias", "clip", "seam")):
        recipe = Fields(style=style, methods=methods, defects=defects)
        np.testing.assert_allclose(recipe(BEATS, size=size), plainly(recipe, BEATS, size), atol=1e-5)


def test_each_defect_changes_what_it_says_and_nothing_else() -> None:
    kept = Fields(defects=())(BEATS)
    assert np.array_equal(Fields(defects=("bgr",))(BEATS), kept[::-1])
    clip, seam = Fields(defects=("clip",))(BEATS), Fields(defects=("seam",))(BEATS)
    np.testing.assert_allclose(clip[1], np.minimum(2 * kept[1], 1), atol=1e-6)
    assert np.array_equal(clip[[0, 2]], kept[[0, 2]])
    assert np.array_equal(seam[:2], kept[:2])
    assert not np.array_equal(seam[2], kept[2])
    assert np.array_equal(Fields(defects=("alias",))(BEATS), kept)  # nothing was shrunk
    assert not np.allclose(*(Fields(defects=one)(BEATS, size=(64, 64)) for one in (("alias",), ())), atol=1e-2)


def test_without_the_seam_no_lead_runs_into_the_next() -> None:
    low_and_high = np.repeat([[-1.0], [1.0]], 10, 1)
    with_seam, without = (Fields(defects=one, methods=("mtf",), bins=2)(low_and_high)[0] for one in (("seam",), ()))
    assert np.array_equal(without, np.kron(np.eye(2), np.ones((10, 10))))
    np.testing.assert_allclose(with_seam[:10, 10:], 1 / 10)  # one of ten steps from low leads up


@pytest.mark.parametrize(("style", "size"), [*product(("grid", "concat"), (None, (60, 60)))])
def test_an_absent_lead_is_black_and_its_samples_touch_nothing(style: str, size: tuple[int, int] | None) -> None:
    there = np.ones(12, bool)
    there[[1, 7]] = False
    recipe = Fields(style=style)
    one, other = BEATS.copy(), BEATS.copy()
    other[~there] = np.nan
    picture = recipe(one, there, size=size)
    assert np.array_equal(picture, recipe(other, there, size=size))
    if size is None:
        lead = picture[:, 40:80, :40] if style == "grid" else picture[:, 40:80]
        assert not lead.any()


def test_a_nan_in_a_lead_that_was_measured_is_refused() -> None:
    beats = BEATS.copy()
    beats[3, 5] = np.nan
    with pytest.raises(SignalError, match="made of samples that were measured; 1 of 480 are not numbers"):
        Fields()(beats)


def test_a_batch_is_its_beats_one_by_one() -> None:
    beats = np.random.default_rng(1).normal(size=(2, 3, 12, 30))
    pictures = Fields()(beats, size=(32, 48))
    assert pictures.shape == (2, 3, 3, 32, 48)
    assert pictures.dtype == np.float32
    assert np.array_equal(pictures[1, 2], Fields()(beats[1, 2], size=(32, 48)))


def test_every_value_is_between_black_and_white() -> None:
    for style, defects in product(("grid", "concat"), ((), DEFECTS)):
        picture = Fields(style=style, defects=defects)(BEATS, size=(224, 224))
        assert picture.min() > -1e-6
        assert picture.max() < 1 + 1e-6


def test_a_recording_of_any_rate_and_order_gives_its_picture() -> None:
    recording = simulate(1, seed=2)[0].recording
    picture = Fields().draw(recording)
    assert picture.shape == (3, 224, 224)
    assert np.array_equal(picture, Fields().draw(recording.select(LEADS[::-1])))
    assert not np.array_equal(picture, Fields().draw(recording, key=0))


def test_a_lead_is_missed_only_where_that_was_asked_for() -> None:
    recording = simulate(1, seed=2)[0].recording.select(["I", "II", "V1"])
    with pytest.raises(LeadError, match="V2"):
        Fields().draw(recording)
    tile = Fields(style="grid", missing="mask").draw(recording, size=None)[:, 100:200, 200:300]
    assert not tile.any()  # V2
    with pytest.raises(SignalError, match="needs a beat"):
        Fields().draw(Recording(np.zeros((12, 1000)), LEADS, 100))


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"style": "row"}, r"style 'row' came\. Known: concat, grid"),
        ({"methods": ("gaf", "gadf")}, "methods 'gadf' came"),
        ({"methods": ("gaf", "gaf")}, "methods gaf gaf came. Name one to three"),
        ({"defects": ("jpeg",)}, "defects 'jpeg' came"),
        ({"bins": 1}, "bins=1"),
        ({"band": (0.5, 60)}, "band="),
    ],
)
def test_a_recipe_that_cannot_be_is_refused(wrong: dict[str, object], said: str) -> None:
    with pytest.raises(ConfigError, match=f"the fields of a beat can be made; .*{said}"):
        Fields(**wrong)  # type: ignore[arg-type]


def test_a_recipe_is_plain_values_and_back() -> None:
    recipe = Fields(style="grid", defects=["seam", "clip"], band=[0.5, 20])  # type: ignore[arg-type]
    told = recipe.to_json()
    assert told.pop("kind") == "fields"
    assert Fields(**told) == recipe == dataclasses.replace(recipe)
    assert recipe.defects == ("clip", "seam")
