"""Supply: where a run's batches come from: tokenizer, sample store, and the rows of a split."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import torch
from numpy.typing import NDArray

from einthoven.encoding.image import ImageEncoder
from einthoven.encoding.signal import SignalEncoder
from einthoven.encoding.text import TextEncoder
from einthoven.errors import CohortError, PreparationError, StorageError, TrainingError
from einthoven.gathering.cohort import Cohort
from einthoven.gathering.store import Store
from einthoven.gathering.store_plan import PLAN
from einthoven.pretraining.batches import Feed, Reports, Traces
from einthoven.pretraining.corpus import Corpus
from einthoven.pretraining.memory import Memory
from einthoven.pretraining.objective import Objective
from einthoven.pretraining.pictures import Pictures
from einthoven.pretraining.step import frozen

if TYPE_CHECKING:
    from einthoven.cleaning.preparation import Preparation

__all__ = ["feeds", "fit_tokenizers", "opened", "rows_of", "targets", "temporary"]


def fit_tokenizers(objective: Objective, train: Cohort) -> None:
    """Train the tokenizer of each text encoder that has none, on the training reports and no others."""
    for encoder in objective.encoders().values():
        if isinstance(encoder, TextEncoder) and encoder.preparation.tokenizer is None:
            encoder.fit_tokenizer([study.report for study in train if study.report and study.report.strip()])


def opened(
    store: Store | str | Path | None,
    objective: Objective,
    cohort: Cohort,
    parts: Sequence[Cohort],
    *,
    folder: str | Path,
    workers: int | None,
    progress: bool,
    resume: bool = False,
) -> Store | Corpus:
    """Return the sample store that was handed in, or build one in `folder` of the splits that are used.

    An objective that looks at no signal is given the cohort's reports alone.

    A store of another run that is in `folder` already is replaced unless the run is resumed: it can be made again.

    Raises:
        TrainingError: several encoders of signals, or of pictures alone.
        PreparationError: the store was built with another preparation.
    """
    if store is None and all(isinstance(one, TextEncoder) for one in objective.encoders().values()):
        return Corpus.of(cohort, parts, folder)
    recipe = _conditioned(objective)
    if store is not None:
        return Store.open(store.folder if isinstance(store, Store) else store, preparation=recipe)
    used = {study.id for part in parts for study in part}
    part = cohort.where(lambda study: study.id in used)
    if not resume and (Path(folder) / PLAN).is_file():
        try:
            Store.open(folder, preparation=recipe, cohort=part)
        except (PreparationError, StorageError):
            shutil.rmtree(folder)
    return Store.build(part, folder, recipe, workers=workers, progress=progress)


def _conditioned(objective: Objective) -> Preparation:
    """Return how the run's samples are conditioned: for the encoder of signals, or else for that of pictures."""
    encoders = objective.encoders().values()
    signals = [one.preparation for one in encoders if isinstance(one, SignalEncoder)]
    found = signals or [one.preparation.signal for one in encoders if isinstance(one, ImageEncoder)]
    if len(found) != 1:
        raise TrainingError(
            "a run reads the signals of one encoder",
            came=f"the objective has encoders of {', '.join(objective.encoders())}",
            instead='Add a term with an ECG encoder, e.g. Contrast(encoder("vit-small"), report), or one of pictures.',
            see="docs/pretraining.md",
        )
    return found[0]


def feeds(
    objective: Objective,
    store: Store | Corpus,
    *,
    sentences: float = 0.0,
    device: torch.device | str = "cpu",
    pages: dict[str, Path] | None = None,
) -> dict[str, Feed]:
    """Return modality -> its feed.

    Whole reports are read once by a text encoder that is frozen; what it says is kept beside the store's samples.

    Args:
        objective: whose encoders are fed.
        store: of the samples and reports.
        sentences: how often a report of the training split is shown as some of its sentences, 0 to 1.
        device: where a frozen encoder reads.
        pages: files of pages by study id.

    Raises:
        TrainingError: an encoder that nothing feeds.
    """
    found: dict[str, Feed] = {}
    for modality, encoder in objective.encoders().items():
        if isinstance(encoder, SignalEncoder) and isinstance(store, Store):
            found[modality] = Traces(store, encoder)
        elif isinstance(encoder, ImageEncoder) and isinstance(store, Store):
            found[modality] = Pictures(store, encoder, pages)
        elif isinstance(encoder, TextEncoder):
            reports = Reports(store.table["report"].to_pylist(), encoder.prepare, some=sentences)
            if frozen(encoder) and not sentences and not objective.needs_tokens(modality):
                reports.memory = Memory.of(reports.texts, encoder, store.folder / "texts", device=device)
            found[modality] = reports
        else:
            raise TrainingError(
                "each modality has a feed of batches",
                came=f"nothing feeds {modality!r} yet",
                instead="Use encoders of signals, of pictures and of reports.",
                see="docs/pretraining.md",
            )
    return found


def targets(objective: Objective, store: Store | Corpus) -> dict[str, NDArray[np.float32]]:
    """Return term -> what it should answer for every row of the store, (n, K); NaN where nobody labelled it."""
    found: dict[str, NDArray[np.float32]] = {}
    for name, task in objective.tasks().items():
        truth, known = task.answers(store.labels() if isinstance(store, Store) else [None] * store.table.num_rows)
        found[name] = np.where(known[:, None], truth, np.nan).astype(np.float32)
    return found


def rows_of(store: Store | Corpus, part: Cohort) -> NDArray[np.int64]:
    """Return the store's rows of a split: the cohort says who is in it, not the store. Raises CohortError."""
    wanted = {study.id for study in part}
    names = store.table["id"].to_pylist()
    found = [row for row in store.rows().tolist() if names[row] in wanted]
    if not found:
        raise CohortError(
            "a store holds the studies it is asked for",
            came=f"none of {len(wanted)} studies of {part.name} could be used",
            instead="Hand in the store of this cohort, or look at store.quarantined for the reasons.",
            see="docs/store.md",
        )
    return np.asarray(found, np.int64)


@contextmanager
def temporary() -> Iterator[str]:
    """Hand out a folder that is gone afterwards."""
    with tempfile.TemporaryDirectory(prefix="einthoven-", ignore_cleanup_errors=True) as name:
        yield str(Path(name) / "store")
