"""Archive: embeddings that know their studies and their encoder. Shapes: n studies, D width."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from functools import cached_property, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from einthoven.deidentifying import site_key
from einthoven.errors import ArchiveError, ConfigError
from einthoven.indexing import card as cards
from einthoven.indexing import printed
from einthoven.indexing import query as queries
from einthoven.indexing import table as tables
from einthoven.indexing.card import Card
from einthoven.indexing.catalogue import Catalogue, Own
from einthoven.indexing.embedder import Embedder
from einthoven.indexing.entry import recording_of
from einthoven.indexing.hit import Hit
from einthoven.indexing.query import Query
from einthoven.indexing.where import Where, where_from
from einthoven.recording import Recording

if TYPE_CHECKING:
    from einthoven.indexing.writer import Indexed

__all__ = ["EXACT_BELOW", "Archive", "search"]

EXACT_BELOW = 200_000
"""Studies up to which all vectors are compared; above, an approximate index proposes candidates."""
TOLD = ["key", "id", "report", "labels", "age", "sex", "date", "cohort", "synthetic"]
KNOWN = [*TOLD, "patient", "codes"]
STORED = ["signal", "leads", "fs", "seconds", "clipped", "synthetic"]
FEW = 20_000
"""Studies a filter leaves up to which they are all compared, also where there is an approximate index."""
REFINED = 20
"""So many candidates a hit are put in order by their full vectors."""


class Archive:
    """Embeddings that know their studies and their encoder. Made by `einthoven.index`.

    It shows the studies that were there when it was opened.

    Args:
        path: the folder.
        card: which encoder filled it.
        table: its LanceDB table.
        model: the encoder, to embed queries; None allows search by id only.
        exact_below: studies up to which all vectors are compared.
        indexed: what the run that returned it did; None when it was only opened.
    """

    def __init__(
        self,
        path: Path,
        card: Card,
        table: Any,
        *,
        model: Embedder | None = None,
        exact_below: int = EXACT_BELOW,
        indexed: Indexed | None = None,
    ) -> None:
        self.path, self.card, self.model, self.indexed = path, card, model, indexed
        self.exact_below = exact_below
        self._table, self._rows = table, int(table.count_rows())

    @classmethod
    def open(cls, path: str | Path, model: Embedder | None = None, *, exact_below: int = EXACT_BELOW) -> Archive:
        """Open an archive.

        Args:
            path: a folder that `einthoven.index` made.
            model: the model that filled it; without it only search by id works.
            exact_below: studies up to which all vectors are compared.

        Raises:
            ArchiveError: the folder is no archive, holds no studies, or is of a newer version.
            FingerprintError: it was filled with another model.

        >>> Archive.open("nowhere")
        Traceback (most recent call last):
        einthoven.errors.ArchiveError: an archive is a folder that einthoven.index made; there is no nowhere. Name ...
        """
        path = Path(path)
        card = cards.load(path)
        if model is not None:
            card.refuse_other(path, model)
        table = tables.opened(path)
        if table is None or table.count_rows() == 0:
            raise ArchiveError(
                "an archive is opened when it holds a study",
                came=f"{path} is empty: its first run was stopped early, or every study was set aside",
                instead="Run index(model, cohort, path) again and look at what it set aside.",
                see="docs/archive.md",
            )
        return cls(path, card, table, model=model, exact_below=exact_below)

    def search(
        self,
        query: Query | None = None,
        k: int = 10,
        *,
        id: str | None = None,  # noqa: A002  (the word everyone uses for it)
        text: str | None = None,
        where: Where | Mapping[str, Any] | None = None,
        same_patient: bool = False,
    ) -> list[Hit]:
        """Return the cases most like a query, best first.

        The query's own study and other ECGs of its patient are left out unless asked for: an ECG is most like
        another of the same person, which says nothing about the disease.

        Args:
            query: a Recording, a Study, the path of an ECG file or of a printed page (a picture or a PDF, see
                docs/digitizing.md), or words. Text that is the name of a file is that file.
            k: how many at most.
            id: instead of a query: a study of this archive, by its id or by "cohort/id".
            text: instead of a query: words, whatever files there are (what a server should pass on).
            where: which studies may be found, a `Where` or a mapping of its fields.
            same_patient: True also finds the query's own patient and study.

        Returns:
            At most k hits.

        Raises:
            ArchiveError: no query or several, no such id or file, no model or no encoder for such a query, or
                the query's patient cannot be recognised because the site key is another.
            ConfigError: k is below 1, or `where` is none.
            ReadError: the file cannot be read.
            EinthovenError: what the encoder's recipe says of a recording it refuses.

        >>> archive.search("inferior infarction", k=5, where={"age": (40, 60)})  # doctest: +SKIP
        """
        queries.refuse_no_hits(k)
        condition = where_from(where)
        queries.refuse_other_than_one(query=query, id=id, text=text)
        if id is not None:
            vector, own = self._stored(id)
        else:
            page = None if query is None else queries.page(query)
            if page is not None:
                return self._like_page(page, k, condition)
            asked = queries.opened(query) if query is not None else queries.worded(text or "")
            vector = queries.Reader(self.model, self.card.space, self.path).vector(asked)
            own = None if same_patient else queries.own(asked, self._key(asked))
        return self._hits(vector, k, condition, own=None if same_patient else own)

    def recording(self, id: str) -> Recording:  # noqa: A002
        """Return the ECG of a study, by its id or by "cohort/id". Raises ArchiveError when it is not there."""
        return self._recording(str(self._row(id, ["key"])["key"]))

    @cached_property
    def ids(self) -> list[str]:
        """Every study as "cohort/id", sorted."""
        return sorted(tables.column(self._table, ["key"])["key"].to_pylist())

    @property
    def synthetic(self) -> bool:
        """True when any study was made by a simulator."""
        return bool(self._table.count_rows("synthetic"))

    @property
    def width(self) -> int:
        """Width of the vectors, D."""
        return int(self._table.schema.field("vector").type.list_size)

    @property
    def exact(self) -> bool:
        """True when a search compares all vectors."""
        return self._rows <= self.exact_below

    def _hits(self, vector: NDArray[np.float32], k: int, where: Where, *, own: Own | None) -> list[Hit]:
        return [self._hit(row, score) for row, score in self._near(vector, k, where, own=own)]

    def _near(
        self, vector: NDArray[np.float32], k: int, where: Where, *, own: Own | None
    ) -> list[tuple[Mapping[str, Any], float]]:
        """Return what is told of the k nearest studies, and their scores, best first."""
        if self.exact:
            best = self._catalogue.nearest(vector, k, self._catalogue.fitting(where, own))
            told = self._catalogue.told([row for row, _ in best])
            return [(row, score) for row, (_, score) in zip(told, best, strict=True)]
        found = self._approximate(vector, k, " AND ".join(filter(None, [where.sql(), own.sql() if own else ""])))
        scores = tables.vectors_of(found) @ vector
        rows = found.to_pylist()
        return [(rows[place], float(scores[place])) for place in np.argsort(-scores, kind="stable")]

    def _like_page(self, page: Recording, k: int, where: Where) -> list[Hit]:
        """Return the cases most like a printed page; its very own ECG, when that is stored, comes first."""
        vector = queries.Reader(self.model, self.card.space, self.path).vector(printed.completed(page))
        near = self._near(vector, max(k, printed.CANDIDATES), where, own=None)
        order = printed.same_first(self._recordings([row["key"] for row, _ in near]), page)
        return [self._hit(*near[place]) for place in order[:k]]

    def _approximate(self, vector: NDArray[np.float32], k: int, condition: str) -> Any:
        fitting = self._table.count_rows(condition) if condition else self._rows
        query = self._table.search(vector, vector_column_name="vector").distance_type("dot")
        if fitting <= FEW:
            query = query.bypass_vector_index()
        else:
            parts = tables.partitions(self._rows)
            query = query.minimum_nprobes(tables.visited(self._rows, fitting)).maximum_nprobes(parts)
            query = query.refine_factor(REFINED)
        if condition:
            query = query.where(condition, prefilter=True)
        return query.select([*TOLD, "vector", "_distance"]).limit(k).to_arrow()

    @cached_property
    def _catalogue(self) -> Catalogue:
        found = tables.column(self._table, [*KNOWN, "vector"])
        return Catalogue(found.drop_columns(["vector"]).combine_chunks(), tables.vectors_of(found))

    def _stored(self, name: str) -> tuple[NDArray[np.float32], Own | None]:
        row = self._row(name, ["key", "id", "patient", "vector"])
        return np.asarray(row["vector"], np.float32), Own(row["patient"], None, row["key"])

    def _row(self, name: str, columns: list[str]) -> dict[str, Any]:
        text = name.replace("'", "''")
        rows = tables.column(self._table, columns, f"id = '{text}' OR key = '{text}'").to_pylist()
        if len(rows) == 1:
            return dict(rows[0])
        several = ", ".join(sorted(row["key"] for row in rows)) if rows else ""
        raise ArchiveError(
            "a stored study is named by its id, or by cohort/id",
            came=f"{name!r} is {several}" if rows else f"{self.path} has no {name!r}",
            instead="Name the cohort too." if rows else "Archive.ids lists what there is.",
            see="docs/archive.md",
        )

    def _recording(self, key: str) -> Recording:
        return self._recordings([key])[0]

    def _recordings(self, keys: Sequence[str]) -> list[Recording]:
        """Return the ECGs of studies, in one reading of the table."""
        quoted = ", ".join("'" + key.replace("'", "''") + "'" for key in keys)
        rows = tables.column(self._table, ["key", *STORED], f"key IN ({quoted})").to_pylist()
        found = {row["key"]: row for row in rows}
        return [recording_of(found[key]) for key in keys]

    def _hit(self, row: Mapping[str, Any], score: float) -> Hit:
        told = {name: row[name] for name in TOLD if name != "key"}
        told["labels"] = None if row["labels"] is None else json.loads(row["labels"])
        return Hit(score=score, opener=partial(self._recording, row["key"]), **told)

    def _key(self, asked: object) -> bytes | None:
        """Return the site key if the query's patient must be recognised. Raises ArchiveError if it is another."""
        if getattr(asked, "patient", None) is None:
            return None
        key = site_key(apart_from=self.path)
        if key_check(key) != self.card.key_check:
            raise ArchiveError(
                "the query's own patient is left out, which takes the site key the archive was made with",
                came=f"the key at hand is not that of {self.path}",
                instead="Set EINTHOVEN_KEY to that key, search with the Recording alone, or pass same_patient=True.",
                see="docs/archive.md",
            )
        return key

    def __len__(self) -> int:
        return self._rows

    def __repr__(self) -> str:
        made = "synthetic, " if self.synthetic else ""
        how = "exact" if self.exact else "approximate"
        return f"Archive({self.path.name}: {made}{len(self)} studies x {self.width}, {how} search)"


def search(archive: Archive | str | Path, query: Query | None = None, k: int = 10, **options: Any) -> list[Hit]:
    """Return the cases of an archive most like a query: the verb; see `Archive.search`.

    Args:
        archive: an Archive, or the path of one (then pass `model=` too, unless the search is by id).
        query: a Recording, a Study, the path of an ECG file, or words.
        k: how many at most.
        options: `id`, `text`, `where` and `same_patient` of `Archive.search`; `model` and `exact_below` of
            `Archive.open`.

    >>> search("ptbxl.archive", "patient.dcm", k=5, model=model)  # doctest: +SKIP
    """
    opening = {name: options.pop(name) for name in ("model", "exact_below") if name in options}
    if not isinstance(archive, Archive):
        archive = Archive.open(archive, **opening)
    elif opening:
        raise ConfigError(
            "an open archive has its model",
            came=f"{', '.join(opening)} came",
            instead="Pass it to Archive.open.",
            see="docs/archive.md",
        )
    return archive.search(query, k, **options)


def key_check(key: bytes) -> str:
    """Return what tells one site key from another without telling the key."""
    from einthoven.deidentifying import pseudonym

    return pseudonym("nobody: a check of the key", key)
