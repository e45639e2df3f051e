"""Subject: whoever sits the examination. A model, its untrained twin, or hand-made features. n studies, D width."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Sequence
from dataclasses import fields
from typing import TypeVar, cast

import numpy as np
import torch
from numpy.typing import NDArray

from einthoven.encoding import Encoder, Images, Model, Signals
from einthoven.encoding.signal import SignalEncoder
from einthoven.errors import EinthovenError, EvaluationError
from einthoven.evaluating.features import FEATURES, features
from einthoven.gathering.store import Store
from einthoven.progress import track
from einthoven.recording import Recording
from einthoven.study import Study

__all__ = ["HandMade", "Pupil", "Subject"]

Array = NDArray[np.float64]
Matrix = NDArray[np.float32]
T = TypeVar("T")
BATCH = 64


class Subject(ABC):
    """Whoever sits the examination: a name, and a vector for each study, measured once and kept.

    A study that cannot be read or prepared gets no vector; `refused` holds it and the reason. Studies are known by
    themselves, not by their ids: two sets may both have a record 1.
    """

    def __init__(self, name: str) -> None:
        self.name = name
        self.refused: dict[Study, str] = {}
        self._seen: dict[Study, Matrix] = {}

    def meet(self, studies: Sequence[Study]) -> None:
        """Measure the studies that were not measured yet; those that refuse are quarantined in `refused`."""
        new = [study for study in studies if study not in self._seen and study not in self.refused]
        for start in track(range(0, len(new), BATCH), f"{self.name} reads {len(new)} ECGs"):
            part = new[start : start + BATCH]
            rows = zip(part, self._measure(part), strict=True)
            self._seen |= {study: row for study, row in rows if study not in self.refused}

    def pooled(self, studies: Sequence[Study]) -> Matrix:
        """Return what a probe sees of the studies, (n, D). Raises EvaluationError for one that was refused."""
        self.meet(studies)
        refused = [study for study in studies if study in self.refused]
        if refused:
            raise EvaluationError(
                "a subject can be asked only about studies it could read",
                came=f"{self.name} refused {len(refused)}, the first because: {self.refused[refused[0]]}",
                instead="Leave them out, as evaluate does.",
                see="docs/evaluating.md",
            )
        return np.stack([self._seen[study] for study in studies])

    @abstractmethod
    def _measure(self, studies: Sequence[Study]) -> Matrix:
        """Return a row a study; rows of studies put into `refused` may hold anything."""

    def _tried(self, study: Study, act: Callable[[Study], T]) -> T | None:
        try:
            return act(study)
        except (EinthovenError, OSError) as error:
            self.refused[study] = f"{type(error).__name__}: {error}"
            return None

    def _measured(self, studies: Sequence[Study], measure: Callable[[Recording], Array], width: int) -> Matrix:
        """Return what `measure` says of each recording, (n, width); NaN where it cannot be read."""
        rows = np.full((len(studies), width), np.nan, np.float32)
        for row, study in enumerate(studies):
            told = self._tried(study, lambda one: measure(one.recording))
            if told is not None:
                rows[row] = told
        return rows


class Pupil(Subject):
    """A model under examination, by its ECG encoder or, where it has none, by its encoder of pictures.

    Args:
        name: "model", "random encoder", or what tells several models apart.
        model: its encoders and spaces.
        store: a sample store that holds studies already prepared for the model; others are opened and prepared.
    """

    def __init__(self, name: str, model: Model, *, store: Store | None = None) -> None:
        super().__init__(name)
        self.model, self.store = model, store
        self.modality = _looked_at(model)
        rows = {} if store is None else dict(zip(store.table["id"].to_pylist(), range(len(store)), strict=True))
        self._rows = {key: row for key, row in rows.items() if store and key not in store.quarantined}

    def shared(self, studies: Sequence[Study], *, space: str = "shared") -> Matrix:
        """Return the studies in the shared space, unit length, (n, D)."""
        known = space in self.model.spaces and self.modality in self.model.space(space).widths
        projection = self.model.space(space if known else self._space(space))
        with torch.inference_mode():
            pooled = torch.from_numpy(self.pooled(studies)).to(self.model.device)
            return np.asarray(projection.project(self.modality, pooled).cpu().numpy())

    def vectors(self, studies: Sequence[Study], modality: str, *, space: str = "shared") -> Matrix:
        """Return the studies as one of their modalities shows them in the shared space, unit length, (n, D).

        A study that cannot be shown so, a picture of a beat where there is no beat, is NaN.
        """
        if modality == self.modality:
            return self.shared(studies, space=space)
        if modality == "report":
            return self.words([study.report or "" for study in studies], space=space)
        found = np.full((len(studies), self.model.width(modality, self._joined(space, modality))), np.nan, np.float32)
        encoder = self.model.encoder(modality).eval()
        for start in track(range(0, len(studies), BATCH), f"{self.name} looks at {len(studies)} of {modality}"):
            rows = range(start, min(start + BATCH, len(studies)))
            prepared = {row: _prepared(encoder, studies[row]) for row in rows}
            shown = {row: one for row, one in prepared.items() if one is not None}
            if shown:
                pooled = torch.from_numpy(_encoded(encoder, _joined([*shown.values()])))
                with torch.inference_mode():
                    found[[*shown]] = self.model.space(space).project(modality, pooled.to(encoder.device)).cpu().numpy()
        return found

    def words(self, texts: Sequence[str], *, space: str = "shared") -> Matrix:
        """Return sentences in the shared space, unit length, (n, D)."""
        return self.model.embed(list(texts), modality="report", space=self._space(space))

    def _space(self, space: str) -> str:
        if space not in self.model.spaces or "report" not in self.model.encoders:
            raise EvaluationError(
                "to be asked in words, a model shares a space with a report encoder",
                came=f"spaces {sorted(self.model.spaces)}, encoders {sorted(self.model.encoders)}",
                instead="Pretrain with Contrast(ecg, report), or use a linear probe.",
                see="docs/evaluating.md",
            )
        return space

    def prepared(self, studies: Sequence[Study]) -> Iterator[Signals]:
        """Yield the studies as the encoder eats them, `BATCH` at a time; none of them was refused."""
        encoder = cast("SignalEncoder", self.model.encoder("ecg"))
        for start in range(0, len(studies), BATCH):
            part = studies[start : start + BATCH]
            stored, opened = self._where(part)
            parts: list[Signals] = []
            if self.store is not None and stored:
                taken = self.store.take([self._rows[part[row].id] for row in stored])
                parts.append(encoder.from_microvolts(*taken))
            parts += [encoder.prepare([part[row]]) for row in opened]
            order = torch.from_numpy(np.argsort([*stored, *opened]))
            yield cast("Signals", _joined([one.to("cpu") for one in parts]))[order]

    def _where(self, studies: Sequence[Study]) -> tuple[list[int], list[int]]:
        """Return which of the studies are in the store and which must be opened."""
        stored = [row for row, study in enumerate(studies) if study.id in self._rows]
        return stored, [row for row, study in enumerate(studies) if study.id not in self._rows]

    @property
    def writes(self) -> bool:
        """Whether the model has a decoder that writes reports."""
        return "caption" in self.model.heads

    def write(self, studies: Sequence[Study]) -> list[str]:
        """Return a report for each study, in the model's own words."""
        from importlib import import_module

        told: list[str] = import_module("einthoven.encoding.generation").generate(self.model, list(studies))
        return told

    def _joined(self, space: str, *modalities: str) -> str:
        joined = self.model.space(space).widths if space in self.model.spaces else {}
        absent = [one for one in modalities if one not in joined or one not in self.model.encoders]
        if absent:
            raise EvaluationError(
                "what is retrieved and what it is asked by share a space",
                came=f"{', '.join(absent)} is not in {space!r}, which joins {', '.join(joined) or 'nothing'}",
                instead="Pretrain with a Contrast between the two, or examine another pair.",
                see="docs/evaluating.md",
            )
        return space

    @torch.inference_mode()
    def _measure(self, studies: Sequence[Study]) -> Matrix:
        encoder = self.model.encoder(self.modality).eval()
        vectors = np.full((len(studies), encoder.width), np.nan, np.float32)
        stored, opened = self._where(studies)
        if self.store is not None and stored and isinstance(encoder, SignalEncoder):
            taken = self.store.take([self._rows[studies[row].id] for row in stored])
            vectors[stored] = _encoded(encoder, encoder.from_microvolts(*taken))
        else:
            opened = list(range(len(studies)))
        prepared = [(row, self._tried(studies[row], lambda study: encoder.prepare([study]))) for row in opened]
        usable = [(row, cast("Signals | Images", one)) for row, one in prepared if one is not None]
        if usable:
            parts = [one for _, one in usable]
            vectors[[row for row, _ in usable]] = _encoded(encoder, _joined(parts))
        return vectors


class HandMade(Subject):
    """Rates, intervals, axes and sizes of waves; what cannot be measured is NaN, filled in by the probe."""

    def __init__(self) -> None:
        super().__init__("hand-made features")

    def _measure(self, studies: Sequence[Study]) -> Matrix:
        return self._measured(studies, features, len(FEATURES))


def _looked_at(model: Model) -> str:
    """Return the modality that a model is examined by."""
    shown = [name for name in model.modalities if name != "report"]
    return "ecg" if "ecg" in shown else "image" if "image" in shown else (*shown, "ecg")[0]


def _prepared(encoder: Encoder, study: Study) -> Signals | Images | None:
    try:
        return cast("Signals | Images", encoder.prepare([study]))
    except (EinthovenError, OSError):
        return None


def _joined(parts: Sequence[Signals | Images]) -> Signals | Images:
    names = [field.name for field in fields(parts[0])]
    whole: Signals | Images = type(parts[0])(*(torch.cat([getattr(one, name) for one in parts]) for name in names))
    return whole


@torch.inference_mode()
def _encoded(encoder: Encoder, batch: Signals | Images) -> Matrix:
    return np.asarray(encoder(batch.to(encoder.device)).pooled.float().cpu().numpy())
