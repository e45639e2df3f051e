"""Scan: a file of a picture or a PDF, opened with care: a small file may unpack to more than a machine holds."""

from __future__ import annotations

import io
from typing import Any

import numpy as np
from numpy.typing import NDArray

from einthoven.errors import PageError

__all__ = ["opened_pdf", "opened_picture", "rendered"]

Pixels = NDArray[np.uint8]

LARGEST = 100_000_000
"""Pixels of the largest picture that is opened: A3 at 600 dpi has 70 million."""
_SMALLEST = 200
"""Pixels of the shortest side that can show an ECG."""
_USED = 3600
"""Pixels of the longer side that are used: what is larger is made smaller."""
_DPI = 200


def opened_picture(data: bytes, name: str) -> Pixels:
    """Return the pixels of a PNG, JPEG, TIFF or other picture: red, green, blue, shape (H, W, 3), upright.

    Args:
        data: the file.
        name: of the file, for the error.

    Raises:
        PageError: it is none, it is cut off, or it has too many or too few pixels.
    """
    from PIL import Image, ImageOps, UnidentifiedImageError

    try:
        with Image.open(io.BytesIO(data)) as picture:
            _refuse_size(*picture.size, name)
            upright = ImageOps.exif_transpose(picture)
            if upright.mode in ("RGBA", "LA", "PA"):
                paper = Image.new("RGBA", upright.size, "white")
                upright = Image.alpha_composite(paper, upright.convert("RGBA"))
            if upright.mode.startswith("I"):  # 16 bits
                depth = np.asarray(upright, np.float64)
                upright = Image.fromarray((depth * (255 / max(float(depth.max()), 1))).astype(np.uint8))
            return smaller(np.asarray(upright.convert("RGB")))
    except PageError:
        raise
    except (UnidentifiedImageError, Image.DecompressionBombError, OSError, ValueError, SyntaxError) as error:
        raise PageError(
            "a page is a PNG, JPEG, TIFF or PDF file",
            came=f"{name} cannot be opened as one ({type(error).__name__})" if data else f"{name} is empty",
            instead="Open it in a viewer: if that fails too, scan or photograph the page again.",
            see="docs/digitizing.md",
        ) from error


def _refuse_size(width: int, height: int, name: str) -> None:
    if width * height > LARGEST:
        raise PageError(
            f"a picture of a page has at most {LARGEST:,} pixels",
            came=f"{name} has {width:,} x {height:,}",
            instead="Scan at 200 to 300 pixels per inch, or make the picture smaller.",
            see="docs/digitizing.md",
        )
    if min(width, height) < _SMALLEST:
        raise PageError(
            f"a picture of a page has at least {_SMALLEST} pixels on each side",
            came=f"{name} has {width} x {height}",
            instead="Scan the whole page at 150 pixels per inch or more.",
            see="docs/digitizing.md",
        )


def smaller(pixels: Pixels) -> Pixels:
    """Return a picture no larger than is of use."""
    import cv2

    side = max(pixels.shape[:2])
    if side <= _USED:
        return np.ascontiguousarray(pixels)
    size = tuple(round(one * _USED / side) for one in pixels.shape[1::-1])
    return np.asarray(cv2.resize(pixels, size, interpolation=cv2.INTER_AREA), np.uint8)


def opened_pdf(data: bytes, name: str, number: int = 0) -> Any:
    """Return a page of a PDF, as pypdfium2 gives it.

    Raises:
        PageError: it cannot be opened, or has no such page.
    """
    import pypdfium2

    try:
        document = pypdfium2.PdfDocument(data)
        pages = len(document)
    except pypdfium2.PdfiumError as error:
        raise _no_page(f"{name} cannot be opened as a PDF") from error
    if not 0 <= number < pages:
        raise _no_page(f"{name} has {pages} pages, and page {number + 1} was asked for")
    return document[number]


def _no_page(came: str) -> PageError:
    return PageError(
        "a PDF to be digitized has a page to show",
        came=came,
        instead="Open it in a viewer and save or print the page again; choose another with page=.",
        see="docs/digitizing.md",
    )


def rendered(page: Any, name: str) -> Pixels:
    """Return a PDF page as pixels at 200 per inch. Raises PageError where it is too large, or blank."""
    width, height = (side / 72 * _DPI for side in page.get_size())
    scale = _DPI / 72 * min(1.0, _USED / max(width, height))
    _refuse_size(round(width / _DPI * 72 * scale), round(height / _DPI * 72 * scale), name)
    pixels = np.asarray(page.render(scale=scale).to_pil().convert("RGB"))
    if pixels.min() == pixels.max():
        raise _no_page(f"the page of {name} is blank")
    return np.ascontiguousarray(pixels)
