"""Build: from a config to an encoder. The table of architectures, and the door for other people's."""

from __future__ import annotations

import inspect
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from importlib import import_module
from importlib.metadata import entry_points
from typing import TYPE_CHECKING, Any

import torch

from einthoven.encoding.base import Encoder
from einthoven.errors import ModelError, did_you_mean

if TYPE_CHECKING:
    from einthoven.encoding.recipes import Recipe

__all__ = ["ARCHITECTURES", "GROUP", "architecture", "architectures", "build", "seeded", "sizes_of"]

GROUP = "einthoven.encoders"
"""Entry points of this group, architecture -> class, add encoders of other packages."""

ARCHITECTURES = {
    "vit": "einthoven.encoding.vit:VisionTransformer",
    "resnet": "einthoven.encoding.resnet:ResNet",
    "melp": "einthoven.encoding.melp:MelpEncoder",
    "report": "einthoven.encoding.report:ReportEncoder",
    "xresnet": "einthoven.encoding.xresnet:XResNet",
    "s4": "einthoven.encoding.s4:S4",
    "huggingface": "einthoven.encoding.huggingface:HuggingFaceText",
    "image-vit": "einthoven.encoding.imagevit:ImageTransformer",
    "convnext": "einthoven.encoding.convnext:ConvNeXt",
}
"""Architecture -> module and class, opened on first use."""


def architectures() -> list[str]:
    """Return the names that `architecture` knows, those of other packages included."""
    return sorted({*ARCHITECTURES, *(point.name for point in entry_points(group=GROUP))})


def architecture(name: str) -> type[Encoder]:
    """Return the class of an architecture.

    Raises:
        ModelError: nobody offers it, or what is offered is no Encoder.

    >>> architecture("vit").__name__
    'VisionTransformer'
    """
    if name in ARCHITECTURES:
        module, kind = ARCHITECTURES[name].split(":")
        found: Any = getattr(import_module(module), kind)
    else:
        offered = [point for point in entry_points(group=GROUP) if point.name == name]
        if not offered:
            raise ModelError(
                "an encoder is built by its architecture's name",
                came=f"{name!r} is not known here",
                instead=f"{did_you_mean(name, architectures())} If a package offers it, install that package.",
                see="docs/encoder.md",
            )
        found = offered[0].load()
    if not (inspect.isclass(found) and issubclass(found, Encoder)):
        raise ModelError(
            "an entry point of einthoven.encoders is a subclass of Encoder",
            came=f"{name!r} is something else",
            instead="Point it at the class, as in docs/encoder.md.",
            see="docs/encoder.md",
        )
    return found


def sizes_of(kind: type[Encoder]) -> list[str]:
    """Return the keyword arguments of an architecture, the preparation apart."""
    return [name for name in inspect.signature(kind).parameters if name != "preparation"]


def build(config: Mapping[str, Any], preparation: Recipe, *, tokenizer: str | None = None) -> Encoder:
    """Return an encoder with fresh weights from its `config()`.

    Args:
        config: architecture and sizes.
        preparation: the recipe of what it eats.
        tokenizer: JSON of a text encoder's tokenizer.

    Raises:
        ModelError: the architecture is unknown, or a size is.
    """
    sizes = dict(config)
    kind = architecture(str(sizes.pop("architecture", "none")))
    known = sizes_of(kind)
    strange = [name for name in sizes if name not in known]
    if strange:
        raise ModelError(
            f"a {kind.architecture} encoder is built from the sizes it knows",
            came=f"{strange[0]!r} is not one of them",
            instead=did_you_mean(strange[0], known),
            see="docs/encoder.md",
        )
    if tokenizer is not None:
        sizes["tokenizer"] = tokenizer
    return kind(preparation, **sizes)


@contextmanager
def seeded(seed: int) -> Iterator[None]:
    """Draw from a stream of its own inside the block; outside, torch's random numbers go on as if it had not been.

    >>> with seeded(3):
    ...     first = torch.rand(2)
    >>> with seeded(3):
    ...     assert torch.equal(first, torch.rand(2))
    """
    state = torch.get_rng_state()
    torch.default_generator.manual_seed(seed)
    try:
        yield
    finally:
        torch.set_rng_state(state)
