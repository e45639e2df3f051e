"""Codes: other people's names for findings, turned into the SCP statements of PTB-XL."""

from __future__ import annotations

import tomllib
from collections.abc import Collection, Iterable, Mapping
from functools import cache
from importlib.resources import files
from typing import Any

from einthoven.errors import ConfigError, did_you_mean

__all__ = ["RELATIONS", "acronyms", "labels_of", "snomed"]

RELATIONS = ("equivalent", "broader", "narrower", "approximate")
"""How an SCP statement stands to the code it is taken for; see snomed.toml."""


def labels_of(
    codes: Iterable[str], *, vocabulary: str | None = None, relations: Collection[str] = RELATIONS
) -> dict[str, float]:
    """Return the SCP statements that codes stand for, each at 100 %.

    Whole codes are matched: the label files that several papers share were made by looking for an acronym anywhere
    in the joined string, so that "VB" was found in "AVB" (916 records for 3 true ones).

    Args:
        codes: SNOMED CT ids or acronyms.
        vocabulary: whose acronyms ("cpsc2018", "csn", "code15"); AF is flutter in one and fibrillation in another.
        relations: which relations to accept; ("equivalent",) is the strict reading.

    Raises:
        ConfigError: a relation or vocabulary that does not exist.

    >>> labels_of(["164889003", "54016002"])
    {'AFIB': 100.0, '2AVB': 100.0}
    >>> labels_of(["AF"], vocabulary="csn"), labels_of(["AF"], vocabulary="cpsc2018")
    ({'AFLT': 100.0}, {'AFIB': 100.0})
    >>> labels_of(["54016002"], relations=("equivalent",))
    {}
    """
    for relation in relations:
        if relation not in RELATIONS:
            raise _unknown("a relation is one of the table's", relation, RELATIONS)
    short = acronyms(vocabulary) if vocabulary else {}
    found: dict[str, float] = {}
    for code in codes:
        row = snomed().get(short.get(code, code), {})
        if row.get("relation") in relations:
            found.update(dict.fromkeys(row["scp"], 100.0))
    return found


def snomed() -> Mapping[str, Mapping[str, Any]]:
    """Return the table: SNOMED CT id -> `name`, `scp` and `relation`.

    >>> snomed()["59118001"]["scp"], snomed()["59118001"]["relation"]
    (['CRBBB'], 'narrower')
    """
    table: Mapping[str, Mapping[str, Any]] = _tables()["snomed"]
    return table


def acronyms(vocabulary: str) -> Mapping[str, str]:
    """Return acronym -> SNOMED CT id of one vocabulary. Raises ConfigError when there is no such vocabulary.

    >>> acronyms("code15")["1dAVb"]
    '270492004'
    """
    tables: Mapping[str, Mapping[str, str]] = _tables()["acronyms"]
    if vocabulary not in tables:
        raise _unknown("a vocabulary is asked for by its name", vocabulary, tables)
    return tables[vocabulary]


def _unknown(rule: str, name: str, known: Iterable[str]) -> ConfigError:
    return ConfigError(rule, came=f"{name!r} came", instead=did_you_mean(name, known), see="docs/gathering.md")


@cache
def _tables() -> dict[str, Any]:
    return tomllib.loads(files(__package__).joinpath("snomed.toml").read_text(encoding="utf-8"))
