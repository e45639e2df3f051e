"""What each of the ten things that make simulated ECGs real brings: leave one out, train, and look at real ECGs.

An encoder as in transfer.py, but with half its resolution in time (stride 4, for speed), learns the codes of simulated
patients, once with everything and once without each knock-out, a few seeds each. Its classifiers answer for every
labelled record of PTB-XL (five superclasses) and for LUDB (eight tasks). A difference smaller than what two seeds
differ by is marked unresolved.

    python benchmarks/knockouts.py --data FOLDER [--seeds 2] [--patients 12000] [--epochs 2] [--runs FILE]

--runs keeps each finished run's answers, so that a killed benchmark goes on where it stopped. --quick trains on few
patients and one knock-out, to see that it runs.
"""

from __future__ import annotations

import argparse
import os
from collections.abc import Sequence
from pathlib import Path

import numpy as np

import einthoven as ein
from common import report
from einthoven.evaluating.interval import interval, resamples
from einthoven.evaluating.metrics import auroc, macro
from einthoven.evaluating.scored import paired
from einthoven.gathering import task
from einthoven.simulating import KNOCKOUTS
from transfer import answers, ludb_truth, trained

WHOLE, STRIDE = "nothing", 4
Array = np.ndarray


class Exam:
    """One set of real ECGs: studies, what is asked, and the truth, (n, K)."""

    def __init__(self, name: str, studies: Sequence[ein.Study], classes: Sequence[str], truth: Array) -> None:
        self.name, self.studies, self.classes, self.truth = name, list(studies), tuple(classes), truth
        self.weights = resamples([study.group for study in studies])

    def worth(self, runs: Sequence[Array]) -> list[float]:
        """Return the macro AUROC of each run."""
        return [float(macro(auroc, run, self.truth, self.weights[:1])[0][0]) for run in runs]


def exams(data: str) -> list[Exam]:
    real, asked = ein.gather("ptb-xl", f"{data}/ptb-xl"), task("superclass")
    truth, known = asked.targets(real.studies)
    studies = [study for study, one in zip(real, known, strict=True) if one]
    found = [Exam("PTB-XL", studies, asked.classes, truth[known])]
    if (Path(data) / "ludb").is_dir():
        ludb = ein.gather("ludb", f"{data}/ludb")
        questions = ludb_truth(ludb.studies)
        found.append(Exam("LUDB", ludb.studies, tuple(questions), np.stack(list(questions.values()), axis=1)))
    return found


def run(name: str, seed: int, options: argparse.Namespace, sets: Sequence[Exam], kept: dict[str, Array]) -> None:
    """Train one encoder and keep its answers, unless they are there already."""
    keys = [f"{name}|{seed}|{exam.name}" for exam in sets]
    if all(key in kept for key in keys):
        return
    without = () if name == WHOLE else (name,)
    model = trained(seed, options.patients, without=without, epochs=options.epochs, stride=STRIDE)
    for key, exam in zip(keys, sets, strict=True):
        kept[key] = answers(model, exam.studies, exam.classes)
    if options.runs:
        np.savez(options.runs, **kept)
    said = ", ".join(f"{exam.name} {exam.worth([kept[key]])[0]:.3f}" for key, exam in zip(keys, sets, strict=True))
    print(f"without {name}, seed {seed}: {said}", flush=True)


def row(name: str, exam: Exam, kept: dict[str, Array], seeds: int) -> dict[str, object]:
    """Return what the knock-out costs on one set: whole minus without, paired by patient and averaged over seeds."""
    whole, without = ([kept[f"{one}|{seed}|{exam.name}"] for seed in range(seeds)] for one in (WHOLE, name))
    value, low, high = interval(paired(whole, without, exam.truth, exam.weights))
    spread = max(np.ptp(exam.worth(runs)) for runs in (whole, without))
    resolved = abs(value) > spread and (low > 0 or high < 0)
    mean = float(np.mean(exam.worth(without)))
    verdict = "" if resolved else "  unresolved"
    print(f"{exam.name:7} without {name:17} {mean:.3f}  brings {value:+.3f} [{low:+.3f}, {high:+.3f}]  "
          f"seeds differ by {spread:.3f}{verdict}")  # fmt: skip
    return {"claim": f"{exam.name}: what '{name}' brings", "unit": "macro AUROC",
            "ours": float(np.mean(exam.worth(whole))), "peer": mean, "ratio": float(np.mean(exam.worth(whole))) / mean,
            "n": len(exam.studies), "difference": [value, low, high], "spread": float(spread),
            "resolved": bool(resolved)}  # fmt: skip


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", default=os.environ.get("EINTHOVEN_DATA", ""))
    parser.add_argument("--seeds", type=int, default=2)
    parser.add_argument("--patients", type=int, default=12_000)
    parser.add_argument("--epochs", type=int, default=2)
    parser.add_argument("--runs", type=Path, help="file (.npz) that keeps finished runs")
    parser.add_argument("--quick", action="store_true")
    options = parser.parse_args()
    if not (Path(options.data) / "ptb-xl").is_dir():
        print("no real ECGs: pass --data with a folder that holds ptb-xl and ludb")
        return 0
    names = [WHOLE, *KNOCKOUTS]
    if options.quick:
        names, options.seeds, options.patients, options.epochs = names[:2], 1, 320, 1
    sets = exams(options.data)
    kept = dict(np.load(options.runs)) if options.runs and options.runs.is_file() else {}
    for seed in range(options.seeds):
        for name in names:
            run(name, seed, options, sets, kept)
    return report([row(name, exam, kept, options.seeds) for exam in sets for name in names[1:]])


if __name__ == "__main__":
    raise SystemExit(main())
