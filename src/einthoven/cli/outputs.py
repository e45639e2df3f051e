"""What a command prints: facts on stdout, in words or as JSON; progress on stderr."""

from __future__ import annotations

import json
from typing import Any

import typer

__all__ = ["keep_silent", "say", "tell"]


def say(facts: dict[str, Any], as_json: bool) -> None:
    """Print facts: one JSON object, or a line each."""
    if as_json:
        typer.echo(json.dumps(facts, ensure_ascii=False))
        return
    for name, value in facts.items():
        lines = value if isinstance(value, list) and name != "leads" else [_words(value)]
        for line in lines:
            typer.echo(f"{name:>12}  {_words(line)}")


def tell(words: str) -> None:
    """Print a line of progress."""
    typer.echo(words, err=True)


def keep_silent(words: str) -> None:
    """Say nothing: stdout carries JSON alone."""


def _words(value: Any) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{key} {_words(one)}" for key, one in value.items())
    if isinstance(value, list):
        return " ".join(map(str, value))
    return f"{value:g}" if isinstance(value, float) else str(value)
