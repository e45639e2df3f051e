"""Subset: the studies whose labels a protocol may use, drawn as we do or as the papers did."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from einthoven.errors import ConfigError, did_you_mean
from einthoven.study import Study

__all__ = ["SUBSETS", "fraction_of", "subset"]

SUBSETS = ("patients", "melp", "merl")
"""Ours, by patient; and the records that MELP and MERL drew, which have none in common."""
PAPERS_SEED = 42

Rows = NDArray[np.int64]


def subset(studies: Sequence[Study], share: float, *, recipe: str = "patients", seed: int = 0) -> Rows:
    """Return positions of a share of the labelled training studies.

    The papers drew records of the rows of a table, always with seed 42: their subset is found again where the studies
    stand in the order of that table, whole. At 1 % of PTB-XL's subclasses, 4 of 23 classes have no positive in MELP's
    subset and 1 in MERL's: their figures at 1 % are of different labels.

    Args:
        studies: labelled, in the order of the source.
        share: above 0, at most 1.
        recipe: "patients" draws patients by `seed`; "melp" is pandas' `DataFrame.sample`, "merl" scikit-learn's
            `train_test_split`.
        seed: of "patients" alone.

    Raises:
        ConfigError: a share or recipe that does not exist.

    >>> len(subset([Study(str(i), lambda: None) for i in range(200)], 0.01, recipe="melp"))  # type: ignore
    2
    """
    if not 0 < share <= 1:
        raise ConfigError(
            "a share of the labels is above 0 and at most 1",
            came=f"{share!r} came",
            instead="Write 0.01 for one percent.",
            see="docs/evaluating.md",
        )
    if recipe == "patients":
        return fraction_of([study.group for study in studies], share, seed=seed)
    if recipe not in SUBSETS:
        raise ConfigError(
            "a subset of the labels is drawn by a recipe",
            came=f"{recipe!r} came",
            instead=did_you_mean(recipe, SUBSETS),
            see="docs/evaluating.md",
        )
    n = len(studies)
    if share == 1:
        return np.arange(n)
    order = np.random.RandomState(PAPERS_SEED).permutation(n)  # the generator that the papers used
    first, last = max(round(n * share), 1), max(int(n * share), 1)
    return np.asarray(order[:first] if recipe == "melp" else order[n - last :], np.int64)


def fraction_of(groups: Sequence[str], share: float, *, seed: int = 0) -> Rows:
    """Return positions of the studies of a random `share` of the patients, at least one patient."""
    names, member = np.unique(np.asarray(groups, dtype=str), return_inverse=True)
    order = np.random.Generator(np.random.Philox(seed)).permutation(len(names))
    kept = order[: max(round(share * len(names)), 1)]
    return np.flatnonzero(np.isin(member, kept)).astype(np.int64)
