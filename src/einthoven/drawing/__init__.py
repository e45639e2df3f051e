"""Recording -> page. The verb is `draw`; the page is ECG paper, true to the millimetre."""

from __future__ import annotations

import warnings
from pathlib import Path

from einthoven.drawing.layout import LAYOUTS, Layout, Panel, layout_named
from einthoven.drawing.svg import page
from einthoven.errors import ConfigError
from einthoven.files import write_text
from einthoven.recording import Recording

__all__ = ["LAYOUTS", "Layout", "Panel", "draw", "layout_named"]

SPEEDS, GAINS = (12.5, 25.0, 50.0), (5.0, 10.0, 20.0)


def draw(
    recording: Recording,
    path: str | Path | None = None,
    *,
    speed: float = 25,
    gain: float = 10,
    layout: str | Layout = "3x4+1",
    seconds: float = 10,
    title: str = "",
) -> str:
    """Draw a Recording on ECG paper and return the SVG.

    Every lead is shown about its own median, in its usual place; a lead that is absent leaves its place
    empty, a gap lifts the pen. A synthetic recording says so in red.

    Args:
        recording: leads in mV.
        path: where the page is also written, as an .svg file.
        speed: paper speed, 12.5, 25 or 50 mm/s.
        gain: 5, 10 or 20 mm/mV.
        layout: a name of `LAYOUTS` or a Layout of your own.
        seconds: how much is shown at the most, from the start; columns share it from left to right.
        title: words for the top of the page; nothing of the patient is written unless you write it here.

    Raises:
        ConfigError: an unknown layout, speed or gain.
        StorageError: the disk is full.

    >>> import numpy as np
    >>> from einthoven.recording import LEADS
    >>> draw(Recording(np.zeros((12, 5000)), LEADS, 500))[:4]
    '<svg'

    Source: layout and scale are the convention of printed ECGs (Kligfield et al. 2007,
    doi:10.1161/CIRCULATIONAHA.106.180200).
    """
    for word, value, known in (("speed", speed, SPEEDS), ("gain", gain, GAINS)):
        if value not in known:
            raise ConfigError(
                "ECG paper runs at 12.5, 25 or 50 mm/s and shows 5, 10 or 20 mm/mV",
                came=f"{word}={value!r}",
                instead=f"Choose {word} from {', '.join(f'{one:g}' for one in known)}.",
                see="docs/drawing.md",
            )
    place = layout if isinstance(layout, Layout) else layout_named(layout)
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "All-NaN slice", RuntimeWarning)
        svg = page(recording, place, speed=speed, gain=gain, seconds=min(seconds, recording.seconds), title=title)
    if path is not None:
        write_text(path, svg)
    return svg
