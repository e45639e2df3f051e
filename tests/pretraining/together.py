"""A program that pretrains on several processes: `python together.py OUT PROCESSES STRATEGY BATCH`."""

from __future__ import annotations

import sys

from waves import cohort_of, vit, words

from einthoven.pretraining import Caption, Contrast, Local, Masked, pretrain


def main(out: str, processes: int, strategy: str, batch: int, *, steps: int = 20) -> None:
    """Train `steps` steps; every study of the cohort is in the same step whatever the processes."""
    ecg, report = vit(), words()
    objective = (
        Contrast(ecg, report, width=8) + Masked(ecg, width=16, depth=1, heads=2) + 0.1 * Contrast(ecg, ecg, width=8)
        + 0.2 * Local(ecg, report, width=8) + Caption(ecg, report, width=16, depth=1, heads=2)
    )  # fmt: skip
    cohort = cohort_of(
        64, 16, reports=lambda number: None if number % 5 == 0 else f"wave {number % 4} of {number % 16}"
    )
    settings = {"steps": steps, "batch": batch, "lr": 3e-3, "workers": 1, "progress": False, "device": "cpu"}
    pretrain(objective, cohort, out=out, devices=processes, strategy=strategy, **settings)


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), sys.argv[3], int(sys.argv[4]))
