"""Raster: a Recording to pixels, and the truth about every sample of them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from einthoven.drawing.background import background
from einthoven.drawing.frame import Frame, framed
from einthoven.drawing.lettering import write
from einthoven.drawing.page import Page, Pixels
from einthoven.drawing.plan import headed, raised, scaled, standing
from einthoven.drawing.style import Style, colour
from einthoven.drawing.truth import Points, Shown, Truth
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
    paper, names = background(style, seconds)
    frame = framed(style, seconds, frozenset(recording.leads), recording.fs, recording.samples)
    pixels, plan = paper.copy(), standing(style, seconds)
    for word in (*headed(recording, plan, style, header), *scaled(recording, plan, style)):
        write(pixels, word, style)
    row = frame.pen.row()
    shown, points = _placed(recording, frame, style, row)
    _ink(pixels, *frame.pen.covered(row, pixels.shape[:2]), tint=colour(style.ink))
    truth = Truth(
        shown,
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
    )
    return Page(pixels, truth, style, style.dpi, synthetic=recording.synthetic)


def _placed(
    recording: Recording, frame: Frame, style: Style, row: NDArray[np.float32]
) -> tuple[tuple[Shown, ...], Points]:
    """Fill the pen's row of heights with every sample shown; return what is shown and the pixel of each sample."""
    points = np.empty((frame.across.size, 2), np.float32)
    points[:, 0] = frame.across
    shown, slots, begin = [], iter(frame.pen.slots), 0
    for panel, (first, stop), zero in zip(frame.panels, frame.ranges, frame.zeros, strict=True):
        lead = raised(recording, panel.lead)
        level = 0.0
        if lead is not None and stop > first:
            samples, level, sign = lead
            tall = sign * style.gain * style.px_per_mm
            left, right = next(slots)
            heights = np.multiply(samples[first:stop], np.float32(-tall), out=row[left:right])
            heights += np.float32(zero[1] + tall * level)
            points[begin : begin + stop - first, 1] = heights
            begin += stop - first
            heights += np.float32(0.5)  # pixel centres lie on whole numbers in the truth, pixel edges in the pen's row
        shown.append(Shown(panel.lead, panel.row, first, stop, level))
    return tuple(shown), points


def _ink(pixels: Pixels, cells: NDArray[np.intp], cover: NDArray[np.uint8], *, tint: tuple[int, int, int]) -> None:
    """Lay ink of one colour on the pixels, as much as the pen covers of each."""
    mask = np.zeros(pixels.shape[0] * pixels.shape[1], np.uint8)
    np.maximum.at(mask, cells, cover)
    ink = mask[cells].astype(np.uint16)
    ink += ink >> 7  # 0 to 256
    left = np.uint16(256) - ink
    for channel, value in zip(np.moveaxis(pixels.reshape(-1, 3), 1, 0), tint, strict=True):
        channel[cells] = (channel[cells] * left + ink * np.uint16(value)) >> 8
