"""Imagefile: the pixels of a picture file, or why there are none."""

from __future__ import annotations

import warnings
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from einthoven.errors import ReadError, UnknownFormatError

__all__ = ["pixels_of"]

LARGEST = 100_000_000
"""Pixels of the largest page that is opened: A4 at 1200 dpi, 300 MB in memory."""


def pixels_of(path: str | Path) -> NDArray[np.uint8]:
    """Return the first picture of a PNG, JPEG, TIFF, BMP, GIF or WebP file, upright, uint8 (height, width, 3).

    What is transparent becomes white paper.

    Raises:
        UnknownFormatError: it is no picture that Pillow knows.
        ReadError: it is damaged or larger than `LARGEST` pixels.
        FileNotFoundError: there is no such file.
    """
    from PIL import Image, ImageOps, UnidentifiedImageError

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)
            with Image.open(path) as picture:
                if picture.width * picture.height > LARGEST:
                    raise _unreadable(path, f"it has {picture.width} x {picture.height} pixels")
                upright = ImageOps.exif_transpose(picture)
                return _on_white(upright)
    except UnidentifiedImageError as error:
        raise UnknownFormatError(
            "a page is a PNG, JPEG, TIFF, BMP, GIF or WebP file",
            came=f"{path} is none",
            instead="Save it as PNG; a PDF or an ECG file is read by einthoven.read.",
            see="docs/encoder.md",
        ) from error
    except Image.DecompressionBombError as error:
        raise _unreadable(path, "it has far too many pixels") from error
    except (FileNotFoundError, ReadError):
        raise
    except (OSError, ValueError, SyntaxError) as error:  # SyntaxError is how Pillow calls a broken PNG
        raise _unreadable(path, f"it is damaged ({type(error).__name__})") from error


def _on_white(picture: object) -> NDArray[np.uint8]:
    from PIL import Image

    one: Image.Image = picture  # type: ignore[assignment]
    if one.mode.startswith("I;16"):  # Pillow would cut, not scale, 16 bits
        one = Image.fromarray((np.asarray(one) >> 8).astype(np.uint8))
    if one.mode in {"RGBA", "LA", "PA"} or "transparency" in one.info:
        paper = Image.new("RGBA", one.size, "white")
        one = Image.alpha_composite(paper, one.convert("RGBA"))
    return np.asarray(one.convert("RGB"))


def _unreadable(path: str | Path, why: str) -> ReadError:
    return ReadError(
        f"a page is a whole picture of at most {LARGEST // 1_000_000} million pixels",
        came=f"{path}: {why}",
        instead="Copy it again, or save it at 300 dpi.",
        see="docs/encoder.md",
    )
