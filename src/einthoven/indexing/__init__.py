"""Indexing: a Model and a Cohort become an Archive that can be searched by ECG, by words and by id."""

from __future__ import annotations

from einthoven.indexing.archive import Archive, search
from einthoven.indexing.embedder import Embedder
from einthoven.indexing.hit import Hit
from einthoven.indexing.indexer import index
from einthoven.indexing.where import Where
from einthoven.indexing.writer import Indexed

__all__ = ["Archive", "Embedder", "Hit", "Indexed", "Where", "index", "search"]
