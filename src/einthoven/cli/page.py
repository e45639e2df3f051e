"""The commands of a printed page: digitize, draw."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from einthoven.cli.inputs import open_file, read_settings
from einthoven.cli.options import File, Fs, Json, Seed
from einthoven.cli.outputs import say

__all__ = ["digitize", "draw"]


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
    say(told, as_json)


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
        **read_settings(look, "a page's option", "--set line=0.4", see="docs/drawing.md"),
    }
    svg = ein.draw(
        ein.read(open_file(file), fs=fs),
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
