"""Wear: what happens to a page between the printer and the file: marks, folds, a camera, a lamp, a sensor."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace

import numpy as np

from einthoven.drawing.camera import aimed, seen
from einthoven.drawing.chance import chance
from einthoven.drawing.lamp import LIGHTS, lit
from einthoven.drawing.marks import faded, marked
from einthoven.drawing.page import Page
from einthoven.drawing.sensor import blurred, compressed, noisy
from einthoven.errors import ConfigError, did_you_mean

__all__ = ["WEARS", "Range", "Wear", "worn"]

Range = float | tuple[float, float]
"""A strength, or the lowest and the highest of strengths that are all as likely."""


_HIGHEST = {
    "fade": 1, "marks": 100, "strokes": 100, "dpi": 1200, "rotation": 180, "corners": 0.25, "room": 0.4, "table": 1,
    "crop": 0.45, "light": 1, "shadow": 1, "cast": 1, "folds": 20, "creases": 200, "stains": 50, "blur": 20,
    "noise": 100, "jpeg": 100,
}  # fmt: skip


def _refuse(kind: str, strength: Range, highest: float) -> None:
    low, high = strength if isinstance(strength, tuple) and len(strength) == 2 else (strength, strength)
    if not all(isinstance(one, (int, float)) for one in (low, high)) or not 0 <= low <= high <= highest:
        raise ConfigError(
            f"{kind} of a worn page is a number from 0 to {highest:g}, or the lowest and the highest of such numbers",
            came=f"{kind}={strength!r}",
            instead=f"Write for example {kind}={highest / 10:g} or {kind}=(0, {highest / 10:g}).",
            see="docs/drawing.md",
        )


@dataclass(frozen=True, slots=True)
class Wear:
    """How strongly a page is worn. Every strength is 0 unless told, and 0 changes nothing.

    A pair of numbers is drawn from for every page anew.

    Args:
        fade: part of the contrast that ink and grid lost, 0 to 1.
        marks: number of printed marks: stamps, circles, arrows, boxes, notes.
        strokes: number of strokes as of handwriting.
        dpi: pixels per inch of the picture; 0 for those of the page.
        rotation: degrees, either way.
        corners: how far each corner moves, as part of the page's sides: the view from somewhere else.
        room: how much of the table is seen around the page, as part of the picture.
        table: how far the table is from white paper, 0 to 1.
        crop: how much is cut off at each side, up to this part of the picture.
        light: part of the light that is missing at the darkest side.
        shadow: darkness of a shadow, 0 to 1.
        cast: how far the light is from white, 0 to 1.
        folds: number of folds across the page.
        creases: number of short creases.
        stains: number of stains.
        blur: standard deviation of the blur, pixels.
        noise: standard deviation of the noise, grey levels of 255.
        jpeg: quality of a JPEG file it went through, 1 to 100; 0 for none.

    Raises:
        ConfigError: a strength out of its range.

    >>> Wear(rotation=(0, 10), blur=1).blur
    1
    """

    fade: Range = 0
    marks: Range = 0
    strokes: Range = 0
    dpi: Range = 0
    rotation: Range = 0
    corners: Range = 0
    room: Range = 0
    table: Range = 0
    crop: Range = 0
    light: Range = 0
    shadow: Range = 0
    cast: Range = 0
    folds: Range = 0
    creases: Range = 0
    stains: Range = 0
    blur: Range = 0
    noise: Range = 0
    jpeg: Range = 0

    def __post_init__(self) -> None:
        for field in fields(self):
            _refuse(field.name, getattr(self, field.name), _HIGHEST[field.name])


WEARS = {
    "none": Wear(),
    "photo": Wear(
        dpi=(150, 200), rotation=(0, 10), corners=0.05, room=(0.01, 0.06), table=(0.3, 1), blur=(0.5, 1.5),
        jpeg=(40, 85), light=0.4, shadow=(0.2, 0.5), folds=1, marks=3,
    ),
    "scan": Wear(
        dpi=(100, 200), rotation=(0, 2), room=(0, 0.02), fade=(0, 0.4), blur=(0.3, 0.8), noise=(1, 4), jpeg=(50, 90),
        light=(0, 0.08), folds=(0, 1), marks=(0, 2), stains=(0, 1),
    ),
    "ruin": Wear(
        dpi=(90, 150), rotation=(0, 20), corners=0.08, room=(0.02, 0.1), table=(0.3, 1), crop=(0, 0.04), fade=(0, 0.5),
        blur=(0.8, 2), noise=(3, 10), jpeg=(25, 60), light=(0.3, 0.6), shadow=(0.3, 0.6), cast=(0.2, 0.8), folds=(1, 4),
        creases=(5, 40), stains=(1, 4), marks=(2, 6), strokes=(1, 6),
    ),
}  # fmt: skip
"""Wears by name. "photo" is the one the figures of the project are measured with; it does not change."""


def worn(page: Page, wear: Wear | str = "photo", *, seed: int = 0, number: int = 0) -> Page:
    """Wear a page; the truth goes where its samples go.

    Page `number` of a seed is worn the same whatever else is worn with it, and each kind of wear has chances of its
    own: leaving one out changes no other.

    Args:
        page: as it was drawn.
        wear: how, or a name of `WEARS`.
        seed: 0 to 2**64 - 1.
        number: of the page.

    Raises:
        ConfigError: an unknown name, or a seed out of range.

    >>> from einthoven.drawing import paint
    >>> from einthoven.recording import LEADS, Recording
    >>> page = paint(Recording(np.zeros((12, 5000)), LEADS, 500))
    >>> photo = worn(page, "photo", seed=3)
    >>> bool((photo.truth.homography == page.truth.homography).all())
    False
    """
    wear = wear if isinstance(wear, Wear) else wear_named(wear)
    told: dict[str, float] = {}

    def drawn(kind: str) -> tuple[float, np.random.Generator]:
        rng, strength = chance(seed, number, kind), getattr(wear, kind)
        low, high = strength if isinstance(strength, tuple) else (strength, strength)
        told[kind] = low + (high - low) * rng.random()
        return told[kind], rng

    pixels = faded(page.pixels, drawn("fade")[0])
    pixels = marked(pixels, page.dpi / 25.4, marks=drawn("marks"), strokes=drawn("strokes"))
    camera = aimed(page, **{kind: drawn(kind) for kind in ("dpi", "rotation", "corners", "room", "crop")})
    pixels = seen(pixels, camera, drawn("table"))
    pixels = lit(pixels, camera, {kind: drawn(kind) for kind in LIGHTS})
    pixels = compressed(noisy(blurred(pixels, drawn("blur")[0]), *drawn("noise")), drawn("jpeg")[0])
    words = tuple(f"{kind} {value:.3g}" for kind, value in told.items() if value)
    truth = page.truth.carried(camera.homography, pixels.shape[1], pixels.shape[0])
    return replace(page, pixels=pixels, truth=truth, dpi=camera.dpi, wear=(*page.wear, *words))


def wear_named(name: str) -> Wear:
    """Return a wear by its name. Raises ConfigError listing those that exist."""
    if name not in WEARS:
        raise ConfigError(
            "a wear has a known name, or is a Wear",
            came=f"wear {name!r}",
            instead=did_you_mean(name, WEARS),
            see="docs/drawing.md",
        )
    return WEARS[name]
