"""Split: positions of studies by name, no patient in two of them."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence
from hashlib import blake2b, sha256
from itertools import accumulate

from einthoven.errors import CohortError, ConfigError
from einthoven.study import Study

__all__ = ["PARTS", "by_name", "by_patient", "digest"]

PARTS: Mapping[str, float] = {"train": 0.8, "val": 0.1, "test": 0.1}
"""Shares where a source has no official split."""


def by_patient(studies: Iterable[Study], *, parts: Mapping[str, float] = PARTS, seed: int = 0) -> dict[str, list[int]]:
    """Split studies by patient: the patient's name and the seed decide, nothing else.

    A patient stays where he is when studies are added, removed or shuffled, which a shuffled list cannot promise.
    A study without a known patient counts as a patient of his own.

    Args:
        studies: n studies.
        parts: split name -> share; the shares add up to 1.
        seed: another seed, another split.

    Returns:
        Split name -> positions. The shares are met on average, not exactly.

    Raises:
        ConfigError: a share is negative or they do not add up to 1.

    >>> import numpy as np
    >>> from einthoven.recording import Recording
    >>> ecg = Recording(np.zeros((1, 10)), ["I"], 10)
    >>> people = [Study(str(i), ecg, patient=str(i // 2)) for i in range(8)]
    >>> by_patient(people, parts={"train": 0.5, "test": 0.5})
    {'train': [0, 1, 4, 5], 'test': [2, 3, 6, 7]}
    """
    if not parts or min(parts.values()) < 0 or abs(sum(parts.values()) - 1) > 1e-6:
        raise ConfigError(
            "the shares of a split are positive and add up to 1",
            came=f"{dict(parts)} came",
            instead='Write e.g. {"train": 0.8, "val": 0.1, "test": 0.1}.',
            see="docs/cohort.md",
        )
    names = list(parts)
    edges = list(accumulate(parts.values()))[:-1]
    splits: dict[str, list[int]] = {name: [] for name in names}
    for row, study in enumerate(studies):
        splits[names[bisect_right(edges, _draw(study.group, seed))]].append(row)
    return splits


def by_name(names: Sequence[str | None]) -> dict[str, list[int]]:
    """Split by the name each study came with; None and "" are in no split.

    >>> by_name(["train", None, "test", "train"])
    {'train': [0, 3], 'test': [2]}
    """
    splits: dict[str, list[int]] = {}
    for row, name in enumerate(names):
        if name:
            splits.setdefault(_usual(name), []).append(row)
    if names and not splits:
        raise CohortError(
            "a column of splits names at least one",
            came=f"all {len(names)} entries are empty",
            instead="Fill the column, or leave it out to split by patient.",
            see="docs/cohort.md",
        )
    return splits


def digest(ids: Iterable[str]) -> str:
    """Return the sha256 of ids, sorted and one a line: what proves that two splits are one.

    >>> digest(["b", "a"]) == digest(["a", "b"])
    True
    """
    return sha256("\n".join(sorted(ids)).encode()).hexdigest()


def _usual(name: str) -> str:
    usual = {"training": "train", "valid": "val", "validation": "val", "dev": "val", "testing": "test"}
    return usual.get(name.strip().lower(), name.strip())


def _draw(group: str, seed: int) -> float:
    """Return a number in [0, 1) that hangs on nothing but the group and the seed."""
    return int.from_bytes(blake2b(f"{seed}/{group}".encode(), digest_size=7).digest()) / 2**56
