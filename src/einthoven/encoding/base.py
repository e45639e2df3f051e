"""Encoder: one modality in, an Encoding out. Shapes: B batch, L leads, T samples, N tokens, D width, P patch."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import torch
from torch import Tensor, nn

from einthoven.errors import ModelError, did_you_mean

if TYPE_CHECKING:
    from einthoven.encoding.recipes import Recipe

__all__ = ["Batch", "Encoder", "Encoding", "Images", "Signals", "Told", "Words"]

Rows = slice | Tensor
"""Which rows of a batch: a slice, or positions (B',), or a truth for each (B,)."""


@dataclass(frozen=True, eq=False)
class Signals:
    """A batch of signals as an encoder eats them: prepared, scaled, padded to one length.

    Args:
        signal: scaled samples, float32 (B, L, T); zero beyond `length` and in the rows of absent leads.
        lead_mask: True where a lead was measured, bool (B, L).
        length: samples that were measured, int64 (B,); the rest of T is padding.

    >>> batch = Signals(torch.zeros(3, 12, 1000), torch.ones(3, 12, dtype=torch.bool), torch.full((3,), 1000))
    >>> len(batch), len(batch[:2])
    (3, 2)
    """

    signal: Tensor
    lead_mask: Tensor
    length: Tensor

    def __len__(self) -> int:
        return len(self.signal)

    def __getitem__(self, rows: Rows) -> Signals:
        return Signals(self.signal[rows], self.lead_mask[rows], self.length[rows])

    def to(self, device: torch.device | str) -> Signals:
        """Return the batch on another device."""
        signal, lead_mask = (part.to(device, non_blocking=True) for part in (self.signal, self.lead_mask))
        return Signals(signal, lead_mask, self.length.to(device, non_blocking=True))


@dataclass(frozen=True, eq=False)
class Words:
    """A batch of texts as numbers of a tokenizer, padded to the longest.

    Args:
        ids: token numbers, int64 (B, N).
        mask: True for a real token, False for padding, bool (B, N).
        sentence: number of the sentence each token belongs to, from 0, int64 (B, N); -1 for special tokens and
            padding; None where nobody looked.

    >>> len(Words(torch.zeros(2, 7, dtype=torch.long), torch.ones(2, 7, dtype=torch.bool)))
    2
    """

    ids: Tensor
    mask: Tensor
    sentence: Tensor | None = None

    def __len__(self) -> int:
        return len(self.ids)

    def __getitem__(self, rows: Rows) -> Words:
        return Words(self.ids[rows], self.mask[rows], None if self.sentence is None else self.sentence[rows])

    def to(self, device: torch.device | str) -> Words:
        """Return the batch on another device."""
        ids, mask = (part.to(device, non_blocking=True) for part in (self.ids, self.mask))
        return Words(ids, mask, None if self.sentence is None else self.sentence.to(device, non_blocking=True))


@dataclass(frozen=True, eq=False)
class Images:
    """A batch of pictures as an encoder eats them: of one size, scaled.

    Args:
        pixels: float32 (B, C, H, W).

    >>> len(Images(torch.zeros(4, 3, 224, 224))[:2])
    2
    """

    pixels: Tensor

    def __len__(self) -> int:
        return len(self.pixels)

    def __getitem__(self, rows: Rows) -> Images:
        return Images(self.pixels[rows])

    def to(self, device: torch.device | str) -> Images:
        """Return the batch on another device."""
        return Images(self.pixels.to(device, non_blocking=True))


Batch = Signals | Words | Images


@dataclass(frozen=True, eq=False)
class Encoding:
    """What an encoder says of a batch.

    Args:
        pooled: one vector an item, (B, D), D = `Encoder.width`; what probes see.
        tokens: one vector a part, (B, N, D), D = `Encoder.token_width`.
        mask: True where a token stands for something measured or written, bool (B, N).
    """

    pooled: Tensor
    tokens: Tensor
    mask: Tensor

    def __len__(self) -> int:
        return len(self.pooled)

    def __getitem__(self, rows: Rows) -> Encoding:
        return Encoding(self.pooled[rows], self.tokens[rows], self.mask[rows])

    def to(self, device: torch.device | str) -> Encoding:
        """Return it on another device."""
        return Encoding(*(part.to(device, non_blocking=True) for part in (self.pooled, self.tokens, self.mask)))


@dataclass(frozen=True, eq=False)
class Told(Words):
    """A batch of texts that a frozen encoder has read before: what it said is here and need not be computed.

    Args:
        ids: see `Words`.
        mask: see `Words`.
        sentence: see `Words`.
        said: the encoder's answer, with the mean of each sentence for tokens.
    """

    said: Encoding | None = None

    def __getitem__(self, rows: Rows) -> Told:
        words = super().__getitem__(rows)
        return Told(words.ids, words.mask, words.sentence, None if self.said is None else self.said[rows])

    def to(self, device: torch.device | str) -> Told:
        """Return the batch on another device."""
        words = super().to(device)
        return Told(words.ids, words.mask, words.sentence, None if self.said is None else self.said.to(device))


class Encoder(nn.Module, ABC):
    """One modality in, an Encoding out; it carries the exact recipe of what it eats.

    To write one, give the class an `architecture` name, hand `super().__init__` the preparation, the width
    and every size needed to build it again, and implement `forward` and `prepare` (subclasses of
    `SignalEncoder`, `TextEncoder` and `ImageEncoder` have `prepare` already).

    Args:
        preparation: the recipe that turns an item into what `forward` takes.
        modality: "ecg", "report", "image" or a name of your own.
        width: D of `Encoding.pooled`.
        token_width: D of `Encoding.tokens`; as `width` unless told.
        sizes: keyword arguments of your constructor, as plain values that JSON can hold; `config()` returns
            them and `load` calls the constructor with them.
    """

    architecture: ClassVar[str]
    preparation: Recipe

    def __init__(
        self,
        preparation: Recipe,
        *,
        modality: str,
        width: int,
        token_width: int | None = None,
        sizes: dict[str, Any] | None = None,
    ) -> None:
        super().__init__()
        self.preparation, self.modality, self.width = preparation, modality, width
        self.token_width = width if token_width is None else token_width
        self._sizes = dict(sizes or {})

    @abstractmethod
    def prepare(self, items: Sequence[Any]) -> Any:
        """Return items as Signals, Words or Images; refuse or convert what does not fit `preparation`."""

    @abstractmethod
    def forward(self, batch: Any, *, keep: Tensor | None = None) -> Encoding:
        """Encode a batch.

        Args:
            batch: Signals, Words or Images, as `prepare` makes them.
            keep: positions of the only tokens to encode, int64 (B, N'), for masked modelling; tokens and
                mask of the answer then are (B, N', D) and (B, N').

        Raises:
            ModelError: `keep` was given to an encoder whose tokens cannot be left out.
        """

    def patches(self, batch: Any) -> tuple[Tensor, Tensor]:  # noqa: ARG002
        """Return what each token stands for, (B, N, P), and which tokens hold something measured, bool (B, N).

        Raises:
            ModelError: this encoder's tokens are not patches of its input.
        """
        raise self._unmaskable()

    @property
    def poolings(self) -> dict[str, int]:
        """The poolings beside `pooled` that `pool` can give, name -> width of their vectors."""
        return {"tokens": self.token_width}

    def pool(self, name: str, seen: Encoding, batch: Any) -> tuple[Tensor, Tensor]:  # noqa: ARG002
        """Return another pooling of what `forward` said of a batch, without encoding it again.

        Args:
            name: one of `poolings`.
            seen: what `forward` gave.
            batch: what it was given.

        Returns:
            Vectors (B, N', D'), and which of them stand for something, bool (B, N').

        Raises:
            ModelError: the encoder has no pooling of this name.
        """
        if name != "tokens":
            raise ModelError(
                "a pooling is asked for by its name",
                came=f"a {self.architecture} encoder has no pooling {name!r}",
                instead=did_you_mean(name, self.poolings),
                see="docs/encoder.md",
            )
        return seen.tokens, seen.mask

    def config(self) -> dict[str, Any]:
        """Return what builds this encoder again, the preparation and the weights apart."""
        return {"architecture": self.architecture, **self._sizes}

    @property
    def device(self) -> torch.device:
        """Where the weights are."""
        return next((weight.device for weight in self.parameters()), torch.device("cpu"))

    if TYPE_CHECKING:

        def __call__(self, batch: Any, *, keep: Tensor | None = None) -> Encoding: ...  # noqa: D102

    def _unmaskable(self) -> ModelError:
        return ModelError(
            "masked modelling needs an encoder whose tokens are patches of its input",
            came=f"a {self.architecture} encoder was asked for patches or given keep=",
            instead='Use a vision transformer, e.g. encoder("vit-small").',
            see="docs/encoder.md",
        )
