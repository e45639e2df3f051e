"""A style is what a page can look like, and says what it cannot."""

from __future__ import annotations

from pathlib import Path

import pytest

from einthoven.drawing import LAYOUTS, Layout, Style, styles
from einthoven.drawing.style import colour
from einthoven.errors import ConfigError


@pytest.mark.parametrize(
    ("look", "message"),
    [
        ({"speed": 30}, r"ECG paper runs at .*; speed=30. Choose speed from 12.5, 25, 50."),
        ({"gain": 1}, "gain=1. Choose gain from 5, 10, 20."),
        ({"layout": "3x5"}, r"a page has a known layout; layout '3x5'. Did you mean 3x4\?"),
        ({"grid": "rde"}, r"a page has a known grid; grid 'rde'. Did you mean red\?"),
        ({"page": "a5"}, r"a page has a known page; page 'a5'. Known: a3, a4, fit, legal, letter."),
        ({"page": (297, 0)}, r"a page has a name, or width and height from 10 to 5000 mm; page=\(297, 0\)"),
        ({"page": [297, 210]}, r"page=\[297, 210\]"),
        ({"font": "arial"}, "a page has a known font; font 'arial'"),
        ({"dpi": 5}, "dpi of a page is a number from 20 to 1200; dpi=5. Choose dpi in that range."),
        ({"line": "thick"}, "line of a page is a number from 0.05 to 2; line='thick'"),
        ({"seconds": float("nan")}, "seconds=nan"),
        ({"row_height": 1}, "row_height=1"),
        ({"ink": "black"}, "a colour is written #rrggbb; 'black' came. Write for example #16161d."),
        ({"ink": "#12345x"}, "a colour is written #rrggbb"),
    ],
)
def test_what_no_page_looks_like_is_refused(look: dict[str, object], message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        Style(**look)  # type: ignore[arg-type]


def test_a_font_that_is_no_file_is_refused_when_it_is_needed(tmp_path: Path) -> None:
    from einthoven.drawing import paint
    from einthoven.recording import Recording

    with pytest.raises(ConfigError, match="a font is rubik, slanted or a TrueType file"):
        paint(Recording([[0.0, 1.0] * 50], ["I"], 100), Style(font=str(tmp_path / "no.ttf")))


def test_a_layout_of_ones_own_has_no_name() -> None:
    own = Layout((("I", "II"), ("V1", "V2")))
    assert Style(layout=own).layout_name == "own"
    assert Style(layout=own).place is own


def test_colours_are_read_and_styles_compare() -> None:
    assert colour("#0a10ff") == (10, 16, 255)
    assert Style(dpi=100) == Style(dpi=100)
    assert len({Style(), Style(), Style(dpi=100)}) == 2


def test_style_k_of_a_seed_is_the_same_in_any_batch() -> None:
    many = styles(9, 20)
    assert many[13:15] == styles(9, 2, start=13)
    assert styles(9, 20) == many
    assert styles(10, 20) != many


def test_random_styles_have_every_layout_and_what_is_fixed() -> None:
    many = styles(0, 200, dpi=150, grid="blue")
    assert {style.layout for style in many} == set(LAYOUTS)
    assert {style.dpi for style in many} == {150}
    assert {style.grid for style in many} == {"blue"}
    assert {style.speed for style in many} == {12.5, 25, 50}


def test_a_paper_speed_that_is_fixed_shows_what_fits_it() -> None:
    assert {style.seconds for style in styles(0, 30, speed=50)} == {5}
    assert {style.seconds for style in styles(0, 30, speed=25)} == {10}
