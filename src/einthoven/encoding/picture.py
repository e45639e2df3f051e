"""ImagePreparation: what pictures an encoder eats, and how any picture becomes one. C channels, H height, W width."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any

import numpy as np
from numpy.typing import NDArray

from einthoven.cleaning.preparation import Preparation, Prepared
from einthoven.drawing.fields import Fields
from einthoven.drawing.pages import Pages
from einthoven.errors import EinthovenError, PreparationError, did_you_mean
from einthoven.recording import Recording

__all__ = ["ImagePreparation"]

Picture = NDArray[np.float32]

VERSION = 1
"""Raised when the same fields begin to mean other pixels, so that old fingerprints stop matching."""
EATS = {"fields": Fields, "pages": Pages}
COLOURS = {"grey": 1, "rgb": 3}
GREY = np.array([0.299, 0.587, 0.114], np.float32)
"""Shares of red, green and blue in grey (ITU-R BT.601), as every picture library has them."""


@dataclass(frozen=True)
class ImagePreparation:
    """The frozen recipe of what an image encoder eats. It travels in every checkpoint.

    Args:
        eats: `Fields` (pictures of one beat, computed from samples) or `Pages` (drawn, scanned or photographed); a
            name of either, or what its `to_json` gave.
        size: (H, W) in pixels.
        colour: "rgb" or "grey".
        mean: taken off each channel of a picture in [0, 1].
        std: what each channel is divided by then.
        fit: how a page of other proportions becomes the size: "pad" keeps its proportions and fills up with white,
            "stretch" uses every pixel.

    Raises:
        PreparationError: the recipe contradicts itself.

    >>> recipe = ImagePreparation("pages", size=(224, 320))
    >>> ImagePreparation.from_json(recipe.to_json()) == recipe
    True
    """

    eats: Fields | Pages | str | Mapping[str, Any] = "fields"
    size: tuple[int, int] = (224, 224)
    colour: str = "rgb"
    mean: tuple[float, ...] = (0.5, 0.5, 0.5)
    std: tuple[float, ...] = (0.5, 0.5, 0.5)
    fit: str = "pad"

    def __post_init__(self) -> None:
        object.__setattr__(self, "eats", _eaten(self.eats))
        object.__setattr__(self, "size", tuple(int(side) for side in self.size))
        for name in ("mean", "std"):
            object.__setattr__(self, name, tuple(float(one) for one in getattr(self, name)[: self.channels]))
        _check(self)

    @property
    def food(self) -> Fields | Pages:
        """What it eats, as the recipe it is."""
        return self.eats  # type: ignore[return-value]

    @property
    def channels(self) -> int:
        """C, 3 or 1."""
        return COLOURS.get(self.colour, 3)

    @property
    def signal(self) -> Preparation:
        """What is done to a recording before it is drawn."""
        return self.food.preparation

    @property
    def fingerprint(self) -> str:
        """Sixteen hexadecimal digits that are the same for the same recipe, on any machine."""
        return hashlib.sha256(self.to_json().encode()).hexdigest()[:16]

    def to_json(self) -> str:
        """Return the recipe as canonical JSON: every field, sorted, one line."""
        told = asdict(self) | {"eats": self.food.to_json(), "version": VERSION}
        return json.dumps(told, sort_keys=True)

    @classmethod
    def from_json(cls, text: str) -> ImagePreparation:
        """Read what `to_json` wrote. Raises PreparationError for what is no recipe, or one of other fields."""
        try:
            told = json.loads(text)
            if told.pop("version") != VERSION or set(told) != {field.name for field in fields(cls)}:
                raise ValueError(text)
            return cls(**told)
        except (ValueError, TypeError, AttributeError, KeyError) as error:
            if isinstance(error, EinthovenError):
                raise
            raise PreparationError(
                "a recipe is read back as it was written",
                came="it is no JSON of this version with every field",
                instead="Use the preparation.json that was saved with the model.",
                see="docs/encoder.md",
            ) from error

    def of(self, recording: Recording, *, key: int | None = None) -> Picture:
        """Return the picture of any recording, (C, H, W), scaled; see `Fields.draw` and `Pages.draw`."""
        return self.show(self.signal.condition(recording), self.signal, key=key)

    def show(self, prepared: Prepared, preparation: Preparation, *, key: int | None = None) -> Picture:
        """Return the picture of a recording that `preparation` conditioned, its amplitudes in mV."""
        if isinstance(self.food, Fields):
            return self.scaled(self.food.show(prepared, preparation, size=self.size, key=key))
        return self.page(self.food.show(prepared, preparation, key=key))

    def page(self, pixels: NDArray[Any]) -> Picture:
        """Return the picture of a page, (C, H, W), scaled.

        Args:
            pixels: uint8 (0 to 255) or floats (0 to 1), shape (height, width) or (height, width, 3).

        Raises:
            PreparationError: the encoder eats fields, or the array is no picture.
        """
        if not isinstance(self.food, Pages):
            raise PreparationError(
                "this encoder eats fields, which are computed from the samples of a beat",
                came="the picture of a page came",
                instead="Pass the Recording, or use an encoder of pages: encoder(..., eats='pages').",
                see="docs/encoder.md",
            )
        return self.scaled(_fitted(_coloured(pixels), self.size, self.fit).transpose(2, 0, 1))

    def scaled(self, picture: NDArray[np.floating[Any]]) -> Picture:
        """Return a picture (3, H, W) in [0, 1] in the recipe's colour and scale, (C, H, W)."""
        if self.colour == "grey":
            picture = np.tensordot(GREY, picture, 1)[None]
        mean, std = (np.asarray(one, np.float32)[:, None, None] for one in (self.mean, self.std))
        return np.asarray((picture - mean) / std, np.float32)


