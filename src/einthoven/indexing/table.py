"""Table: the LanceDB side of an archive."""

from __future__ import annotations

import math
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from einthoven.errors import StorageError

__all__ = [
    "NAME",
    "arrow",
    "column",
    "connect",
    "opened",
    "partitions",
    "save_index",
    "vectors_of",
    "visited",
    "writing",
]

NAME = "studies"
VECTOR = "vector"
INDEX = "vector_idx"
STALE = 0.2
"""Share of rows outside of the approximate index above which it is built anew."""


def connect(path: Path) -> Any:
    """Return the database in a folder."""
    os.environ.setdefault("LANCE_LOG", "error")  # else it writes a line for every query
    import lancedb

    return lancedb.connect(str(path))


def opened(path: Path) -> Any | None:
    """Return the table of an archive, None when none was committed yet."""
    try:
        return connect(path).open_table(NAME)
    except ValueError as error:
        if "was not found" in str(error):
            return None
        raise


@contextmanager
def writing(path: Path) -> Iterator[None]:
    """Turn what LanceDB says of a full disk into a StorageError."""
    try:
        yield
    except (OSError, RuntimeError) as error:
        if not any(sign in str(error) for sign in ("os error 28", "No space left", "os error 122", "os error 30")):
            raise
        raise StorageError(
            "writing needs room on the disk",
            came=f"the disk is full or read-only at {path}",
            instead="Free some space and run the same again: what was indexed is kept, and nothing comes twice.",
            see="docs/archive.md",
        ) from error


def column(table: Any, names: list[str], condition: str = "") -> Any:
    """Return some columns (pyarrow) of the rows for which a condition holds."""
    query = table.search().select(names)
    return (query.where(condition) if condition else query).to_arrow()


def arrow(rows: list[dict[str, Any]], schema: Any) -> Any:
    """Return rows as the columns (pyarrow) of the archive."""
    import pyarrow as pa

    columns = []
    for field in schema:
        if field.name == VECTOR:
            flat = pa.array(np.concatenate([row[VECTOR] for row in rows]))
            columns.append(pa.FixedSizeListArray.from_arrays(flat, field.type.list_size))
        else:
            columns.append(pa.array([row[field.name] for row in rows], field.type))
    return pa.table(columns, schema=schema)


def vectors_of(found: Any) -> NDArray[np.float32]:
    """Return the column of vectors as (n, D)."""
    wide = found[VECTOR].combine_chunks()
    return np.asarray(wide.flatten().to_numpy(zero_copy_only=False), np.float32).reshape(len(wide), wide.type.list_size)


def save_index(table: Any, rows: int) -> None:
    """Build the approximate index, or bring the one there is up to date.

    One bit a dimension finds candidates, the vectors themselves put them in order (`refine_factor`): measured on
    250,000 vectors of 256 dimensions, 512 partitions, a quarter of them visited: 10 of the 10 nearest found.
    """
    from lancedb.index import BTree, IvfFlat, IvfRq

    stats = table.index_stats(INDEX) if any(one.name == INDEX for one in table.list_indices()) else None
    if stats is not None and stats.num_unindexed_rows < STALE * rows:
        table.optimize()
        return
    width = table.schema.field(VECTOR).type.list_size
    kind = IvfRq if width % 8 == 0 else IvfFlat
    table.create_index(VECTOR, config=kind(distance_type="dot", num_partitions=partitions(rows)), name=INDEX)
    table.create_index("key", config=BTree())


def partitions(rows: int) -> int:
    """Return how many parts the approximate index has: the square root of the number of rows.

    >>> partitions(1_000_000)
    1000
    """
    return max(1, round(math.sqrt(rows)))


def visited(rows: int, fitting: int) -> int:
    """Return how many parts of the index to visit: a quarter, more the fewer rows fit a filter.

    What fits lies farther from the query the rarer it is, and so in more distant parts.

    >>> visited(1_000_000, 1_000_000), visited(1_000_000, 250_000), visited(1_000_000, 10_000)
    (250, 500, 1000)
    """
    parts = partitions(rows)
    return min(parts, math.ceil(parts / 4 * math.sqrt(rows / max(fitting, 1))))
