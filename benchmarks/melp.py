"""Do MELP's terms earn their place? Pretraining objectives side by side, on simulated patients alone.

Every contestant trains the same small tower (`melp-small`; the masked autoencoder its own, `vit-small`) on the same
simulated patients for the same number of passes; only the seed of weights and order differs. Held-out patients are
then asked for their superclasses in words (zero-shot) and by a linear probe of 1 % and 100 % of the labels. The
language models of MERL, METS and "MELP, words first" are trained before, on the training reports; the first two stay
frozen. Differences are paired on the same bootstrap resamples of patients and averaged over the seeds. SYNTHETIC data:
the order of the objectives is the result.

    python benchmarks/melp.py [--patients 6000] [--epochs 5] [--seeds 3] [--jobs 1] [--out FOLDER]

FOLDER keeps the scores of each run, and a run that is there is not done again.
"""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import numpy as np
import torch

import einthoven as ein
from common import report
from einthoven.evaluating import Pupil
from einthoven.evaluating.interval import interval, resamples
from einthoven.evaluating.linear import probe, strength_of
from einthoven.evaluating.metrics import auroc, macro
from einthoven.evaluating.protocol import Examination
from einthoven.evaluating.scored import paired
from einthoven.evaluating.subset import subset
from einthoven.evaluating.zeroshot import zero_shot_scores
from einthoven.gathering import task
from einthoven.pretraining import Recipe, recipe

Array = np.ndarray
ASKED = ("zero-shot", "probe 1 %", "probe 100 %")
CONTRAST: dict[str, Any] = {"kind": "contrast", "of": ["ecg", "report"], "hidden": {"report": 128}}
TWO_VIEWS = {"kind": "contrast", "of": ["ecg", "ecg"], "views": "dropout"}
NAMES = (
    "random", "masked only", "contrast only", "contrast + caption", "contrast + local", "METS", "MERL", "MELP",
    "MELP, words first",
)  # fmt: skip
READERS = ("METS", "MERL", "MELP, words first")
"""Who begins with a language model of the training reports; METS and MERL leave it as it is."""
WORKERS = 2
"""Processes of a run that read its patients."""
COHORT = 0
"""Seed of the patients, the same for all runs, so that all are examined on the same people."""


def contestant(name: str, words: Path | None = None) -> Recipe:
    """Return the recipe of a contestant; `words` is the folder of the frozen language model, where it has one."""
    if name == "masked only":
        return recipe("masked")
    melp = recipe("melp-small")
    contrast, caption, local = melp.terms
    if name == "MELP, words first":
        read = melp.encoders["report"] | {"from": str(words)}
        return replace(melp, encoders={"ecg": melp.encoders["ecg"], "report": read})
    if name in READERS:
        frozen = {"preset": "report-small", "from": str(words), "frozen": True}
        terms = [CONTRAST, TWO_VIEWS] if name == "MERL" else [CONTRAST]
        return replace(melp, encoders={"ecg": melp.encoders["ecg"], "report": frozen}, terms=terms)
    kept: Mapping[str, Sequence[Any]] = {
        "contrast + caption": [contrast, caption], "contrast + local": [contrast, local], "MELP": melp.terms,
    }  # fmt: skip
    return replace(melp, terms=kept.get(name, [contrast]))


def language(seed: int, cohort: ein.Cohort, epochs: int) -> ein.Model:
    """Return a language model of the training reports."""
    told = replace(recipe("language"), encoders={"report": {"preset": "report-small"}})
    settings = {"epochs": epochs, "batch": 64, "lr": 1e-3, "precision": "auto", "seed": seed}
    return ein.pretrain(told.objective(seed=seed), cohort, progress=False, **settings)


def answered(name: str, seed: int, patients: int, epochs: int) -> dict[str, Array]:
    """Train a contestant and return its scores for the test patients by what was asked, each (n, K)."""
    cohort = ein.gather("simulated", n=patients, seed=COHORT)
    with tempfile.TemporaryDirectory() as folder:
        words = Path(folder) / "language"
        if name in READERS:
            language(seed, cohort, epochs).save(words)
        told = contestant(name, words)
        settings = {
            **recipe("melp-small").settings,
            "epochs": epochs,
            "seed": seed,
            "progress": False,
            "workers": WORKERS,
        }
        if name == "masked only":
            settings["sentences"] = 0.0
        if name == "random":
            settings["steps"], settings["lr"] = 1, 1e-12
        model = ein.pretrain(told.objective(seed=seed), cohort, **settings)
    return examined(model, cohort, words=name != "masked only")


