"""The commands of a model: pretrain, embed."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from einthoven.cli.inputs import device_named, gather_cohort, open_file, open_model
from einthoven.cli.options import CohortName, Device, Json, ModelFolder, Root, Seed, Settings
from einthoven.cli.outputs import say

__all__ = ["embed", "pretrain"]


def pretrain(
    recipe: Annotated[str, typer.Argument(help="A recipe's name (demo, melp-small, hybrid, ...) or a TOML file.")],
    cohort: CohortName,
    output: Annotated[Path, typer.Option("--output", "-o", help="Folder for the model, metrics and resume files.")],
    *,
    root: Root = None,
    settings: Settings = None,
    resume: Annotated[bool, typer.Option("--resume", help="Go on where a stopped run left off.")] = False,
    epochs: Annotated[int | None, typer.Option(help="Instead of the recipe's.")] = None,
    batch: Annotated[int | None, typer.Option(help="Instead of the recipe's.")] = None,
    devices: Annotated[int, typer.Option(help="GPUs or processes.")] = 1,
    strategy: Annotated[str, typer.Option(help="auto, ddp or fsdp.")] = "auto",
    precision: Annotated[str | None, typer.Option(help="32-true or bf16-mixed.")] = None,
    device: Device = "auto",
    seed: Seed = 0,
    as_json: Json = False,
) -> None:
    """Pretrain encoders that share a space.

    Example: `einthoven pretrain demo simulated --set n=4000 -o runs/demo`
    """
    import einthoven as ein
    from einthoven.pretraining import recipe as named

    told = named(recipe)
    changes = {"epochs": epochs, "batch": batch, "precision": precision}
    settings_ = {**told.settings, **{name: value for name, value in changes.items() if value is not None}}
    model = ein.pretrain(
        told.objective(seed=seed),
        gather_cohort(cohort, root, settings),
        out=output,
        resume=resume,
        device=device,
        devices=devices,
        strategy=strategy,
        **{**settings_, "seed": seed},
    )
    say({"model": str(output), "fingerprint": model.fingerprint}, as_json)


def embed(
    model: ModelFolder,
    files: Annotated[list[str], typer.Argument(metavar="FILE...", help="ECG files.")],
    output: Annotated[Path, typer.Option("--output", "-o", help="NumPy file to write, shape (files, D).")],
    *,
    space: Annotated[str | None, typer.Option(help="A shared space instead of the encoder's own features.")] = None,
    device: Device = "auto",
    as_json: Json = False,
) -> None:
    """Turn ECGs into vectors.

    Example: `einthoven embed runs/demo a.dcm b.hea -o vectors.npy --space shared`
    """
    import numpy as np

    import einthoven as ein
    from einthoven.files import replacing

    vectors = ein.embed(
        open_model(model), [ein.read(open_file(file)) for file in files], space=space, device=device_named(device)
    )
    with replacing(output) as draft, draft.open("wb") as file:
        np.save(file, vectors)
    say({"written": str(output), "shape": list(vectors.shape)}, as_json)
