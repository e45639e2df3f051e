"""Start: an encoder of a recipe, with fresh weights or with those of a stage before."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from torch import Tensor

from einthoven.encoding import Encoder, TextEncoder, encoder, load
from einthoven.errors import ModelError

__all__ = ["started"]

OWN = {"preset", "from", "fresh", "frozen"}
"""What a recipe says of an encoder beside its preset's sizes."""


def started(told: Mapping[str, Any], *, seed: int = 0) -> Encoder:
    """Return the encoder that a recipe describes.

    Args:
        told: "preset" and what changes it; "from" a model's folder, with "fresh", beginnings of the names of weights
            that are not taken from there; "frozen": true trains nothing, a number the layers of a text encoder that
            stay; "tokenizer": a tokenizer.json.
        seed: of fresh weights.

    Raises:
        ModelError: the folder's encoder has weights of other shapes, or none of the modality.
        ConfigError: no such preset or size.
    """
    sizes = {key: value for key, value in told.items() if key not in OWN}
    still = told.get("frozen", False)
    if still is not True and still:
        sizes["frozen"] = still
    if isinstance(sizes.get("tokenizer"), str):
        sizes["tokenizer"] = Path(sizes["tokenizer"]).read_text(encoding="utf-8")
    before = load(told["from"]) if "from" in told else None
    fresh = encoder(told["preset"], seed=seed, **sizes)
    if before is not None:
        source = before.encoder(fresh.modality)
        if isinstance(source, TextEncoder) and "tokenizer" not in sizes:
            fresh = encoder(told["preset"], seed=seed, **sizes, tokenizer=source.tokenizer_json)
        _take(fresh, source, fresh_names=told.get("fresh", ()), folder=str(told["from"]))
    return fresh.requires_grad_(False) if still is True else fresh


def _take(fresh: Encoder, source: Encoder, *, fresh_names: Sequence[str], folder: str) -> None:
    """Copy the weights that both have; positions may be fewer than before."""
    wanted = fresh.state_dict()
    found: dict[str, Tensor] = {}
    for name, weight in source.state_dict().items():
        if name in wanted and not name.startswith(tuple(fresh_names)):
            found[name] = weight[: len(wanted[name])] if name == "place" else weight
    strange = [name for name, weight in found.items() if weight.shape != wanted[name].shape]
    if strange or not found:
        came = "none of them"
        if strange:
            there, here = (tuple(one[strange[0]].shape) for one in (found, wanted))
            came = f"{len(strange)} of others, e.g. {strange[0]} as {there} instead of {here}"
        raise ModelError(
            "an encoder goes on from weights of its own shapes",
            came=f"{folder} has {came}",
            instead="Use the preset and sizes of the stage before, or name what is to begin anew in fresh = [...].",
            see="docs/pretraining.md",
        )
    fresh.load_state_dict(found, strict=False)
