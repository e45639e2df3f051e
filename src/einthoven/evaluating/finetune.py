"""Fine-tuning: the whole encoder learns the task, with a share of the labels. B batch, n studies, K classes."""

from __future__ import annotations

import copy
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn.functional import binary_cross_entropy_with_logits

from einthoven.encoding import Encoder, Signals
from einthoven.errors import EvaluationError
from einthoven.evaluating.linear import said_of
from einthoven.evaluating.metrics import Array, auroc, macro
from einthoven.evaluating.protocol import Examination, Protocol, Truth, sheets_to_rows, thresholds
from einthoven.evaluating.result import Result
from einthoven.evaluating.scored import Sheet
from einthoven.evaluating.subject import Pupil, Subject
from einthoven.evaluating.subset import subset
from einthoven.progress import track
from einthoven.study import Study

__all__ = ["FineTuning"]


@dataclass(frozen=True)
class FineTuning(Protocol):
    """A linear layer on `pooled` and the encoder under it, trained together on a share of the labels.

    The epoch is chosen by macro AUROC on the validation split, never on the examined one. The random encoder's row is
    the same network trained from nothing: what supervision alone reaches. Prepared signals are held in memory.

    Args:
        fractions: shares of the training labels.
        subset: how a share is drawn: by "patients", or the records of "melp" or "merl".
        epochs: passes over the share; at least `least_steps` steps are made with few labels.
        batch: studies a step.
        lr: of the encoder, AdamW with warm-up and cosine; the new layer learns ten times as fast.
        weight_decay: of the matrices.
        least_steps: fewest steps.
    """

    name: ClassVar[str] = "fine-tuning"
    learns: ClassVar[bool] = True
    fractions: tuple[float, ...] = (1.0,)
    subset: str = "patients"
    epochs: int = 10
    batch: int = 64
    lr: float = 3e-4
    weight_decay: float = 0.01
    least_steps: int = 50

    def run(self, subjects: Sequence[Subject], exam: Examination) -> list[Result]:
        """Train a copy of every model's encoder on the same labels and score it."""
        if not exam.train:
            raise EvaluationError(
                "fine-tuning needs labelled training studies",
                came=f"{exam.cohort.name} has none for task {exam.task.name} in its split train",
                instead="Gather a cohort with a training split, or use zero-shot.",
                see="docs/evaluating.md",
            )
        rows = []
        for share in self.fractions:
            kept = subset(exam.train, share, recipe=self.subset, seed=exam.seed)
            train = [exam.train[row] for row in kept]
            detail = said_of(train, exam, share=share, recipe=self.subset)
            sheets = [self._sheet(one, exam, train) for one in subjects if isinstance(one, Pupil)]
            rows += sheets_to_rows(self.name, sheets, exam, exam.test, detail)
        return rows

    def _sheet(self, pupil: Pupil, exam: Examination, train: Sequence[Study]) -> Sheet:
        net = _Classified(copy.deepcopy(pupil.model.encoder("ecg")), len(exam.task.classes), seed=exam.seed)
        seen, truth = _whole(pupil, train), torch.from_numpy(exam.truth(train)).float()
        held = _whole(pupil, exam.validation) if exam.validation else None
        known = exam.truth(exam.validation) if exam.validation else None
        self._fit(net, (seen, truth), None if held is None or known is None else (held, known), seed=exam.seed)
        scores = net.scores(_whole(pupil, exam.test), self.batch)
        if held is None or known is None:
            return Sheet(pupil.name, scores)
        return Sheet(pupil.name, scores, thresholds(net.scores(held, self.batch), known))

    def _fit(
        self, net: _Classified, train: tuple[Signals, Tensor], held: tuple[Signals, Truth] | None, *, seed: int
    ) -> None:
        """Train; leave the weights of the epoch that validation liked best, or the last where there is none."""
        signals, truth = train
        per_epoch = math.ceil(len(signals) / self.batch)
        epochs = max(self.epochs, math.ceil(self.least_steps / per_epoch))
        optimiser = torch.optim.AdamW(net.groups(self.lr, self.weight_decay), lr=self.lr)
        schedule = torch.optim.lr_scheduler.LambdaLR(optimiser, _warm_cosine(epochs * per_epoch))
        draws = np.random.Generator(np.random.Philox(seed))
        best, kept = -1.0, net.state_dict()
        with torch.random.fork_rng():
            torch.manual_seed(seed)
            for _ in track(range(epochs), f"fine-tunes on {len(signals)}", total=epochs):
                net.train()
                for rows in np.array_split(draws.permutation(len(signals)), per_epoch):
                    logits = net(signals[torch.from_numpy(rows)].to(net.device))
                    loss = binary_cross_entropy_with_logits(logits, truth[rows].to(net.device))
                    optimiser.zero_grad()
                    loss.backward()  # type: ignore[no-untyped-call]
                    nn.utils.clip_grad_norm_(net.parameters(), 1.0)
                    optimiser.step()
                    schedule.step()
                worth = _worth(net.scores(held[0], self.batch), held[1]) if held else math.inf
                if worth > best or not held:
                    best, kept = worth, {name: tensor.clone() for name, tensor in net.state_dict().items()}
        net.load_state_dict(kept)


class _Classified(nn.Module):
    """An encoder and one linear layer: logits (B, K)."""

    def __init__(self, encoder: Encoder, classes: int, *, seed: int) -> None:
        super().__init__()
        with torch.random.fork_rng():
            torch.manual_seed(seed)
            self.encoder, self.layer = encoder, nn.Linear(encoder.width, classes).to(encoder.device)

    @property
    def device(self) -> torch.device:
        return self.layer.weight.device

    def forward(self, batch: Signals) -> Tensor:
        logits: Tensor = self.layer(self.encoder(batch).pooled)
        return logits

    def groups(self, lr: float, decay: float) -> list[dict[str, object]]:
        """Return parameters for the optimiser: matrices with decay, vectors without, the new layer faster."""
        body = list(self.encoder.parameters())
        return [
            {"params": [one for one in body if one.ndim > 1], "weight_decay": decay},
            {"params": [one for one in body if one.ndim <= 1], "weight_decay": 0.0},
            {"params": list(self.layer.parameters()), "weight_decay": decay, "lr": 10 * lr},
        ]

    @torch.inference_mode()
    def scores(self, signals: Signals, batch: int) -> Array:
        self.eval()
        parts = [signals[start : start + batch] for start in range(0, len(signals), batch)]
        return np.concatenate([self(part.to(self.device)).float().cpu().numpy() for part in parts]).astype(np.float64)


def _whole(pupil: Pupil, studies: Sequence[Study]) -> Signals:
    parts = list(pupil.prepared(studies))
    return Signals(*(torch.cat([getattr(one, name) for one in parts]) for name in ("signal", "lead_mask", "length")))


def _worth(scores: Array, truth: Truth) -> float:
    return float(np.nan_to_num(macro(auroc, scores, truth, np.ones((1, len(truth))))[0][0]))


def _warm_cosine(steps: int) -> Callable[[int], float]:
    """Return the factor of the learning rate at a step: a tenth of the way up, then down to nothing."""
    warm = max(steps // 10, 1)
    return lambda step: min((step + 1) / warm, 0.5 * (1 + math.cos(math.pi * min(step / steps, 1))))
