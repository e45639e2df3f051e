"""Picture: pixels to the bytes of a file that knows its size in millimetres."""

from __future__ import annotations

import struct
import zlib

import cv2
import numpy as np

from einthoven.drawing.page import Page, Pixels
from einthoven.drawing.pdf import pictured
from einthoven.drawing.plan import SYNTHETIC
from einthoven.errors import ConfigError, did_you_mean

__all__ = ["PICTURES", "decoded", "encoded", "jpeg", "png"]

PICTURES = (".png", ".jpg", ".jpeg", ".pdf")
"""Endings of files that hold pixels."""
_PNG_HEAD, _JPEG_HEAD = 8 + 25, 2 + 18
"""Bytes of a PNG before its second chunk, and of a JPEG before its second segment."""
_QUALITY = 92


def encoded(page: Page, ending: str) -> bytes:
    """Return a page as the bytes of a file with that ending. Raises ConfigError for one that holds no pixels."""
    if ending.lower() not in PICTURES:
        raise ConfigError(
            "pixels are written as .png, .jpg or .pdf",
            came=f"ending {ending!r}",
            instead=did_you_mean(ending, PICTURES),
            see="docs/drawing.md",
        )
    words = SYNTHETIC if page.synthetic else ""
    if ending.lower() == ".png":
        return png(page.pixels, page.dpi, words)
    file = jpeg(page.pixels, page.dpi, words)
    return pictured(page.pixels, page.dpi, file) if ending.lower() == ".pdf" else file


def png(pixels: Pixels, dpi: float, words: str = "") -> bytes:
    """Return the bytes of a PNG with its resolution, and `words` as its description.

    Drawn pages repeat themselves: without a filter they are packed smaller, and twice as fast.
    """
    options = [cv2.IMWRITE_PNG_COMPRESSION, 3, cv2.IMWRITE_PNG_FILTER, cv2.IMWRITE_PNG_FILTER_NONE]
    plain = _packed(".png", pixels, options)
    per_metre = round(dpi / 0.0254)
    more = _chunk(b"pHYs", struct.pack(">IIB", per_metre, per_metre, 1))
    if words:
        more += _chunk(b"tEXt", b"Description\0" + words.encode("latin-1", "replace"))
    return plain[:_PNG_HEAD] + more + plain[_PNG_HEAD:]


def jpeg(pixels: Pixels, dpi: float, words: str = "", *, quality: int = _QUALITY) -> bytes:
    """Return the bytes of a JPEG with its resolution, and `words` as its comment."""
    plain = _packed(".jpg", pixels, [cv2.IMWRITE_JPEG_QUALITY, quality])
    head = plain[:13] + struct.pack(">BHH", 1, round(dpi), round(dpi)) + plain[18:_JPEG_HEAD]
    comment = b"\xff\xfe" + struct.pack(">H", len(words) + 2) + words.encode("ascii", "replace") if words else b""
    return head + comment + plain[_JPEG_HEAD:]


def _packed(ending: str, pixels: Pixels, options: list[int]) -> bytes:
    return bytes(cv2.imencode(ending, cv2.cvtColor(pixels, cv2.COLOR_RGB2BGR), options)[1])


def _chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def decoded(data: bytes) -> Pixels:
    """Return the pixels of an encoded picture."""
    return np.asarray(cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR_RGB), np.uint8)
