"""Pages read back: signal-to-noise ratio in dB against the samples each page shows.

Real records of PTB-XL where DATA holds them (every second one of all), simulated patients elsewhere, each drawn in
another style at 200 dpi: layout, paper, pen, speed and gain are drawn at random and not told. Once clean, once worn as
by a camera (preset "photo"). The ratio of a page is the mean over its leads of 10 log10(sum of squares of the reference
/ of the difference), as the PhysioNet Challenge 2024 has it; a sample that is not found counts as 0 mV, a refused page
as 0 dB, a lead as -30 dB at the least, and no shift in time is forgiven. A page shows each lead about its own median,
so that is its zero. Beside it the vector PDFs of PTB-XL records in DATA (their printer draws the mean of five samples
at every fourth), against these means and against the record itself. "Peer" is the bar.

    python benchmarks/digitizing.py [--data DATA] [--pages 200] [--kinds clean photo pdf]
"""

from __future__ import annotations

import argparse
import os
import resource
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np

import einthoven as ein
from common import claim, report
from einthoven.digitizing import Digitized, read_back
from einthoven.drawing import paint, styles, worn
from einthoven.drawing.page import Page
from einthoven.errors import PageError
from einthoven.recording import LEADS, Recording

SEED, BARS = 77, {"clean": 22.0, "photo": 12.0, "pdf": 30.0}
Array = np.ndarray


def snr(reference: Array, found: Array) -> float:
    """Return the ratio in dB; what was not found is 0 mV. Both (n,)."""
    whole = np.zeros(len(reference))
    whole[: len(found)] = np.where(np.isfinite(found), found, 0)[: len(reference)]
    noise = max(float(np.sum((reference - whole) ** 2)), 1e-12)
    return 10 * float(np.log10(np.sum(reference**2) / noise))


def of_page(recording: Recording, page: Page, found: Digitized) -> float:
    """Return the mean ratio over the leads that a page shows; a flat lead has none."""
    ratios = []
    for one in page.truth.shown:
        name = one.lead.removeprefix("-")
        part = slice(one.first, one.stop)
        reference = recording.signal[recording.leads.index(name), part].astype(float) - one.level
        if np.isfinite(reference).all() and reference.any():
            ratios.append(max(snr(reference, found.recording.signal[LEADS.index(name), part]), -30.0))
    return float(np.mean(ratios))


def recordings(data: str, pages: int) -> Iterator[Recording]:
    if (Path(data) / "ptb-xl").is_dir():
        studies = ein.gather("ptb-xl", f"{data}/ptb-xl").studies
        for number in range(pages):
            yield studies[2 * number % len(studies) + 2 * number // len(studies) % 2].recording
    else:
        for study in ein.simulate(pages, seed=SEED, enriched=True):
            yield study.recording


def drawn(data: str, pages: int, kind: str) -> dict:
    ratios, seconds, refused = [], [], 0
    for number, recording in enumerate(recordings(data, pages)):
        page = paint(recording, styles(SEED, 1, start=number, dpi=200)[0])
        if kind == "photo":
            page = worn(page, "photo", seed=SEED, number=number)
        begin = time.process_time()
        try:
            ratios.append(of_page(recording, page, read_back(page.pixels)))
        except PageError:
            ratios.append(0.0)
            refused += 1
        seconds.append(time.process_time() - begin)
        if number % 20 == 19:
            print(f"{kind} {number + 1}: median {np.median(ratios):.2f} dB", flush=True)
    return told(kind, ratios, f"{refused} refused, {np.median(seconds):.1f} s a page")


def pdfs(data: str) -> dict:
    means, raw = [], []
    for path in sorted(Path(data, "images/ptbxl-rendered-pdf").glob("*.pdf")):
        record = ein.read(Path(data, f"ptb-xl/records500/{int(path.name[:5]) // 1000:02}000/{path.stem}.hea"))
        each: list[tuple[float, float]] = []
        try:
            leads = read_back(path).leads
        except PageError:
            leads = ()
        for lead in leads:
            signal = record.signal[record.leads.index(lead.name)].astype(float)
            first = round(lead.first * 500)
            reference = signal[first : first + len(lead.samples)]
            smooth = np.convolve(signal, np.ones(5) / 5, "same")[first : first + len(lead.samples)]
            each.append((snr(smooth[::4], lead.samples[: len(smooth)][::4]), snr(reference, lead.samples)))
        missing = [(0.0, 0.0)] * (len(LEADS) - len({lead.name for lead in leads}))
        means.append(float(np.mean([one for one, _ in each + missing])))
        raw.append(float(np.mean([other for _, other in each + missing])))
    return told("pdf", means, f"lowest {min(means):.1f}; against the 500 Hz record {np.median(raw):.1f}")


def told(kind: str, ratios: list[float], more: str) -> dict:
    low, median = np.quantile(ratios, [0.1, 0.5])
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(
        f"{kind}: median {median:.1f} dB, 10th percentile {low:.1f}, n={len(ratios)}, {more}, {peak:.0f} MB", flush=True
    )
    text = f"{kind} pages read back, against the bar"
    return claim(text, "dB", ours=float(median), peer=BARS[kind], n=len(ratios), ratio=float(median) / BARS[kind])


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", default=os.environ.get("EINTHOVEN_DATA", ""))
    parser.add_argument("--pages", type=int, default=200)
    parser.add_argument("--kinds", nargs="*", default=["clean", "photo", "pdf"], choices=list(BARS))
    parser.add_argument("--quick", action="store_true", help="two pages of each kind")
    options = parser.parse_args()
    pages = 2 if options.quick else options.pages
    claims = [drawn(options.data, pages, kind) for kind in options.kinds if kind != "pdf"]
    if "pdf" in options.kinds and Path(options.data, "images").is_dir():
        claims.append(pdfs(options.data))
    return report(claims)


if __name__ == "__main__":
    raise SystemExit(main())
