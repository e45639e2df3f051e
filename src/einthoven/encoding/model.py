"""Model: the envelope. Encoders by modality, the spaces they share, heads, and a card."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from einthoven.encoding.base import Encoder
from einthoven.encoding.build import build, seeded
from einthoven.encoding.calibrator import Calibrator
from einthoven.encoding.card import Card
from einthoven.encoding.heads import Head, head
from einthoven.encoding.space import Space
from einthoven.encoding.text import TextEncoder
from einthoven.errors import ModelError, did_you_mean

if TYPE_CHECKING:
    from einthoven.cleaning.preparation import Preparation
    from einthoven.encoding.recipes import Recipe

__all__ = ["Model"]


class Model(nn.Module):
    """Encoders that agree in one space, and what is known of them.

    It has no behaviour but `embed`; training belongs to objectives, scores to protocols. Probes read an
    encoder's `pooled`, search reads a space.

    Args:
        encoders: one for each modality; a mapping's keys must be the modalities.
        spaces: name -> Space, e.g. {"shared": Space({"ecg": 512, "report": 128})}.
        heads: name -> Head.
        card: what trained it, on whom.

    `calibrator`, None until one is attached, turns its scores into probabilities; see docs/evaluating.md.

    Raises:
        ModelError: two encoders of one modality, a name that torch cannot hold, or a space whose widths are
            not those of the encoders.

    >>> from einthoven.encoding import Space, encoder
    >>> Model([encoder("vit-tiny")], spaces={"shared": Space({"ecg": 64}, width=16)})
    Model(ecg: vit 64; spaces shared 16; not trained)
    """

    def __init__(
        self,
        encoders: Mapping[str, Encoder] | Iterable[Encoder],
        *,
        spaces: Mapping[str, Space] | None = None,
        heads: Mapping[str, Head] | None = None,
        card: Card | None = None,
    ) -> None:
        super().__init__()
        given = list(encoders.values() if isinstance(encoders, Mapping) else encoders)
        _refuse_crowd(given)
        self.encoders = nn.ModuleDict({_key(one.modality): one for one in given})
        self.spaces = nn.ModuleDict({_key(name): space for name, space in (spaces or {}).items()})
        self.heads = nn.ModuleDict({_key(name): one for name, one in (heads or {}).items()})
        self.card = card or Card()
        self.calibrator: Calibrator | None = None
        self._known: tuple[tuple[object, ...], str] | None = None
        _refuse_misfit(self)

    def encoder(self, modality: str) -> Encoder:
        """Return the encoder of a modality. Raises ModelError when there is none."""
        return cast("Encoder", _named(self.encoders, modality, "an encoder", "modality"))

    def space(self, name: str) -> Space:
        """Return a space by name. Raises ModelError when there is none."""
        return cast("Space", _named(self.spaces, name, "a space", "space"))

    def head(self, name: str) -> Head:
        """Return a head by name. Raises ModelError when there is none."""
        return cast("Head", _named(self.heads, name, "a head", "head"))

    @property
    def modalities(self) -> tuple[str, ...]:
        """The modalities it has encoders for, in order."""
        return tuple(self.encoders)

    @property
    def preparation(self) -> Preparation:
        """The recipe of its ECG encoder. Raises ModelError when it has none."""
        return cast("Preparation", self.encoder("ecg").preparation)

    @property
    def device(self) -> torch.device:
        """Where the weights are."""
        return next((weight.device for weight in self.parameters()), torch.device("cpu"))

    def width(self, modality: str = "ecg", space: str | None = None) -> int:
        """Return D of the embeddings of a modality, in a space or before it."""
        return self.encoder(modality).width if space is None else self.space(space).width

    def embed(
        self,
        items: Any,
        *,
        modality: str | None = None,
        space: str | None = None,
        batch: int = 64,
        device: torch.device | str | None = None,
        progress: bool = False,
    ) -> NDArray[np.float32]:
        """Return one vector an item, (n, D); see `einthoven.embed`."""
        from einthoven.encoding.embedding import embed

        return embed(self, items, modality=modality, space=space, batch=batch, device=device, progress=progress)

    def save(self, folder: str | Path) -> Path:
        """Write the model's folder, whole or not at all; see `docs/model.md`. Raises StorageError."""
        from einthoven.encoding.folder import save

        return save(self, folder)

    @staticmethod
    def load(folder: str | Path) -> Model:
        """Return the model that `save` wrote; the same as `einthoven.load`."""
        from einthoven.encoding.folder import load

        return load(folder)

    @property
    def fingerprint(self) -> str:
        """The sha256 over config, preparation, tokenizer and weights: what an Archive remembers.

        The same after saving, loading or moving to another device; another when any weight is another. The card
        is left out: a model whose results were added is still the same model.
        """
        signs = _signs(self)
        if self._known is None or self._known[0] != signs:
            self._known = (signs, _digest(self))
        return self._known[1]

    def config(self) -> dict[str, Any]:
        """Return what builds this model again, preparation, tokenizer and weights apart."""
        return {
            part: {name: cast("Encoder | Space | Head", one).config() for name, one in getattr(self, part).items()}
            for part in ("encoders", "spaces", "heads")
        }

    def preparations(self) -> dict[str, Recipe]:
        """Return modality -> the recipe of what its encoder eats."""
        return {name: self.encoder(name).preparation for name in self.modalities}

    def tokenizers(self) -> dict[str, str]:
        """Return modality -> its tokenizer as JSON, for the text encoders that have one."""
        texts = [(name, one) for name, one in self.encoders.items() if isinstance(one, TextEncoder)]
        return {name: one.tokenizer_json for name, one in texts if one.tokenizer_json is not None}

    def untrained(self, seed: int = 0) -> Model:
        """Return the same architecture, preparations and tokenizers with fresh weights: the honest baseline."""
        return Model.built(self.config(), self.preparations(), tokenizers=self.tokenizers(), seed=seed)

    @classmethod
    def built(
        cls,
        config: Mapping[str, Any],
        preparations: Mapping[str, Recipe],
        *,
        tokenizers: Mapping[str, str] | None = None,
        card: Card | None = None,
        seed: int = 0,
    ) -> Model:
        """Return a model with fresh weights from what `config`, `preparations` and `tokenizers` gave.

        Raises:
            ModelError: an architecture or a size is unknown here.
        """
        texts = tokenizers or {}
        with seeded(seed):
            encoders = [
                build(sizes, preparations[name], tokenizer=texts.get(name))
                for name, sizes in config["encoders"].items()
            ]
            spaces = {name: Space(**sizes) for name, sizes in config["spaces"].items()}
            heads = {name: head(sizes) for name, sizes in config["heads"].items()}
        return cls(encoders, spaces=spaces, heads=heads, card=card)

    def __repr__(self) -> str:
        parts = [f"{name}: {one.architecture} {one.width}" for name, one in self._encoders()]
        spaces = [f"{name} {cast('Space', one).width}" for name, one in self.spaces.items()]
        named = [", ".join(parts), f"spaces {', '.join(spaces)}" if spaces else ""]
        named += [f"heads {', '.join(self.heads)}" if self.heads else "", self.card.objective or "not trained"]
        return f"Model({'; '.join(part for part in named if part)})"

    def _encoders(self) -> Iterator[tuple[str, Encoder]]:
        for name, one in self.encoders.items():
            yield name, cast("Encoder", one)


