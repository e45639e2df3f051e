"""Drawn pages: a 3x4+1 page with names, header, pulse and the pixel of every sample, beside matplotlib and bare OpenCV.

    python benchmarks/pages.py
    python benchmarks/pages.py --quick

Every page shows another simulated patient, 12 x 5000 samples at 500 Hz, all of them within the drawn envelope. The
peer draws the same page on one Axes of a figure that is kept: grid as one LineCollection, names, header, pulses, one
line a lead, to an array of the same size, and asks for the pixel of every sample. The floor is `cv2.polylines`, one
pixel wide and anti-aliased, on a copy of our cached grid. Contestants alternate in one process on one thread; CPU
time; medians over rounds of four pages each. The last line of the output is JSON.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from typing import Any

# ruff: noqa: I001  (common comes before numpy: it keeps every library to one thread)
from common import alternate, claim, report

import cv2
import numpy as np

from einthoven.drawing import Style, paint, worn
from einthoven.drawing.background import background
from einthoven.drawing.frame import framed
from einthoven.drawing.picture import png
from einthoven.drawing.plan import levels, named, pulses, scaled, standing
from einthoven.recording import Recording
from einthoven.simulating import simulate

PATIENTS, BURST = 16, 4
"""Patients drawn in turn, and pages that one contestant draws on end."""
HEADER = ("No. 000000, 60 years, female", "sinus rhythm, rate 72/min, PR 160 ms, QRS 90 ms, QTc 410 ms")
LOOK = Style(heading=16)


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--quick", action="store_true", help="fewer rounds")
    rounds = 4 if parser.parse_args(argv).quick else 25
    cv2.setNumThreads(1)
    patients = [study.recording for study in simulate(PATIENTS, seed=5, draw=True)]
    low, high = (Style(**{**vars_of(LOOK), "dpi": dpi}) for dpi in (100, 200))

    def drawn(style: Style) -> Callable[[int], Any]:
        return lambda number: paint(patients[number % PATIENTS], style, HEADER)

    contestants: dict[str, Callable[[int], Any]] = {
        "ours, 100 dpi": drawn(low),
        "ours, 200 dpi": drawn(high),
        "bare polylines, 100 dpi": lambda number: bare(patients[number % PATIENTS], low),
        "ours, 100 dpi, photo": lambda number: worn(drawn(low)(number), "photo", number=number),
        "ours, 200 dpi, photo": lambda number: worn(drawn(high)(number), "photo", number=number),
        "ours, 200 dpi, PNG": lambda number: png(drawn(high)(number).pixels, 200),
    }
    peers = matplotlib_pages(patients, low)
    bursts = {name: burst(run) for name, run in {**contestants, **peers}.items()}
    spent = {name: each / BURST for name, each in alternate(bursts, rounds, warmup=1).items()}
    for name, each in spent.items():
        print(f"{name:28s} {each:8.2f} ms a page, {1000 / each:7.0f} a second")
    return report(claims(spent, rounds * BURST))


def burst(run: Callable[[int], Any]) -> Callable[[int], None]:
    """Draw some pages on end, as a loader does."""

    def several(number: int) -> None:
        for page in range(number * BURST, (number + 1) * BURST):
            run(page)

    return several


def claims(spent: dict[str, float], n: int) -> list[dict[str, Any]]:
    clean, fine = spent["ours, 100 dpi"], spent["ours, 200 dpi"]
    task = "draw a page and the pixel of every sample, 100 dpi"
    peers = [name for name in spent if name.startswith(("matplotlib", "bare"))]
    rows = [claim(f"{task}, vs {name}", "ms", ours=clean, peer=spent[name], n=n) for name in peers]
    for name, page in (("ours, 100 dpi, photo", clean), ("ours, 200 dpi, photo", fine), ("ours, 200 dpi, PNG", fine)):
        times = spent[name] / page
        rows.append(claim(f"{name}, in clean pages to an array", "ms", ours=spent[name], peer=page, n=n, ratio=times))
    return rows


def vars_of(style: Style) -> dict[str, Any]:
    return {name: getattr(style, name) for name in style.__slots__}


def bare(recording: Recording, style: Style) -> Any:
    """What OpenCV alone does: copy the grid, round the samples to sixteenths of a pixel, draw."""
    paper, _ = background(style, 10, recording.synthetic)
    frame = framed(style, 10, recording.leads, recording.fs, recording.samples)
    page, tall, begin = paper.copy(), style.gain * style.px_per_mm, 0
    for panel, (first, stop), zero in zip(frame.panels, frame.ranges, frame.zeros, strict=True):
        points = np.empty((stop - first, 2), np.float32)
        points[:, 0] = frame.across[begin : begin + stop - first]
        points[:, 1] = zero[1] - tall * recording.lead(panel.lead)[first:stop]
        cv2.polylines(page, [(16 * points).astype(np.int32)], False, (22, 22, 29), 1, cv2.LINE_AA, 4)
        begin += stop - first
    return page


def matplotlib_pages(patients: list[Recording], style: Style) -> dict[str, Callable[[int], Any]]:
    try:
        from matplotlib.backends.backend_agg import FigureCanvasAgg
        from matplotlib.collections import LineCollection
        from matplotlib.figure import Figure
    except ImportError:
        print("matplotlib is not installed: no peer")
        return {}
    plan = standing(style, 10)

    def built() -> tuple[Any, Any, list[Any], list[Any]]:
        figure = Figure((plan.width / 25.4, plan.height / 25.4), dpi=style.dpi)
        canvas = FigureCanvasAgg(figure)
        axes = figure.add_axes((0, 0, 1, 1))
        axes.set_axis_off()
        axes.set(xlim=(0, plan.width), ylim=(plan.height, 0))
        left, top, wide, tall = plan.grid
        for every, tint, thick in ((1, "#f6d5d5", 0.1), (5, "#eda6a6", 0.2)):
            across = [[(left + at, top), (left + at, top + tall)] for at in range(0, int(wide) + 1, every)]
            down = [[(left, top + at), (left + wide, top + at)] for at in range(0, int(tall) + 1, every)]
            axes.add_collection(LineCollection(across + down, colors=tint, linewidths=thick * 72 / 25.4), autolim=False)
        for line in pulses(plan, style):
            axes.plot(*zip(*line, strict=True), color=style.ink, lw=0.3 * 72 / 25.4)
        for word in (*named(plan, style), *scaled(patients[0], plan, style)):
            axes.text(word.x, word.y, word.text, size=word.size * 72 / 25.4)
        words = [axes.text(style.margin, style.margin + 5 + 4 * i, "", size=3 * 72 / 25.4) for i in range(len(HEADER))]
        axes.text(
            plan.width - style.margin,
            13,
            "SYNTHETIC - NOT A PATIENT",
            size=4.5 * 72 / 25.4,
            ha="right",
            color="#b00020",
        )
        lines = [axes.plot([], [], color=style.ink, lw=style.line * 72 / 25.4)[0] for _ in plan.panels]
        return canvas, axes, lines, words

    def filled(figure: tuple[Any, Any, list[Any], list[Any]], recording: Recording) -> Any:
        canvas, axes, lines, words = figure
        for word, text in zip(words, HEADER, strict=True):
            word.set_text(text)
        truth = []
        for line, panel in zip(lines, plan.panels, strict=True):
            first, stop = panel.samples(recording.fs, recording.samples)
            lead = recording.lead(panel.lead)
            x = panel.x + np.arange(stop - first) / recording.fs * style.speed
            line.set_data(x, panel.y - style.gain * (lead[first:stop] - levels(lead[None])[0]))
            truth.append(axes.transData.transform(line.get_xydata()))
        canvas.draw()
        return np.asarray(canvas.buffer_rgba())[..., :3].copy(), truth

    kept = built()
    return {
        "matplotlib, figure kept": lambda number: filled(kept, patients[number % PATIENTS]),
        "matplotlib, new figure": lambda number: filled(built(), patients[number % PATIENTS]),
    }


if __name__ == "__main__":
    sys.exit(main())
