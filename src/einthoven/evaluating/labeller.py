"""Labeller: SCP statements read from the words of a report by rules, with negations and hedges.

It exists to score written reports: what a model wrote and what a person wrote are read by the same rules. It is no
diagnosis and no substitute for codes.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from importlib.resources import files
from typing import Any

__all__ = ["POSSIBLE", "PRESENT", "read_labels"]

PRESENT, POSSIBLE = 100.0, 50.0
"""Likelihood of a finding that is said, and of one that is said with a hedge."""

_RHYTHMS = ("SARRH", "SBRAD", "STACH")
_NORMAL_WITH = {"SR", *_RHYTHMS, "PAC", "PVC"}
"""What readers of PTB-XL call an otherwise normal ECG and code as normal."""
_SENTENCE = re.compile(r"[.;:!]+(?=\s|$)| [-/|] ")
_CLAUSE = re.compile(r",(?!\d| prolonged| irregular| (?:non-?|un)diag)")  # "PR 268 ms, prolonged" is one thought

_LEADS = re.compile(r"(?<= )(?:i{1,3}|av[rlf]|v[1-6](?:-v[1-6])?)(?:, (?:i{1,3}|av[rlf]|v[1-6](?:-v[1-6])?)\b)+")
"""A list of leads, which is one thought."""
_OR = re.compile(r"\b(?:or|nor|oder)\b")


def read_labels(report: str) -> dict[str, float]:
    """Return the SCP statements that a report speaks of, with 100 where it is sure and 50 where it hedges.

    What it denies is left out. A negation holds to the end of its clause, and over a list that ends in "or"; a
    hedge holds within its clause. What only supports a finding ("ST depression, lateral ischaemia") is no other
    finding. "Otherwise normal ECG" counts where only sinus rhythms and premature beats are found.

    Args:
        report: in English; common German terms are known too. Anything else yields nothing.

    >>> read_labels("Sinus rhythm. Possible inferior infarct. No ST-T changes, no LVH.")
    {'SR': 100.0, 'IMI': 50.0}
    >>> read_labels("No evidence of hypertrophy, infarction or atrial fibrillation. Incomplete RBBB.")
    {'IRBBB': 100.0}
    """
    text = _plain(report)
    normal = next((found for found in (pattern.search(text) for _, pattern in _rules("whole")) if found), None)
    text = _without(text, normal) if normal else text
    found: dict[str, float] = {}
    for clause, negated in _clauses(_unproven(text)):
        for code, sure in _read(clause, negated):
            found[code] = max(found.get(code, 0.0), sure)
    if any(code in found for code in _RHYTHMS):
        found.pop("SR", None)
    if normal and not set(found) - _NORMAL_WITH:
        found["NORM"] = PRESENT
    order = {code: place for place, code in enumerate(_tables()["findings"])}
    return dict(sorted(found.items(), key=lambda item: (-item[1], -order.get(item[0], -1))))


def _plain(report: str) -> str:
    """Return the report in lower case, without the stops of abbreviations and the commas within lists of leads."""
    text = " ".join(report.lower().split()).replace("v. a. ", "verdacht auf ")
    return _LEADS.sub(lambda hit: hit[0].replace(",", ""), _abbreviations().sub(r"\1", text))


def _unproven(text: str) -> str:
    """Take out whole denials, and of every sentence what only supports the finding that stands beside it."""
    for pattern in _cues("denied", "things"):
        text = pattern.sub(" ", text)
    for pattern in _evidence():
        text = pattern.sub(lambda hit: hit.groupdict().get("finding") or " ", text)
    return text


def _read(clause: str, negated: bool) -> Iterator[tuple[str, float]]:
    """Yield the statements of one clause."""
    cut = _first(clause, "negations", "until")
    denied = 0 if negated else _first(clause, "negations", "before")
    dismissed = _first(clause, "negations", "after") < len(clause)
    hedged = _first(clause, "hedges", "before")
    doubted = _first(clause, "hedges", "after") < len(clause)
    for code, pattern in _rules("findings"):
        hit = pattern.search(clause)
        if hit:
            clause = _without(clause, hit)
            at = hit.start()
            if not dismissed and not (denied <= at < cut or cut <= denied <= at):
                yield code, POSSIBLE if hedged <= at or doubted else PRESENT


def _clauses(text: str) -> Iterator[tuple[str, bool]]:
    """Yield (clause, whether a negation before it still holds)."""
    for sentence in _SENTENCE.split(text):
        parts = _CLAUSE.split(sentence)
        listed = max((i for i, part in enumerate(parts) if _OR.search(part)), default=-1)
        negated = False
        for i, part in enumerate(parts):
            negated = negated and i <= listed
            yield part, negated
            negated = negated or _first(part, "negations", "before") < len(part)


def _first(clause: str, kind: str, side: str) -> int:
    """Return where the first word of a kind stands, or the length of the clause where there is none."""
    return min((hit.start() for pattern in _cues(kind, side) if (hit := pattern.search(clause))), default=len(clause))


def _without(text: str, hit: re.Match[str]) -> str:
    return text[: hit.start()] + " " * (hit.end() - hit.start()) + text[hit.end() :]


@cache
def _cues(kind: str, side: str) -> Sequence[re.Pattern[str]]:
    return [re.compile(cue) for cue in _tables()[kind][side]]


@cache
def _abbreviations() -> re.Pattern[str]:
    return re.compile(rf"\b({'|'.join(_tables()['abbreviations'])})\.(?= |,|$)")


@cache
def _evidence() -> Sequence[re.Pattern[str]]:
    """Patterns of "evidence, finding" and of "finding with evidence"; the latter keep their finding."""
    link, soon = r"(?:,| as| and| is| in|(?= co(?:mpatible|nsistent)))\s", r"(?:[^\s,.;:|]+ ){0,8}?"
    patterns = []
    for row in _tables()["evidence"]:
        said, of, where = (_filled(words) for words in (row["said"], row["of"], "{where}"))
        if not row.get("with"):
            patterns.append(rf"\b{said}{where}{link}(?={soon}(?:{of}))")
        patterns.append(rf"(?P<finding>(?:{of})[^,.;:|]*? (?:with|by) )(?:\w+ )?{said}")
    return [re.compile(pattern) for pattern in patterns]


@cache
def _rules(part: str) -> Sequence[tuple[str, re.Pattern[str]]]:
    return [(code, re.compile(_filled(pattern))) for code, row in _tables()[part].items() for pattern in row]


def _filled(pattern: str) -> str:
    """Put the words of the table where their names stand."""
    words: Mapping[str, str] = _tables()["words"]
    for name, word in words.items():
        pattern = pattern.replace(f"{{{name}}}", word)
    return pattern


@cache
def _tables() -> dict[str, Any]:
    return tomllib.loads(files("einthoven.evaluating").joinpath("labeller.toml").read_text("utf-8"))
