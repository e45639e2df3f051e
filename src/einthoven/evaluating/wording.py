"""Wording: how alike two texts are, word by word. n pairs of a written and a human report.

BLEU and ROUGE-L are computed for one weighting of the pairs or for a thousand at once, as all metrics here: a bootstrap
resample of patients is such a weighting. METEOR is not given: no library that this project keeps has it.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

__all__ = ["bleu", "rouge_l", "words_of"]

Array = NDArray[np.float64]
_WORD = re.compile(r"\d+(?:\.\d+)?|[^\W\d_]+|[^\w\s]")


def words_of(text: str) -> list[str]:
    """Return the words, numbers and marks of a text, in lower case.

    >>> words_of("Axis -30.5 degrees, V4-V6.")
    ['axis', '-', '30.5', 'degrees', ',', 'v', '4', '-', 'v', '6', '.']
    """
    return _WORD.findall(text.lower())


def bleu(written: Sequence[str], human: Sequence[str], weights: Array, *, longest: int = 4) -> Array:
    """Return BLEU-1 to BLEU-`longest` of a corpus with one human report each, without smoothing, shape (longest, R).

    Args:
        written: n texts.
        human: n texts, the same order.
        weights: (R, n), how often each pair counts.
        longest: N of the longest runs of words.

    >>> bleu(["sinus rhythm ."], ["sinus rhythm ."], np.ones((1, 1)))[1].tolist()
    [1.0]

    Source: Papineni et al., ACL 2002: geometric mean of clipped precisions, times the brevity penalty.
    """
    counts = np.array([_matches(words_of(a), words_of(b), longest) for a, b in zip(written, human, strict=True)])
    hits, tried, length, wanted = np.moveaxis(weights @ counts.reshape(len(counts), -1), -1, 0).reshape(4, longest, -1)
    with np.errstate(divide="ignore", invalid="ignore"):
        precision = np.log(np.where(tried > 0, hits / tried, 0.0))
        brevity = np.minimum(0.0, 1 - wanted / length)
    mean = np.cumsum(precision, axis=0) / np.arange(1, longest + 1)[:, None]
    return np.asarray(np.where(length > 0, np.exp(mean + brevity), 0.0))


def _matches(written: Sequence[str], human: Sequence[str], longest: int) -> list[list[float]]:
    """Return, for each N: runs that match, runs that were written, and both lengths, shape (4, longest)."""
    rows = []
    for n in range(1, longest + 1):
        ours, theirs = (Counter(zip(*(text[i:] for i in range(n)), strict=False)) for text in (written, human))
        rows.append([(ours & theirs).total(), ours.total(), len(written), len(human)])
    return [list(column) for column in zip(*rows, strict=True)]


def rouge_l(written: Sequence[str], human: Sequence[str]) -> Array:
    """Return ROUGE-L of each pair, the F1 of their longest common subsequence of words, (n,).

    >>> rouge_l(["sinus rhythm"], ["sinus bradycardia"]).tolist()
    [0.5]

    Source: Lin, ROUGE, 2004, with equal weight of recall and precision.
    """
    pairs = [(words_of(a), words_of(b)) for a, b in zip(written, human, strict=True)]
    return np.array([2 * _common(a, b) / (len(a) + len(b)) if a or b else 1.0 for a, b in pairs])


def _common(a: Sequence[str], b: Sequence[str]) -> int:
    """Return the length of the longest common subsequence, a row of the table at a time."""
    number = {word: i for i, word in enumerate(dict.fromkeys([*a, *b]))}
    theirs = np.array([number[word] for word in b], dtype=np.int64)
    best = np.zeros(len(b) + 1, dtype=np.int64)
    for word in a:
        best[1:] = np.maximum(best[1:], best[:-1] + (theirs == number[word]))
        best = np.maximum.accumulate(best)
    return int(best[-1])
