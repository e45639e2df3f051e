"""A photograph of a printed ECG as a query: is the very same record the first hit?

An archive of PTB-XL's records in DATA (400) is searched with pages of some of them: styles drawn at random at 200 dpi,
worn as by a camera (preset "photo"), seeds used nowhere else. Another record of the same patient counts as wrong. The
page is digitized, completed and embedded, and the nearest cases are compared with it sample by sample; beside it the
rank by the encoder alone. "Peer" is the bar.

    python benchmarks/photo_query.py [--data DATA] [--pages 100] [--model FOLDER]
"""

from __future__ import annotations

import argparse
import os
import tempfile
from pathlib import Path

import numpy as np

import einthoven as ein
from common import claim, report
from einthoven.drawing import paint, styles, worn
from einthoven.errors import PageError
from einthoven.indexing import printed
from einthoven.pretraining import recipe

SEED, BAR = 99, 0.9


def trained(patients: int) -> ein.Model:
    """Return the demo's encoders, trained on simulated patients alone."""
    told = recipe("demo")
    return ein.pretrain(told.objective(seed=SEED), ein.gather("simulated", n=patients, seed=SEED), **told.settings)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", default=os.environ.get("EINTHOVEN_DATA", ""))
    parser.add_argument("--pages", type=int, default=100)
    parser.add_argument("--model", help="folder of a trained model; without it the demo's recipe is trained")
    parser.add_argument("--alone", action="store_true", help="also rank by the embedding of the page alone")
    parser.add_argument("--quick", action="store_true", help="few patients and pages")
    options = parser.parse_args()
    if not (Path(options.data) / "ptb-xl").is_dir():
        print("no real ECGs: pass --data with a folder that holds ptb-xl")
        return 0
    model = ein.load(options.model) if options.model else trained(300 if options.quick else 8000)
    cohort = ein.gather("ptb-xl", f"{options.data}/ptb-xl")
    pages = 4 if options.quick else options.pages
    first, by_encoder, refused = 0, 0, 0
    with tempfile.TemporaryDirectory() as folder:
        archive = ein.index(model, cohort, Path(folder, "archive"))
        for number in range(pages):
            study = cohort.studies[(number * len(cohort.studies)) // pages]
            page = worn(
                paint(study.recording, styles(SEED, 1, start=number, dpi=200)[0]), "photo", seed=SEED, number=number
            )
            path = page.save(Path(folder, "page.png"))
            try:
                first += archive.search(path, k=1, same_patient=True)[0].id == study.id
                if options.alone:
                    whole = printed.completed(ein.digitize(path))
                    by_encoder += archive.search(whole, k=1, same_patient=True)[0].id == study.id
            except PageError:
                refused += 1
            if number % 10 == 9:
                print(f"{number + 1} pages: {first} first, {refused} refused", flush=True)
    share = first / pages
    error = 1.96 * float(np.sqrt(share * (1 - share) / pages))
    print(f"rank 1: {share:.2f} +- {error:.2f} (n={pages}, {len(cohort.studies)} in the archive), {refused} refused")
    told = "a photographed page finds its record first"
    claims = [claim(told, "share", ours=share, peer=BAR, n=pages, ratio=share / BAR)]
    if options.alone:
        chance, alone = 1 / len(cohort.studies), by_encoder / pages
        told = "by its embedding alone, against chance"
        claims.append(claim(told, "share", ours=alone, peer=chance, n=pages, ratio=alone / chance))
    return report(claims)


if __name__ == "__main__":
    raise SystemExit(main())
