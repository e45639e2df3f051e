"""Plan: what a store is built of, written first and held to ever after."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from hashlib import blake2b
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.lib.format import open_memmap
from numpy.typing import NDArray

from einthoven.errors import CohortError, PreparationError, StorageError
from einthoven.files import replacing, write_text
from einthoven.gathering.cohort import Cohort

if TYPE_CHECKING:
    from einthoven.cleaning.preparation import Preparation

__all__ = [
    "INDEX",
    "PLAN",
    "SAMPLES",
    "Plan",
    "conditioning",
    "fingerprint",
    "load",
    "mapped",
    "plan",
    "reserve",
    "write",
]

PLAN, SAMPLES, INDEX = "store.json", "samples.npy", "index.parquet"
VERSION = 1


@dataclass(frozen=True)
class Plan:
    """What a store is built of.

    Args:
        version: of the layout of the folder.
        cohort: the cohort's name.
        studies: how many, n.
        content: fingerprint of the cohort (`fingerprint`).
        preparation: the recipe as JSON.
        recipe_fingerprint: its fingerprint, the scale apart (`conditioning`).
        shape: of the samples, (n, L, T).
        shard: rows that are written and counted together.
        synthetic: True when any study was made by a simulator.
    """

    version: int
    cohort: str
    studies: int
    content: str
    preparation: str
    recipe_fingerprint: str
    shape: tuple[int, int, int]
    shard: int
    synthetic: bool

    def recipe(self) -> Preparation:
        """Return the preparation. Raises PreparationError when this version does not know it."""
        from einthoven.cleaning.preparation import Preparation

        return Preparation.from_json(self.preparation)

    def spans(self) -> Iterator[range]:
        """Yield the rows of each shard."""
        for first in range(0, self.studies, self.shard):
            yield range(first, min(first + self.shard, self.studies))

    def refuse_other(
        self, folder: Path, *, preparation: Preparation | None = None, cohort: Cohort | None = None
    ) -> None:
        """Raise PreparationError when the store is one of another preparation or another cohort."""
        if preparation is not None and (asked := conditioning(preparation)) != self.recipe_fingerprint:
            raise PreparationError(
                "a store serves the preparation it was built with",
                came=f"{folder} was built with {self.recipe_fingerprint}, asked for is {asked} "
                f"({_difference(self.preparation, preparation.to_json())})",
                instead="Build another store in another folder, or use the encoder this one was built for.",
                see="docs/store.md",
            )
        if cohort is not None and (seen := fingerprint(cohort)) != self.content:
            raise PreparationError(
                "a store serves the cohort it was built of",
                came=f"{folder} holds {self.studies} studies of {self.cohort} ({self.content[:12]}), "
                f"asked for are {len(cohort)} of {cohort.name} ({seen[:12]})",
                instead="Build another store in another folder; ids, splits, labels and reports all count.",
                see="docs/store.md",
            )


def conditioning(preparation: Preparation) -> str:
    """Return the fingerprint of what `condition` does: the scale is applied later, so one store serves every scale."""
    return replace(preparation, scale="mV").fingerprint


def fingerprint(cohort: Cohort) -> str:
    """Return a hash of everything the cohort knows of its studies, the samples apart."""
    digest = blake2b(cohort.name.encode(), digest_size=16)
    for row, study in enumerate(cohort.studies):
        labels = None if study.labels is None else sorted(study.labels.items())
        known = (study.id, study.group, study.age, study.sex, study.report, labels, study.date, study.synthetic)
        digest.update(repr((known, cohort.split_of.get(row))).encode())
    return digest.hexdigest()


def plan(cohort: Cohort, preparation: Preparation, *, shard: int) -> Plan:
    """Return the plan for a store. Raises CohortError when there is nothing to store."""
    if not len(cohort):
        raise CohortError(
            "a store holds at least one study",
            came=f"{cohort.name} has none",
            instead="Look at how the cohort was gathered, or at the filter it went through.",
            see="docs/store.md",
        )
    return Plan(
        version=VERSION,
        cohort=cohort.name,
        studies=len(cohort),
        content=fingerprint(cohort),
        preparation=preparation.to_json(),
        recipe_fingerprint=conditioning(preparation),
        shape=(len(cohort), len(preparation.leads), preparation.samples),
        shard=shard,
        synthetic=cohort.synthetic,
    )


def load(folder: Path) -> Plan:
    """Return the plan of a store. Raises StorageError when the folder is none, or one of a newer version."""
    path = folder / PLAN
    try:
        values = json.loads(path.read_text(encoding="utf-8"))
        if values["version"] == VERSION:
            return Plan(**{**values, "shape": tuple(values["shape"])})
        came = f"{folder} is a store of version {values['version']}, known is {VERSION}"
    except FileNotFoundError:
        came = f"{folder} has no {PLAN}"
    except (ValueError, TypeError, KeyError):
        came = f"{path} is not the plan of a store"
    raise StorageError(
        "a store is a folder that Store.build made",
        came=came,
        instead="Name its folder, or build it with Store.build(cohort, folder, preparation).",
        see="docs/store.md",
    )


def write(folder: Path, what: Plan) -> None:
    """Write the plan into a folder of its own. Raises StorageError when there is something else in it."""
    if folder.is_dir() and any(not path.name.endswith(".part") for path in folder.iterdir()):
        raise StorageError(
            "a store is built in a folder of its own",
            came=f"{folder} holds other files",
            instead="Name a new or empty folder.",
            see="docs/store.md",
        )
    write_text(folder / PLAN, json.dumps(asdict(what), indent=1))


def reserve(folder: Path, what: Plan) -> None:
    """Make the empty array of samples; holes in a file take no room until they are filled."""
    with replacing(folder / SAMPLES) as draft:
        open_memmap(draft, mode="w+", dtype="<i2", shape=what.shape)


def mapped(folder: Path, what: Plan) -> NDArray[np.int16]:
    """Return the samples, memory-mapped. Raises StorageError when the file is not the one the plan promises."""
    path = folder / SAMPLES
    try:
        # A plain view: indexing a numpy.memmap makes more of them, a microsecond each.
        samples: NDArray[np.int16] = np.load(path, mmap_mode="r", allow_pickle=False).view(np.ndarray)
        came = f"{path} has shape {samples.shape}, promised is {what.shape}"
        if samples.shape == what.shape and samples.dtype == np.dtype("<i2"):
            return samples
    except (OSError, ValueError):
        came = f"{path} is missing or cut off"
    raise StorageError(
        "the samples of a store are there whole",
        came=came,
        instead="Copy the folder again, or delete it and build the store anew.",
        see="docs/store.md",
    )


def _difference(ours: str, theirs: str) -> str:
    one, two = json.loads(ours), json.loads(theirs)
    keys = [key for key in sorted({*one, *two} - {"scale"}) if one.get(key) != two.get(key)]
    return "; ".join(f"{key} {one.get(key)} and not {two.get(key)}" for key in keys) or "of another version"
