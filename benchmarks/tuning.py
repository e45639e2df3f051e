"""Fine-tuning for benchmarks: the whole network on real labels, by folds over patients.

Shapes: n studies, K classes.
"""

from __future__ import annotations

import copy
from collections.abc import Sequence

import numpy as np
import torch
import torch.nn.functional as F  # noqa: N812  (torch's own habit)

from einthoven.encoding import Classifier, Model, Signals
from einthoven.encoding.signal import SignalEncoder
from einthoven.pretraining.augment import augmentation
from einthoven.pretraining.draws import Draws
from einthoven.study import Study

BATCH, HIGHEST = 32, 1e-3
"""Studies of a step, and the highest learning rate; the same for every start."""


def tuned_across(
    model: Model, studies: Sequence[Study], truth: np.ndarray, folds: np.ndarray, *, epochs: int, seed: int
) -> np.ndarray:
    """Return out-of-fold logits (n, K): each fold is scored by a copy of the model tuned on the others.

    Nothing is chosen: epochs and learning rate are given, and the last weights are taken.
    """
    batch = model.encoder("ecg").prepare(studies)
    scores = np.zeros(truth.shape)
    for fold in np.unique(folds):
        held = folds == fold
        scores[held] = tuned(model, batch, truth, learnt=~held, held=held, epochs=epochs, seed=seed + 1000 * int(fold))
    return scores


def tuned(
    model: Model, batch: Signals, truth: np.ndarray, *, learnt: np.ndarray, held: np.ndarray, epochs: int, seed: int
) -> np.ndarray:
    """Return the logits (h, K) of the h rows in `held`, by a copy of the model tuned on the rows in `learnt`."""
    encoder = copy.deepcopy(model.encoder("ecg"))
    head = _head(encoder.width, truth[learnt], seed)
    _tune(encoder, head, _rows(batch, learnt), truth[learnt], epochs=epochs, seed=seed)
    with torch.inference_mode():
        return head(encoder.eval()(_rows(batch, held)).pooled.float()).double().numpy()


def _head(width: int, truth: np.ndarray, seed: int) -> Classifier:
    torch.manual_seed(seed)
    return Classifier(width, [str(k) for k in range(truth.shape[1])])


def _tune(
    encoder: SignalEncoder, head: Classifier, batch: Signals, truth: np.ndarray, *, epochs: int, seed: int
) -> None:
    weights = [*encoder.parameters(), *head.parameters()]
    optimizer = torch.optim.AdamW(weights, lr=HIGHEST, weight_decay=0.05)
    each = max(len(truth) // BATCH, 1)
    steps = epochs * each
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, HIGHEST, total_steps=steps, pct_start=0.2)
    answers, change = torch.from_numpy(truth.astype(np.float32)), augmentation("light")
    encoder.train()
    for step in range(steps):
        epoch, place = divmod(step, each)
        order = np.random.default_rng([seed, epoch]).permutation(len(truth))[place * BATCH : (place + 1) * BATCH]
        seen = change(_rows(batch, order), Draws(seed, step, torch.arange(len(order))), fs=encoder.preparation.fs)
        with torch.autocast("cpu", torch.bfloat16):
            pooled = encoder(seen).pooled
        loss = F.binary_cross_entropy_with_logits(head(pooled.float()), answers[order])
        optimizer.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(weights, 1.0)
        optimizer.step()
        schedule.step()


def _rows(batch: Signals, which: np.ndarray) -> Signals:
    rows = torch.from_numpy(np.asarray(which))
    return Signals(batch.signal[rows], batch.lead_mask[rows], batch.length[rows])
