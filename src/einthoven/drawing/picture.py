"""Picture: pixels to the bytes of a PNG or JPEG that knows its size in millimetres."""

from __future__ import annotations

import struct
import zlib

import cv2
import numpy as np

from einthoven.drawing.page import Pixels

__all__ = ["jpeg", "png"]

_PNG_HEAD = 8 + 25
"""Bytes of a PNG before its second chunk."""
_QUALITY = 92


def png(pixels: Pixels, dpi: float, text: str = "") -> bytes:
    """Return the bytes of a PNG with its resolution, and `text` as its description."""
    options = [cv2.IMWRITE_PNG_COMPRESSION, 2, cv2.IMWRITE_PNG_STRATEGY, cv2.IMWRITE_PNG_STRATEGY_DEFAULT]
    plain = cv2.imencode(".png", pixels[..., ::-1], options)[1].tobytes()
    per_metre = round(dpi / 0.0254)
    extra = _chunk(b"pHYs", struct.pack(">IIB", per_metre, per_metre, 1))
    if text:
        extra += _chunk(b"tEXt", b"Description\0" + text.encode("latin-1", "replace"))
    return plain[:_PNG_HEAD] + extra + plain[_PNG_HEAD:]


def jpeg(pixels: Pixels, dpi: float, quality: int = _QUALITY) -> bytes:
    """Return the bytes of a JPEG with its resolution."""
    plain = cv2.imencode(".jpg", pixels[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, quality])[1].tobytes()
    return plain[:13] + struct.pack(">BHH", 1, round(dpi), round(dpi)) + plain[18:]


def _chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def decoded(data: bytes) -> Pixels:
    """Return the pixels of an encoded picture."""
    pixels = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR)
    return cv2.cvtColor(np.asarray(pixels, np.uint8), cv2.COLOR_BGR2RGB).astype(np.uint8, copy=False)
