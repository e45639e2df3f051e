"""The commands of many patients: simulate, gather."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from einthoven.cli.inputs import gather_cohort
from einthoven.cli.options import CohortName, Json, Root, Seed, Settings
from einthoven.cli.outputs import say

__all__ = ["gather", "simulate"]


def simulate(
    count: Annotated[int, typer.Argument(metavar="N", help="How many patients.")],
    output: Annotated[Path | None, typer.Option("--output", "-o", help="Folder for the files.")] = None,
    *,
    seed: Seed = 0,
    fs: Annotated[float, typer.Option(help="Sampling rate in Hz.")] = 500,
    seconds: Annotated[float, typer.Option(help="Length of each ECG.")] = 10,
    workers: Annotated[int | None, typer.Option(help="Processes; the ECGs are the same with any number.")] = None,
    as_json: Json = False,
) -> None:
    """Simulate patients: 12-lead ECGs, reports and SCP codes. SYNTHETIC, and marked so.

    Example: `einthoven simulate 8 --seed 3 -o patients/`
    """
    import einthoven as ein
    from einthoven.gathering.export import export, summary

    studies = ein.simulate(count, seed=seed, fs=fs, seconds=seconds, workers=workers)
    if output is not None:
        say({"synthetic": True, "written": str(export(studies, output))}, as_json)
        return
    rows = [summary(study) for study in studies]
    if as_json:
        typer.echo(json.dumps(rows, ensure_ascii=False))
        return
    typer.echo("SYNTHETIC - NOT PATIENTS")
    for row in rows:
        typer.echo(f"{row['id']}  {row['sex']:6}  {row['age']:.0f} y  {' '.join(row['labels'])}  {row['report']}")


def gather(
    cohort: CohortName,
    *,
    root: Root = None,
    download: Annotated[bool, typer.Option("--download", help="Fetch the source into --root first.")] = False,
    settings: Settings = None,
    as_json: Json = False,
) -> None:
    """Gather a cohort and say what is in it.

    Example: `einthoven gather ptb-xl --root data/ptb-xl`
    """
    found = gather_cohort(cohort, root, settings, download=download)
    say(
        {
            "cohort": found.name,
            "studies": len(found),
            "splits": {name: len(rows) for name, rows in found.splits.items()},
            "reports": sum(study.report is not None for study in found),
            "labelled": sum(study.labels is not None for study in found),
            "synthetic": found.synthetic,
            "notes": list(found.notes),
        },
        as_json,
    )
