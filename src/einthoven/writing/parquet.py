"""Parquet: one float32 column a lead in mV; facts as JSON in the metadata of the file."""

from __future__ import annotations

import json
from pathlib import Path

from einthoven.files import replacing
from einthoven.recording import Recording
from einthoven.writing.facts import facts

__all__ = ["write"]


def write(recording: Recording, path: Path) -> Path:
    """Write the columns and the facts. Raises StorageError when the disk is full or read-only."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    columns = [pa.array(row) for row in recording.signal]
    table = pa.table(columns, names=list(recording.leads))
    table = table.replace_schema_metadata({"einthoven": json.dumps(facts(recording))})
    with replacing(path) as draft:
        pq.write_table(table, draft)
    return path
