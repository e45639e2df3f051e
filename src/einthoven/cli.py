"""The command line: parse, call the verb, print. Nothing is computed here.

Exit status: 0 done, 1 an error of Einthoven's own tree (its text on stderr), 2 a command that cannot be parsed.
"""

from __future__ import annotations

import io
import json
import sys
from collections.abc import Callable, Iterable
from dataclasses import asdict
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, BinaryIO

import typer

from einthoven.errors import ConfigError, EinthovenError

if TYPE_CHECKING:
    from einthoven.encoding import Model
    from einthoven.evaluating import Results
    from einthoven.gathering import Cohort
    from einthoven.indexing import Hit
    from einthoven.recording import Recording

app = typer.Typer(
    name="einthoven",
    help="Every way of looking at a heart's electricity, in one space. Research software: no clinical claim.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode="markdown",
    context_settings={"help_option_names": ["-h", "--help"]},
)

Json = Annotated[bool, typer.Option("--json", help="Print JSON instead of words.")]
File = Annotated[str, typer.Argument(help="An ECG file of any format Einthoven reads; - is stdin.", metavar="FILE")]
Fs = Annotated[float | None, typer.Option(help="Sampling rate in Hz, for files that do not say.")]
Seed = Annotated[int, typer.Option(help="Seed of everything random.")]
Device = Annotated[str, typer.Option(help="cpu, cuda, cuda:1, ...; auto takes the GPU where there is one.")]
Root = Annotated[Path | None, typer.Option(help="Folder that holds the cohort.")]
Settings = Annotated[list[str] | None, typer.Option("--set", help="Further option of the cohort, name=value.")]
CohortName = Annotated[str, typer.Argument(metavar="COHORT", help="ptb-xl, ludb, simulated, folder, ...")]
ModelFolder = Annotated[Path, typer.Argument(metavar="MODEL", help="Folder of a saved model.")]


def command(verb: Callable[..., None]) -> Callable[..., None]:
    """Register a verb; an error of ours becomes its text on stderr and exit status 1."""

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

    return app.command(no_args_is_help=False)(run)


@command
def read(file: File, *, fs: Fs = None, unit: str | None = None, as_json: Json = False) -> None:
    """Read an ECG and say what is in it.

    Example: `einthoven read patient.dcm --json`
    """
    import einthoven as ein

    recording = ein.read(_opened(file), fs=fs, unit=unit)
    facts = {
        "format": recording.format,
        "leads": list(recording.leads),
        "fs": recording.fs,
        "samples": recording.samples,
        "seconds": recording.seconds,
        "synthetic": recording.synthetic,
        "history": list(recording.history),
        "warnings": list(recording.warnings),
    }
    _say(facts, as_json)


@command
def convert(
    source: File,
    target: Annotated[Path, typer.Argument(help="File to write: .hea (WFDB), .npz, .csv or .parquet.")],
    *,
    fs: Fs = None,
    as_json: Json = False,
) -> None:
    """Write an ECG in another format.

    Example: `einthoven convert patient.dcm patient.hea`
    """
    import einthoven as ein

    _say({"written": str(ein.convert(_opened(source), target, fs=fs))}, as_json)


@command
def clean(
    file: File,
    output: Annotated[Path, typer.Option("--output", "-o", help="File to write.")],
    *,
    band: Annotated[tuple[float, float] | None, typer.Option(help="Pass band in Hz, e.g. 0.5 40.")] = None,
    mains: Annotated[int | None, typer.Option(help="Mains to remove, 50 or 60 Hz.")] = None,
    baseline: Annotated[str | None, typer.Option(help="Baseline removal: highpass, median or wavelet.")] = None,
    rate: Annotated[float | None, typer.Option(help="New sampling rate in Hz.")] = None,
    fs: Fs = None,
    as_json: Json = False,
) -> None:
    """Mend gaps, filter, resample; write the cleaned ECG.

    Example: `einthoven clean patient.dcm -o clean.npz --band 0.5 40 --mains 50`
    """
    import einthoven as ein
    from einthoven.writing import write

    recording = ein.clean(ein.read(_opened(file), fs=fs), band=band, mains=mains, baseline=baseline, fs=rate)
    _say({"written": str(write(recording, output)), "history": list(recording.history)}, as_json)


