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

_PNG_HEAD = 8 + 25
"""Bytes of a PNG before its second chunk."""
_QUALITY = 92


PICTURES = (".png", ".jpg", ".jpeg", ".pdf")
"""Endings of files that hold pixels."""


def encoded(page: Page, ending: str) -> bytes:
    """Return a page as the bytes of a file with that ending. Raises ConfigError for one that holds no pixels."""
    if ending.lower() not in PICTURES:
        raise ConfigError(
            "pixels are written as .png, .jpg or .pdf",
            came=f"ending {ending!r}",
            instead=did_you_mean(ending, PICTURES),
            see="docs/drawing.md",
        )
    if ending.lower() == ".png":
        return png(page.pixels, page.dpi, SYNTHETIC if page.synthetic else "")
    file = jpeg(page.pixels, page.dpi)
    return pictured(page.pixels, page.dpi, file) if ending.lower() == ".pdf" else file


def png(pixels: Pixels, dpi: float, text: str = "") -> bytes:
    """Return the bytes of a PNG with its resolution, and `text` as its description."""
    options = [cv2.IMWRITE_PNG_COMPRESSION, 2, cv2.IMWRITE_PNG_STRATEGY, cv2.IMWRITE_PNG_STRATEGY_DEFAULT]
    plain = cv2.imencode(".png", cv2.cvtColor(pixels, cv2.COLOR_RGB2BGR), options)[1].tobytes()
    per_metre = round(dpi / 0.0254)
    extra = _chunk(b"pHYs", struct.pack(">IIB", per_metre, per_metre, 1))
    if text:
        extra += _chunk(b"tEXt", b"Description\0" + text.encode("latin-1", "replace"))
    return plain[:_PNG_HEAD] + extra + plain[_PNG_HEAD:]


def jpeg(pixels: Pixels, dpi: float, quality: int = _QUALITY) -> bytes:
    """Return the bytes of a JPEG with its resolution."""
    plain = cv2.imencode(".jpg", cv2.cvtColor(pixels, cv2.COLOR_RGB2BGR), [cv2.IMWRITE_JPEG_QUALITY, quality])[
        1
    ].tobytes()
    return plain[:13] + struct.pack(">BHH", 1, round(dpi), round(dpi)) + plain[18:]


def _chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def decoded(data: bytes) -> Pixels:
    """Return the pixels of an encoded picture."""
    return np.asarray(cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR_RGB), np.uint8)
