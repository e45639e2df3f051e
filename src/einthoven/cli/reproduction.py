"""The command that puts a paper's number beside ours: reproduce."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from einthoven.cli.inputs import open_model
from einthoven.cli.options import Json, Seed

__all__ = ["reproduce"]


def reproduce(
    row: Annotated[str, typer.Argument(help="A row (melp/zero-shot/super), a kind or a paper.")] = "",
    *,
    model: Annotated[Path | None, typer.Option(help="Folder of a saved model.")] = None,
    data: Annotated[Path | None, typer.Option(help="Folder that holds the sets; without it, rows are listed.")] = None,
    recipe: Annotated[str | None, typer.Option(help="To pretrain on data/mimic-iv-ecg instead of --model.")] = None,
    output: Annotated[Path | None, typer.Option("--output", "-o", help="Folder for the pretrained model.")] = None,
    epochs: Annotated[int | None, typer.Option(help="Instead of the recipe's.")] = None,
    seed: Seed = 0,
    as_json: Json = False,
) -> None:
    """Put a paper's number beside ours: interval, count, and what differs.

    Example: `einthoven reproduce melp` lists its rows.

    Example: `einthoven reproduce melp/zero-shot/super --model runs/melp --data data` runs one.
    """
    import einthoven as ein

    opened = None if model is None else open_model(model)
    found = ein.reproduce(row, opened, data=data, recipe=recipe, out=output, epochs=epochs, seed=seed)
    typer.echo(found.to_json() if as_json else str(found))
