"""Presets: named sizes, and `encoder`, which makes an encoder of one."""

from __future__ import annotations

import dataclasses
import tomllib
from functools import cache
from importlib.metadata import entry_points
from importlib.resources import files
from typing import Any

from einthoven.encoding.base import Encoder
from einthoven.encoding.build import GROUP, architecture, build, seeded, sizes_of
from einthoven.encoding.image import ImageEncoder
from einthoven.encoding.picture import ImagePreparation
from einthoven.encoding.text import TextEncoder, TextPreparation
from einthoven.errors import ConfigError, did_you_mean

__all__ = ["encoder", "presets"]


@cache
def _table() -> dict[str, dict[str, Any]]:
    return tomllib.loads(files("einthoven.encoding").joinpath("presets.toml").read_text(encoding="utf-8"))


def presets() -> list[str]:
    """Return the names that `encoder` knows, those of other packages included.

    >>> presets()[:3]
    ['convnext-small', 'convnext-t', 'huggingface']
    """
    return sorted({*_table(), *(point.name for point in entry_points(group=GROUP))})


def encoder(name: str, *, seed: int = 0, **overrides: Any) -> Encoder:
    """Return an encoder with fresh weights: a preset, with what `overrides` changes.

    Args:
        name: a preset ("vit-tiny", "vit-small", "vit-base", "resnet-tiny", "resnet-small", "resnet18", "melp-tiny",
            "melp-small", "melp", "xresnet-tiny", "xresnet1d101", "s4-tiny", "s4", "report-tiny", "report-small",
            "report-base", "huggingface", "image-tiny", "image-small", "image-base", "convnext-small", "convnext-t"),
            or an architecture of another package.
        seed: of the weights; the same seed gives the same weights.
        overrides: sizes of the architecture (width=, depth=, patch=, ...), fields of the Preparation (leads=,
            fs=, seconds=, missing=, ...; max_tokens=, lower= for texts; eats=, size=, ... for pictures), or
            preparation= itself. For encoders of pictures, weights= is a file of public weights.

    Raises:
        ConfigError: no such preset, or no such size.
        ModelError: a size that cannot be built.

    >>> encoder("vit-tiny", per_lead=True, leads=("I", "II"), missing="mask").preparation.leads
    ('I', 'II')
    """
    if name not in presets():
        raise ConfigError(
            "an encoder is made from a preset",
            came=f"{name!r} is none",
            instead=did_you_mean(name, presets()),
            see="docs/encoder.md",
        )
    weights = overrides.pop("weights", None)
    preset = dict(_table().get(name, {"architecture": name}))
    kind = architecture(preset["architecture"])
    recipe = _recipe(kind, preset.pop("preparation", {}), overrides)
    strange = [option for option in overrides if option not in sizes_of(kind)]
    if strange:
        known = [*sizes_of(kind), "preparation", *(field.name for field in dataclasses.fields(recipe))]
        raise ConfigError(
            f"{name} is changed by the sizes and recipe fields it has",
            came=f"{strange[0]}= came",
            instead=did_you_mean(strange[0], known),
            see="docs/encoder.md",
        )
    if weights is not None and not issubclass(kind, ImageEncoder):
        raise ConfigError(
            "public weights are taken by encoders of pictures",
            came=f"weights= came for {name}",
            instead='Use encoder("huggingface", path=...) for a text model, or load() for a saved model.',
            see="docs/encoder.md",
        )
    with seeded(seed):
        made = build({**preset, **overrides}, recipe)
    if isinstance(made, ImageEncoder) and weights is not None:
        made.fill(weights)
    return made


def _recipe(kind: type[Encoder], fields: dict[str, Any], overrides: dict[str, Any]) -> Any:
    """Return the preparation: the preset's, with the overrides that belong to it taken out of `overrides`."""
    from einthoven.cleaning.preparation import Preparation

    recipe = overrides.pop("preparation", None)
    if recipe is None:
        eaten = {TextEncoder: TextPreparation, ImageEncoder: ImagePreparation}
        recipe = next((one for family, one in eaten.items() if issubclass(kind, family)), Preparation)(**fields)
    names = {field.name for field in dataclasses.fields(recipe)} - set(sizes_of(kind))
    changes = {name: overrides.pop(name) for name in list(overrides) if name in names}
    return dataclasses.replace(recipe, **changes)
