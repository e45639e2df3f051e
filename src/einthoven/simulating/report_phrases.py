"""Phrases: the words of the reports, and the small grammar in which phrases.toml writes them."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources
from itertools import product
from string import Formatter
from typing import Any

__all__ = ["VOICES", "Entry", "Family", "Way", "entries", "expanded", "family", "table"]

VOICES = ("long", "prose", "short", "note", "cart")
"""The registers in which everything can be said."""


@dataclass(frozen=True)
class Way:
    """One wording, the facts it needs, and whether it is a whole clause (else it can follow "the ECG shows")."""

    text: str
    needs: tuple[str, ...]
    clause: bool


Family = tuple[tuple[Way, ...], ...]
"""Phrases of one meaning, each with all its wordings; a phrase of many wordings is not said more often than another."""


@dataclass(frozen=True)
class Entry:
    """What phrases.toml says of a code, a remark or a verdict.

    Args:
        name: the code, or the remark's name.
        part: where in the report it stands.
        hedge: whether the statement takes a hedge.
        voices: its words by VOICES.
        row: the other fields as they stand in the file.
    """

    name: str
    part: str
    hedge: bool
    voices: Mapping[str, Family]
    row: Mapping[str, Any]


@lru_cache
def table() -> Mapping[str, Any]:
    """Return phrases.toml as it is written."""
    return tomllib.loads(resources.files(__package__).joinpath("phrases.toml").read_text("utf-8"))


@lru_cache
def entries(kind: str) -> Mapping[str, Entry]:
    """Return all entries of a kind: "code", "remark" or "verdict".

    >>> entries("code")["LVH"].part
    'voltage'
    """
    return {name: _entry(name, row, kind) for name, row in table()[kind].items()}


def expanded(phrase: str) -> tuple[str, ...]:
    """Write out every choice [a|b|] of a phrase.

    >>> expanded("[old |]inferior [infarct|MI]")
    ('old inferior infarct', 'old inferior MI', 'inferior infarct', 'inferior MI')
    """
    pieces = re.split(r"\[([^\]]*)\]", phrase)
    choices = [piece.split("|") if k % 2 else [piece] for k, piece in enumerate(pieces)]
    return tuple(dict.fromkeys("".join(parts) for parts in product(*choices)))


def family(phrases: Iterable[str], *, clause: bool = False) -> Family:
    """Return phrases of the grammar with all their wordings.

    >>> family(["rate [of |]{rate}"])[0][1]
    Way(text='rate {rate}', needs=('rate',), clause=False)
    """
    return tuple(tuple(Way(text, _needs(text), clause) for text in expanded(phrase)) for phrase in phrases)


def _entry(name: str, row: Mapping[str, Any], kind: str) -> Entry:
    words = {field: family(_written(row, field), clause=field == "said") for field in _FIELDS}
    nouns, clauses = words["full"], words["said"]
    voices = {
        "long": nouns + clauses,
        "prose": nouns + clauses if kind == "code" else clauses,
        "short": words["short"],
        "note": words["note"] or nouns,
        "cart": words["cart"] or nouns,
    }
    return Entry(name, row.get("part", "verdict"), row.get("hedge", False), voices, row)


_FIELDS = ("full", "said", "short", "note", "cart")


def _written(row: Mapping[str, Any], field: str) -> list[str]:
    """Return the phrases of a row and of the family it is like."""
    shared = table()["family"][row["like"]].get(field, []) if "like" in row else []
    mine = [phrase.replace("{wall}", row["wall"]).replace("{abbr}", row.get("abbr", "")) for phrase in shared]
    return [*mine, *row.get(field, [])]


def _needs(text: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(name for _, name, _, _ in Formatter().parse(text) if name))
