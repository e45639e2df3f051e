"""Page -> Recording. The verb is `digitize`: a scan, a photograph or a PDF of a printed ECG is read back."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from einthoven.drawing.plan import SYNTHETIC
from einthoven.errors import PageError
from einthoven.recording import Recording

__all__ = ["PAGES", "Digitized", "digitize", "read_back"]

if TYPE_CHECKING:
    from einthoven.digitizing.digitized import Digitized as Digitized

PAGES = (".png", ".jpg", ".jpeg", ".tif", ".tiff", ".bmp", ".webp", ".pdf")
"""Endings of files that hold a page."""


def __getattr__(name: str) -> Any:
    if name == "Digitized":
        from einthoven.digitizing.digitized import Digitized

        return Digitized
    raise AttributeError(f"module 'einthoven.digitizing' has no attribute {name!r}")


def digitize(source: str | Path | bytes | NDArray[np.uint8], **options: Any) -> Recording:
    """Read a printed 12-lead ECG back into a Recording: `read_back(...).recording`.

    Args:
        source: path or bytes of a PNG, JPEG, TIFF or PDF file, or pixels, uint8 (H, W) or (H, W, 3).
        options: those of `read_back`.

    Returns:
        12 leads in mV about their zero line, NaN where the page does not show them.

    Raises:
        PageError: the file cannot be opened, or shows no ECG that can be read; with the reason.

    >>> import einthoven as ein
    >>> from einthoven.drawing import paint
    >>> page = paint(ein.simulate(1, seed=3)[0].recording)
    >>> digitize(page.pixels).leads[:3]
    ('I', 'II', 'III')
    """
    return read_back(source, **options).recording


def read_back(
    source: str | Path | bytes | NDArray[np.uint8],
    *,
    fs: float = 500,
    layout: str | None = None,
    speed: float | None = None,
    gain: float | None = None,
    page: int = 0,
) -> Digitized:
    """Read a printed 12-lead ECG back, and say where everything was found and how sure it is.

    Args:
        source: path or bytes of a PNG, JPEG, TIFF or PDF file, or pixels, uint8 (H, W) or (H, W, 3).
        fs: sampling rate of the Recording, Hz.
        layout: a name of `drawing.LAYOUTS`; None to find it by the rows and the names of the leads.
        speed: mm/s; None for that of the calibration pulse, or printed, or 25.
        gain: mm/mV; None for that of the calibration pulse, or printed, or 10.
        page: number of the page of a PDF, from 0.

    Raises:
        PageError: the file cannot be opened, or shows no ECG that can be read; with the reason.
    """
    import cv2

    from einthoven.digitizing.page import read_page
    from einthoven.digitizing.scan import opened_pdf, opened_picture, rendered, smaller

    cv2.setNumThreads(1)  # threads of OpenCV do not survive a fork
    if isinstance(source, np.ndarray):
        return read_page(smaller(_coloured(source)), fs=fs, layout=layout, speed=speed, gain=gain)
    data = source if isinstance(source, bytes) else Path(source).read_bytes()
    name = "the file" if isinstance(source, bytes) else Path(source).name
    if data[:1024].lstrip().startswith(b"%PDF"):
        from einthoven.digitizing.vector import read_vectors

        sheet = opened_pdf(data, name, page)
        if (lines := read_vectors(sheet, fs=fs, layout=layout, speed=speed, gain=gain)) is not None:
            return lines
        pixels = rendered(sheet, name)
    else:
        pixels = opened_picture(data, name)
    found = read_page(pixels, fs=fs, layout=layout, speed=speed, gain=gain)
    return found.declared_synthetic() if SYNTHETIC.encode() in data else found  # as pages describe themselves


def _coloured(pixels: NDArray[np.uint8]) -> NDArray[np.uint8]:
    if pixels.dtype != np.uint8 or pixels.ndim not in (2, 3) or (pixels.ndim == 3 and pixels.shape[2] != 3):
        raise PageError(
            "pixels of a page are uint8, (height, width) or (height, width, 3)",
            came=f"{pixels.dtype} {pixels.shape}",
            instead="Convert the picture to 8 bits of grey or of red, green and blue.",
            see="docs/digitizing.md",
        )
    return pixels if pixels.ndim == 3 else np.repeat(pixels[:, :, None], 3, axis=2)
