"""Slips: one or two typing errors in some reports, none of which changes what is said."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache

from einthoven.simulating.report_phrases import VOICES, entries

__all__ = ["SLIPPED", "slipped"]

SLIPPED = 0.04
"""The share of reports with a slip; a quarter of these have two."""
WORD = re.compile(r"(?<![\w'°/.-])[A-Za-z]{5,}(?![\w'/-])")
"""A word long enough for a slip: no number, unit, lead, abbreviation or part of a compound."""
STOP = re.compile(r"(?<=[a-z])\.(?= |$)")
KEPT = re.compile(r"^(no|un|ab|hyper|hypo|with|cannot|exclu|doubt|possib|probab|like|suspect)", re.IGNORECASE)
"""Words on which a denial, a direction or a doubt hangs are typed with care."""


def slipped(text: str, chance: Callable[[], float]) -> str:
    """Return `text` with a slip of the hand now and then: a letter dropped, doubled or swapped, a full stop lost.

    Numbers, lead names and words of denial and doubt are never touched, and no slip makes another word that a reader
    could have meant.

    Args:
        text: the report.
        chance: gives uniform numbers.

    >>> slipped("Sinus rhythm. Normal ECG.", iter([0.03, 0.9, 0.6, 0.9, 0.9]).__next__)
    'Sinus rhytmh. Normal ECG.'
    """
    roll = chance()
    if roll >= SLIPPED:
        return text
    for _ in range(2 if roll < 0.25 * SLIPPED else 1):
        text = _slip(text, chance)
    return text


def _slip(text: str, chance: Callable[[], float]) -> str:
    kind = chance()
    if kind < 0.2 and (stops := list(STOP.finditer(text))):
        at = stops[int(chance() * len(stops))].start()
        return text[:at] + text[at + 1 :]
    words = [found for found in WORD.finditer(text) if not KEPT.match(found[0])]
    if not words:
        return text
    found = words[int(chance() * len(words))]
    word, at = found[0], 1 + int(chance() * (len(found[0]) - 2))
    wrong = _wrong(word, at, chance())
    meant = wrong.lower() in _vocabulary()
    return text if meant else text[: found.start()] + wrong + text[found.end() :]


def _wrong(word: str, at: int, kind: float) -> str:
    """Drop, double or swap the letter at `at`, which is not the first."""
    if kind < 1 / 3:
        return word[:at] + word[at + 1 :]
    if kind < 2 / 3:
        return word[: at + 1] + word[at] + word[at + 1 :]
    return word[:at] + word[at + 1] + word[at] + word[at + 2 :]


@lru_cache
def _vocabulary() -> frozenset[str]:
    """All words that stand in phrases.toml."""
    said = (
        entry.voices[voice]
        for kind in ("code", "remark", "verdict")
        for entry in entries(kind).values()
        for voice in VOICES
    )
    return frozenset(
        word for family in said for ways in family for way in ways for word in re.findall(r"[a-z]+", way.text.lower())
    )
