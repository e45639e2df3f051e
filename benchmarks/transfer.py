"""What simulated patients teach about real ECGs: one small encoder, trained on simulated patients alone.

For each seed an encoder of at most 2 million parameters learns the codes of simulated patients of several sites (recipe
"classify"); no real ECG is seen. Its own classifiers then answer for every labelled record of PTB-XL, for the folds
9-10 nothing was fitted to, and for LUDB. Then real labels are used: a linear probe on its frozen features beside
hand-made features, and fine-tuning beside training the same network from scratch, both by ten folds over patients.

    python benchmarks/transfer.py --data FOLDER [--seeds 3] [--models FOLDER ...] [--out FOLDER]

Differences are paired on the same bootstrap resamples of patients and averaged over the seeds. FOLDER holds ptb-xl and
ludb; without it nothing is measured. --quick trains one seed on few patients, to see that it runs.
"""

from __future__ import annotations

import argparse
import os
import re
from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import numpy as np

import einthoven as ein
from common import report
from einthoven.evaluating import HandMade, Pupil
from einthoven.evaluating.classifier import classifier_scores
from einthoven.evaluating.interval import interval, resamples
from einthoven.evaluating.linear import folds_of, probe_across
from einthoven.evaluating.metrics import auroc, macro
from einthoven.evaluating.scored import paired
from einthoven.gathering import Cohort, Task, task
from einthoven.pretraining import recipe
from einthoven.simulating import KNOWN
from einthoven.study import Study
from tuning import tuned_across

PATIENTS = 36_000
SITES = {"archive": 0.5, "emergency": 0.25, "abroad": 0.25}
"""Where the patients come from, so that no hospital's noise and filters are taken for a finding."""
LEAST = 8
"""Fewest positives for which a code's AUROC is shown."""
Array = np.ndarray


def trained(
    seed: int, patients: int, *, without: Sequence[str] = (), epochs: int | None = None, stride: int | None = None
) -> ein.Model:
    """Return an encoder trained on simulated patients alone, with its classifiers.

    Args:
        seed: of patients, weights and order.
        patients: how many.
        without: knock-outs.
        epochs: None is the recipe's.
        stride: of the first convolution; None is the recipe's.
    """
    told = recipe("classify")
    if stride:
        told = replace(told, encoders={name: {**one, "stride": stride} for name, one in told.encoders.items()})
    cohort = Cohort("simulated", patients_of(seed, patients, without=without), {"train": range(patients)})
    settings = {**told.settings, **({"epochs": epochs} if epochs else {})}
    return ein.pretrain(told.objective(seed=seed), cohort, seed=seed, progress=False, **settings)


def patients_of(seed: int, patients: int, *, without: Sequence[str] = ()) -> tuple[Study, ...]:
    """Return simulated patients of all sites, by their shares; each site has patients of its own."""
    bounds = np.rint(patients * np.cumsum([0.0, *SITES.values()])).astype(int).tolist()
    return tuple(
        study
        for place, (start, stop) in zip(SITES, pairwise(bounds), strict=True)
        for study in ein.simulate(
            stop - start, seed=seed, start=start, enriched=True, fs=100, site=place, without=without
        )
    )


def ludb_truth(studies: Sequence[Study]) -> dict[str, Array]:
    """Return the eight questions asked of LUDB: name -> who is positive, (n,).

    MI: any scar or STEMI; STTC: ischaemia of a named wall, or unspecific repolarisation; CD: any block or delay; NORM:
    none of these, no "undefined ischemia", pacemaker, ectopy, fibrillation or flutter. Hypertrophy counts nowhere:
    LUDB's readers name it in six of ten patients, which is no statement about voltages.
    """
    told = [(study.report or "").lower() for study in studies]

    def says(pattern: str) -> Array:
        return np.array([re.search(pattern, text) is not None for text in told])

    infarct, recovery = says(r"scar formation|(?<!n)stemi:"), says(r"ischemia:|repolarization abn")
    block = says("block|delay")
    other = says("undefined ischemia|nstemi|pacing|extrasystole|fibrillation|flutter|pacemaker|p-synchrony|aberrant")
    codes = [set(study.labels or {}) for study in studies]
    rhythm = {name: np.array([name in own for own in codes]) for name in ("AFIB", "SBRAD", "LAFB", "1AVB")}
    return rhythm | {"MI": infarct, "STTC": recovery, "CD": block, "NORM": ~(infarct | recovery | block | other)}


