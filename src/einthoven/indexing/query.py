"""Query: an ECG, a study, a file or words become a vector, and what is known of whose it is."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from einthoven.deidentifying import pseudonym
from einthoven.digitizing import PAGES, digitize
from einthoven.errors import ArchiveError, ConfigError
from einthoven.indexing.catalogue import Own
from einthoven.indexing.embedder import Embedder
from einthoven.indexing.entry import released_id
from einthoven.recording import Recording
from einthoven.study import Study

__all__ = [
    "Asked",
    "Query",
    "Reader",
    "opened",
    "own",
    "page",
    "refuse_no_hits",
    "refuse_other_than_one",
    "unit",
    "worded",
]

Vector = NDArray[np.float32]
Query = Recording | Study | str | Path
Asked = Recording | Study | str
"""A query whose file, if it was one, is open."""

_LIKE_A_FILE = re.compile(
    r"\S+\.(dcm|hea|dat|mat|xml|npz|npy|csv|parquet|edf|bdf|scp|ecg|pdf|png|jpe?g|tiff?)", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class Reader:
    """Turns queries into vectors.

    Args:
        model: the encoder of the archive; None when the archive was opened without.
        space: the archive's space.
        path: of the archive, for messages.
    """

    model: Embedder | None
    space: str | None
    path: Path

    def vector(self, asked: Asked) -> Vector:
        """Return the query's unit vector, (D,). Raises ArchiveError, or what the encoder's recipe refuses."""
        modality = "report" if isinstance(asked, str) else "ecg"
        model = self._model(modality)
        item = asked.recording if isinstance(asked, Study) else asked
        found: Vector = unit(model.embed([item], modality=modality, space=self.space))[0]
        return found

    def _model(self, modality: str) -> Embedder:
        if self.model is None:
            raise ArchiveError(
                "an archive is searched by ECG or words with the model that filled it",
                came=f"{self.path} was opened without one",
                instead="Use Archive.open(path, model); without a model only search(id=...) works.",
                see="docs/archive.md",
            )
        if modality not in self.model.modalities:
            kind = "words" if modality == "report" else "an ECG"
            raise ArchiveError(
                f"a search by {kind} needs a model with an encoder of modality {modality!r}",
                came=f"this model has {', '.join(sorted(self.model.modalities))}",
                instead="Pretrain with Contrast(ecg, report) and index with that model, or search by ECG.",
                see="docs/archive.md",
            )
        return self.model


def opened(query: Query) -> Asked:
    """Return the query with its file open: text is words unless a file has that name.

    Raises:
        ArchiveError: the text looks like the name of a file that is not there, or is empty.
        ReadError: the file cannot be read.
    """
    if isinstance(query, Recording | Study):
        return query
    if isinstance(query, Path) or _is_file(query):
        from einthoven.reading import read

        return read(query)
    if _LIKE_A_FILE.fullmatch(query.strip()):
        raise ArchiveError(
            "a query that names a file needs the file",
            came=f"there is no {query.strip()}",
            instead="Check the path; to search for these very words use search(text=...).",
            see="docs/archive.md",
        )
    return worded(query)


def page(query: Query) -> Recording | None:
    """Return what a printed page shows when the query is the file of one, else None.

    Raises:
        PageError: the page cannot be read back.
    """
    if not isinstance(query, str | Path) or Path(str(query)).suffix.lower() not in PAGES or not _is_file(str(query)):
        return None
    return digitize(query)


def worded(text: str) -> str:
    """Return a query in words. Raises ArchiveError when there are none."""
    if not text.strip():
        raise ArchiveError(
            "a search needs a query", came="empty text came", instead="Describe a finding.", see="docs/archive.md"
        )
    return text


def own(asked: Asked, key: bytes | None) -> Own | None:
    """Return what a query knows of whose it is; `key` is the site's, None when it may not be used."""
    if not isinstance(asked, Study):
        return None
    if key is None:
        return Own(id=asked.id)
    patient = None if asked.patient is None else pseudonym(asked.patient, key)
    return Own(patient, released_id(asked, key))


def unit(vectors: NDArray[Any]) -> NDArray[np.float32]:
    """Return vectors (n, D) at length 1; a vector without a direction stays as it is."""
    vectors = np.asarray(vectors, np.float32)
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    return np.ascontiguousarray(vectors / np.where(lengths > 0, lengths, 1), np.float32)


def refuse_no_hits(k: int) -> None:
    """Raise ConfigError when fewer than one hit is asked for."""
    if k < 1:
        raise ConfigError(
            "a search returns at least one hit", came=f"k={k} came", instead="Use k=10.", see="docs/archive.md"
        )


def refuse_other_than_one(**given: object) -> None:
    """Raise ArchiveError when not exactly one of the ways to ask was used."""
    named = [name for name, value in given.items() if value is not None]
    if len(named) != 1:
        raise ArchiveError(
            "a search has one query",
            came=f"{' and '.join(named) or 'none'} came",
            instead="Pass a recording, a study, a file or words, or id=, or text=.",
            see="docs/archive.md",
        )


def _is_file(text: str) -> bool:
    try:
        return Path(text).is_file()
    except (OSError, ValueError):  # too long for a name, or with a NUL: words
        return False
