"""MELP trained on simulated patients and their reports alone, examined on real ECGs.

Pretrains the recipe `melp-small` on simulated patients, a seed at a time (or takes models already trained), and asks of
PTB-XL: (a) zero-shot by words, over all labelled records and over folds 9-10, the five superclasses and single
statements; (b) the same on folds 9-10 after the ECGs and reports of folds 1-8 were added; (c) linear probes from few
labels of folds 1-8, judged on folds 9-10, beside the untrained encoder, hand-made features and the same network
trained from scratch; (d) the reports it writes for folds 9-10. Nothing here is chosen on these records.

    python benchmarks/melp_real.py --data PTB-XL-FOLDER [--seeds 3] [--models FOLDER ...] [--reports FILE]

FILE gets twenty reports beside the human ones, unedited. Intervals are over patients, means over seeds.
"""

from __future__ import annotations

import argparse
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

import einthoven as ein
from common import report
from einthoven.demonstrating.real import HELD, continued
from einthoven.encoding import Model
from einthoven.evaluating import HandMade, Pupil
from einthoven.evaluating.interval import interval, resamples
from einthoven.evaluating.linear import choose_strength, folds_of, probe
from einthoven.evaluating.metrics import auroc, macro
from einthoven.evaluating.zeroshot import zero_shot_scores
from einthoven.gathering import Cohort, Task, task
from einthoven.pretraining import recipe
from einthoven.study import Study
from tuning import BATCH, tuned

STATEMENTS = ("AFIB", "CLBBB", "CRBBB", "1AVB", "LAFB", "LVH")
LABELS = (20, 40, 80, 160, 0)
"""How many labelled records a probe learns from; 0 for all."""
LEAST = 100
"""Fewest steps of training from scratch; thirty passes where that is more."""
Array = np.ndarray


def trained(seed: int, patients: int, epochs: int | None) -> Model:
    told = recipe("melp-small")
    settings = {**told.settings, **({"epochs": epochs} if epochs else {})}
    cohort = ein.gather("simulated", n=patients, seed=seed)
    return ein.pretrain(told.objective(seed=seed), cohort, seed=seed, progress=False, **settings)


def known(studies: Sequence[Study], asked: Task) -> tuple[list[Study], Array]:
    """Return the studies that are labelled for a task, and their classes (n, K)."""
    truth, there = asked.targets(studies)
    return [study for study, one in zip(studies, there, strict=True) if one], truth[there]


def row(name: str, runs: Sequence[Array], truth: Array, groups: Sequence[str], *, peer: float = 0.5) -> dict[str, Any]:
    """Print the mean over seeds of macro AUROC with its interval over patients, and return it as a claim."""
    weights = resamples(groups)
    value, low, high = interval(np.mean([macro(auroc, one, truth, weights)[0] for one in runs], axis=0))
    seeds = ", ".join(f"{macro(auroc, one, truth, weights[:1])[0][0]:.3f}" for one in runs)
    positives = int(truth.sum()) if truth.shape[1] == 1 else None
    said = f", {positives} positive" if positives is not None else ""
    print(f"{name:52} {value:.3f} [{low:.3f}, {high:.3f}]  n={len(truth)}{said}; seeds {seeds}", flush=True)
    return {"claim": name, "unit": "AUROC", "ours": value, "peer": peer, "ratio": value / peer, "n": len(truth),
            "interval": [low, high], "positives": positives}  # fmt: skip


def asked_in_words(title: str, models: Sequence[Model], studies: Sequence[Study], asked: Task) -> list[dict[str, Any]]:
    """Zero-shot: the mean of the classes, then each."""
    studies, truth = known(studies, asked)
    groups = [study.group for study in studies]
    runs = [zero_shot_scores(Pupil("model", model), studies, asked) for model in models]
    rows = [row(title, runs, truth, groups)] if len(asked.classes) != len(STATEMENTS) else []
    return rows + [
        row(f"{title}: {name}", [one[:, [k]] for one in runs], truth[:, [k]], groups)
        for k, name in enumerate(asked.classes)
        if truth[:, k].any()
    ]


