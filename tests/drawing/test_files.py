"""Pages as files: their size in millimetres, what they say, and the truth beside them."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import einthoven as ein
from einthoven.drawing import LAYOUTS, Style, paint, worn, write_truth
from einthoven.drawing.pdf import vectors
from einthoven.errors import ConfigError
from einthoven.recording import Recording

Maker = Callable[..., Recording]


@pytest.mark.parametrize("ending", [".png", ".jpg"])
def test_a_picture_knows_its_resolution(recorded: Maker, tmp_path: Path, ending: str) -> None:
    path = Path(ein.draw(recorded(), tmp_path / f"page{ending}", dpi=120))
    with Image.open(path) as image:
        assert image.info["dpi"] == pytest.approx((120, 120), abs=0.1)
        assert image.size == (round(278.5 * 120 / 25.4), round(154 * 120 / 25.4))
        assert image.mode == "RGB"


def test_a_png_holds_the_pixels_and_a_jpeg_nearly(recorded: Maker, tmp_path: Path) -> None:
    page = paint(recorded(synthetic=True), Style(dpi=80))
    png = Image.open(page.save(tmp_path / "a.png"))
    np.testing.assert_array_equal(np.asarray(png), page.pixels)
    assert png.info["Description"] == "SYNTHETIC - NOT A PATIENT"
    image = Image.open(page.save(tmp_path / "a.jpeg"))
    assert image.info["comment"] == b"SYNTHETIC - NOT A PATIENT"
    jpeg = np.asarray(image)
    assert np.abs(jpeg.astype(int) - page.pixels).mean() < 6


def test_an_ending_that_holds_no_page_is_refused(recorded: Maker, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"pixels are written as .png, .jpg or .pdf; ending '.gif'"):
        ein.draw(recorded(), tmp_path / "page.gif")


def test_wear_and_truth_need_pixels(recorded: Maker, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"belong to a page of pixels; .svg came. Write a .png, .jpg or .pdf"):
        ein.draw(recorded(), tmp_path / "page.svg", wear="photo")
    with pytest.raises(ConfigError, match="no path came"):
        ein.draw(recorded(), truth=tmp_path / "page.json")


def test_unknown_options_and_styles_are_refused(recorded: Maker) -> None:
    with pytest.raises(ConfigError, match=r"a page has known options; layuot= came. Did you mean layout\?"):
        ein.draw(recorded(), layuot="6x2")
    with pytest.raises(ConfigError, match=r'a style is a Style, or "random"; style=\'any\''):
        ein.draw(recorded(), style="any")


def test_a_random_style_and_wear_come_from_the_seed(recorded: Maker, tmp_path: Path) -> None:
    options = {"style": "random", "wear": "scan", "dpi": 60}
    first, again, other = (
        Path(ein.draw(recorded(), tmp_path / f"{number}.png", seed=seed, **options)).read_bytes()  # type: ignore[arg-type]
        for number, seed in enumerate((3, 3, 4))
    )
    assert first == again != other


def test_draw_takes_a_style_and_changes_of_it(recorded: Maker, tmp_path: Path) -> None:
    ein.draw(recorded(), tmp_path / "a.png", style=Style(dpi=60, layout="6x2"), truth=tmp_path / "a.json", dpi=50)
    facts = json.loads((tmp_path / "a.json").read_text())
    assert (facts["layout"], facts["dpi"]) == ("6x2", 50)


def test_the_truth_is_the_same_as_json_and_npz(recorded: Maker, tmp_path: Path) -> None:
    recording = recorded()
    signal = recording.signal.copy()
    signal[1, 40:50] = np.nan
    page = worn(paint(recording.changed("gap", signal), Style(dpi=60, names=False)), "scan")
    words = json.loads(write_truth(page, tmp_path / "t.json").read_text())
    with np.load(write_truth(page, tmp_path / "t.npz")) as arrays:
        points = np.array([(np.nan, np.nan) if p is None else p for lead in words["leads"] for p in lead["points"]])
        np.testing.assert_allclose(points, arrays["points"], atol=0.006)
        assert [lead["lead"] for lead in words["leads"]] == arrays["lead"].tolist()
        assert words["fs"] == arrays["fs"] == 500
        np.testing.assert_allclose(words["homography"], arrays["homography"])
    assert words["leads"][0]["name_box"] == [None] * 4
    assert len(words["leads"][0]["box"]) == 4
    assert words["wear"] == list(page.wear)


def test_the_truth_has_two_endings(recorded: Maker, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"written as .json or .npz; ending '.txt'"):
        write_truth(paint(recorded(), Style(dpi=50)), tmp_path / "t.txt")


def rendered(data: bytes, dpi: float) -> np.ndarray:
    pdfium = pytest.importorskip("pypdfium2")
    document = pdfium.PdfDocument(io.BytesIO(data))
    page = document[0]
    pixels = np.asarray(page.render(scale=dpi / 72).to_pil().convert("RGB"))
    page.close()
    document.close()
    return pixels


@pytest.mark.parametrize("layout", LAYOUTS)
def test_a_pdf_of_vectors_shows_what_the_pixels_show(recorded: Maker, layout: str) -> None:
    style = Style(layout=layout, dpi=100, grid="blue", separators=True)
    recording = recorded(2, synthetic=True)
    page, pdf = paint(recording, style, ("a title (of one)",)), rendered(vectors(recording, style, ("a (b) \\",)), 100)
    assert np.abs(np.subtract(pdf.shape[:2], page.pixels.shape[:2])).max() <= 1
    x, y = np.rint(page.truth.points).astype(int).T
    there = (y > 0) & (y < page.truth.height - 2)
    assert (pdf[y[there], x[there]].min(1) < 230).mean() > 0.98
    assert (pdf.astype(int) @ (1, -1, 0) > 80).sum() > 200  # the red words


def test_a_pdf_has_the_size_of_its_paper_and_its_words_as_words(recorded: Maker, tmp_path: Path) -> None:
    pdfium = pytest.importorskip("pypdfium2")
    ein.draw(recorded(), tmp_path / "page.pdf", page="a4", title="Title (1)")
    document = pdfium.PdfDocument(tmp_path / "page.pdf")
    assert document[0].get_size() == pytest.approx((297 * 72 / 25.4, 210 * 72 / 25.4), abs=0.01)
    text = document[0].get_textpage().get_text_bounded()
    document.close()
    assert "Title (1)" in text
    assert "aVF" in text


def test_a_worn_pdf_holds_the_picture(recorded: Maker, tmp_path: Path) -> None:
    ein.draw(recorded(), tmp_path / "scan.pdf", wear="scan", seed=5)
    page = worn(paint(recorded(), Style()), "scan", seed=5)
    again = rendered((tmp_path / "scan.pdf").read_bytes(), page.dpi)
    assert np.abs(np.subtract(again.shape[:2], page.pixels.shape[:2])).max() <= 1
    height, width = np.minimum(again.shape[:2], page.pixels.shape[:2])
    assert np.abs(again[:height, :width].astype(int) - page.pixels[:height, :width]).mean() < 6


def test_a_gap_lifts_the_pen_of_a_pdf(recorded: Maker) -> None:
    recording = recorded()
    holes = recording.signal.copy()
    holes[:, 500:900] = np.nan
    style = Style(layout="12x1", grid="none", names=False, pulse=False, scale=False, dpi=100)
    pdf = rendered(vectors(replace(recording, signal=holes, native=None), style), 100)
    left, right = (round((8 + 12.5 + second * 25) * 100 / 25.4) for second in (1.03, 1.77))
    assert pdf[:, left:right].min() == 255
    assert pdf.min() < 100
