"""Pieces: a vocabulary of word parts, learned by joining the most frequent neighbours.

The `tokenizers` library has a trainer of its own, but numbers the same tokens differently from run to run;
a fingerprint must not, so this one breaks every tie by the letters.
"""

from __future__ import annotations

import heapq
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from itertools import pairwise

__all__ = ["pieces_of"]

Pair = tuple[str, str]
INSIDE = "##"
"""How WordPiece marks a part that does not begin its word."""


def pieces_of(counts: Mapping[str, int], size: int, *, always: Sequence[str] = ()) -> list[str]:
    """Return at most `size` pieces that spell the words of `counts`, letters first, then by when they were joined.

    Args:
        counts: word -> how often it comes.
        size: most pieces to return; half of them at most are single letters.
        always: letters to know even when no word has them, so that a later query can be spelled.

    >>> pieces_of({"ecg": 5, "eeg": 2}, 8)
    ['##g', 'e', '##c', '##e', '##cg', 'ecg', '##eg', 'eeg']

    Source: byte-pair encoding of words (arXiv 1508.07909), with WordPiece's mark for inner parts.
    """
    spelled = {word: [word[0], *(INSIDE + letter for letter in word[1:])] for word in counts}
    letters = Counter(dict.fromkeys(always, 0))
    for word, parts in spelled.items():
        for part in parts:
            letters[part] += counts[word]
    pieces = sorted(letters, key=lambda part: (-letters[part], part))[: max(size // 2, 1)]
    return _joined(pieces, spelled, counts, size)


def _joined(pieces: list[str], spelled: dict[str, list[str]], counts: Mapping[str, int], size: int) -> list[str]:
    """Join the most frequent neighbours, again and again, until there are `size` pieces or nothing comes twice."""
    often: Counter[Pair] = Counter()
    where: defaultdict[Pair, set[str]] = defaultdict(set)
    for word, parts in spelled.items():
        for pair in pairwise(parts):
            often[pair] += counts[word]
            where[pair].add(word)
    queue = [(-count, pair) for pair, count in often.items()]
    heapq.heapify(queue)
    known = set(pieces)
    while queue and len(pieces) < size:
        count, pair = heapq.heappop(queue)
        if -count != often[pair] or -count < 2:
            continue  # the count has changed since this entry was queued: the right one is queued too
        joined = pair[0] + pair[1].removeprefix(INSIDE)
        if joined not in known:
            known.add(joined)
            pieces.append(joined)
        for changed in _join(pair, joined, spelled=spelled, counts=counts, often=often, where=where):
            heapq.heappush(queue, (-often[changed], changed))
    return pieces


def _join(
    pair: Pair,
    joined: str,
    *,
    spelled: dict[str, list[str]],
    counts: Mapping[str, int],
    often: Counter[Pair],
    where: defaultdict[Pair, set[str]],
) -> set[Pair]:
    """Spell every word that holds `pair` with `joined`; return the pairs whose counts changed."""
    touched: set[Pair] = set()
    for word in where.pop(pair):
        before = spelled[word]
        after = _spelled_with(before, pair, joined)
        spelled[word] = after
        for sign, parts in ((-1, before), (1, after)):
            for other in pairwise(parts):
                often[other] += sign * counts[word]
                where[other].add(word)
                touched.add(other)
    often.pop(pair, None)
    return touched - {pair}


def _spelled_with(parts: list[str], pair: Pair, joined: str) -> list[str]:
    spelled: list[str] = []
    place = 0
    while place < len(parts):
        both = tuple(parts[place : place + 2]) == pair
        spelled.append(joined if both else parts[place])
        place += 2 if both else 1
    return spelled
