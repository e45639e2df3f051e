"""The commands of one ECG: read, convert, clean."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from einthoven.cli.inputs import open_file
from einthoven.cli.options import File, Fs, Json
from einthoven.cli.outputs import say

__all__ = ["clean", "convert", "read"]


def read(file: File, *, fs: Fs = None, unit: str | None = None, as_json: Json = False) -> None:
    """Read an ECG and say what is in it.

    Example: `einthoven read patient.dcm --json`
    """
    import einthoven as ein

    recording = ein.read(open_file(file), fs=fs, unit=unit)
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
    say(facts, as_json)


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

    say({"written": str(ein.convert(open_file(source), target, fs=fs))}, as_json)


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

    recording = ein.clean(ein.read(open_file(file), fs=fs), band=band, mains=mains, baseline=baseline, fs=rate)
    say({"written": str(write(recording, output)), "history": list(recording.history)}, as_json)