def answers(model: ein.Model, studies: Sequence[Study], names: Sequence[str]) -> Array:
    """Return logits for superclasses and codes by name, (n, len(names))."""
    pupil = Pupil("model", model)
    known = task("superclass").classes
    broad, fine = [name for name in names if name in known], [name for name in names if name not in known]
    found: dict[str, Array] = {}
    for asked, part in ((task("superclass"), broad), (task("all"), fine)):
        if part:
            found |= dict(zip(part, classifier_scores(pupil, studies, asked.only(part)).T, strict=True))
    return np.stack([found[name] for name in names], axis=1)


def averaged(runs: Sequence[Array], truth: Array, weights: Array) -> tuple[float, float, float]:
    """Return the mean over seeds of macro AUROC, with its interval over patients."""
    return interval(np.mean([macro(auroc, run, truth, weights)[0] for run in runs], axis=0))


def shown(name: str, runs: Sequence[Array], truth: Array, weights: Array) -> dict[str, object]:
    value, low, high = averaged(runs, truth, weights)
    each = [float(macro(auroc, run, truth, weights[:1])[0][0]) for run in runs]
    positives = int(truth.sum()) if truth.shape[1] == 1 else None
    said = f" ({positives} positive)" if positives is not None else ""
    spread = ", ".join(f"{one:.3f}" for one in each)
    print(f"{name:34} {value:.3f} [{low:.3f}, {high:.3f}]  n={len(truth)}{said}  seeds {spread}", flush=True)
    return {"claim": f"simulated patients alone, {name}", "unit": "AUROC", "ours": value, "peer": 0.5,
            "ratio": value / 0.5, "n": len(truth), "interval": [low, high], "positives": positives}  # fmt: skip


def by_class(title: str, names: Sequence[str], runs: Sequence[Array], truth: Array, weights: Array) -> list[dict]:
    rows = [shown(title, runs, truth, weights)]
    for k, name in enumerate(names):
        rows.append(shown(f"{title}: {name}", [run[:, [k]] for run in runs], truth[:, [k]], weights))
    return rows


def on_ptb_xl(models: Sequence[ein.Model], cohort: Cohort) -> list[dict]:
    asked = task("superclass")
    truth, known = asked.targets(cohort.studies)
    studies, truth = [study for study, one in zip(cohort, known, strict=True) if one], truth[known]
    runs = [answers(model, studies, asked.classes) for model in models]
    weights = resamples([study.group for study in studies])
    rows = by_class("PTB-XL, five superclasses", asked.classes, runs, truth, weights)
    held_ids = {study.id for name in ("val", "test") for study in cohort.split(name)}
    held = np.array([study.id in held_ids for study in studies])
    groups = [study.group for study, one in zip(studies, held, strict=True) if one]
    rows.append(shown("PTB-XL folds 9-10", [run[held] for run in runs], truth[held], resamples(groups)))
    codes = task("all")
    truth, known = codes.targets(cohort.studies)
    known_to_the_simulator = set(KNOWN) - {"NORM", "SR"}
    names = [name for name, n in zip(codes.classes, truth.sum(0), strict=True)
             if n >= LEAST and name in known_to_the_simulator]  # fmt: skip
    columns = [codes.classes.index(name) for name in names]
    runs = [answers(model, cohort.studies, names) for model in models]
    weights = resamples([study.group for study in cohort])
    for k, (name, column) in enumerate(zip(names, columns, strict=True)):
        rows.append(shown(f"PTB-XL {name}", [run[:, [k]] for run in runs], truth[:, [column]], weights))
    return rows


def on_ludb(models: Sequence[ein.Model], cohort: Cohort) -> list[dict]:
    questions = ludb_truth(cohort.studies)
    runs = [answers(model, cohort.studies, tuple(questions)) for model in models]
    truth = np.stack(list(questions.values()), axis=1)
    weights = resamples([study.group for study in cohort])
    return by_class("LUDB, eight tasks", tuple(questions), runs, truth, weights)


