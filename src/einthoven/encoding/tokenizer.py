"""Tokenizer: WordPiece, trained on a cohort's reports, that keeps decimals and lead names in one piece of text."""

from __future__ import annotations

import string
from collections import Counter
from collections.abc import Iterable
from typing import TYPE_CHECKING

from einthoven.encoding.pieces import pieces_of
from einthoven.errors import ModelError

if TYPE_CHECKING:
    from tokenizers import Tokenizer

__all__ = ["SPECIAL", "train_tokenizer"]

SPECIAL = ("[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "[BOS]")
"""The special tokens, numbered from 0 in this order."""
UNKNOWN = SPECIAL[1]

PIECES = r"\d+(?:[.,]\d+)*|\p{L}[\p{L}\p{M}\p{N}]*|[^\s]"
"""What is never joined with its neighbours: a number with its decimals, a word (V1 is one), a sign."""

_PLAIN = string.ascii_lowercase + string.digits
LETTERS = (*_PLAIN, *(f"##{letter}" for letter in f"{_PLAIN}.,"), *".,:;-/()+%<>=?!")
"""What every tokenizer can spell with, whatever its cohort wrote."""


def train_tokenizer(texts: Iterable[str], size: int = 2048, *, lower: bool = True) -> Tokenizer:
    """Return a WordPiece tokenizer trained on `texts`; the same texts give the same tokenizer.

    "0.15 mV" stays a number and a unit, "V1" a lead and "T-wave" two words and a dash; letters keep their
    accents, so that German and English reports live in one vocabulary.

    Args:
        texts: reports; their order does not matter.
        size: most tokens to learn, the special ones counted.
        lower: ignore case.

    Raises:
        ModelError: no text has a word, or `size` leaves no room beside the special tokens.

    >>> tokenizer = train_tokenizer(["Sinus rhythm. ST depression 0.15 mV in V4-V6."] * 3, 200)
    >>> tokenizer.encode("st depression in V4, 0.15 mV").tokens
    ['[CLS]', 'st', 'depression', 'in', 'v4', ',', '0.15', 'mv', '[SEP]']
    """
    from tokenizers import AddedToken, Regex, Tokenizer, models, normalizers, pre_tokenizers, processors

    steps: list[normalizers.Normalizer] = [normalizers.NFKC()]
    tokenizer = Tokenizer(models.WordPiece(unk_token=UNKNOWN))
    tokenizer.normalizer = normalizers.Sequence([*steps, normalizers.Lowercase()] if lower else steps)
    tokenizer.pre_tokenizer = pre_tokenizers.Split(Regex(PIECES), "removed", invert=True)
    tokenizer.model = models.WordPiece(_learned(tokenizer, texts, size), unk_token=UNKNOWN)
    tokenizer.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]", special_tokens=[("[CLS]", SPECIAL.index("[CLS]")), ("[SEP]", SPECIAL.index("[SEP]"))]
    )
    tokenizer.add_special_tokens([AddedToken(token, normalized=False, special=True) for token in SPECIAL])
    return tokenizer


def _learned(tokenizer: Tokenizer, texts: Iterable[str], size: int) -> dict[str, int]:
    """Return token -> number, learned from the pieces that `tokenizer` cuts `texts` into."""
    counts: Counter[str] = Counter()
    for text, times in Counter(texts).items():
        pieces = tokenizer.pre_tokenizer.pre_tokenize_str(tokenizer.normalizer.normalize_str(text))
        for piece, _ in pieces:
            counts[piece] += times
    if not counts or size <= len(SPECIAL):
        raise ModelError(
            f"a tokenizer is trained on words, and learns more than its {len(SPECIAL)} special tokens",
            came=f"{len(counts)} different words and size={size}",
            instead="Pass the cohort's reports, and e.g. size=2048.",
            see="docs/encoder.md",
        )
    learned = pieces_of(counts, size - len(SPECIAL), always=LETTERS)
    return {token: number for number, token in enumerate([*SPECIAL, *learned])}
