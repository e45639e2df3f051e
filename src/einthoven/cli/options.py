"""Options and arguments that mean the same in every command."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

__all__ = ["CohortName", "Device", "File", "Fs", "Json", "ModelFolder", "Root", "Seed", "Settings"]

Json = Annotated[bool, typer.Option("--json", help="Print JSON instead of words.")]
File = Annotated[str, typer.Argument(help="An ECG file of any format Einthoven reads; - is stdin.", metavar="FILE")]
Fs = Annotated[float | None, typer.Option(help="Sampling rate in Hz, for files that do not say.")]
Seed = Annotated[int, typer.Option(help="Seed of everything random.")]
Device = Annotated[str, typer.Option(help="cpu, cuda, cuda:1, ...; auto takes the GPU where there is one.")]
Root = Annotated[Path | None, typer.Option(help="Folder that holds the cohort.")]
Settings = Annotated[list[str] | None, typer.Option("--set", help="Further option of the cohort, name=value.")]
CohortName = Annotated[str, typer.Argument(metavar="COHORT", help="ptb-xl, ludb, simulated, folder, ...")]
ModelFolder = Annotated[Path, typer.Argument(metavar="MODEL", help="Folder of a saved model.")]
