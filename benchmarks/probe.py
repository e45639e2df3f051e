"""Simulated patients as teachers: a linear probe on real ECGs, against the same encoder untrained.

For each seed an encoder is pretrained on simulated patients alone (the demo's recipe), and once more continued on
the ECGs and reports of the real train split. Logistic regressions on the frozen features are examined by ten folds
over patients; differences are paired on the same bootstrap resamples of patients, and averaged over the seeds.

    python benchmarks/probe.py --data PTB-XL-FOLDER --seeds 3 [--models FOLDER ...]
"""

from __future__ import annotations

import argparse
import os
from pathlib import Path

import numpy as np

import einthoven as ein
from common import report
from einthoven.demonstrating.real import continued
from einthoven.evaluating import HandMade, Pupil, Subject
from einthoven.evaluating.interval import interval, resamples
from einthoven.evaluating.linear import folds_of, probe_across
from einthoven.evaluating.metrics import auroc, macro
from einthoven.evaluating.scored import paired
from einthoven.gathering import task
from einthoven.pretraining import recipe

NAMES = ("simulated only", "continued on train", "random encoder", "hand-made features")


def trained(seed: int, patients: int) -> ein.Model:
    told = recipe("demo")
    cohort = ein.gather("simulated", n=patients, seed=seed)
    return ein.pretrain(told.objective(seed=seed), cohort, seed=seed, **told.settings)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", default=os.environ.get("EINTHOVEN_DATA", "") + "/ptb-xl")
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--patients", type=int, default=8000)
    parser.add_argument("--models", nargs="*", default=[], help="folders of models already pretrained, one a seed")
    parser.add_argument("--quick", action="store_true", help="one seed and few patients")
    options = parser.parse_args()
    if not Path(options.data).is_dir():
        print("no real ECGs: pass --data with a folder in PTB-XL's layout")
        return 0
    seeds, patients = (1, 200) if options.quick else (options.seeds, options.patients)

    cohort = ein.gather("ptb-xl", options.data)
    superclass = task("superclass")
    truth, known = superclass.targets(cohort.studies)
    studies = [study for study, is_known in zip(cohort, known, strict=True) if is_known]
    truth = truth[known]
    groups = [study.group for study in studies]
    weights = resamples(groups)
    hand = HandMade()
    scores: dict[str, list[np.ndarray]] = {name: [] for name in NAMES}
    for seed in range(seeds):
        model = ein.load(options.models[seed]) if seed < len(options.models) else trained(seed, patients)
        subjects: list[Subject] = [
            Pupil(NAMES[0], model), Pupil(NAMES[1], continued(model, cohort, seed=seed)),
            Pupil(NAMES[2], model.untrained(seed)), hand,
        ]  # fmt: skip
        folds = folds_of(groups, 10, seed=seed)
        for subject in subjects:
            scores[subject.name].append(probe_across(subject.pooled(studies), truth, folds))
            value, low, high = interval(macro(auroc, scores[subject.name][-1], truth, weights)[0])
            print(f"seed {seed}  {subject.name:20}  macro AUROC {value:.3f} [{low:.3f}, {high:.3f}]", flush=True)

    claims = []
    for ours in NAMES[:2]:
        for theirs in NAMES[2:]:
            value, low, high = interval(paired(scores[ours], scores[theirs], truth, weights))
            mean = [
                float(np.mean([macro(auroc, one, truth, weights)[0][0] for one in scores[name]]))
                for name in (ours, theirs)
            ]
            print(f"{ours} - {theirs}: {value:+.3f} [{low:+.3f}, {high:+.3f}], {seeds} seeds, n={len(studies)}")
            claims.append(
                {
                    "claim": f"linear probe on real ECGs, 10-fold by patient: {ours} vs {theirs}",
                    "unit": "macro AUROC",
                    "ours": mean[0], "peer": mean[1], "ratio": mean[0] / mean[1], "n": len(studies), "seeds": seeds,
                    "difference": [value, low, high],
                }
            )  # fmt: skip
    return report(claims)


if __name__ == "__main__":
    raise SystemExit(main())
