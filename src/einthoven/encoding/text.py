"""TextPreparation and TextEncoder: how words become numbers, and what every encoder of texts has."""

from __future__ import annotations

import hashlib
import json
from abc import ABC
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor

from einthoven.encoding.base import Encoder, Encoding, Told, Words
from einthoven.encoding.cache import Cache
from einthoven.encoding.sentences import numbered
from einthoven.encoding.transformer import mean_of_parts
from einthoven.errors import ModelError, PreparationError
from einthoven.study import Study

if TYPE_CHECKING:
    from tokenizers import Tokenizer

__all__ = ["TextEncoder", "TextPreparation"]


@dataclass(frozen=True)
class TextPreparation:
    """The recipe of what a text encoder eats.

    Args:
        max_tokens: longest text in tokens, special tokens counted; the rest is cut off.
        lower: case is ignored.
        tokenizer: fingerprint of the tokenizer (`text.fingerprint`); None while there is none.

    >>> recipe = TextPreparation(max_tokens=64)
    >>> TextPreparation.from_json(recipe.to_json()) == recipe
    True
    """

    max_tokens: int = 128
    lower: bool = True
    tokenizer: str | None = None

    @property
    def fingerprint(self) -> str:
        """The sha256 of the recipe, as hexadecimal."""
        return hashlib.sha256(self.to_json().encode()).hexdigest()

    def to_json(self) -> str:
        """Return the recipe as JSON with its keys in order."""
        return json.dumps(asdict(self), sort_keys=True)

    @classmethod
    def from_json(cls, text: str) -> TextPreparation:
        """Return the recipe that `to_json` wrote. Raises PreparationError for keys it does not know."""
        fields = json.loads(text)
        if not isinstance(fields, dict) or not set(fields) <= {"max_tokens", "lower", "tokenizer"}:
            raise PreparationError(
                "a text recipe has max_tokens, lower and tokenizer",
                came=f"keys {sorted(fields)} came" if isinstance(fields, dict) else "no table came",
                instead="Load it with the version of Einthoven that saved it, or newer.",
                see="docs/model.md",
            )
        return cls(**fields)


def fingerprint(tokenizer: str) -> str:
    """Return the sha256 of a tokenizer's JSON, as hexadecimal."""
    return hashlib.sha256(tokenizer.encode()).hexdigest()


