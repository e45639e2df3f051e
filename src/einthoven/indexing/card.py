"""Card: which encoder filled an archive, and with which key its patients' ids were made."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path

from einthoven.errors import ArchiveError, FingerprintError
from einthoven.files import write_text
from einthoven.indexing.embedder import Embedder

__all__ = ["CARD", "Card", "load", "save"]

CARD = "archive.json"
VERSION = 1


@dataclass(frozen=True)
class Card:
    """What an archive says of itself.

    Args:
        fingerprint: of the model whose vectors it holds.
        space: the model's space they are in; None for the encoder's pooled output.
        key_check: a keyed id of no patient: tells whether a site key is the one the archive was made with.
        version: of the layout of the folder.
    """

    fingerprint: str
    space: str | None
    key_check: str
    version: int = VERSION

    def refuse_other(self, path: Path, model: Embedder) -> None:
        """Raise FingerprintError when the vectors are those of another model."""
        if model.fingerprint != self.fingerprint:
            raise FingerprintError(
                "an archive is searched and filled with the encoder that began it",
                came=f"{path} holds vectors of encoder {self.fingerprint[:16]}, the model at hand is "
                f"{model.fingerprint[:16]}",
                instead="Load the model that made it, or index the cohort with this one into another folder.",
                see="docs/archive.md",
            )

    def refuse_other_space(self, path: Path, space: str | None) -> None:
        """Raise FingerprintError when the vectors are in another space of the same model."""
        if space != self.space:
            raise FingerprintError(
                "all vectors of an archive are in one space",
                came=f"{path} holds vectors of space {self.space!r}, asked for is {space!r}",
                instead=f"Index with space={self.space!r}, or into another folder.",
                see="docs/archive.md",
            )


def save(path: Path, card: Card) -> None:
    """Write the card. Raises StorageError when the disk is full."""
    write_text(path / CARD, json.dumps(asdict(card), indent=1))


def load(path: Path) -> Card:
    """Return the card of an archive. Raises ArchiveError when the folder is none, or of a newer version."""
    came = f"{path} has no {CARD}"
    try:
        values = json.loads((path / CARD).read_text(encoding="utf-8"))
        if values["version"] == VERSION:
            return Card(**values)
        came = f"{path} is an archive of version {values['version']}, this Einthoven knows {VERSION}"
    except (FileNotFoundError, NotADirectoryError):
        if not path.exists():
            came = f"there is no {path}"
    except (ValueError, TypeError, KeyError):
        came = f"{path / CARD} is not the card of an archive"
    raise ArchiveError(
        "an archive is a folder that einthoven.index made",
        came=came,
        instead="Name its folder, make one with index(model, cohort, path), or update Einthoven if it is newer.",
        see="docs/archive.md",
    )
