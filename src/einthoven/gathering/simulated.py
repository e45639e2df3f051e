"""The simulated cohort: patients that never lived, for demonstrations, tests and a first pretraining."""

from __future__ import annotations

import inspect
from pathlib import Path
from typing import Any

from einthoven.errors import ConfigError, did_you_mean
from einthoven.gathering.cohort import Cohort

__all__ = ["simulated"]


def simulated(
    _root: str | Path | None = None, *, n: int = 1000, seed: int = 0, start: int = 0, **options: Any
) -> Cohort:
    """Gather n simulated patients; no folder is needed and none is read.

    Args:
        _root: unused; there so that every source is called alike.
        n: number of patients.
        seed: another seed, other patients.
        start: number of the first patient, so that a second cohort can go on where a first one ended.
        options: what `einthoven.simulate` takes besides (fs, seconds, enriched, ...).

    Returns:
        Splits by the patient's number: of each ten the first eight train, one val, one test. A patient keeps his
        split when n grows. Every study is marked synthetic.

    Raises:
        ConfigError: n is not a positive number, or `einthoven.simulate` has no such option.
    """
    from einthoven.simulating import simulate

    if n < 1:
        raise ConfigError(
            "a simulated cohort has at least one patient",
            came=f"n={n!r} came",
            instead="Write e.g. n=1000.",
            see="docs/gathering.md",
        )
    known = list(inspect.signature(simulate).parameters)
    for option in options:
        if option not in known:
            raise ConfigError(
                "simulated patients are gathered with the options of einthoven.simulate",
                came=f"{option}= came",
                instead=did_you_mean(option, known),
                see="docs/gathering.md",
            )
    studies = simulate(n, seed=seed, start=start, **options)
    splits: dict[str, list[int]] = {"train": [], "val": [], "test": []}
    for row in range(n):
        splits[{8: "val", 9: "test"}.get((start + row) % 10, "train")].append(row)
    note = f"simulated patients {start} to {start + n - 1}, seed {seed}: nobody's heart"
    return Cohort("simulated", studies, splits, notes=(note,))
