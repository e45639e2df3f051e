"""Recording -> page. The verb is `draw`; the page is ECG paper, true to the millimetre."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import TYPE_CHECKING, Any

from einthoven.drawing.layout import LAYOUTS, Layout, Panel, layout_named
from einthoven.drawing.printers import styles
from einthoven.drawing.style import FONTS, GRIDS, PAGES, Style
from einthoven.drawing.svg import vectors
from einthoven.errors import ConfigError, did_you_mean
from einthoven.files import replacing, write_text
from einthoven.recording import Recording

__all__ = [
    "FONTS",
    "GRIDS",
    "LAYOUTS",
    "PAGES",
    "WEARS",
    "Layout",
    "Page",
    "Panel",
    "Style",
    "Truth",
    "Wear",
    "draw",
    "layout_named",
    "paint",
    "paint_many",
    "styles",
    "worn",
    "write_truth",
]

if TYPE_CHECKING:
    from einthoven.drawing.many import paint_many as paint_many
    from einthoven.drawing.page import Page as Page
    from einthoven.drawing.raster import paint as paint
    from einthoven.drawing.record import write_truth as write_truth
    from einthoven.drawing.truth import Truth as Truth
    from einthoven.drawing.wear import WEARS as WEARS
    from einthoven.drawing.wear import Wear as Wear
    from einthoven.drawing.wear import worn as worn

_PIXELS = {
    "Page": "page", "Truth": "truth", "WEARS": "wear", "Wear": "wear", "paint": "raster", "paint_many": "many",
    "worn": "wear", "write_truth": "record",
}  # fmt: skip
"""What needs OpenCV, opened on first use: drawing an SVG does not wait for it."""


def __getattr__(name: str) -> Any:
    from importlib import import_module

    if name not in _PIXELS:
        raise AttributeError(f"module 'einthoven.drawing' has no attribute {name!r}")
    return getattr(import_module(f"einthoven.drawing.{_PIXELS[name]}"), name)


def draw(
    recording: Recording,
    path: str | Path | None = None,
    *,
    title: str = "",
    style: Style | str | None = None,
    wear: Wear | str = "none",
    seed: int = 0,
    truth: str | Path | None = None,
    **look: Any,
) -> str:
    """Draw a Recording on ECG paper, as vectors or as pixels; the ending of `path` decides.

    Every lead is shown about its own median, in its usual place; a lead that is absent leaves its place
    empty, a gap lifts the pen. A synthetic recording says so in red.

    Args:
        recording: leads in mV.
        path: where the page is written: .svg, .pdf, .png or .jpg.
        title: words for the top of the page, further lines below; nothing of the patient is written unless you
            write it here.
        style: how the page looks; "random" draws it by the seed.
        wear: how a picture of the page is worn: a Wear, or "photo", "scan", "ruin". A worn .pdf holds a picture.
        seed: of a random style and of wear.
        truth: where the pixel of every sample of a picture is written: .json or .npz.
        look: single fields of Style, e.g. speed=50, gain=5, layout="6x2", seconds=5, dpi=150.

    Returns:
        The SVG where no path or one that ends in .svg was given, else the path.

    Raises:
        ConfigError: an unknown layout, speed, gain or other option, an ending no page has.
        StorageError: the disk is full.

    >>> import numpy as np
    >>> from einthoven.recording import LEADS
    >>> draw(Recording(np.zeros((12, 5000)), LEADS, 500))[:4]
    '<svg'

    Source: layout and scale are the convention of printed ECGs (Kligfield et al. 2007,
    doi:10.1161/CIRCULATIONAHA.106.180200).
    """
    made, header = _styled(style, seed, look), title.splitlines()
    ending = ".svg" if path is None else Path(path).suffix.lower()
    pixels = wear not in ("none", None) or truth is not None
    if path is None or ending == ".svg":
        _refuse_pixels(pixels, path)
        svg = vectors(recording, made, header)
        if path is not None:
            write_text(path, svg)
        return svg
    if ending == ".pdf" and not pixels:
        from einthoven.drawing.pdf import vectors as pdf

        with replacing(path) as draft:
            draft.write_bytes(pdf(recording, made, header))
        return str(path)
    from einthoven.drawing.raster import paint
    from einthoven.drawing.record import write_truth
    from einthoven.drawing.wear import worn

    page = worn(paint(recording, made, header), wear, seed=seed)
    page.save(path)
    if truth is not None:
        write_truth(page, truth)
    return str(path)


def _refuse_pixels(asked: bool, path: str | Path | None) -> None:
    if asked:
        raise ConfigError(
            "wear and the pixel of every sample belong to a page of pixels",
            came="no path came" if path is None else f"{Path(path).suffix} came",
            instead="Write a .png, .jpg or .pdf.",
            see="docs/drawing.md",
        )


def _styled(style: Style | str | None, seed: int, look: dict[str, Any]) -> Style:
    known = [field.name for field in dataclasses.fields(Style)]
    for name in look:
        if name not in known:
            raise ConfigError(
                "a page has known options",
                came=f"{name}= came",
                instead=did_you_mean(name, known),
                see="docs/drawing.md",
            )
    if isinstance(style, Style):
        return dataclasses.replace(style, **look)
    if style not in (None, "random"):
        raise ConfigError(
            'a style is a Style, or "random"',
            came=f"style={style!r}",
            instead='Pass style=Style(...) or style="random", seed=...',
            see="docs/drawing.md",
        )
    return styles(seed, 1, **look)[0] if style else Style(**look)
