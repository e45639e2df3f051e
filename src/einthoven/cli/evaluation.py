"""The command that examines a model: evaluate."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from einthoven.cli.inputs import gather_cohort, open_model, read_settings
from einthoven.cli.options import Json, Root, Seed, Settings
from einthoven.cli.outputs import tell
from einthoven.errors import ConfigError

if TYPE_CHECKING:
    from einthoven.encoding import Model
    from einthoven.evaluating import Results
    from einthoven.gathering import Cohort

__all__ = ["evaluate"]


def evaluate(
    protocol: Annotated[str, typer.Argument(help="zero-shot, linear-probe, fine-tuning, report, audit, realism, ...")],
    what: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[MODEL] COHORT",
            help="A model's folder and a cohort; an audit takes no model, realism a simulated cohort in its place.",
        ),
    ] = None,
    *,
    root: Root = None,
    settings: Settings = None,
    task: Annotated[str | None, typer.Option(help="superclass, subclass, form, rhythm, findings, csn, ...")] = None,
    on: Annotated[list[str] | None, typer.Option(help="Splits to examine; test unless told, realism: train.")] = None,
    options: Annotated[
        list[str] | None, typer.Option("--with", help="Setting of the protocol, name=value, e.g. fractions=[0.01,0.1].")
    ] = None,
    source: Annotated[str | None, typer.Option(help="For transfer: the cohort that is learnt from.")] = None,
    source_root: Annotated[Path | None, typer.Option(help="Its folder.")] = None,
    pictures: Annotated[Path | None, typer.Option(help="Folder for realism's pictures, SVG.")] = None,
    attach: Annotated[
        str | None, typer.Option(help="calibration: fit on this split's labels and keep it in the model's folder.")
    ] = None,
    seed: Seed = 0,
    as_json: Json = False,
) -> None:
    """Say honestly how good a model is: intervals, chance and an untrained encoder beside every number.

    `realism` compares a simulated cohort (its options by --set) with a real one instead.

    Example: `einthoven evaluate zero-shot runs/demo ptb-xl --root data/ptb-xl --on val --on test`

    Example: `einthoven evaluate realism simulated ptb-xl --root data/ptb-xl --set n=1500 --pictures pictures/`

    Example: `einthoven evaluate audit csn --root data/csn --task csn` says what legacy labels cost.
    """
    import einthoven as ein
    from einthoven.evaluating import protocol_named

    _refuse_stray(protocol, {"realism": ("--pictures", pictures), "calibration": ("--attach", attach)})
    told = read_settings(options, "a protocol's setting", "--with fractions=[0.01,0.1]", see="docs/evaluating.md")
    told |= {} if pictures is None else {"pictures": pictures}
    told |= {} if source is None else {"source": gather_cohort(source, source_root, None)}
    sit, (subject, cohort) = protocol_named(protocol, **told), _two(protocol, what or [])
    if protocol == "realism":
        made, found = _population(subject, settings), gather_cohort(cohort, root, None)
        results = ein.evaluate(sit, made, found, task=task, on=on, seed=seed)
    else:
        found, opened = gather_cohort(cohort, root, settings), open_model(subject) if subject else ()
        results = ein.evaluate(sit, opened, found, task=task, on=on, seed=seed)
        if attach is not None:
            _attach(
                open_model(subject), subject, {"cohort": found, "task": task or "superclass", "on": [attach]}, results
            )
    typer.echo(results.to_json() if as_json else str(results))


def _two(protocol: str, words: list[str]) -> tuple[str, str]:
    """Return what is examined and the cohort, of the words after a protocol; "" where nothing is examined."""
    usual = {"realism": ["simulated", "ptb-xl"]}.get(protocol, [])
    told = ([] if protocol != "audit" else [""]) + words + usual[len(words) :]
    if len(told) != 2:
        raise ConfigError(
            "evaluate takes a protocol, a model and a cohort; an audit takes no model",
            came=f"{len(words)} came after {protocol}",
            instead="Write einthoven evaluate PROTOCOL MODEL COHORT, or einthoven evaluate audit COHORT.",
            see="docs/evaluating.md",
        )
    return told[0], told[1]


def _refuse_stray(protocol: str, owned: dict[str, tuple[str, object]]) -> None:
    for owner, (option, value) in owned.items():
        if value is not None and protocol != owner:
            raise ConfigError(
                f"{option} belongs to {owner}",
                came=f"it came with {protocol}",
                instead=f"Leave it out, or write einthoven evaluate {owner}.",
                see="docs/evaluating.md",
            )


def _attach(model: Model, folder: str, asked: dict[str, Any], results: Results) -> None:
    """Calibrate the classes that were examined, and keep the calibration in the model's folder."""
    from einthoven.evaluating import calibrate

    classes = tuple(dict.fromkeys(row.target for row in results))
    model.calibrator = calibrate(model, classes=classes, **asked)
    model.save(folder)
    for name in classes:
        tell(f"{folder}/calibration.json: {name} {model.calibrator.basis(name)}")


def _population(name: str, settings: list[str] | None) -> Cohort:
    """Return the cohort that stands in a model's place: simulated, another source, or a folder."""
    if Path(name).is_dir():
        return gather_cohort("folder", Path(name), settings)
    return gather_cohort(name, None, settings, **({"n": 1500} if name == "simulated" else {}))
