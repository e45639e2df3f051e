"""The program: its commands in the order of the work, its version, its entry."""

from __future__ import annotations

from typing import Annotated

import typer

from einthoven.cli.archive import index, search
from einthoven.cli.cohort import gather, simulate
from einthoven.cli.demonstration import demo
from einthoven.cli.evaluation import evaluate
from einthoven.cli.model import embed, pretrain
from einthoven.cli.page import digitize, draw
from einthoven.cli.recording import clean, convert, read
from einthoven.cli.reproduction import reproduce
from einthoven.cli.status import guarded

__all__ = ["app", "main"]

_COMMANDS = (
    read,
    convert,
    clean,
    digitize,
    draw,
    simulate,
    gather,
    pretrain,
    embed,
    evaluate,
    reproduce,
    index,
    search,
    demo,
)

app = typer.Typer(
    name="einthoven",
    help="Every way of looking at a heart's electricity, in one space. Research software: no clinical claim.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode="markdown",
    context_settings={"help_option_names": ["-h", "--help"]},
)
for _command in _COMMANDS:
    app.command(no_args_is_help=False)(guarded(_command))


def _version(asked: bool) -> None:
    if asked:
        import einthoven as ein

        typer.echo(ein.__version__)
        raise typer.Exit


@app.callback()
def _main(
    version: Annotated[
        bool, typer.Option("--version", help="Print the version and stop.", is_eager=True, callback=_version)
    ] = False,
) -> None:
    """Every verb below has its own --help, with an example."""


def main() -> None:
    """Run the command line."""
    app()
