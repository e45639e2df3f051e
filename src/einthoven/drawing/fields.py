"""Fields: one beat as a picture, a Gramian field, a recurrence plot and a transition field as its colours.

Shapes: L leads, T samples of a beat, n = L T, H height, W width.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from einthoven.cleaning.preparation import Preparation, Prepared
from einthoven.drawing.beat import beat
from einthoven.drawing.matrices import unit
from einthoven.drawing.squares import ROWS, concat, grid
from einthoven.errors import ConfigError, SignalError, did_you_mean
from einthoven.recording import Recording

__all__ = ["DEFECTS", "METHODS", "STYLES", "Fields"]

Size = tuple[int, int]
Picture = NDArray[np.float32]

STYLES = ("concat", "grid")
METHODS = ("gaf", "mtf", "rp")
DEFECTS = ("alias", "bgr", "clip", "seam")


@dataclass(frozen=True)
class Fields:
    """The recipe of the picture of a beat that Qiu et al. give to a vision model.

    Args:
        style: "grid", each lead a square of its own, 3 rows, column by column (I II III | aVR aVL aVF | ...), or
            "concat", all leads one series and one square, where leads also meet each other.
        methods: what becomes channel 0, 1, 2: "gaf", "rp", "mtf"; a channel without one is black.
        bins: quantile bins of the transition field.
        defects: which oddities of the released encoding are kept: "clip" (a recurrence above 1 is cut, though it
            reaches 2; without, it is halved), "seam" (concat counts the jump from one lead to the next as a
            transition), "alias" (shrinking reads between two samples and passes over others; without, it takes
            means of areas), "bgr" (channels in the order OpenCV writes: the first method is blue).
        seconds: length of the beat in s.
        before: what part of it lies before the R peak, 0 to 1.
        band: (high-pass, low-pass) in Hz.
        missing: "refuse" a recording that lacks a lead, or "mask" it: its part of the picture is black.

    Raises:
        ConfigError: a style, method or defect that does not exist, or a number that cannot be.

    >>> Fields()(np.random.default_rng(0).normal(size=(12, 100)), size=(224, 224)).shape
    (3, 224, 224)

    Source: Qiu et al. 2023 (arXiv 2304.06286) and its released encoding; docs/papers/qiu.md says where we differ.
    """

    style: str = "concat"
    methods: tuple[str, ...] = ("gaf", "rp", "mtf")
    bins: int = 4
    defects: tuple[str, ...] = DEFECTS
    seconds: float = 1.0
    before: float = 0.35
    band: tuple[float, float] = (0.5, 15.0)
    missing: str = "refuse"

    def __post_init__(self) -> None:
        for name in ("methods", "defects", "band"):
            object.__setattr__(self, name, tuple(getattr(self, name)))
        object.__setattr__(self, "defects", tuple(sorted(self.defects)))
        _check(self)

    @property
    def preparation(self) -> Preparation:
        """What is done to a recording before its beats are looked for: 100 Hz, 10 s, 12 leads, in mV."""
        return Preparation(fs=100, seconds=10, band=None, scale="mV", missing=self.missing)

    def to_json(self) -> dict[str, Any]:
        """Return the recipe as plain values."""
        return {"kind": "fields", **asdict(self)}

    def draw(self, recording: Recording, *, size: Size | None = (224, 224), key: int | None = None) -> Picture:
        """Return the picture of one beat of any recording, (3, H, W), in [0, 1].

        Args:
            recording: any rate, length and leads.
            size: (H, W); None leaves the fields as large as they are.
            key: chooses the beat; None takes the middle one.

        Raises:
            SignalError: too short, a gap that cannot be mended, or no beat.
            LeadError: a lead is missing.
        """
        return self.show(self.preparation.condition(recording), self.preparation, size=size, key=key)

    def show(
        self, prepared: Prepared, preparation: Preparation, *, size: Size | None = (224, 224), key: int | None = None
    ) -> Picture:
        """Return the picture of a recording that `preparation` conditioned, its amplitudes in mV."""
        one, there = preparation.recording(prepared), prepared.lead_mask
        beats = np.zeros((len(there), round(self.seconds * one.fs)), np.float32)
        beats[there] = beat(one, seconds=self.seconds, before=self.before, band=self.band, key=key)
        return self(beats, there, size=size)

    def __call__(
        self, beats: NDArray[Any], lead_mask: NDArray[np.bool_] | None = None, *, size: Size | None = None
    ) -> Picture:
        """Return the pictures of beats.

        Args:
            beats: in any unit, shape (..., L, T); only their form counts, each lead is divided by its maximum.
            lead_mask: which leads were measured, shape (..., L); None is all.
            size: (H, W); None leaves a grid of 3 T x ceil(L / 3) T, or a concat of L T x L T.

        Returns:
            float32, shape (..., 3, H, W), in [0, 1].

        Raises:
            SignalError: a NaN in a lead that was measured.
        """
        beats = np.asarray(beats, np.float64)
        there = np.ones(beats.shape[:-1], bool) if lead_mask is None else np.asarray(lead_mask, bool)
        beats = np.where(there[..., None], beats, 0)
        if not np.isfinite(beats).all():
            raise SignalError(
                "a picture of a beat is made of samples that were measured",
                came=f"{int(np.count_nonzero(~np.isfinite(beats)))} of {beats.size} are not numbers",
                instead="Mend the gaps first, as Fields.draw does, or deny the lead with lead_mask=.",
                see="docs/fields.md",
            )
        make = concat if self.style == "concat" else grid
        high, wide = size or self.size(*beats.shape[-2:])
        pictures = np.zeros((*beats.shape[:-2], 3, high, wide), np.float32)
        for place in np.ndindex(beats.shape[:-2]):
            make(self, unit(beats[place]), there[place], size=size, planes=self.planes(pictures[place]))
        return pictures

    def size(self, leads: int, samples: int) -> Size:
        """Return height and width of the fields before they are shrunk."""
        if self.style == "concat":
            return leads * samples, leads * samples
        return ROWS * samples, math.ceil(leads / ROWS) * samples

    def planes(self, picture: Picture) -> Mapping[str, Picture]:
        """Return method -> the plane of a picture (3, H, W) that it fills."""
        order = picture[::-1] if "bgr" in self.defects else picture
        return dict(zip(self.methods, order, strict=False))


def _check(recipe: Fields) -> None:
    known = {"style": STYLES, "methods": METHODS, "defects": DEFECTS, "missing": ("mask", "refuse")}
    for name, words in known.items():
        came = getattr(recipe, name)
        for word in (came,) if isinstance(came, str) else came:
            if word not in words:
                raise _impossible(f"{name} {word!r} came", did_you_mean(str(word), words))
    twice = len(set(recipe.methods)) < len(recipe.methods) or not 1 <= len(recipe.methods) <= 3
    if twice:
        raise _impossible(f"methods {' '.join(recipe.methods) or '(none)'} came", "Name one to three, each once.")
    low, high = recipe.band
    if not (recipe.bins >= 2 and 0.1 <= recipe.seconds <= 10 and 0 <= recipe.before <= 1 and 0 < low < high < 50):
        came = f"bins={recipe.bins}, seconds={recipe.seconds:g}, before={recipe.before:g}, band={recipe.band} came"
        raise _impossible(came, "Write e.g. bins=4, seconds=1.0, before=0.35, band=(0.5, 15).")


def _impossible(came: str, instead: str) -> ConfigError:
    return ConfigError("the fields of a beat can be made", came=came, instead=instead, see="docs/fields.md")
