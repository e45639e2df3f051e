"""The exit status: 0 done, 1 an error, 130 stopped by hand; 2, a command that cannot be parsed, is given by Typer."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

import typer

from einthoven.errors import EinthovenError

__all__ = ["guarded"]


def guarded(verb: Callable[..., None]) -> Callable[..., None]:
    """Return the verb so that an error of ours becomes its text on stderr and exit status 1."""

    @wraps(verb)
    def run(*args: Any, **kwargs: Any) -> None:
        try:
            verb(*args, **kwargs)
        except EinthovenError as error:
            typer.echo(f"{type(error).__name__}: {error}", err=True)
            raise typer.Exit(1) from error
        except FileNotFoundError as error:
            typer.echo(f"No such file or folder: {error.filename}. Check the path.", err=True)
            raise typer.Exit(1) from error
        except KeyboardInterrupt as stop:
            typer.echo("Stopped. What was finished is kept; run the same command again to go on.", err=True)
            raise typer.Exit(130) from stop

    return run
