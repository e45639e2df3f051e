"""Files of pages: opened when they are sound, refused with the reason when they are not."""

from __future__ import annotations

import io
import zlib
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import einthoven as ein
from einthoven.digitizing import read_back
from einthoven.digitizing.scan import opened_picture
from einthoven.errors import PageError, UnknownFormatError

from .pages import drawn


def picture(kind: str, **options: object) -> bytes:
    file = io.BytesIO()
    Image.fromarray(drawn().pixels).save(file, kind, **options)
    return file.getvalue()


@pytest.mark.parametrize("kind", ["PNG", "TIFF", "BMP"])
def test_a_lossless_file_gives_its_pixels(kind: str) -> None:
    np.testing.assert_array_equal(opened_picture(picture(kind), "page"), drawn().pixels)


def test_a_turned_jpeg_is_turned_back() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6  # to be turned by a quarter
    pixels = opened_picture(picture("JPEG", exif=exif), "page")
    assert pixels.shape[:2] == drawn().pixels.shape[1::-1]


def test_grey_16_bits_and_transparency_become_colours() -> None:
    deep = io.BytesIO()
    Image.fromarray(drawn().pixels[..., 1].astype(np.uint16) * 257).save(deep, "PNG")
    pixels = opened_picture(deep.getvalue(), "page").astype(int)
    assert np.abs(pixels - drawn().pixels[..., [1]]).max() <= 1
    clear = io.BytesIO()
    Image.new("RGBA", (300, 300), (0, 0, 0, 0)).save(clear, "PNG")
    assert opened_picture(clear.getvalue(), "page").min() == 255


@pytest.mark.parametrize(
    ("data", "came"),
    [
        (b"", "page is empty"),
        (b"I,II\n0,1\n", "page cannot be opened as one (UnidentifiedImageError)"),
        (picture("PNG")[:2000], "page cannot be opened as one (OSError)"),
    ],
    ids=["empty", "text", "cut off"],
)
def test_a_broken_file_is_refused(data: bytes, came: str) -> None:
    with pytest.raises(PageError) as error:
        opened_picture(data, "page")
    assert str(error.value).startswith(f"a page is a PNG, JPEG, TIFF or PDF file; {came}. Open it in a viewer")


def bomb(width: int, height: int) -> bytes:
    """Return a PNG of a few bytes that promises so many pixels."""

    def chunk(kind: bytes, body: bytes) -> bytes:
        return len(body).to_bytes(4, "big") + kind + body + zlib.crc32(kind + body).to_bytes(4, "big")

    head = width.to_bytes(4, "big") + height.to_bytes(4, "big") + bytes((8, 0, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(b"\0" * 99)) + chunk(b"IEND", b"")


@pytest.mark.parametrize("size", [(20_000, 10_000), (100_000, 100_000)], ids=["200 megapixels", "bomb"])
def test_too_many_pixels_are_refused_before_they_are_unpacked(size: tuple[int, int]) -> None:
    with pytest.raises(PageError) as error:
        opened_picture(bomb(*size), "page.png")
    assert "page.png" in str(error.value)
    assert "pixels" in str(error.value) or "DecompressionBombError" in str(error.value)


def test_a_tiny_picture_is_refused() -> None:
    small = io.BytesIO()
    Image.new("RGB", (150, 900)).save(small, "PNG")
    with pytest.raises(PageError, match="at least 200 pixels on each side; page has 150 x 900"):
        opened_picture(small.getvalue(), "page")


def test_a_pdf_of_a_picture_is_read_as_pixels(tmp_path: Path) -> None:
    page = drawn("3x4+1")
    page.save(tmp_path / "page.pdf")
    found = read_back(tmp_path / "page.pdf")
    assert found.layout == "3x4+1"
    assert "read as lines" not in found.notes


@pytest.mark.parametrize(
    ("data", "number", "came"),
    [
        (b"%PDF-1.4\nnothing", 0, "page.pdf cannot be opened as a PDF"),
        (None, 3, "page.pdf has 1 pages, and page 4 was asked for"),
    ],
    ids=["broken", "no such page"],
)
def test_a_pdf_without_a_page_is_refused(tmp_path: Path, data: bytes | None, number: int, came: str) -> None:
    path = tmp_path / "page.pdf"
    if data is None:
        Image.new("RGB", (300, 300), "white").save(path, "PDF")
    else:
        path.write_bytes(data)
    with pytest.raises(PageError, match=f"a PDF to be digitized has a page to show; {came}"):
        read_back(path, page=number)


def test_a_blank_pdf_is_refused(tmp_path: Path) -> None:
    Image.new("RGB", (300, 300), "white").save(tmp_path / "page.pdf", "PDF")
    with pytest.raises(PageError, match=r"the page of page\.pdf is blank"):
        read_back(tmp_path / "page.pdf")


def test_reading_a_picture_says_where_pages_are_read(tmp_path: Path) -> None:
    (tmp_path / "page.png").write_bytes(picture("PNG"))
    with pytest.raises(UnknownFormatError, match="Read a printed ECG back with einthoven digitize"):
        ein.read(tmp_path / "page.png")