class TextEncoder(Encoder, ABC):
    """An encoder of texts. Implement `forward`; `prepare` and the tokenizer are here.

    Args:
        preparation: longest text and whether case counts.
        width: D of `Encoding.pooled`.
        tokenizer: turns text into numbers, itself or its JSON; None until `fit_tokenizer` trains one.
        vocabulary: tokens the weights have room for.
        modality: "report" unless the text is something else.
        causal: a token sees those before it only; `read` then works.
        sizes: what builds it again, see `Encoder`.

    Raises:
        ModelError: the tokenizer knows more tokens than the weights have room for.
        PreparationError: the preparation names another tokenizer.
    """

    preparation: TextPreparation

    def __init__(
        self,
        preparation: TextPreparation,
        *,
        width: int,
        vocabulary: int,
        tokenizer: Tokenizer | str | None = None,
        token_width: int | None = None,
        modality: str = "report",
        causal: bool = False,
        sizes: dict[str, Any] | None = None,
    ) -> None:
        super().__init__(preparation, modality=modality, width=width, token_width=token_width, sizes=sizes)
        self.vocabulary, self.causal = vocabulary, causal
        self.tokenizer: Tokenizer | None = None
        self.tokenizer_json: str | None = None
        if tokenizer is not None:
            self._adopt(tokenizer if isinstance(tokenizer, str) else tokenizer.to_str())
        elif preparation.tokenizer is not None:
            raise _other_tokenizer()

    def fit_tokenizer(self, texts: Sequence[str]) -> None:
        """Train the tokenizer on a cohort's reports; done once, before the weights are trained.

        Raises:
            ModelError: there is a tokenizer already (the weights belong to it), or no text has a word.
        """
        from einthoven.encoding.tokenizer import train_tokenizer

        if self.tokenizer is not None:
            raise ModelError(
                "the weights of a text encoder belong to one tokenizer",
                came="fit_tokenizer() was called on an encoder that has one",
                instead='Make a fresh encoder, e.g. encoder("report-small"), to train another.',
                see="docs/encoder.md",
            )
        self._adopt(train_tokenizer(texts, self.vocabulary, lower=self.preparation.lower).to_str())

    def prepare(self, items: Sequence[str | Study]) -> Words:
        """Return texts (or the reports of studies) as Words, padded to the longest; cut at `max_tokens`.

        Raises:
            ModelError: there is no tokenizer yet, or an item is no text.
            PreparationError: a study has no report.
        """
        tokenizer = self._ready()
        texts = [_text(item) for item in items]
        coded = [tokenizer.encode(text) for text in texts]
        longest = max(map(len, coded), default=0)
        ids = torch.zeros(len(coded), longest, dtype=torch.long)
        mask = torch.zeros(len(coded), longest, dtype=torch.bool)
        sentence = torch.full((len(coded), longest), -1)
        for row, (text, one) in enumerate(zip(texts, coded, strict=True)):
            ids[row, : len(one)] = torch.as_tensor(one.ids, dtype=torch.long)
            mask[row, : len(one)] = True
            sentence[row, : len(one)] = torch.as_tensor(numbered(text, one.offsets, one.special_tokens_mask))
        return Words(ids, mask, sentence)

    @property
    def poolings(self) -> dict[str, int]:
        """The tokens, and "sentences": the mean of the tokens of each."""
        return {**super().poolings, "sentences": self.token_width}

    def pool(self, name: str, seen: Encoding, batch: Words) -> tuple[Tensor, Tensor]:
        """Return another pooling; see `Encoder.pool`. Words whose sentences nobody counted are one sentence."""
        if name != "sentences":
            return super().pool(name, seen, batch)
        if isinstance(batch, Told):
            return seen.tokens, seen.mask
        return mean_of_parts(seen.tokens, torch.where(batch.mask, 0, -1) if batch.sentence is None else batch.sentence)

    def read(self, ids: Tensor, cache: Cache) -> Tensor:  # noqa: ARG002
        """Return the states (B, N, D) of tokens that follow those the cache has; they are remembered in it.

        Args:
            ids: the next token numbers, int64 (B, N), all of them real.
            cache: of the tokens before; a fresh one at the start of a text.

        Raises:
            ModelError: the encoder looks at a text both ways, so that every state changes with the next word.
        """
        raise self._two_way()

    def spoken(self, ids: Sequence[int]) -> str:
        """Return the text that token numbers stand for, without the special ones.

        Raises:
            ModelError: there is no tokenizer yet.
        """
        from tokenizers import decoders

        tokenizer = self._ready()
        if tokenizer.decoder is None:
            tokenizer.decoder = decoders.WordPiece()
        return tokenizer.decode(list(ids), skip_special_tokens=True)

    @property
    def known(self) -> int:
        """Tokens that the tokenizer has."""
        return int(self._ready().get_vocab_size())

    @property
    def special(self) -> list[int]:
        """Numbers of the special tokens."""
        return sorted(n for n, token in self._ready().get_added_tokens_decoder().items() if token.special)

    @property
    def mask_token(self) -> int:
        """Number of the token that stands for a hidden word. Raises ModelError when the tokenizer has none."""
        for name in ("[MASK]", "<mask>"):
            found = self._ready().token_to_id(name)
            if found is not None:
                return int(found)
        raise ModelError(
            "words are hidden behind the tokenizer's mask token",
            came="this tokenizer has neither [MASK] nor <mask>",
            instead="Use a tokenizer of a masked language model, or one that fit_tokenizer trains.",
            see="docs/encoder.md",
        )

    def _refuse_two_way(self) -> None:
        if not self.causal:
            raise self._two_way()

    def _two_way(self) -> ModelError:
        return ModelError(
            "a text is read word by word by a causal encoder",
            came=f"this {self.architecture} encoder looks at a text both ways",
            instead='Make it with causal=True, e.g. encoder("report-small", causal=True).',
            see="docs/encoder.md",
        )

    def _adopt(self, text: str) -> None:
        """Take a tokenizer's JSON; the text itself is kept and fingerprinted, whatever a later library makes of it."""
        from tokenizers import Tokenizer

        if self.preparation.tokenizer not in (None, fingerprint(text)):
            raise _other_tokenizer()
        tokenizer = Tokenizer.from_str(text)
        if tokenizer.get_vocab_size() > self.vocabulary:
            raise ModelError(
                "a tokenizer knows no more tokens than the weights have room for",
                came=f"{tokenizer.get_vocab_size()} tokens for {self.vocabulary} rows",
                instead=f"Build the encoder with vocabulary={tokenizer.get_vocab_size()}.",
                see="docs/encoder.md",
            )
        tokenizer.no_padding()
        tokenizer.enable_truncation(self.preparation.max_tokens)
        self.tokenizer, self.tokenizer_json = tokenizer, text
        self.preparation = replace(self.preparation, tokenizer=fingerprint(text))

    def _ready(self) -> Tokenizer:
        if self.tokenizer is None:
            raise ModelError(
                "a text encoder needs a tokenizer before it can read",
                came=f"this {self.architecture} encoder is new and has none",
                instead="Train one with encoder.fit_tokenizer(reports), pretrain it, or load() a saved model.",
                see="docs/encoder.md",
            )
        return self.tokenizer


def _text(item: str | Study) -> str:
    if isinstance(item, Study):
        if item.report is None:
            raise PreparationError(
                "only a study with a report can be embedded as a report",
                came=f"study {item.id} has none",
                instead="Leave it out: cohort.where(lambda study: study.report is not None).",
                see="docs/encoder.md",
            )
        return item.report
    if isinstance(item, str):
        return item
    raise ModelError(
        "an encoder of texts takes strings or studies",
        came=f"{type(item).__name__} came",
        instead="Pass the words themselves, or studies with reports.",
        see="docs/encoder.md",
    )


def _other_tokenizer() -> PreparationError:
    return PreparationError(
        "a text recipe belongs to the tokenizer it names",
        came="the tokenizer is missing or another one",
        instead="Keep tokenizer.json beside the weights it was trained with.",
        see="docs/model.md",
    )
