"""Texts: any folder of plain text as a cohort of reports without recordings, for a language model."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import NoReturn

from einthoven.errors import CohortError, ReadError
from einthoven.gathering.cohort import Cohort
from einthoven.gathering.split import by_patient
from einthoven.study import Study

__all__ = ["texts"]

SUFFIXES = (".md", ".txt")


def texts(root: str | Path | None, *, words: int = 90, val: float = 0.05, seed: int = 0) -> Cohort:
    """Gather the files that end in .txt or .md, with those of the folders within, cut into pieces.

    Paragraphs stay together where they fit: a piece is one paragraph, or a stretch of a longer one.

    Args:
        root: the folder.
        words: most words of a piece; 90 are about 128 tokens.
        val: share of the files whose pieces are validated on; no file is in both splits.
        seed: of the split.

    Returns:
        Studies whose report is a piece and which have no recording; asking for it raises ReadError.

    Raises:
        CohortError: there is no such folder, or no text in it.
    """
    folder = Path(root or "")
    paths = sorted(path for path in folder.rglob("*") if path.suffix in SUFFIXES) if root and folder.is_dir() else []
    studies = [
        Study(f"{name}#{number}", partial(_silent, name), patient=name, report=piece)
        for path in paths
        for name in [str(path.relative_to(folder))]
        for number, piece in enumerate(_pieces(path.read_text(encoding="utf-8", errors="replace"), words))
    ]
    if not studies:
        raise CohortError(
            "texts are gathered from a folder with .txt or .md files",
            came=f"{folder.resolve() if root else 'no folder'} has none",
            instead='Write gather("texts", root=FOLDER).',
            see="docs/gathering.md",
        )
    return Cohort("texts", studies, by_patient(studies, parts={"train": 1 - val, "val": val}, seed=seed))


def _pieces(text: str, most: int) -> Iterator[str]:
    for paragraph in text.split("\n\n"):
        words = paragraph.split()
        for first in range(0, len(words), most):
            yield " ".join(words[first : first + most])


def _silent(name: str) -> NoReturn:
    raise ReadError(
        "a piece of text has no recording",
        came=f"that of {name} was asked for",
        instead="Train a language model with it: MaskedWords(report).",
        see="docs/gathering.md",
    )