@command
def digitize(
    file: Annotated[Path, typer.Argument(help="A scan, photograph or PDF: .png, .jpg, .tif, .pdf, ...")],
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="File to write: .dat, .hea, .npz, .csv or .parquet.")
    ] = None,
    *,
    overlay: Annotated[Path | None, typer.Option(help="Picture of what was found, laid over the page.")] = None,
    layout: Annotated[str | None, typer.Option(help="3x4, 3x4+1, 6x2, ...; found unless told.")] = None,
    speed: Annotated[float | None, typer.Option(help="mm/s; found unless told.")] = None,
    gain: Annotated[float | None, typer.Option(help="mm/mV; found unless told.")] = None,
    page: Annotated[int, typer.Option(help="Page of a PDF, from 1.")] = 1,
    rate: Annotated[float, typer.Option(help="Sampling rate of the result, Hz.")] = 500,
    as_json: Json = False,
) -> None:
    """Read a printed 12-lead ECG back: a scan, a photograph or a PDF.

    Example: `einthoven digitize page.jpg -o ecg.dat --overlay found.png`
    """
    from einthoven.digitizing import read_back
    from einthoven.digitizing.overlay import write_overlay
    from einthoven.writing import write

    found = read_back(file, fs=rate, layout=layout, speed=speed, gain=gain, page=page - 1)
    told = found.to_json()
    if output is not None:
        told["written"] = str(write(found.recording, output))
    if overlay is not None:
        write_overlay(found, overlay)
        told["overlay"] = str(overlay)
    _say(told, as_json)


@command
def draw(
    file: File,
    output: Annotated[
        str, typer.Option("--output", "-o", help="File to write: .svg, .pdf, .png or .jpg; - is stdout, as SVG.")
    ] = "-",
    *,
    speed: Annotated[float | None, typer.Option(help="mm/s: 12.5, 25 (unless told) or 50.")] = None,
    gain: Annotated[float | None, typer.Option(help="mm/mV: 5, 10 (unless told) or 20.")] = None,
    layout: Annotated[
        str | None, typer.Option(help="3x4, 3x4+1 (unless told), 3x4+2, 3x4+3, 6x2, 6x2+1, 2x6, 12x1 or cabrera.")
    ] = None,
    seconds: Annotated[float | None, typer.Option(help="How much is shown at the most; 10 unless told.")] = None,
    page: Annotated[str | None, typer.Option(help="fit (unless told), a4, letter, legal or a3.")] = None,
    grid: Annotated[str | None, typer.Option(help="red (unless told), pink, brown, blue, green, grey or none.")] = None,
    dpi: Annotated[float | None, typer.Option(help="Pixels per inch of a picture; 200 unless told.")] = None,
    title: Annotated[str, typer.Option(help="Words for the top of the page.")] = "",
    look: Annotated[list[str] | None, typer.Option("--set", help="Further option of the page, name=value.")] = None,
    random: Annotated[bool, typer.Option("--random", help="Draw what is not told by chance, from --seed.")] = False,
    wear: Annotated[str, typer.Option(help="none, photo, scan or ruin.")] = "none",
    truth: Annotated[Path | None, typer.Option(help="Where every sample's pixel is written: .json or .npz.")] = None,
    seed: Seed = 0,
    fs: Fs = None,
) -> None:
    """Draw an ECG on paper, true to the millimetre.

    Example: `einthoven draw patient.dcm -o patient.png --layout 6x2 --dpi 150 --wear photo --set separators=true`
    """
    import einthoven as ein

    told = {"speed": speed, "gain": gain, "layout": layout, "seconds": seconds, "page": page, "grid": grid, "dpi": dpi}
    options = {
        **{name: value for name, value in told.items() if value is not None},
        **_settings(look, "a page's option", "--set line=0.4", see="docs/drawing.md"),
    }
    svg = ein.draw(
        ein.read(_opened(file), fs=fs),
        None if output == "-" else output,
        title=title,
        style="random" if random else None,
        wear=wear,
        seed=seed,
        truth=truth,
        **options,
    )
    if output == "-":
        typer.echo(svg, nl=False)