def _eaten(eats: Any) -> Fields | Pages:
    told = {"kind": eats} if isinstance(eats, str) else eats
    if not isinstance(told, Mapping):
        return eats if isinstance(eats, Fields | Pages) else _refuse(f"eats={eats!r}", did_you_mean("", EATS))
    kind = str(told.get("kind"))
    if kind not in EATS:
        _refuse(f"eats={kind!r}", did_you_mean(kind, EATS))
    rest = {name: value for name, value in told.items() if name != "kind"}
    known = [field.name for field in fields(EATS[kind])]
    for name in rest:
        if name not in known:
            _refuse(f"{kind} have no {name!r}", did_you_mean(name, known))
    made: Fields | Pages = EATS[kind](**rest)
    return made


def _coloured(pixels: NDArray[Any]) -> Picture:
    """Return a picture as floats in [0, 1], (height, width, 3)."""
    if pixels.ndim == 2:
        pixels = np.repeat(pixels[..., None], 3, 2)
    if pixels.ndim != 3 or pixels.shape[2] != 3 or pixels.size == 0 or pixels.dtype.kind not in "uf":
        raise PreparationError(
            "a picture has shape (height, width) or (height, width, 3), as uint8 or as floats from 0 to 1",
            came=f"{pixels.dtype} of shape {pixels.shape} came",
            instead="Pass pixels of red, green and blue, or the path of a PNG, JPEG or TIFF file.",
            see="docs/encoder.md",
        )
    return pixels.astype(np.float32) / np.float32(1 if pixels.dtype.kind == "f" else np.iinfo(pixels.dtype).max)


def _fitted(picture: Picture, size: tuple[int, int], fit: str) -> Picture:
    """Return the picture at a size, (H, W, 3): means of areas where it shrinks, so that no thin line is passed over."""
    import cv2

    high, wide = size
    if fit == "pad":
        share = min(high / picture.shape[0], wide / picture.shape[1])
        high, wide = (max(round(side * share), 1) for side in picture.shape[:2])
    grows = high > picture.shape[0] or wide > picture.shape[1]
    small = cv2.resize(picture, (wide, high), interpolation=cv2.INTER_LINEAR if grows else cv2.INTER_AREA)
    whole = np.ones((*size, 3), np.float32)
    top, left = (size[0] - high) // 2, (size[1] - wide) // 2
    whole[top : top + high, left : left + wide] = small
    return whole


def _check(recipe: ImagePreparation) -> None:
    for name, known in {"colour": COLOURS, "fit": ("pad", "stretch")}.items():
        if getattr(recipe, name) not in known:
            _refuse(f"{name}={getattr(recipe, name)!r}", did_you_mean(str(getattr(recipe, name)), known))
    if len(recipe.size) != 2 or not all(8 <= side <= 4096 for side in recipe.size):
        _refuse(f"size={recipe.size}", "Write (height, width) of 8 to 4096 pixels, e.g. size=(224, 224).")
    if len(recipe.mean) != recipe.channels or len(recipe.std) != recipe.channels or min(recipe.std) <= 0:
        _refuse(f"mean={recipe.mean}, std={recipe.std}", f"Give {recipe.channels} numbers of each, std above 0.")


def _refuse(came: str, instead: str) -> Any:
    raise PreparationError("a recipe can be carried out", came=came, instead=instead, see="docs/encoder.md")
