"""The command that shows the others in order: demo."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from einthoven.cli.options import Json, Seed
from einthoven.cli.outputs import keep_silent, say, tell

__all__ = ["demo"]


def demo(
    output: Annotated[Path, typer.Option("--output", "-o", help="Folder for everything the demo makes.")] = Path(
        "runs/demo"
    ),
    *,
    data: Annotated[Path | None, typer.Option(help="Real ECGs in PTB-XL's layout, to judge on as well.")] = None,
    patients: Annotated[int, typer.Option(help="How many are simulated.")] = 8000,
    epochs: Annotated[int | None, typer.Option(help="Instead of the demo recipe's.")] = None,
    seed: Seed = 0,
    as_json: Json = False,
) -> None:
    """Show the main job from end to end: simulate, pretrain, evaluate, index, search; one HTML report.

    Example: `einthoven demo --data data/ptb-xl`
    """
    import einthoven as ein

    shown = ein.demo(
        output, data=data, patients=patients, epochs=epochs, seed=seed, tell=keep_silent if as_json else tell
    )
    say({"report": str(shown.report), **shown.headline}, as_json)
