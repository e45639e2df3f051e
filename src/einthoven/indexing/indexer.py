"""Indexer: the verb that fills an archive. Studies are opened by many hands and handed to one writer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from einthoven.deidentifying import site_key
from einthoven.errors import ArchiveError
from einthoven.files import storing
from einthoven.gathering import Cohort
from einthoven.gathering.crew import FAULTS, hands, spread, why
from einthoven.indexing import card as cards
from einthoven.indexing import table as tables
from einthoven.indexing.archive import EXACT_BELOW, Archive, key_check
from einthoven.indexing.card import Card
from einthoven.indexing.embedder import Embedder
from einthoven.indexing.entry import Entry, entry, key_of, released_id
from einthoven.indexing.lock import LOCK, alone
from einthoven.indexing.writer import Fault, Indexed, Writer
from einthoven.progress import track

__all__ = ["index"]

CHUNK = 16
"""Studies a process opens at a time."""
FEW = 128
"""Studies below which starting processes costs more than it saves."""


def index(
    model: Embedder,
    cohort: Cohort,
    path: str | Path,
    *,
    space: str | None = "shared",
    batch: int = 64,
    progress: bool = True,
    workers: int | None = None,
    recheck: bool = True,
    exact_below: int = EXACT_BELOW,
) -> Archive:
    """Put a cohort's studies into an archive that can be searched; make it, or add to it.

    A study is its cohort's name and its id: it is there once however often it is indexed. What changed is
    updated. Studies are written in whole commits, so that after a crash the same call finishes the work. A study
    that cannot be read or embedded is set aside with the reason, and the run goes on. Patients are kept as keyed
    ids (`einthoven.deidentifying`), ages above 89 as 90.

    Args:
        model: embeds the ECGs; its fingerprint becomes the archive's.
        cohort: the studies.
        path: a new or empty folder, or an archive of the same model.
        space: the model's space to search in; None for the ECG encoder's pooled output.
        batch: studies embedded at once.
        progress: show a bar on a terminal.
        workers: processes that open the studies; None uses every core, and none for a few studies.
        recheck: open studies that are there already to see whether they changed; False trusts their ids, which
            is faster.
        exact_below: studies up to which no approximate index is built.

    Returns:
        The Archive, open with the model; `archive.indexed` says what was done.

    Raises:
        FingerprintError: the archive was begun with another model or space.
        ArchiveError: the folder holds something else, another process is writing, the site key is not the
            archive's, or not one study could be indexed.
        StorageError: the disk is full; nothing that was written is lost.

    >>> archive = index(model, cohort, "ptbxl.archive")  # doctest: +SKIP
    >>> archive.indexed.added, archive.indexed.quarantined  # doctest: +SKIP
    (21799, {})
    """
    path = Path(path)
    _refuse_foreign(path)
    key = site_key(apart_from=path)
    with storing(path), alone(path):
        card = _begin(path, Card(model.fingerprint, space, key_check(key)), model)
        writer = Writer(path, model, card.space, batch)
        known = writer.known()
        done = Indexed()
        here = [key_of(cohort.name, released_id(study, key)) for study in cohort.studies]
        todo = [row for row, name in enumerate(here) if recheck or name not in known]
        done.unchanged = len(here) - len(todo)
        chunks = [todo[start : start + CHUNK] for start in range(0, len(todo), CHUNK)]
        crew = 1 if workers is None and len(todo) < FEW else hands(workers, len(chunks))
        opened = spread(_open, chunks, workers=crew, shared=(cohort, key, known))
        for chunk in track(opened, f"index {cohort.name}", total=len(chunks)) if progress else opened:
            writer.take(chunk, done)
        writer.finish(done, exact_below)
    return _result(path, model, exact_below, done)


def _result(path: Path, model: Embedder, exact_below: int, done: Indexed) -> Archive:
    try:
        archive = Archive.open(path, model, exact_below=exact_below)
    except ArchiveError as error:
        if not done.quarantined:
            raise
        first, reason = next(iter(done.quarantined.items()))
        raise ArchiveError(
            "an archive holds at least one study",
            came=f"all {len(done.quarantined)} were set aside; the first, {first}: {reason}",
            instead="Mend the files, or use a model whose preparation accepts them.",
            see="docs/archive.md",
        ) from error
    archive.indexed = done
    return archive


def _refuse_foreign(path: Path) -> None:
    mine = {LOCK, cards.CARD, f"{tables.NAME}.lance"}
    foreign = path.exists() and (
        not path.is_dir() or any(one.name not in mine and not one.name.endswith(".part") for one in path.iterdir())
    )
    if foreign and not (path / cards.CARD).is_file():
        raise ArchiveError(
            "an archive has a folder of its own",
            came=f"{path} holds other files" if path.is_dir() else f"{path} is a file",
            instead="Name a new or empty folder.",
            see="docs/archive.md",
        )


def _begin(path: Path, wanted: Card, model: Embedder) -> Card:
    """Return the card of the archive in `path`; write it if there is none yet."""
    if not (path / cards.CARD).is_file():
        cards.save(path, wanted)
    card = cards.load(path)
    card.refuse_other(path, model)
    card.refuse_other_space(path, wanted.space)
    if card.key_check != wanted.key_check:
        raise ArchiveError(
            "the patients of an archive are told apart by one site key",
            came=f"the key at hand is not that of {path}",
            instead="Set EINTHOVEN_KEY to the key it was made with, or index into another folder.",
            see="docs/archive.md",
        )
    return card


def _open(cohort: Cohort, key: bytes, known: Mapping[str, str], rows: Sequence[int]) -> list[Entry | Fault | None]:
    """Open some studies, in a worker; None for one that did not change."""
    found: list[Entry | Fault | None] = []
    for study in (cohort.studies[row] for row in rows):
        try:
            one = entry(study, cohort.name, key)
        except FAULTS as error:
            found.append(Fault(study.id, why(error)))
            continue
        found.append(None if known.get(one.columns["key"]) == one.columns["content"] else one)
    return found
