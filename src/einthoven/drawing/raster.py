"""Raster: a Recording to pixels, and the truth about every sample of them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from einthoven.drawing.background import background
from einthoven.drawing.frame import Frame, framed
from einthoven.drawing.lettering import write
from einthoven.drawing.page import Page, Pixels
from einthoven.drawing.plan import headed, levels, scaled, standing
from einthoven.drawing.style import Style, colour
from einthoven.drawing.truth import Truth
from einthoven.recording import Recording

__all__ = ["paint"]


def paint(recording: Recording, style: Style | None = None, header: Sequence[str] = ()) -> Page:
    """Draw a Recording as pixels.

    Anti-aliased: every pixel has as much ink as the pen covers of it, and no sample is left out, however many
    share a pixel column.

    Args:
        recording: leads in mV.
        style: how the page looks.
        header: lines of words for the top of the page; nothing of the patient is written unless you write it here.

    Raises:
        ConfigError: the page is too large, too small for its layout, or its header has no room.

    >>> from einthoven.recording import LEADS
    >>> page = paint(Recording(np.zeros((12, 5000)), LEADS, 500), Style(dpi=100))
    >>> page.pixels.shape, len(page.truth.points)
    ((606, 1096, 3), 20000)
    """
    style = style or Style()
    seconds = min(style.seconds, recording.seconds)
    paper, names = background(style, seconds, recording.synthetic)
    frame = framed(style, seconds, recording.leads, recording.fs, recording.samples)
    pixels, plan = paper.copy(), standing(style, seconds)
    for word in (*headed(style, header), *scaled(recording, plan, style)):
        write(pixels, word, style)
    level = levels(recording.signal)
    row = _heights(recording, frame, level)
    _ink(pixels, *frame.pen.covered(row, pixels.shape[:2]), tint=colour(style.ink))
    points = np.empty((frame.across.size, 2), np.float32)
    points[:, 0] = frame.across
    np.subtract(row[frame.filled], 0.5, out=points[:, 1])  # pixel edges lie on whole numbers for the pen
    truth = Truth(
        frame.shown(level),
        points,
        frame.boxes,
        names,
        frame.zeros,
        np.eye(3),
        px_per_mm=style.px_per_mm,
        speed=style.speed,
        gain=style.gain,
        fs=recording.fs,
        layout=style.layout_name,
        width=pixels.shape[1],
        height=pixels.shape[0],
        flat_size=(pixels.shape[1], pixels.shape[0]),
    )
    return Page(pixels, truth, style, style.dpi, synthetic=recording.synthetic)


def _heights(recording: Recording, frame: Frame, level: list[float]) -> NDArray[np.float32]:
    """Return the pen's row of heights, filled with every sample shown."""
    row = frame.pen.row()
    for trace, (begin, end) in zip(frame.traces, frame.pen.slots, strict=True):
        samples = recording.signal[trace.lead, trace.first : trace.stop]
        heights = np.multiply(samples, np.float32(-trace.tall), out=row[begin:end])
        heights += np.float32(trace.zero + trace.tall * level[trace.lead])
    return row


def _ink(pixels: Pixels, cells: NDArray[np.intp], cover: NDArray[np.uint8], *, tint: tuple[int, int, int]) -> None:
    """Lay ink of one colour on the pixels, as much as the pen covers of each; ink darkens, whatever comes twice."""
    flat, cells = pixels.reshape(-1), 3 * cells
    ink = cover.astype(np.uint16)
    ink += ink >> 7  # 0 to 256
    left = np.uint16(256) - ink
    for value in tint:
        mixed = flat.take(cells) * left
        mixed += ink * np.uint16(value)
        mixed >>= 8
        np.minimum.at(flat, cells, mixed.astype(np.uint8))
        cells += 1