@command
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
        _say({"synthetic": True, "written": str(export(studies, output))}, as_json)
        return
    rows = [summary(study) for study in studies]
    if as_json:
        typer.echo(json.dumps(rows, ensure_ascii=False))
        return
    typer.echo("SYNTHETIC - NOT PATIENTS")
    for row in rows:
        typer.echo(f"{row['id']}  {row['sex']:6}  {row['age']:.0f} y  {' '.join(row['labels'])}  {row['report']}")


@command
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
    found = _cohort(cohort, root, settings, download=download)
    _say(
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


@command
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
        _cohort(cohort, root, settings),
        out=output,
        resume=resume,
        device=device,
        devices=devices,
        strategy=strategy,
        **{**settings_, "seed": seed},
    )
    _say({"model": str(output), "fingerprint": model.fingerprint}, as_json)


@command
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

    vectors = ein.embed(_model(model), [ein.read(_opened(file)) for file in files], space=space, device=_device(device))
    with replacing(output) as draft, draft.open("wb") as file:
        np.save(file, vectors)
    _say({"written": str(output), "shape": list(vectors.shape)}, as_json)


@command
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
    told = _settings(options, "a protocol's setting", "--with fractions=[0.01,0.1]", see="docs/evaluating.md")
    told |= {} if pictures is None else {"pictures": pictures}
    told |= {} if source is None else {"source": _cohort(source, source_root, None)}
    sit, (subject, cohort) = protocol_named(protocol, **told), _two(protocol, what or [])
    if protocol == "realism":
        made, found = _population(subject, settings), _cohort(cohort, root, None)
        results = ein.evaluate(sit, made, found, task=task, on=on, seed=seed)
    else:
        found, opened = _cohort(cohort, root, settings), _model(subject) if subject else ()
        results = ein.evaluate(sit, opened, found, task=task, on=on, seed=seed)
        if attach is not None:
            _attach(_model(subject), subject, {"cohort": found, "task": task or "superclass", "on": [attach]}, results)
    typer.echo(results.to_json() if as_json else str(results))


@command
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

    opened = None if model is None else _model(model)
    found = ein.reproduce(row, opened, data=data, recipe=recipe, out=output, epochs=epochs, seed=seed)
    typer.echo(found.to_json() if as_json else str(found))


@command
def index(
    model: ModelFolder,
    cohort: CohortName,
    archive: Annotated[Path, typer.Argument(help="Folder of the archive; it grows when it is there already.")],
    *,
    root: Root = None,
    settings: Settings = None,
    as_json: Json = False,
) -> None:
    """Put a cohort into an archive that can be searched.

    Example: `einthoven index runs/demo ptb-xl ptbxl.archive --root data/ptb-xl`
    """
    import einthoven as ein

    made = ein.index(_model(model), _cohort(cohort, root, settings), archive)
    _say({"archive": str(archive), "studies": len(made), **(asdict(made.indexed) if made.indexed else {})}, as_json)


@command
def search(
    archive: Annotated[Path, typer.Argument(help="Folder of an archive.")],
    query: Annotated[str, typer.Argument(help="A sentence, an ECG file, or id:STUDY of a stored one; - is stdin.")],
    *,
    model: Annotated[Path | None, typer.Option(help="Folder of the model that made the archive.")] = None,
    k: Annotated[int, typer.Option("-k", help="How many cases.")] = 10,
    age: Annotated[tuple[float, float] | None, typer.Option(help="Youngest and oldest, in years.")] = None,
    sex: Annotated[str | None, typer.Option(help="female or male.")] = None,
    label: Annotated[list[str] | None, typer.Option(help="SCP code the cases must carry; all that are given.")] = None,
    since: Annotated[str | None, typer.Option(help="First day, e.g. 2020-01-31.")] = None,
    until: Annotated[str | None, typer.Option(help="Last day.")] = None,
    same_patient: Annotated[bool, typer.Option("--same-patient", help="Keep the query's own patient.")] = False,
    as_json: Json = False,
) -> None:
    """Find the documented cases most like an ECG or a sentence.

    Example: `einthoven search ptbxl.archive "atrial flutter" --model runs/demo -k 5`
    """
    import einthoven as ein

    opened = ein.Archive.open(archive, None if model is None else _model(model))
    asked = {"id": query.removeprefix("id:")} if query.startswith("id:") else {"query": _query(query)}
    wanted: dict[str, Any] = {"age": age, "sex": sex, "labels_all": tuple(label or ()), "date": (since, until)}
    where = {name: value for name, value in wanted.items() if value not in (None, (), (None, None))}
    _say_hits(opened.search(**asked, k=k, where=where, same_patient=same_patient), as_json)