def examined(model: ein.Model, cohort: ein.Cohort, *, words: bool) -> dict[str, Array]:
    exam = Examination(cohort, task("superclass"))
    pupil = Pupil("model", model.to("cuda" if torch.cuda.is_available() else "cpu"))
    pupil.meet([*exam.test, *exam.validation, *exam.train])
    found = {"truth": exam.truth(exam.test)}
    if words:
        found[ASKED[0]] = zero_shot_scores(pupil, exam.test, exam.task)
    for asked, share in zip(ASKED[1:], (0.01, 1.0), strict=True):
        train = [exam.train[row] for row in subset(exam.train, share)]
        strength, *_ = strength_of(pupil, exam, train)
        found[asked] = probe(pupil.pooled(train), exam.truth(train), pupil.pooled(exam.test), strength=strength)
    return found


def run(name: str, seed: int, patients: int, epochs: int, path: Path) -> None:
    """Keep one contestant's scores in a file."""
    np.savez(path, **answered(name, seed, patients, epochs))
    print(f"{name}, seed {seed}: done", flush=True)


def table(scores: Mapping[str, Sequence[Mapping[str, Array]]], patients: int) -> list[dict[str, Any]]:
    """Print the table and return the claims: MELP beside every other, on each question."""
    truth = scores["MELP"][0]["truth"]
    weights = resamples([str(row) for row in range(len(truth))])  # a simulated patient has one ECG
    seeds = len(scores["MELP"])
    print(
        f"macro AUROC [95 % interval over test patients], {patients} SYNTHETIC patients, n={len(truth)}, {seeds} seeds"
    )
    for name, runs in scores.items():
        cells = [shown([one[asked] for one in runs], truth, weights) if asked in runs[0] else "-" for asked in ASKED]
        print(f"{name:20}" + "".join(f"{cell:>24}" for cell in cells))
    claims = []
    for asked in ASKED:
        for name, runs in scores.items():
            if name != "MELP" and asked in runs[0]:
                ours, theirs = ([one[asked] for one in some] for some in (scores["MELP"], runs))
                value, low, high = interval(paired(ours, theirs, truth, weights))
                means = [mean(one, truth, weights)[0] for one in (ours, theirs)]
                print(f"{asked:12} MELP - {name:20} {value:+.3f} [{low:+.3f}, {high:+.3f}]")
                claims.append(
                    {"claim": f"{asked}: MELP vs {name}", "unit": "macro AUROC", "ours": means[0], "peer": means[1],
                     "ratio": means[0] / means[1], "n": len(truth), "difference": [value, low, high]}
                )  # fmt: skip
    return claims


def mean(runs: Sequence[Array], truth: Array, weights: Array) -> tuple[float, float, float]:
    return interval(np.mean([macro(auroc, one, truth, weights)[0] for one in runs], axis=0))


def shown(runs: Sequence[Array], truth: Array, weights: Array) -> str:
    value, low, high = mean(runs, truth, weights)
    return f"{value:.3f} [{low:.3f}, {high:.3f}]"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--patients", type=int, default=6000)
    parser.add_argument("--epochs", type=int, default=5)
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--jobs", type=int, default=1, help="runs at a time, each a process")
    parser.add_argument("--names", nargs="*", default=NAMES, choices=NAMES, metavar="NAME", help=", ".join(NAMES))
    parser.add_argument("--out", type=Path, help="folder that keeps the scores")
    parser.add_argument("--quick", action="store_true", help="one seed and few patients, to see that it runs")
    options = parser.parse_args()
    patients, epochs, seeds = (400, 1, 1) if options.quick else (options.patients, options.epochs, options.seeds)
    with tempfile.TemporaryDirectory() as scratch:
        folder = options.out or Path(scratch)
        folder.mkdir(parents=True, exist_ok=True)
        files = {(name, seed): folder / f"{name.replace(' ', '_').replace(',', '')}-{seed}.npz"
                 for seed in range(seeds) for name in options.names}  # fmt: skip
        with ProcessPoolExecutor(options.jobs, get_context("spawn")) as pool:
            todo = [pool.submit(run, name, seed, patients, epochs, path)
                    for (name, seed), path in files.items() if not path.is_file()]  # fmt: skip
            for one in todo:
                one.result()
        if "MELP" not in options.names:
            return 0
        scores = {name: [dict(np.load(files[name, seed])) for seed in range(seeds)] for name in options.names}
    return report(table(scores, patients))


if __name__ == "__main__":
    raise SystemExit(main())