def from_few_labels(models: Sequence[Model], cohort: Cohort, asked: Task) -> list[dict[str, Any]]:
    """Probes and training from scratch on a number of labels; which, is drawn by the seed, the same for all."""
    train, answers = known(cohort.split("train").studies, asked)
    test, truth = known([study for name in HELD for study in cohort.split(name)], asked)
    both = [*train, *test]
    batch = models[0].encoder("ecg").prepare(both)
    place = np.arange(len(both))
    scores: dict[tuple[str, int], list[Array]] = {}
    for seed, model in enumerate(models):
        order = np.random.default_rng(seed).permutation(len(train))
        blank = model.untrained(seed)
        subjects = (Pupil("MELP", model), Pupil("random encoder", blank), HandMade())
        for count in (count or len(train) for count in LABELS):
            rows = order[:count]
            learnt = [train[one] for one in rows]
            for subject in subjects:
                features = subject.pooled(learnt)
                folds = folds_of([study.group for study in learnt], 5, seed=seed)
                strength, _ = choose_strength(features, answers[rows], folds)
                found = probe(features, answers[rows], subject.pooled(test), strength=strength)
                scores.setdefault((f"probe, {subject.name}", count), []).append(found)
            epochs = max(30, -(-LEAST // max(count // BATCH, 1)))
            inside, held = np.isin(place, rows), place >= len(train)
            whole = np.concatenate([answers, truth])
            found = tuned(blank, batch, whole, learnt=inside, held=held, epochs=epochs, seed=seed)
            scores.setdefault(("the same network from scratch", count), []).append(found)
    groups = [study.group for study in test]
    return [row(f"{count} labels: {name}", runs, truth, groups) for (name, count), runs in scores.items()]


def side_by_side(model: Model, studies: Sequence[Study]) -> str:
    """Return reports beside the human ones as Markdown."""
    written = Pupil("model", model).write(studies)
    lines = ["| record | written by people | written by the model |", "|---|---|---|"]
    for study, text in zip(studies, written, strict=True):
        cells = (study.id, *(" ".join(one.split()).replace("|", "/") for one in (study.report or "", text)))
        lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines) + "\n"


def in_words(models: Sequence[Model], cohort: Cohort, reports: Path | None) -> list[dict[str, Any]]:
    """Ask in words before and after folds 1-8 were added, and judge what the first model writes."""
    held = [study for name in HELD for study in cohort.split(name)]
    five, single = task("superclass"), task("all").only(list(STATEMENTS))
    rows = asked_in_words("zero-shot, all records", models, cohort.studies, five)
    rows += asked_in_words("zero-shot, all records", models, cohort.studies, single)
    rows += asked_in_words("zero-shot, folds 9-10", models, held, five)
    random = [model.untrained(seed) for seed, model in enumerate(models)]
    rows += asked_in_words("zero-shot, all records, random encoder", random, cohort.studies, five)
    further = [continued(model, cohort, seed=seed) for seed, model in enumerate(models)]
    rows += asked_in_words("zero-shot, folds 9-10, folds 1-8 added", further, held, five)
    rows += asked_in_words("zero-shot, folds 9-10, folds 1-8 added", further, held, single)
    print(ein.evaluate("report", [Pupil("MELP", models[0])], cohort, on=HELD).find(metric="label F1", target="micro"))
    if reports:
        reports.write_text(side_by_side(models[0], [study for study in held if study.report][:20]), "utf-8")
    return rows


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", default=os.environ.get("EINTHOVEN_DATA", "") + "/ptb-xl")
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--patients", type=int, default=32_000)
    parser.add_argument("--epochs", type=int, default=8)
    parser.add_argument("--models", nargs="*", default=[], help="folders of models already pretrained, one a seed")
    parser.add_argument("--reports", type=Path, help="file for twenty reports")
    parser.add_argument("--labels-only", action="store_true", help="leave out (a), (b) and (d)")
    parser.add_argument("--quick", action="store_true", help="one seed and few patients")
    options = parser.parse_args()
    if not Path(options.data).is_dir():
        print("no real ECGs: pass --data with a folder in PTB-XL's layout")
        return 0
    seeds, patients, epochs = (1, 300, 1) if options.quick else (options.seeds, options.patients, options.epochs)
    models = [ein.load(options.models[seed]) if seed < len(options.models) else trained(seed, patients, epochs)
              for seed in range(seeds)]  # fmt: skip
    cohort = ein.gather("ptb-xl", options.data)
    five = task("superclass")
    print(f"{seeds} models of SYNTHETIC patients alone ({recipe('melp-small').about})")
    rows = [] if options.labels_only else in_words(models, cohort, options.reports)
    rows += from_few_labels(models, cohort, five)
    return report(rows)


if __name__ == "__main__":
    raise SystemExit(main())
