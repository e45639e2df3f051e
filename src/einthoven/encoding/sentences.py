"""Sentences: where the statements of a report begin and end, and which of them a token belongs to."""

from __future__ import annotations

import re
from collections.abc import Sequence

__all__ = ["numbered", "spans"]

_ENDS = re.compile(r"(?<=[^\W\d_])\s?[.!?;:]\s+|(?<=[\d)%])\s?[.!?;]\s+|[。！？；]\s*|\n+")
"""What ends a sentence: a sign before a space (so none within "0.12 s"), a Chinese full stop, a new line."""
_COMMA = re.compile(r",\s+|，\s*")
SHORTEST = 4
"""Characters below which a part of a list says nothing by itself (an "aVF" of a list of leads)."""


def spans(report: str) -> list[tuple[int, int]]:
    """Return (first, after the last) character of each sentence, trimmed, none of them empty.

    A report of one sentence with commas is a list of statements. Nothing needs to end with a full stop.

    >>> report = "PR 0.12 s. LVH; no ischaemia"
    >>> [report[first:last] for first, last in spans(report)]
    ['PR 0.12 s', 'LVH', 'no ischaemia']
    """
    found = _cut(report, _ENDS)
    if len(found) == 1:
        return [(first, last) for first, last in _cut(report, _COMMA) if last - first >= SHORTEST] or found
    return found


def numbered(report: str, offsets: Sequence[tuple[int, int]], special: Sequence[int]) -> list[int]:
    """Return the number of the sentence each token belongs to; -1 for special tokens and signs between sentences.

    Numbers count the sentences that have a token, so that a text cut off in the middle leaves no gap.

    Args:
        report: the text.
        offsets: (first, after the last) character of each token.
        special: 1 for a special token, else 0.
    """
    found, place, numbers = spans(report), 0, []
    kept: dict[int, int] = {}
    for (first, last), is_special in zip(offsets, special, strict=True):
        while place < len(found) and found[place][1] <= first:
            place += 1
        inside = not is_special and last > first and place < len(found) and found[place][0] < last
        numbers.append(kept.setdefault(place, len(kept)) if inside else -1)
    return numbers


def _cut(report: str, ends: re.Pattern[str]) -> list[tuple[int, int]]:
    """Return the trimmed pieces between the matches of `ends`."""
    edges = [0, *(edge for match in ends.finditer(report) for edge in match.span()), len(report)]
    return [span for span in (_trimmed(report, *pair) for pair in zip(edges[::2], edges[1::2], strict=True)) if span]


def _trimmed(report: str, first: int, last: int) -> tuple[int, int] | None:
    while first < last and _around(report[first]):
        first += 1
    while last > first and _around(report[last - 1]):
        last -= 1
    return (first, last) if first < last else None


def _around(char: str) -> bool:
    return char.isspace() or char in ".;"
