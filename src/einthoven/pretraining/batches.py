"""Batches: the studies of a step, as a function of its number. Shapes: B batch, L leads, T samples, N tokens."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Protocol, TypeVar

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from einthoven.encoding.base import Batch, Signals, Told, Words
from einthoven.encoding.signal import SignalEncoder
from einthoven.errors import TrainingError
from einthoven.gathering.store import Store
from einthoven.pretraining.draws import digest
from einthoven.pretraining.memory import Memory
from einthoven.pretraining.sentences import some_of
from einthoven.pretraining.view import Bundle

__all__ = ["Batches", "Feed", "Reports", "Traces", "ahead"]

Rows = NDArray[np.int64]
T = TypeVar("T")


class Feed(Protocol):
    """Where the batches of one modality come from."""

    def take(self, rows: Rows, keys: Sequence[int] | None = None) -> tuple[Batch, Tensor, Tensor]:
        """Return a batch of B rows of a store, which of them have the modality, and their groups, both (B,).

        `keys` (B) decide what is drawn for each row; None draws nothing.
        """
        ...


class Traces:
    """Signals, from the store's microvolts, scaled as the encoder's Preparation says.

    Args:
        store: built with that Preparation.
        encoder: whose signals they are.
    """

    def __init__(self, store: Store, encoder: SignalEncoder) -> None:
        self.store, self.encoder = store, encoder

    def take(self, rows: Rows, keys: Sequence[int] | None = None) -> tuple[Signals, Tensor, Tensor]:  # noqa: ARG002
        """Return the signals of some rows; each is a group of its own."""
        batch = self.encoder.from_microvolts(*self.store.take(rows))
        return batch, batch.lead_mask.any(1), torch.from_numpy(rows.copy())


class Reports:
    """Words of reports, tokenised once and kept as one row of numbers a different report.

    Args:
        reports: of every row of the store; None or blank where there is none.
        prepare: from texts to Words, as `Encoder.prepare`.
        chunk: reports tokenised at a time.
        some: how often a report is shown as some of its sentences, 0 to 1, where keys are given.

    Whoever has read the reports before sets `memory`, and then batches hold what was said of them.
    """

    memory: Memory | None = None

    def __init__(
        self,
        reports: Sequence[str | None],
        prepare: Callable[[Sequence[str]], Words],
        *,
        chunk: int = 1024,
        some: float = 0.0,
    ) -> None:
        self.prepare, self.some = prepare, some
        texts = [report.strip() if report and report.strip() else "" for report in reports]
        different = {text: number for number, text in enumerate(dict.fromkeys(texts))}
        self.of_row = np.array([different[text] for text in texts], np.int64)
        self.present = np.array([bool(text) for text in texts])
        self.groups = np.array([digest("report", normal(text)) for text in texts], np.int64)
        self.ids: list[NDArray[np.int32]] = []
        self.sentence: list[NDArray[np.int16]] = []
        self.padding = 0
        self.texts = list(different)
        for first in range(0, len(self.texts), chunk):
            self._keep(prepare(self.texts[first : first + chunk]))

    def take(self, rows: Rows, keys: Sequence[int] | None = None) -> tuple[Words, Tensor, Tensor]:
        """Return the words of some rows, padded to the longest; reports of the same words are one group."""
        if keys is not None and self.some:
            return self._some(rows, keys)
        chosen = self.of_row[rows]
        longest = max(len(self.ids[number]) for number in chosen)
        ids = np.full((len(rows), longest), self.padding, np.int64)
        mask, sentence = np.zeros((len(rows), longest), bool), np.full((len(rows), longest), -1, np.int64)
        for row, number in enumerate(chosen):
            length = len(self.ids[number])
            ids[row, :length], mask[row, :length] = self.ids[number], True
            sentence[row, :length] = self.sentence[number]
        words = Words(*map(torch.from_numpy, (ids, mask, sentence)))
        if self.memory is not None:
            words = Told(words.ids, words.mask, words.sentence, self.memory.take(chosen))
        return words, torch.from_numpy(self.present[rows]), torch.from_numpy(self.groups[rows])

    def _some(self, rows: Rows, keys: Sequence[int]) -> tuple[Words, Tensor, Tensor]:
        whole = [self.texts[number] for number in self.of_row[rows]]
        shown = [some_of(text, part=self.some, key=key) for text, key in zip(whole, keys, strict=True)]
        groups = torch.tensor([digest("report", normal(text)) for text in shown])
        return self.prepare(shown), torch.from_numpy(self.present[rows]), groups

    def _keep(self, words: Words) -> None:
        sentences = torch.zeros_like(words.ids) if words.sentence is None else words.sentence
        for ids, mask, sentence in zip(words.ids.numpy(), words.mask.numpy(), sentences.numpy(), strict=True):
            self.ids.append(ids[mask].astype(np.int32))
            self.sentence.append(sentence[mask].astype(np.int16))
            self.padding = int(ids[~mask][0]) if not mask.all() else self.padding


def normal(report: str) -> str:
    """Return a report as it is compared with others: case, spaces and the last full stop do not count.

    >>> normal(" Sinus  rhythm. ") == normal("sinus rhythm")
    True
    """
    return " ".join(report.casefold().split()).rstrip(". ")


class Batches:
    """The studies of each step: a function of (seed, epoch, step), with no hidden place in a row.

    Each epoch has its own order. A step takes the next batch * accumulate * processes studies of it; micro-batch m
    takes a stretch of these and process r its part of that stretch, so that W processes see together exactly what
    one process with W times the batch sees.

    Args:
        feeds: modality -> where its batches come from.
        rows: of the store, those of one split.
        batch: B, studies of a micro-batch on one process.
        accumulate: micro-batches of a step.
        place: (this process, number of processes).
        seed: of the order; None keeps the order of `rows`.
        full: leave out a smaller last step.
        targets: term -> what it should answer for every row of the store, (n, K).
        patients: a number for each row of the store, equal where the patient is.

    Raises:
        TrainingError: not enough studies for one step.
    """

    def __init__(
        self,
        feeds: Mapping[str, Feed],
        rows: Rows,
        *,
        batch: int,
        accumulate: int = 1,
        place: tuple[int, int] = (0, 1),
        seed: int | None = 0,
        full: bool = False,
        targets: Mapping[str, NDArray[np.float32]] | None = None,
        patients: Rows | None = None,
    ) -> None:
        self.targets, self.patients = targets or {}, patients
        self.feeds, self.rows, self.batch, self.accumulate = feeds, np.asarray(rows, np.int64), batch, accumulate
        self.place, self.seed = place, seed
        self.size = batch * accumulate * place[1]
        whole, rest = divmod(len(self.rows), self.size)
        partial = rest > 0 and not full and place[1] == 1 and accumulate == 1
        self.per_epoch = whole + partial
        if not self.per_epoch:
            raise TrainingError(
                "an epoch has at least one full step",
                came=f"{len(self.rows)} studies for steps of {self.size} (batch x accumulate x processes)",
                instead=f"Choose a batch of at most {max(len(self.rows) // (accumulate * place[1]), 1)}, "
                "or hand in more studies.",
                see="docs/pretraining.md",
            )

    def step(self, number: int) -> list[Bundle]:
        """Return the micro-batches of a step, counted from 0 over all epochs."""
        epoch, place = divmod(number, self.per_epoch)
        chosen = self.order(epoch)[place * self.size : (place + 1) * self.size]
        return [self._bundle(chosen, micro, number) for micro in range(self.accumulate)]

    def order(self, epoch: int) -> Rows:
        """Return the rows of an epoch in the order they are seen."""
        if self.seed is None:
            return self.rows
        return self.rows[np.random.default_rng(digest(self.seed, epoch, "order")).permutation(len(self.rows))]

    def _bundle(self, chosen: Rows, micro: int, number: int) -> Bundle:
        rank, processes = self.place
        first = (micro * processes + rank) * self.batch
        mine = chosen[first : first + self.batch]
        places = range(first, first + len(mine))
        keys = None if self.seed is None else [digest(self.seed, number, "show", place) for place in places]
        taken = {modality: feed.take(mine, keys) for modality, feed in self.feeds.items()}
        return Bundle(
            {modality: one for modality, (one, _, _) in taken.items()},
            present={modality: one for modality, (_, one, _) in taken.items()},
            groups={modality: one for modality, (_, _, one) in taken.items()} | self._patients(mine),
            position=torch.tensor(places),
            targets={name: torch.from_numpy(rows[mine]) for name, rows in self.targets.items()},
        )

    def _patients(self, rows: Rows) -> dict[str, Tensor]:
        return {} if self.patients is None else {"patient": torch.from_numpy(self.patients[rows])}


def ahead(make: Callable[[int], T], numbers: Iterable[int]) -> Iterator[tuple[int, T]]:
    """Yield (number, make(number)); the next one is made by a thread while this one is used."""
    with ThreadPoolExecutor(1) as thread:
        waiting: tuple[int, Future[T]] | None = None
        for number in numbers:
            coming = number, thread.submit(make, number)
            if waiting:
                yield waiting[0], waiting[1].result()
            waiting = coming
        if waiting:
            yield waiting[0], waiting[1].result()
