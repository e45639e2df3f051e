"""What each class sounds like in a report: phrases as data, several for each, a source beside every one."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from functools import cache
from importlib.resources import files
from typing import Any

from einthoven.errors import EvaluationError

__all__ = ["phrases_of", "prompts", "sources"]

Phrases = Mapping[str, tuple[str, ...]]


@cache
def prompts(vocabulary: str = "scp") -> Phrases:
    """Return class -> its phrases, for the SCP statements ("scp") or a set's own classes ("csn", "cpsc2018", "code15").

    >>> prompts()["AFLT"]
    ('Atrial flutter.', 'Flutter waves, atrial flutter.')
    >>> prompts("csn")["AF"] == prompts()["AFLT"]
    True
    """
    return {name: tuple(phrases) for name, phrases in sources(vocabulary).items()}


def sources(vocabulary: str = "scp") -> Mapping[str, Mapping[str, str]]:
    """Return class -> phrase -> whom the phrase follows: a standard, a guideline or a textbook, in full.

    >>> sources("cpsc2018")["STD"]["ST segment depression."].partition(",")[0]
    'Liu et al.'
    """
    tables = _tables()
    found = {}
    for name, row in tables.get(vocabulary, {}).items():
        told = tables["scp"][row["as"]] if "as" in row else row
        found[name] = {phrase: tables["sources"][source] for phrase, source in told.items()}
    return found


def phrases_of(names: Sequence[str], known: Mapping[str, Sequence[str]]) -> list[tuple[str, ...]]:
    """Return the phrases of each class or statement. Raises EvaluationError naming those that have none."""
    silent = [name for name in names if not known.get(name)]
    if silent:
        raise EvaluationError(
            "zero-shot needs words for every class",
            came=f"no phrases for {', '.join(silent)}",
            instead="Pass ZeroShot(phrases={code: (phrases, ...)}) or choose a task that has them.",
            see="docs/evaluating.md",
        )
    return [tuple(known[name]) for name in names]


@cache
def _tables() -> dict[str, Any]:
    folder = files("einthoven.evaluating")
    texts = [folder.joinpath(name).read_text("utf-8") for name in ("prompts.toml", "prompts_sets.toml")]
    return {key: table for text in texts for key, table in tomllib.loads(text).items()}
