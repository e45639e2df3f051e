"""Qiu: PTB-XL as Qiu et al. search it: abnormal records alone, their reports cleaned and in English.

Qiu et al., Automated Cardiovascular Record Retrieval by Multimodal Learning between Electrocardiogram and Clinical
Report, ML4H 2023, PMLR 225:480-497; arXiv 2304.06286.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from einthoven.errors import ConfigError, did_you_mean
from einthoven.gathering.cohort import Cohort
from einthoven.gathering.glossary import coverage
from einthoven.gathering.ptbxl import ptb_xl
from einthoven.gathering.tasks import task
from einthoven.gathering.wording import cleaned, without_stamp
from einthoven.study import Study

__all__ = ["qiu", "retold"]

SPLITS = ("patient", "record")
SHARES = (0.7, 0.9)
"""Where training and validation end, of one random number a record."""
LEAKY = "split by record, as Qiu et al. do: a patient's ECGs may be in training and test"


def qiu(root: str | Path | None = None, *, rate: int = 500, split: str = "patient") -> Cohort:
    """Gather PTB-XL for image-report retrieval as the paper's code does.

    Records without a diagnostic superclass are left out, and those whose only one is NORM. Reports are cleaned and
    translated by `einthoven.gathering.wording.cleaned`; records without one are left out.

    Args:
        root: the folder of PTB-XL.
        rate: 500 or 100 Hz.
        split: "patient", PTB-XL's own folds 1-8, 9, 10, or "record", the paper's 70/20/10 of records, which divides
            patients and says so in every Result.

    Raises:
        ConfigError: another split.
        CohortError: as `ptb_xl`.
    """
    return retold(ptb_xl(root, rate=rate), split=split)


def retold(cohort: Cohort, *, split: str = "patient") -> Cohort:
    """Return a cohort as `qiu` makes one of PTB-XL: for folders that are no PTB-XL, and for simulated patients."""
    if split not in SPLITS:
        raise ConfigError(
            "the paper's cohort is split by patient, or by record as the paper does",
            came=f"split={split!r}",
            instead=did_you_mean(split, SPLITS),
            see="docs/papers/qiu.md",
        )
    kept = _abnormal(cohort)
    studies = [replace(cohort[row], report=cleaned(cohort[row].report or "")) for row in kept]
    told = [place for place, study in enumerate(studies) if study.report]
    chosen = [studies[place] for place in told]
    notes = [*cohort.notes, *_notes(cohort, [kept[place] for place in told])]
    if split == "record":
        return Cohort("qiu", chosen, _by_record(chosen), leaky=LEAKY, notes=notes)
    place = {kept[old]: new for new, old in enumerate(told)}
    splits = {name: [place[row] for row in rows if row in place] for name, rows in cohort.splits.items()}
    return Cohort("qiu", chosen, splits, leaky=cohort.leaky, notes=notes)


def _abnormal(cohort: Cohort) -> list[int]:
    """Return the positions of studies with a superclass other than NORM."""
    superclass = task("superclass")
    truth, _ = superclass.targets(cohort.studies)
    ill = [name != "NORM" for name in superclass.classes]
    return [int(row) for row in np.flatnonzero(truth[:, ill].any(1))]


def _by_record(studies: Sequence[Study]) -> dict[str, list[int]]:
    """Split by one number a record, drawn with the record's own seed."""
    splits: dict[str, list[int]] = {"train": [], "val": [], "test": []}
    for row, study in enumerate(studies):
        seed = int(study.id) if study.id.isdecimal() else [ord(letter) for letter in study.id]
        drawn = np.random.default_rng(seed).random()
        splits["train" if drawn <= SHARES[0] else "val" if drawn <= SHARES[1] else "test"].append(row)
    return splits


def _notes(cohort: Cohort, kept: Sequence[int]) -> list[str]:
    known = coverage(without_stamp(cohort[row].report or "") for row in kept)
    share = f"{known.known / known.words:.1%} of the words of {known.reports} reports" if known.words else "no report"
    return [
        f"{len(cohort) - len(kept)} of {len(cohort)} records were left out: no abnormal superclass, or no report",
        f"reports cleaned; German and Swedish in English by a glossary that knows {share}",
    ]
