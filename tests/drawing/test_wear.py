"""Wear changes pixels, never the truth: that goes along with them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields, replace

import numpy as np
import pytest

from einthoven.drawing import WEARS, Page, Style, Wear, paint, worn
from einthoven.errors import ConfigError
from einthoven.recording import Recording

KINDS = [field.name for field in fields(Wear)]
SOME = {
    "fade": 0.5, "marks": 3, "strokes": 3, "dpi": 70, "rotation": 5, "corners": 0.05, "room": 0.1, "table": 1,
    "crop": 0.1, "light": 0.4, "shadow": 0.4, "cast": 0.5, "folds": 1, "creases": 20, "stains": 2, "blur": 1,
    "noise": 5, "jpeg": 50,
}  # fmt: skip


@pytest.fixture
def page(recorded: Callable[..., Recording]) -> Page:
    return paint(recorded(1), Style(dpi=80, layout="6x2"))


def dotted(page: Page, samples: np.ndarray) -> Page:
    """Return a white page with a round dot on each of these samples."""
    pixels = np.full_like(page.pixels, 255)
    y, x = np.indices(pixels.shape[:2])
    for at in page.truth.points[samples]:
        pixels[np.hypot(x - at[0], y - at[1]) < 3.2] = 0
    return replace(page, pixels=pixels)


def found(page: Page, at: np.ndarray) -> np.ndarray:
    """Return the middle of the dark spot around a place."""
    left, top = np.rint(at).astype(int) - 7
    part = 255.0 - page.pixels[top : top + 15, left : left + 15, 1]
    part = (part - np.median(part)).clip(0)
    y, x = np.indices(part.shape)
    return np.array([(part * x).sum() + left * part.sum(), (part * y).sum() + top * part.sum()]) / part.sum()


@pytest.mark.parametrize(
    "wear",
    [
        Wear(rotation=10),
        Wear(corners=0.05),
        Wear(dpi=70),
        Wear(dpi=140),
        Wear(crop=0.05),
        Wear(rotation=7, corners=0.05, dpi=(80, 110), room=0.05, table=1, blur=1, jpeg=80, noise=2),
    ],
    ids=["turned", "askew", "smaller", "larger", "cut", "all"],
)
@pytest.mark.parametrize("seed", [0, 1])
def test_dots_on_known_samples_are_found_where_the_truth_says(page: Page, wear: Wear, seed: int) -> None:
    dots = dotted(page, np.arange(100, len(page.truth.points), 1500))
    photo = worn(dots, wear, seed=seed)
    places = photo.truth.points[100::1500]
    inside = (places > 10).all(1) & (places < np.array([photo.truth.width, photo.truth.height]) - 10).all(1)
    assert inside.sum() > 15
    for at in places[inside]:
        np.testing.assert_allclose(found(photo, at), at, atol=0.5)


def test_the_samples_can_still_be_read_from_a_photo(page: Page) -> None:
    photo = worn(page, "photo", seed=4)
    for number in range(len(page.truth.shown)):
        np.testing.assert_allclose(photo.truth.millivolts(number), page.truth.millivolts(number), atol=2e-3)
    np.testing.assert_allclose(photo.truth.flat(photo.truth.points), page.truth.points, atol=0.02)


def test_the_trace_is_dark_where_the_truth_says_in_a_photo(page: Page) -> None:
    photo = worn(page, Wear(rotation=8, corners=0.05, dpi=120, light=0.3), seed=2)
    x, y = np.rint(photo.truth.points).astype(int).T
    ink = photo.pixels[y, x].mean()
    beside = photo.pixels[(y + 9).clip(0, photo.truth.height - 1), x].mean()
    assert ink < beside - 60


@pytest.mark.parametrize("kind", KINDS)
def test_a_strength_of_nothing_changes_nothing_and_another_does(page: Page, kind: str) -> None:
    same = worn(page, Wear(**{kind: 0}))
    np.testing.assert_array_equal(same.pixels, page.pixels)
    np.testing.assert_array_equal(same.truth.points, page.truth.points)
    assert same.wear == ()
    more = {"rotation": 5} if kind == "table" else {}  # a table is seen where the page is not
    other, without = worn(page, Wear(**{kind: SOME[kind]}, **more), seed=3), worn(page, Wear(**more), seed=3)
    assert other.pixels.shape != without.pixels.shape or (other.pixels != without.pixels).any()
    assert any(words.startswith(kind) for words in other.wear)


def test_strength_counts(page: Page) -> None:
    light = [worn(page, Wear(light=strength)).pixels.mean() for strength in (0.1, 0.4, 0.8)]
    assert light == sorted(light, reverse=True)
    noise = [worn(page, Wear(noise=strength)).pixels.astype(float) - page.pixels for strength in (2, 8)]
    assert noise[0].std() < noise[1].std()
    assert worn(page, Wear(fade=1)).pixels.min() == 255


def test_the_darkest_side_has_as_much_less_light_as_it_says(page: Page) -> None:
    white = replace(page, pixels=np.full_like(page.pixels, 255))
    lit = worn(white, Wear(light=0.4), seed=6).pixels[..., 0] / 255
    assert lit.max() == pytest.approx(1, abs=0.02)
    assert lit.min() == pytest.approx(0.6, abs=0.02)


@pytest.mark.parametrize("name", WEARS)
def test_a_page_is_worn_the_same_twice_and_the_next_one_otherwise(page: Page, name: str) -> None:
    first, again, other = (worn(page, name, seed=1, number=number) for number in (7, 7, 8))
    np.testing.assert_array_equal(first.pixels, again.pixels)
    np.testing.assert_array_equal(first.truth.homography, again.truth.homography)
    assert first.wear == again.wear
    if name != "none":
        assert first.wear != other.wear


def test_leaving_one_kind_out_changes_no_other(page: Page) -> None:
    photo = WEARS["photo"]
    whole = worn(page, photo, seed=2)
    for kind in ("marks", "blur", "jpeg", "light", "table", "folds"):
        part = worn(page, replace(photo, **{kind: 0}), seed=2)
        np.testing.assert_array_equal(part.truth.homography, whole.truth.homography)
        assert set(part.wear) < set(whole.wear)


def test_the_photo_preset_is_what_the_figures_say_it_is() -> None:
    photo = WEARS["photo"]
    told = {
        kind: getattr(photo, kind) for kind in ("dpi", "rotation", "corners", "blur", "jpeg", "light", "folds", "marks")
    }
    assert told == {
        "dpi": (150, 200), "rotation": (0, 10), "corners": 0.05, "blur": (0.5, 1.5), "jpeg": (40, 85), "light": 0.4,
        "folds": 1, "marks": 3,
    }  # fmt: skip
    assert photo.shadow


def test_a_photo_shows_the_whole_page(page: Page) -> None:
    for number in range(4):
        photo = worn(page, "photo", number=number)
        assert (photo.truth.boxes >= 0).all()
        assert (photo.truth.boxes < (photo.truth.width, photo.truth.height)).all()
        assert 150 <= photo.dpi <= 200


def test_wear_upon_wear_still_carries_the_truth(page: Page) -> None:
    dots = dotted(page, np.arange(100, len(page.truth.points), 3000))
    copy = worn(worn(dots, Wear(rotation=4), seed=1), Wear(corners=0.04, dpi=100), seed=2)
    for at in copy.truth.points[100::3000]:
        np.testing.assert_allclose(found(copy, at), at, atol=0.5)
    assert len(copy.wear) == 3


@pytest.mark.parametrize(
    ("wear", "message"),
    [
        ({"blur": -1}, r"blur of a worn page is a number from 0 to 20, .*; blur=-1. Write for example blur=2 or"),
        ({"jpeg": 101}, r"jpeg of a worn page is a number from 0 to 100"),
        ({"rotation": (10, 5)}, r"rotation=\(10, 5\)"),
        ({"light": "much"}, r"light='much'"),
        ({"folds": (1, 2, 3)}, r"folds=\(1, 2, 3\)"),
        ({"shadow": float("nan")}, r"shadow=nan"),
    ],
)
def test_a_strength_that_cannot_be_is_refused(wear: dict[str, object], message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        Wear(**wear)  # type: ignore[arg-type]


def test_a_picture_that_is_too_large_is_refused(page: Page) -> None:
    with pytest.raises(ConfigError, match=r"at most 134,217,728 pixels; the worn page has .* Lower dpi="):
        worn(page, Wear(dpi=1200, rotation=20))


def test_an_unknown_wear_and_a_bad_seed_are_refused(page: Page) -> None:
    with pytest.raises(ConfigError, match=r"a wear has a known name, or is a Wear; wear 'foto'. Did you mean photo\?"):
        worn(page, "foto")
    with pytest.raises(ConfigError, match=r"a seed is a whole number from 0 to 2\*\*64 - 1; seed=-1 came"):
        worn(page, "photo", seed=-1)
