"""Parquet: one column a lead, the rate in the metadata of the file or in a time column."""

from __future__ import annotations

import io
import json
from typing import Any

from einthoven.errors import ReadError
from einthoven.reading.asked import Asked
from einthoven.reading.source import Source
from einthoven.reading.table import Said, from_columns
from einthoven.recording import Recording

__all__ = ["read", "recognises"]


def recognises(source: Source) -> bool:
    """Say whether this is a Parquet file."""
    return source.head.startswith(b"PAR1")


def read(source: Source, asked: Asked) -> Recording:
    """Read the columns; metadata may say fs (or sampling_rate), unit and what `writing` adds.

    Raises:
        ReadError: the file is damaged, or a column holds no numbers.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        table = pq.read_table(io.BytesIO(source.data()))
    except (pa.ArrowException, OSError, ValueError) as error:
        raise _refused(f"a damaged one came ({type(error).__name__})", "Write or copy it again.") from None
    columns = {}
    for name in table.column_names:
        column = table.column(name)
        if not (pa.types.is_integer(column.type) or pa.types.is_floating(column.type)):
            raise _refused("a column of another kind came", "Keep what is not a lead in another file.")
        columns[name] = column.to_numpy()
    return from_columns(columns, Said.of(_facts(table.schema.metadata or {})), asked=asked, form="parquet")


def _facts(metadata: dict[bytes, bytes]) -> dict[str, Any]:
    plain: dict[str, Any] = {
        key.decode("utf-8", "replace"): value.decode("utf-8", "replace") for key, value in metadata.items()
    }
    try:
        ours = json.loads(plain.pop("einthoven", "{}"))
    except ValueError:
        ours = {}
    return {**plain, **(ours if isinstance(ours, dict) else {})}


def _refused(came: str, instead: str) -> ReadError:
    return ReadError(
        "a Parquet file of an ECG holds one column of numbers a lead", came=came, instead=instead, see="docs/reading.md"
    )
