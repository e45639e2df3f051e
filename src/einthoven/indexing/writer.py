"""Writer: entries are embedded in batches and written in whole commits."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from einthoven.errors import LeadError, PreparationError, SignalError
from einthoven.gathering.crew import why
from einthoven.indexing import table as tables
from einthoven.indexing.embedder import Embedder
from einthoven.indexing.entry import Entry, schema
from einthoven.indexing.query import unit

__all__ = ["Fault", "Indexed", "Writer"]

COMMIT = 512
"""Studies written at once: 61 MB of 12 x 5000 samples."""
PATIENCE = 20.0
"""Seconds after which fewer are written too, so that a killed run loses little."""
MISFITS = (LeadError, PreparationError, SignalError)
"""What an encoder says of one recording; anything else it raises is true of all, and stops the run."""


@dataclass
class Indexed:
    """What a run of `index` did.

    Args:
        added: studies that were new.
        updated: studies whose samples, report, labels or metadata had changed.
        unchanged: studies that were there already.
        quarantined: study id -> why it was set aside.
    """

    added: int = 0
    updated: int = 0
    unchanged: int = 0
    quarantined: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Fault:
    """A study that could not be opened."""

    id: str
    reason: str


class Writer:
    """Embeds entries and writes them, whole commits at a time."""

    def __init__(self, path: Path, model: Embedder, space: str | None, batch: int) -> None:
        self.path, self.model, self.space, self.batch = path, model, space, batch
        self.table = tables.opened(path)
        self.waiting: list[Entry] = []
        self.rows: list[dict[str, Any]] = []
        self.last = time.monotonic()

    def known(self) -> dict[str, str]:
        """Return key -> content of what is there already."""
        if self.table is None:
            self._known: dict[str, str] = {}
        else:
            found = tables.column(self.table, ["key", "content"])
            self._known = dict(zip(found["key"].to_pylist(), found["content"].to_pylist(), strict=True))
        return self._known

    def take(self, chunk: Sequence[Entry | Fault | None], done: Indexed) -> None:
        """Embed what came when a batch is full, and write when a commit is."""
        for one in chunk:
            if one is None:
                done.unchanged += 1
            elif isinstance(one, Fault):
                done.quarantined[one.id] = one.reason
            else:
                self.waiting.append(one)
        while len(self.waiting) >= self.batch:
            self._embed(done)
        if len(self.rows) >= COMMIT or (self.rows and time.monotonic() - self.last > PATIENCE):
            self._write(done)

    def finish(self, done: Indexed, exact_below: int) -> None:
        """Write what is left; above `exact_below` studies, build the approximate index."""
        while self.waiting:
            self._embed(done)
        self._write(done)
        if self.table is not None and (rows := self.table.count_rows()) > exact_below:
            with tables.writing(self.path):
                tables.save_index(self.table, rows)

    def _embed(self, done: Indexed) -> None:
        batch, self.waiting = self.waiting[: self.batch], self.waiting[self.batch :]
        try:
            vectors = self._vectors(batch)
        except MISFITS:  # one of them is bad: find it
            self._embed_singly(batch, done)
            return
        if not np.isfinite(vectors).all():
            self._embed_singly(batch, done)
            return
        self._keep(batch, vectors)

    def _embed_singly(self, batch: Sequence[Entry], done: Indexed) -> None:
        for one in batch:
            try:
                vectors = self._vectors([one])
                if not np.isfinite(vectors).all():
                    raise _no_direction()
            except MISFITS as error:
                done.quarantined[one.columns["id"]] = why(error)
            else:
                self._keep([one], vectors)

    def _vectors(self, batch: Sequence[Entry]) -> Any:
        recordings = [one.recording for one in batch]
        return unit(self.model.embed(recordings, modality="ecg", space=self.space, batch=self.batch))

    def _keep(self, batch: Sequence[Entry], vectors: Any) -> None:
        self.rows.extend(one.columns | {"vector": vector} for one, vector in zip(batch, vectors, strict=True))

    def _write(self, done: Indexed) -> None:
        """Write the rows that wait: new ones in one commit, changed ones in another. Each is there whole or not."""
        rows, self.rows, self.last = self.rows, [], time.monotonic()
        if not rows:
            return
        changed = [row for row in rows if row["key"] in self._known]
        new = [row for row in rows if row["key"] not in self._known]
        with tables.writing(self.path):
            if self.table is None:
                kind = schema(len(rows[0]["vector"]))
                self.table = tables.connect(self.path).create_table(tables.NAME, schema=kind, exist_ok=True)
            if new:
                self.table.add(tables.arrow(new, self.table.schema))
            if changed:
                merge = self.table.merge_insert("key").when_matched_update_all().when_not_matched_insert_all()
                merge.execute(tables.arrow(changed, self.table.schema))
        done.added, done.updated = done.added + len(new), done.updated + len(changed)


def _no_direction() -> SignalError:
    return SignalError(
        "an embedding is made of numbers",
        came="this one has NaN or infinity",
        instead="Look at the recording; if it is fine, the model is not.",
        see="docs/archive.md",
    )