@command
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

    tell = _silence if as_json else _tell
    shown = ein.demo(output, data=data, patients=patients, epochs=epochs, seed=seed, tell=tell)
    _say({"report": str(shown.report), **shown.headline}, as_json)


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


def _tell(words: str) -> None:
    typer.echo(words, err=True)


def _silence(words: str) -> None:
    """Say nothing: stdout carries JSON alone."""


def _opened(file: str) -> str | BinaryIO:
    return io.BytesIO(sys.stdin.buffer.read()) if file == "-" else file


def _query(query: str) -> str | Recording:
    import einthoven as ein

    return ein.read(_opened(query)) if query == "-" else query


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
        _tell(f"{folder}/calibration.json: {name} {model.calibrator.basis(name)}")


def _population(name: str, settings: list[str] | None) -> Cohort:
    """Return the cohort that stands in a model's place: simulated, another source, or a folder."""
    if Path(name).is_dir():
        return _cohort("folder", Path(name), settings)
    return _cohort(name, None, settings, **({"n": 1500} if name == "simulated" else {}))


def _model(folder: str | Path) -> Model:
    import einthoven as ein

    return ein.load(folder)


def _device(name: str) -> str | None:
    return None if name == "auto" else name


def _cohort(name: str, root: Path | None, settings: list[str] | None, **options: Any) -> Cohort:
    import einthoven as ein

    options |= _settings(settings, "a cohort's option", "--set n=4000", see="docs/gathering.md")
    return ein.gather(name, root, **{key: value for key, value in options.items() if value is not False})


def _settings(settings: list[str] | None, what: str, example: str, *, see: str) -> dict[str, Any]:
    told = {}
    for setting in settings or []:
        key, equals, value = setting.partition("=")
        if not equals:
            raise ConfigError(
                f"{what} is written name=value",
                came=f"{example.split(maxsplit=1)[0]} {setting}",
                instead=f"Write for example {example}.",
                see=see,
            )
        told[key.strip().replace("-", "_")] = _value(value.strip())
    return told


def _value(text: str) -> Any:
    try:
        return json.loads(text)
    except json.JSONDecodeError:
        return text


def _say(facts: dict[str, Any], as_json: bool) -> None:
    if as_json:
        typer.echo(json.dumps(facts, ensure_ascii=False))
        return
    for name, value in facts.items():
        lines = value if isinstance(value, list) and name != "leads" else [_words(value)]
        for line in lines:
            typer.echo(f"{name:>12}  {_words(line)}")


def _words(value: Any) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{key} {_words(one)}" for key, one in value.items())
    if isinstance(value, list):
        return " ".join(map(str, value))
    return f"{value:g}" if isinstance(value, float) else str(value)


def _say_hits(hits: Iterable[Hit], as_json: bool) -> None:
    rows = [_hit(hit) for hit in hits]
    if as_json:
        typer.echo(json.dumps(rows, ensure_ascii=False))
        return
    for rank, row in enumerate(rows, 1):
        made = "SYNTHETIC " if row["synthetic"] else ""
        typer.echo(f"{rank:3}  {row['score']:.3f}  {made}{row['id']}  {row['report'] or ''}")


def _hit(hit: Hit) -> dict[str, Any]:
    named = ("id", "score", "report", "age", "sex", "cohort", "synthetic")
    labels = None if hit.labels is None else dict(hit.labels)
    date = None if hit.date is None else hit.date.isoformat()
    return {**{name: getattr(hit, name) for name in named}, "labels": labels, "date": date}


def main() -> None:
    """Run the command line."""
    app()
