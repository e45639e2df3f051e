"""Catalogue: all that is known of an archive's studies but their samples, in memory, for exact search."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from einthoven.indexing.where import Where

__all__ = ["Catalogue", "Own"]

Rows = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Own:
    """What a query knows of itself, so that it does not find itself.

    Args:
        patient: keyed id; None when unknown.
        id: of the query's study, in whatever cohort.
        key: of the query's study, when it came from the archive.
    """

    patient: str | None = None
    id: str | None = None
    key: str | None = None

    def sql(self) -> str:
        """Return the condition that leaves the query's own patient and study out; "" when nothing is known."""
        patient, name, key = (None if value is None else value.replace("'", "''") for value in self._parts())
        conditions = [] if key is None else [f"key != '{key}'"]
        if patient is not None:
            conditions.append(f"(patient IS NULL OR patient != '{patient}')")
        if name is not None:
            # The same id in another cohort is another study, if its patient is known to be another.
            other = "" if patient is None else f" OR (patient IS NOT NULL AND patient != '{patient}')"
            conditions.append(f"(id != '{name}'{other})")
        return " AND ".join(conditions)

    def _parts(self) -> tuple[str | None, str | None, str | None]:
        return self.patient, self.id, self.key


@dataclass(frozen=True)
class Catalogue:
    """An archive's studies in memory.

    Args:
        table: the columns (pyarrow) but signal and vector; n rows.
        vectors: unit length, float32, (n, D).
    """

    table: Any
    vectors: NDArray[np.float32]

    def nearest(self, vector: NDArray[np.float32], k: int, rows: Rows | None) -> list[tuple[int, float]]:
        """Return the positions and cosines of the k best, best first, among the rows that are True (None: all)."""
        if rows is None:
            among, scores = None, self.vectors @ vector
        else:
            among = np.flatnonzero(rows)
            few = among.size < rows.size // 4  # then copying their vectors is cheaper than multiplying all
            scores = self.vectors[among] @ vector if few else (self.vectors @ vector)[among]
        k = min(k, scores.size)
        best = np.argpartition(-scores, k - 1)[:k] if 0 < k < scores.size else np.arange(scores.size)
        best = best[np.lexsort((best, -scores[best]))]
        places = best if among is None else among[best]
        return list(zip(places.tolist(), scores[best].tolist(), strict=True))

    def told(self, rows: Sequence[int]) -> list[dict[str, Any]]:
        """Return what is known of some rows."""
        return list(self.table.take(np.asarray(rows, np.int64)).to_pylist())

    def fitting(self, where: Where, own: Own | None) -> Rows | None:
        """Return which rows a search may find; None when all."""
        masks = [*self._masks(where), *(self._not_own(own) if own else ())]
        return np.logical_and.reduce(masks) if masks else None

    def _masks(self, where: Where) -> list[Rows]:
        masks = []
        for name, bounds in (("age", where.age), ("date", where.date)):
            if bounds is not None:
                masks.append(_between(self._numbers[name], *bounds))
        if where.sex is not None:
            masks.append(self._is("sex", [where.sex]))
        if where.cohort:
            masks.append(self._is("cohort", where.cohort))
        if where.labels_any:
            masks.append(np.logical_or.reduce([self._labelled(code) for code in where.labels_any]))
        masks.extend(self._labelled(code) for code in where.labels_all)
        if where.synthetic is not None:
            masks.append(self._numbers["synthetic"] == where.synthetic)
        return masks

    def _not_own(self, own: Own) -> list[Rows]:
        masks = []
        if own.key is not None:
            masks.append(~self._is("key", [own.key]))
        if own.patient is not None:
            masks.append(~self._is("patient", [own.patient]))
        if own.id is not None:
            known = self._codes("patient")[0] >= 0 if own.patient is not None else np.zeros(len(self.vectors), bool)
            other = known & ~self._is("patient", [own.patient or ""])
            masks.append(~self._is("id", [own.id]) | other)
        return masks

    def _is(self, name: str, values: Collection[str]) -> Rows:
        codes, words = self._codes(name)
        wanted = [words[value] for value in values if value in words]
        return codes == wanted[0] if len(wanted) == 1 else np.isin(codes, wanted)

    def _codes(self, name: str) -> tuple[NDArray[np.int32], Mapping[str, int]]:
        """Return a column of words as numbers (-1 for none), and the number of each word."""
        if name not in self._coded:
            column = self.table[name].combine_chunks().dictionary_encode()
            codes = column.indices.fill_null(-1).to_numpy(zero_copy_only=False).astype(np.int32)
            self._coded[name] = codes, {word: code for code, word in enumerate(column.dictionary.to_pylist())}
        return self._coded[name]

    def _labelled(self, code: str) -> Rows:
        mask = np.zeros(len(self.vectors), bool)
        mask[self._labels.get(code, [])] = True
        return mask

    @cached_property
    def _coded(self) -> dict[str, tuple[NDArray[np.int32], Mapping[str, int]]]:
        return {}

    @cached_property
    def _numbers(self) -> Mapping[str, NDArray[Any]]:
        return {name: self.table[name].to_numpy() for name in ("age", "date", "synthetic")}

    @cached_property
    def _labels(self) -> Mapping[str, NDArray[np.int64]]:
        """Code -> the rows that have it."""
        import pyarrow.compute as pc

        column = self.table["codes"].combine_chunks()
        rows = np.asarray(pc.list_parent_indices(column).to_numpy(zero_copy_only=False), np.int64)
        codes = column.flatten().dictionary_encode()
        numbers = codes.indices.to_numpy(zero_copy_only=False)
        return {code: rows[numbers == number] for number, code in enumerate(codes.dictionary.to_pylist())}


def _between(values: NDArray[Any], low: object, high: object) -> Rows:
    mask = np.ones(values.shape, bool) if low is None else values >= np.asarray(low, values.dtype)
    if high is not None:
        mask &= values <= np.asarray(high, values.dtype)
    missing = np.isnat(values) if values.dtype.kind == "M" else np.isnan(values)
    return np.asarray(mask & ~missing)
