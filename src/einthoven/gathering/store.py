"""Store: a cohort's prepared samples as one memory-mapped array, and a table of what is known of them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from einthoven.errors import CohortError, StorageError, did_you_mean
from einthoven.gathering import store_plan
from einthoven.gathering.cohort import Cohort

if TYPE_CHECKING:
    from einthoven.cleaning.preparation import Preparation

__all__ = ["Store"]


@dataclass(frozen=True, eq=False)
class Store:
    """A cohort's prepared samples, for random access in training.

    Row i is study i of the cohort. A row whose study could not be read holds nothing; `rows` leaves it out.

    Args:
        folder: where it lies; made by `Store.build`.
        preparation: the recipe; `condition` was applied, `scale` is left to the encoder.
        cohort_name: where the studies came from.
        synthetic: True when any study was made by a simulator.
        table: one row a study (pyarrow): row, id, patient (a number: equal numbers are the same patient),
            split, age, sex, report, labels (JSON), date, synthetic, lead_mask, length, clipped, status
            ("ok" or "quarantined") and reason.
        signals: microvolt, int16, shape (n, L, T), memory-mapped; zero beyond a row's length and in leads that
            its lead_mask denies.
    """

    folder: Path
    preparation: Preparation
    cohort_name: str
    synthetic: bool
    table: Any = field(repr=False)
    signals: NDArray[np.int16] = field(repr=False)

    @classmethod
    def build(
        cls,
        cohort: Cohort,
        folder: str | Path,
        preparation: Preparation,
        *,
        workers: int | None = None,
        progress: bool = True,
        shard: int = 256,
    ) -> Store:
        """Build the store of a cohort, or finish one whose building was interrupted.

        Studies are read and conditioned by several processes, a shard of rows at a time. A shard counts when its
        part of the table is there: a run killed at any moment is finished by running it again. The result does
        not depend on the number of workers. A study that cannot be read is set aside with the reason.

        Args:
            cohort: the studies.
            folder: an empty or new folder, or a store of the same cohort and preparation.
            preparation: the recipe of the encoder to be trained.
            workers: processes; None uses every core.
            progress: show a bar on a terminal.
            shard: studies a worker takes at a time.

        Raises:
            PreparationError: the folder is a store of another preparation or another cohort.
            StorageError: the folder holds something else, or the disk is full.
            CohortError: a worker was killed.

        Warns:
            UserWarning: samples beyond the range of int16, 32.767 mV, were clipped.

        >>> store = Store.build(cohort, "ptb-xl.store", Preparation())  # doctest: +SKIP
        >>> microvolt, lead_mask, length = store.take(store.rows("train")[:64])  # doctest: +SKIP
        """
        from einthoven.gathering.store_building import build

        build(cohort, Path(folder), preparation, workers=workers, progress=progress, shard=shard)
        return cls.open(folder, preparation=preparation)

    @classmethod
    def open(cls, folder: str | Path, *, preparation: Preparation | None = None, cohort: Cohort | None = None) -> Store:
        """Open a finished store; with `preparation` or `cohort`, only if it was built of these.

        A preparation that differs in its `scale` alone is welcome: the samples are not scaled yet.

        Raises:
            StorageError: there is no finished store, or its samples were cut off.
            PreparationError: it was built with another preparation or of another cohort.
        """
        folder = Path(folder)
        plan = store_plan.load(folder)
        plan.refuse_other(folder, preparation=preparation, cohort=cohort)
        index = folder / store_plan.INDEX
        if not index.is_file():
            raise StorageError(
                "a store is opened when it is finished",
                came=f"the building of {folder} was interrupted",
                instead="Run Store.build again with the same cohort: it goes on where it stopped.",
                see="docs/store.md",
            )
        import pyarrow.parquet as pq

        signals = store_plan.mapped(folder, plan)
        table = pq.read_table(index)
        return cls(folder, preparation or plan.recipe(), plan.cohort, plan.synthetic, table, signals)

    def take(self, rows: ArrayLike) -> tuple[NDArray[np.int16], NDArray[np.bool_], NDArray[np.int64]]:
        """Return the samples of some rows, in the order asked.

        Args:
            rows: B positions, as `rows` gives them; a row may come twice.

        Returns:
            Microvolt int16 (B, L, T), which leads were measured (B, L), valid samples (B,).

        Raises:
            CohortError: a row is out of range, or its study was set aside.
        """
        rows = np.asarray(rows, dtype=np.int64).reshape(-1)
        if rows.size and not self._usable(rows).all():
            raise CohortError(
                "rows of a store are positions of studies that could be read",
                came=f"{int(np.count_nonzero(~self._usable(rows)))} of {rows.size} rows are not",
                instead='Take rows from store.rows("train").',
                see="docs/store.md",
            )
        return self.signals[rows], self._masks[rows], self._lengths[rows]

    def rows(self, split: str | None = None) -> NDArray[np.int64]:
        """Return the positions that can be taken, of one split or of all. Raises CohortError for an unknown split."""
        usable = self._lengths > 0
        if split is not None:
            names = self.table["split"].to_pylist()
            if split not in names:
                raise CohortError(
                    "a split is asked for by its name",
                    came=f"the store of {self.cohort_name} has no split {split!r}",
                    instead=did_you_mean(split, {name for name in names if name is not None}),
                    see="docs/store.md",
                )
            usable &= np.array([name == split for name in names])
        return np.flatnonzero(usable)

    @property
    def quarantined(self) -> Mapping[str, str]:
        """Study id -> why it was set aside."""
        columns = (self.table[name].to_pylist() for name in ("id", "reason"))
        return {key: reason for key, reason in zip(*columns, strict=True) if reason is not None}

    def labels(self) -> list[dict[str, float] | None]:
        """Return each study's labels, code -> likelihood in percent; None where nobody looked."""
        return [None if text is None else json.loads(text) for text in self.table["labels"].to_pylist()]

    @cached_property
    def _lengths(self) -> NDArray[np.int64]:
        return np.asarray(self.table["length"].to_numpy(), np.int64)

    @cached_property
    def _masks(self) -> NDArray[np.bool_]:
        masks: Any = self.table["lead_mask"].combine_chunks().flatten().to_numpy(zero_copy_only=False)
        return np.asarray(masks, bool).reshape(len(self), -1)

    def _usable(self, rows: NDArray[np.int64]) -> NDArray[np.bool_]:
        inside = (rows >= 0) & (rows < len(self))
        inside[inside] = self._lengths[rows[inside]] > 0
        return inside

    def __len__(self) -> int:
        return int(self.table.num_rows)

    def __repr__(self) -> str:
        made = "synthetic, " if self.synthetic else ""
        leads, samples = self.signals.shape[1:]
        return f"Store({self.cohort_name}: {made}{len(self.rows())} of {len(self)} studies, {leads} x {samples})"

    def __reduce__(self) -> tuple[object, ...]:
        """Reach other processes as a path, not as gigabytes."""
        return _opened, (self.folder, self.preparation)


def _opened(folder: Path, preparation: Preparation) -> Store:
    return Store.open(folder, preparation=preparation)
