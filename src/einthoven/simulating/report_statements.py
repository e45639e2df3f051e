"""Statements: what is said about the codes, about what has no code, and at the end."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

from einthoven.simulating.report_phrases import Entry, entries, table
from einthoven.simulating.report_reader import Reader, Statement

__all__ = ["OMITTED", "Remark", "closed", "remarks", "statements", "verdict"]

OMITTED = 0.04
"""The share of findings of form that a reader leaves out of the text although he codes them."""
HURRIED = 0.08
"""What is taken from every reader's talkativeness, so that one in twenty says nothing beside the codes."""
FAST_RHYTHMS = frozenset(("AFIB", "AFLT", "SVTAC", "PSVT"))
"""Rhythms that make an ECG abnormal although their likelihood is not stated."""

Said = dict[str, list[Statement]]


@dataclass(frozen=True)
class Remark:
    """What may be said of measures that have no code.

    Args:
        entry: its words.
        share: how often an ordinary reader says it.
        when: guards that must hold.
        unless: parts of which nothing may be coded or hidden.
        beside: codes of which one must be given.
        heavy: whether only an abnormal ECG calls for it.
    """

    entry: Entry
    share: float
    when: tuple[str, ...]
    unless: frozenset[str]
    beside: frozenset[str]
    heavy: bool


def statements(reader: Reader, codes: Mapping[str, float]) -> Said:
    """Return what is said about each part, one statement a code; NORM has its place in the verdict."""
    words, said = entries("code"), {part: list[Statement]() for part in table()["parts"]}
    for code, likelihood in codes.items():
        entry = words[code]
        if code == "NORM" or (likelihood == 0 and entry.part != "rhythm" and reader.chance() < OMITTED):
            continue
        statement = reader.say(entry, likelihood)
        if statement is not None and statement not in said[entry.part]:
            said[entry.part].append(statement)
    return said


def remarks(reader: Reader, codes: Mapping[str, float], *, talk: float, numbers: float) -> Said:
    """Return what is said beside the codes: the axis, intervals, denials, comparisons.

    Args:
        reader: who writes.
        codes: what he coded; nothing that is said here contradicts them.
        talk: how talkative his style is, 1 for ordinary.
        numbers: share of reports of his style with a line of measurements.
    """
    said = {part: list[Statement]() for part in table()["parts"]}
    hidden, heavy = closed(codes), abnormal(codes)
    mood = max(0.0, 1.7 * reader.chance() - HURRIED)
    talk *= mood / (1 + 0.2 * len(codes))
    for remark in _remarks():
        often = numbers * min(1.0, 2 * mood) if remark.entry.name == "measures" else remark.share * talk
        if reader.chance() >= often or (remark.heavy and not heavy) or not _fits(remark, codes, hidden):
            continue
        if reader.facts.holds(remark.when) and (statement := reader.say(remark.entry)):
            said[remark.entry.part].append(statement)
    return said


def closed(codes: Mapping[str, float]) -> frozenset[str]:
    """Return the parts that a reader of these codes calls neither normal nor free of findings.

    >>> sorted(closed({"SR": 0.0, "LVH": 100.0}))
    ['recovery', 'rhythm', 'voltage']
    """
    return frozenset[str]().union(*(_hides(code) for code in codes))


def abnormal(codes: Mapping[str, float]) -> bool:
    """Whether a reader calls an ECG with these codes abnormal."""
    return "NORM" not in codes and (
        any(likelihood >= 50 for likelihood in codes.values()) or not FAST_RHYTHMS.isdisjoint(codes)
    )


def verdict(reader: Reader, codes: Mapping[str, float]) -> list[Statement]:
    """Return the last word, which some readers leave out where the ECG is not normal."""
    if "NORM" in codes:
        entry = entries("code")["NORM"] if codes["NORM"] == 100 else entries("verdict")["nearly"]
    elif reader.chance() < (0.75 if reader.voice == "cart" else 0.27):
        entry = entries("verdict")["abnormal" if abnormal(codes) else "slight"]
    else:
        return []
    statement = reader.say(entry)
    return [statement] if statement else []


def _fits(remark: Remark, codes: Mapping[str, float], hidden: frozenset[str]) -> bool:
    return remark.unless.isdisjoint(hidden) and (not remark.beside or not remark.beside.isdisjoint(codes))


@lru_cache
def _hides(code: str) -> frozenset[str]:
    part, hides = entries("code")[code].part, table()["hides"]
    return frozenset((part, *hides.get(part, ()), *hides.get(code, ())))


@lru_cache
def _remarks() -> tuple[Remark, ...]:
    return tuple(
        Remark(
            entry,
            entry.row["share"],
            tuple(entry.row.get("when", ())),
            frozenset(entry.row.get("unless", ())),
            frozenset(entry.row.get("with", ())),
            entry.row.get("heavy", False),
        )
        for entry in entries("remark").values()
    )
