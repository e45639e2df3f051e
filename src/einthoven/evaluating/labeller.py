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
_SENTENCE = re.compile(r"[.;:!\n]+(?=\s|$)")
_CLAUSE = re.compile(r",(?!\d| prolonged| irregular)")  # "PR 268 ms, prolonged" is one thought

_OR = re.compile(r"\b(?:or|nor|oder)\b")


def read_labels(report: str) -> dict[str, float]:
    """Return the SCP statements that a report speaks of, with 100 where it is sure and 50 where it hedges.

    What it denies is left out. A negation holds to the end of its clause, and over a list that ends in "or"; a
    hedge holds within its clause. "Otherwise normal ECG" counts where only sinus rhythms and premature beats are found.

    Args:
        report: in English; common German terms are known too. Anything else yields nothing.

    >>> read_labels("Sinus rhythm. Possible inferior infarct. No ST-T changes, no LVH.")
    {'SR': 100.0, 'IMI': 50.0}
    >>> read_labels("No evidence of hypertrophy, infarction or atrial fibrillation. Incomplete RBBB.")
    {'IRBBB': 100.0}
    """
    text = " ".join(report.lower().split()).replace("v. a. ", "verdacht auf ")
    normal = next((found for found in (pattern.search(text) for _, pattern in _rules("whole")) if found), None)
    text = _without(text, normal) if normal else text
    found: dict[str, float] = {}
    for clause, negated in _clauses(text):
        for code, sure in _read(clause, negated):
            found[code] = max(found.get(code, 0.0), sure)
    if any(code in found for code in _RHYTHMS):
        found.pop("SR", None)
    if normal and not set(found) - _NORMAL_WITH:
        found["NORM"] = PRESENT
    order = {code: place for place, code in enumerate(_tables()["findings"])}
    return dict(sorted(found.items(), key=lambda item: (-item[1], -order.get(item[0], -1))))


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
def _rules(part: str) -> Sequence[tuple[str, re.Pattern[str]]]:
    words: Mapping[str, str] = _tables()["words"]
    rules = []
    for code, patterns in _tables()[part].items():
        for pattern in patterns:
            for name, word in words.items():
                pattern = pattern.replace(f"{{{name}}}", word)  # noqa: PLW2901
            rules.append((code, re.compile(pattern)))
    return rules


@cache
def _tables() -> dict[str, Any]:
    return tomllib.loads(files("einthoven.evaluating").joinpath("labeller.toml").read_text("utf-8"))