def with_labels(models: Sequence[ein.Model], cohort: Cohort, *, epochs: Sequence[int]) -> list[dict]:
    """Probe beside hand-made features and the untrained encoder; fine-tuning beside training from scratch."""
    asked: Task = task("superclass")
    truth, known = asked.targets(cohort.studies)
    studies, truth = [study for study, one in zip(cohort, known, strict=True) if one], truth[known]
    groups = [study.group for study in studies]
    weights, hand = resamples(groups), HandMade()
    scores: dict[str, list[Array]] = {name: [] for name in (
        "probe", "probe, untrained", "hand-made features", "fine-tuned", "from scratch")}  # fmt: skip
    for seed, model in enumerate(models):
        folds = folds_of(groups, 10, seed=seed)
        subjects = {"probe": Pupil("probe", model), "probe, untrained": Pupil("untrained", model.untrained(seed)),
                    "hand-made features": hand}  # fmt: skip
        for name, subject in subjects.items():
            scores[name].append(probe_across(subject.pooled(studies), truth, folds))
        for name, start, long in zip(
            ("fine-tuned", "from scratch"), (model, model.untrained(seed)), epochs, strict=True
        ):
            scores[name].append(tuned_across(start, studies, truth, folds, epochs=long, seed=seed))
        for name, runs in scores.items():
            value, low, high = interval(macro(auroc, runs[-1], truth, weights)[0])
            print(f"seed {seed}  {name:20} macro AUROC {value:.3f} [{low:.3f}, {high:.3f}]", flush=True)
    pairs = [("probe", "hand-made features"), ("probe", "probe, untrained"), ("fine-tuned", "from scratch"),
             ("fine-tuned", "hand-made features")]  # fmt: skip
    return [compared(ours, theirs, scores, truth, weights) for ours, theirs in pairs]


def compared(ours: str, theirs: str, scores: dict[str, list[Array]], truth: Array, weights: Array) -> dict:
    value, low, high = interval(paired(scores[ours], scores[theirs], truth, weights))
    mean = [averaged(scores[name], truth, weights)[0] for name in (ours, theirs)]
    print(f"{ours} - {theirs}: {value:+.3f} [{low:+.3f}, {high:+.3f}]  n={len(truth)}, {len(scores[ours])} seeds")
    claim = f"PTB-XL, 10-fold by patient: {ours} vs {theirs}"
    return {"claim": claim, "unit": "macro AUROC", "ours": mean[0], "peer": mean[1], "ratio": mean[0] / mean[1],
            "n": len(truth), "difference": [value, low, high]}  # fmt: skip


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", default=os.environ.get("EINTHOVEN_DATA", ""))
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--patients", type=int, default=PATIENTS)
    parser.add_argument("--models", nargs="*", default=[], help="folders of models already trained, one a seed")
    parser.add_argument("--out", type=Path, help="folder to keep the trained models in")
    parser.add_argument("--epochs", type=int, nargs=2, default=(12, 30), help="of fine-tuning, and from scratch")
    parser.add_argument("--quick", action="store_true", help="one seed and few patients, without fine-tuning")
    options = parser.parse_args()
    if not (Path(options.data) / "ptb-xl").is_dir():
        print("no real ECGs: pass --data with a folder that holds ptb-xl and ludb")
        return 0
    seeds, patients = (1, 640) if options.quick else (options.seeds, options.patients)
    models = []
    for seed in range(seeds):
        model = ein.load(options.models[seed]) if seed < len(options.models) else trained(seed, patients)
        if options.out and seed >= len(options.models):
            model.save(options.out / f"seed{seed}")
        models.append(model)
    size = sum(weight.numel() for weight in models[0].encoder("ecg").parameters())
    print(f"{seeds} encoders of {size:,} parameters, trained on SYNTHETIC patients alone")
    real = ein.gather("ptb-xl", f"{options.data}/ptb-xl")
    rows = on_ptb_xl(models, real)
    if (Path(options.data) / "ludb").is_dir():
        rows += on_ludb(models, ein.gather("ludb", f"{options.data}/ludb"))
    if not options.quick:
        rows += with_labels(models, real, epochs=options.epochs)
    return report(rows)


if __name__ == "__main__":
    raise SystemExit(main())
