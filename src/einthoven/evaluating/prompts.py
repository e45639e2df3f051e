"""What each SCP statement sounds like in a report: phrases as data, several for each statement."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from functools import cache
from importlib.resources import files

from einthoven.errors import EvaluationError

__all__ = ["prompts", "prompts_for"]


@cache
def prompts() -> Mapping[str, tuple[str, ...]]:
    """Return SCP statement -> its phrases.

    >>> prompts()["AFLT"]
    ('Atrial flutter.',)
    """
    table = tomllib.loads(files("einthoven.evaluating").joinpath("prompts.toml").read_text("utf-8"))
    return {code: tuple(phrases) for code, phrases in table.items()}


def prompts_for(codes: tuple[str, ...]) -> list[tuple[str, ...]]:
    """Return the phrases of each statement. Raises EvaluationError naming those that have none."""
    silent = [code for code in codes if code not in prompts()]
    if silent:
        raise EvaluationError(
            "zero-shot needs words for every class",
            came=f"no phrases for {', '.join(silent)}",
            instead="Pass prompts={code: (phrases, ...)} or choose a task of SCP statements.",
            see="docs/evaluating.md",
        )
    return [prompts()[code] for code in codes]
