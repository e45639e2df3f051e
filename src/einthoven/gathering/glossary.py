"""Glossary: German and Swedish reports in English, word for word, by a table written for the language of ECGs."""

from __future__ import annotations

import re
import tomllib
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

__all__ = ["Coverage", "coverage", "english", "foreign"]

_PARTS = re.compile(r"[^\W\d_]+|\d+(?:[.,]\d+)*|\s+|.", re.DOTALL)
_WORD = re.compile(r"[^\W\d_]{2,}")
_FOLDED = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss", "å": "aa"})
Key = tuple[str, ...]


@dataclass(frozen=True)
class Coverage:
    """How much of some reports the glossary knows.

    Args:
        reports: how many are not English, each counted.
        whole: how many of them are known word for word.
        words: words of two letters and more in them.
        known: how many of these the glossary knows.
        unknown: the others, with how often they come, the most frequent first.
    """

    reports: int
    whole: int
    words: int
    known: int
    unknown: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class _Said:
    """A part of a report in English: whether the glossary knows it, and whether it said something else."""

    said: str
    known: bool = False
    changed: bool = False


@dataclass(frozen=True)
class _Table:
    entries: Mapping[Key, str]
    adjectives: Mapping[str, str]
    endings: tuple[str, ...]
    abbreviations: frozenset[str]
    neutral: frozenset[str]
    longest: int


def english(report: str) -> str:
    """Return a report with every German or Swedish word that the glossary knows in English; English stays as it is.

    Word order is kept, and unknown words are left as they are: a translation for search, not for reading aloud.

    >>> english("sinusrhythmus überdrehter linkstyp anterolaterale ischämie nicht auszuschliessen")
    'sinus rhythm marked left axis deviation anterolateral ischaemia cannot be excluded'
    >>> english("Sinus rhythm. Otherwise normal ECG.")
    'Sinus rhythm. Otherwise normal ECG.'
    """
    if not foreign(report):
        return report
    return "".join(part.said for part in _walked(report))


def foreign(report: str) -> bool:
    """Say whether a report has a word that is German or Swedish and not English.

    >>> foreign("lagetyp normal"), foreign("normal axis")
    (True, False)
    """
    return any(part.changed for part in _walked(report))


def coverage(reports: Iterable[str]) -> Coverage:
    """Count how much of the reports that are not English the glossary knows.

    >>> coverage(["sinusrhythmus xyz", "sinus rhythm"]).unknown
    {'xyz': 1}
    """
    total = whole = words = 0
    unknown: Counter[str] = Counter()
    for report in reports:
        if not foreign(report):
            continue
        left = " ".join(part.said for part in _walked(report) if not part.known).casefold()
        rest = [word for word in _WORD.findall(left) if word not in _table().neutral]
        total, whole, words = total + 1, whole + (not rest), words + len(_WORD.findall(report))
        unknown.update(rest)
    most = dict(unknown.most_common())
    return Coverage(total, whole, words, words - unknown.total(), most)


def _walked(report: str) -> list[_Said]:
    """Return the parts of a report, one after another, in English where the glossary knows them."""
    table, parts = _table(), _PARTS.findall(report)
    places = [place for place, part in enumerate(parts) if not part.isspace()]
    folded = [_fold(parts[place]) for place in places]
    said: list[_Said] = []
    here = done = 0
    while here < len(places):
        said += [_Said(part) for part in parts[done : places[here]]]
        length, word = _found(table, folded, here)
        last = places[here + length - 1]
        changed = word != folded[here] and folded[here] not in table.abbreviations
        said.append(_Said(parts[last]) if word is None else _Said(word, known=True, changed=changed))
        here, done = here + length, last + 1
    return said + [_Said(part) for part in parts[done:]]


def _found(table: _Table, folded: list[str], here: int) -> tuple[int, str | None]:
    """Return how many parts the longest entry takes that begins here, and what it says; 1 and None for none."""
    for length in range(min(table.longest, len(folded) - here), 0, -1):
        word = table.entries.get(tuple(folded[here : here + length]))
        if word is not None:
            return length, word
    stem = folded[here]
    for ending in ("", *table.endings):
        if stem.endswith(ending) and (word := table.adjectives.get(stem.removesuffix(ending))):
            return 1, word
    return 1, None


def _fold(part: str) -> str:
    return part.casefold().translate(_FOLDED)


@cache
def _table() -> _Table:
    told = tomllib.loads(files("einthoven.gathering").joinpath("glossary.toml").read_text(encoding="utf-8"))
    entries = {
        tuple(_fold(part) for part in _PARTS.findall(name) if not part.isspace()): word
        for name, word in {**told["phrases"], **told["words"], **told["abbreviations"]}.items()
    }
    adjectives = {_fold(stem): word for stem, word in told["adjectives"].items()}
    short, neutral = frozenset(told["abbreviations"]), frozenset(told["neutral"]["words"])
    return _Table(entries, adjectives, tuple(told["endings"]), short, neutral, max(map(len, entries)))