def _key(name: str) -> str:
    """Return `name` where torch can hold it as the name of a part."""
    if not name.isidentifier() or hasattr(nn.ModuleDict, name):
        raise ModelError(
            "a modality, space or head is named by one plain word",
            came=f"{name!r} came",
            instead="Use letters, digits and underscores, e.g. shared.",
            see="docs/model.md",
        )
    return name


def _named(parts: nn.ModuleDict, name: str, what: str, kind: str) -> nn.Module:
    if name not in parts:
        raise ModelError(
            f"{what} is asked for by its {kind}",
            came=f"this model has no {name!r}",
            instead=did_you_mean(name, parts),
            see="docs/model.md",
        )
    return parts[name]


def _refuse_crowd(encoders: list[Encoder]) -> None:
    modalities = [one.modality for one in encoders]
    if not encoders or len(set(modalities)) < len(modalities):
        raise ModelError(
            "a model has one encoder for each modality",
            came=f"{', '.join(modalities) or 'none'} came",
            instead="Pass one of each; for two ECG encoders make two models.",
            see="docs/model.md",
        )


def _refuse_misfit(model: Model) -> None:
    for name, space in model.spaces.items():
        for modality, width in cast("Space", space).widths.items():
            if modality in model.encoders and model.encoder(modality).width != width:
                raise ModelError(
                    "a space projects from the width of each encoder",
                    came=f"space {name!r} takes {width} from {modality!r}, which has {model.encoder(modality).width}",
                    instead="Make it with Space({encoder.modality: encoder.width}).",
                    see="docs/model.md",
                )


def _signs(model: Model) -> tuple[object, ...]:
    """Return what changes when a weight does, at the price of one pass through memory, without hashing."""
    recipes = tuple((name, recipe.to_json()) for name, recipe in model.preparations().items())
    tensors = tuple((name, tuple(tensor.shape), str(tensor.dtype), _sum(tensor)) for name, tensor in _weights(model))
    return json.dumps(model.config(), sort_keys=True), recipes, tensors


def _sum(tensor: Tensor) -> tuple[int, int]:
    """Return how often torch saw the tensor change, and the sum of its bits, which also sees `.data` change."""
    version = 0 if tensor.is_inference() else tensor._version
    return version, int(_bits(tensor).sum(dtype=torch.int64))


def _bits(tensor: Tensor) -> Tensor:
    whole = tensor.detach().contiguous().reshape(-1)
    kinds = {1: torch.uint8, 2: torch.int16, 4: torch.int32, 8: torch.int64}
    return whole.view(kinds[whole.element_size()]) if whole.element_size() in kinds else whole.view(torch.uint8)


def _digest(model: Model) -> str:
    sha = hashlib.sha256(json.dumps(model.config(), sort_keys=True).encode())
    for name, recipe in sorted(model.preparations().items()):
        sha.update(f"\n{name} {recipe.to_json()}\n".encode())
    for name, tokenizer in sorted(model.tokenizers().items()):
        sha.update(f"\n{name} {tokenizer}\n".encode())
    for name, tensor in _weights(model):
        sha.update(f"\n{name} {tensor.dtype} {tuple(tensor.shape)}\n".encode())
        sha.update(np.ascontiguousarray(_bits(tensor).cpu().numpy()).data)
    return sha.hexdigest()


def _weights(model: Model) -> list[tuple[str, Tensor]]:
    """Return every tensor that is saved, by name."""
    return sorted(model.state_dict().items())
