"""pretrain: an objective and a cohort in, a Model out."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import Any

import torch

from einthoven.encoding.card import Card
from einthoven.encoding.model import Model
from einthoven.errors import TrainingError
from einthoven.gathering.cohort import Cohort
from einthoven.gathering.store import Store
from einthoven.pretraining import checkpoint
from einthoven.pretraining.batches import Batches
from einthoven.pretraining.corpus import Corpus
from einthoven.pretraining.engine import launched, precise
from einthoven.pretraining.gather import rank, world_size
from einthoven.pretraining.log import Log
from einthoven.pretraining.loop import Run, adamw, train
from einthoven.pretraining.objective import Objective
from einthoven.pretraining.plan import Plan
from einthoven.pretraining.resume import begin, record
from einthoven.pretraining.step import Step
from einthoven.pretraining.supply import feeds, fit_tokenizers, opened, rows_of, targets, temporary
from einthoven.pretraining.watch import Alarm

__all__ = ["pretrain"]


def pretrain(
    objective: Objective,
    cohort: Cohort,
    *,
    out: str | Path | None = None,
    store: Store | str | Path | None = None,
    epochs: int = 10,
    steps: int | None = None,
    batch: int = 64,
    lr: float = 1e-3,
    weight_decay: float = 0.05,
    decay: str = "matrices",
    warmup: float = 0.1,
    cycle: float = 0.0,
    accumulate: int = 1,
    clip: float = 1.0,
    sentences: float = 0.0,
    seed: int = 0,
    resume: bool = False,
    device: str = "auto",
    devices: int = 1,
    strategy: str = "auto",
    precision: str = "32-true",
    checkpoint_every: int | None = None,
    workers: int | None = None,
    progress: bool = True,
    val: str | None = "val",
    choose: str = "last",
    patience: int = 3,
    floor: float = 0.005,
) -> Model:
    """Train the encoders of an objective on the cohort's `train` split.

    Signals are read once into a sample store; the reports' tokenizer is trained on the training reports when the
    text encoder has none. The encoders are trained in place, with the weights they come with. What happens in step
    k depends on (seed, k) alone: a run that was killed and resumed ends with the same weights, bit for bit, as one
    that was not (same machine, same number of threads).

    Args:
        objective: what is minimised, e.g. Contrast(ecg, report) + 0.1 * Masked(ecg).
        cohort: studies with a split "train"; no other split is learnt from.
        out: folder for the model, metrics.csv, pretrain.json (the filled settings) and, in resume/, the checkpoint;
            None keeps nothing. A run that is in the folder already is replaced unless `resume`.
        store: a sample store of the cohort, or its folder; None builds one in out/store, or in a temporary folder.
        epochs: times that each study is seen.
        steps: optimiser steps instead of epochs.
        batch: studies encoded at a time, on each process.
        lr: highest learning rate.
        weight_decay: of AdamW; none on norms, biases and temperatures.
        decay: "matrices", as said, or "all".
        warmup: steps of linear warm-up; below 1, a part of all steps. Half a cosine down to 0 follows.
        cycle: epochs after which the cosine starts again; 0 for never.
        accumulate: micro-batches of a step. A Contrast compares within a micro-batch.
        clip: largest norm of the gradient; 0 for no clipping.
        sentences: how often a training report is shown as some of its sentences, 0 to 1: single statements, which
            zero-shot asks for, are then no strangers. Whole reports are what is validated on.
        seed: of order, masks, augmentations and dropout; not of the weights that the encoders come with.
        resume: go on from the checkpoint in `out`, or begin when there is none.
        device: "auto", "cpu", "cuda" or "cuda:1".
        devices: processes that train together, one a device.
        strategy: "auto" (DDP where there are several), "ddp", "ddp-unused" or "fsdp".
        precision: "32-true", "bf16-mixed", ... as Lightning Fabric calls them, or "auto": bf16-mixed where the
            hardware computes in it.
        checkpoint_every: steps; None is the end of each epoch, and every five minutes.
        workers: processes that build the store.
        progress: show a bar on a terminal.
        val: split for validation after each epoch; left out when the cohort has none of this name. None for none.
        choose: which weights the model gets: "last", or the best after an epoch by "retrieval" (R@1 on `val`),
            "rankme" or "loss".
        patience: checks in a row (one each 25 steps) that may find all embeddings the same.
        floor: spread of embeddings below which they are the same (`watch.spread`).

    Returns:
        Model with the encoders, spaces and heads of the objective and a card, on the CPU, in evaluation mode.

    Raises:
        TrainingError: too few studies for a step, a loss that is no number, or other settings than the checkpoint's.
        CollapseError: every embedding became the same.
        CohortError: there is no split "train".
        PreparationError: the store was built with another preparation.
        MissingExtraError: Lightning is not installed.
        StorageError: the disk is full.

    >>> import einthoven as ein
    >>> from einthoven.pretraining import Contrast
    >>> ecg, words = ein.encoder("resnet-tiny"), ein.encoder("report-tiny")  # doctest: +SKIP
    >>> ein.pretrain(Contrast(ecg, words), ein.gather("simulated", n=200), steps=5, batch=16)  # doctest: +SKIP
    """
    plan = Plan(
        epochs=epochs, steps=steps, batch=batch, accumulate=accumulate, lr=lr, weight_decay=weight_decay,
        decay=decay, warmup=warmup, cycle=cycle, clip=clip, sentences=sentences, seed=seed,
        precision=precise(precision, device), choose=choose, patience=patience, floor=floor,
        val=val if val in cohort.splits else None,
    )  # fmt: skip
    _refuse_blind_choice(plan)
    parts = [cohort.split(name) for name in ("train", plan.val) if name]
    folder = None if out is None else Path(out)
    fabric = launched(device=device, devices=devices, strategy=strategy, precision=plan.precision)
    fit_tokenizers(objective, parts[0])
    with ExitStack() as stack, torch.random.fork_rng([fabric.device] if fabric.device.type == "cuda" else []):
        place = fabric.broadcast(stack.enter_context(temporary()) if folder is None else str(folder / "store"))
        with fabric.rank_zero_first(local=True):
            bar = progress and rank() == 0
            source = opened(store, objective, cohort, parts, folder=place, workers=workers, progress=bar, resume=resume)
        run = _run(fabric, objective, source, parts, replace(plan, processes=world_size()))
        run.every, run.progress = checkpoint_every, progress
        begin(run, folder, resume=resume)
        train(run)
        model = _model(run, cohort, source, name=folder.name if folder else "pretrained")
    if folder is not None and rank() == 0:
        model.save(folder)
    fabric.barrier()
    return model


def _run(fabric: Any, objective: Objective, store: Store | Corpus, parts: list[Cohort], plan: Plan) -> Run:
    """Put together what the loop needs; the plan's steps are counted here."""
    place = rank(), world_size()
    pages = {study.id: study.page for part in parts for study in part if study.page is not None}
    with fabric.rank_zero_first(local=True):
        sources = feeds(objective, store, sentences=plan.sentences, device=fabric.device, pages=pages)
    _refuse_lonely(objective, plan)
    training = Batches(
        sources, rows_of(store, parts[0]), batch=plan.batch, accumulate=plan.accumulate, place=place, seed=plan.seed,
        full=objective.needs_full_batches, targets=targets(objective, store),
        patients=store.table["patient"].to_numpy(),
    )  # fmt: skip
    plan = plan.filled(training.per_epoch)
    step = Step(objective)
    module = fabric.setup_module(step)
    bare = adamw(step, plan)
    alarm = Alarm(floor=plan.floor, patience=plan.patience, quiet=max(plan.warm, 100))
    return Run(
        fabric=fabric, step=step, module=module, bare=bare, optimizer=fabric.setup_optimizers(bare), plan=plan,
        train=training, val=_validation(training, store, parts, plan), log=Log(None), alarm=alarm,
        record=record(objective, store.cohort_name, plan, n=len(training.rows)),
    )  # fmt: skip


def _validation(training: Batches, store: Store | Corpus, parts: list[Cohort], plan: Plan) -> Batches | None:
    if len(parts) < 2 or not len(parts[1]):
        return None
    rows = rows_of(store, parts[1])
    size = min(plan.batch, max(len(rows) // plan.processes, 1))
    place = rank(), plan.processes
    return Batches(
        training.feeds, rows, batch=size, place=place, seed=None, targets=training.targets, patients=training.patients
    )


def _model(run: Run, cohort: Cohort, store: Store | Corpus, *, name: str) -> Model:
    """Return the product: encoders, spaces and heads with the chosen weights, on the CPU, and a card."""
    objective, (_, step, best) = run.step.objective, run.best
    chosen = f"weights after step {step}, the best by {run.plan.choose}" if best else "weights after the last step"
    card = Card(
        name=name, data=(f"{cohort.name} ({len(run.train.rows)} studies)",), n=len(run.train.rows),
        synthetic=store.synthetic or cohort.synthetic, objective=str(objective), seed=run.plan.seed,
        steps=run.plan.total, notes=(chosen, *cohort.notes),
    )  # fmt: skip
    tensors = checkpoint.product(best or checkpoint.weights(run.step))
    parts = {"spaces": objective.spaces(), "heads": objective.heads()}
    model = Model(objective.encoders(), spaces=parts["spaces"], heads=parts["heads"], card=card)  # type: ignore[arg-type]
    if any(hasattr(weight, "full_tensor") for weight in model.parameters()):
        model = Model.built(model.config(), model.preparations(), tokenizers=model.tokenizers(), card=card)
    wanted = model.to("cpu").state_dict()
    model.load_state_dict({name: one.reshape(wanted[name].shape) for name, one in tensors.items()})
    return model.eval()


def _refuse_lonely(objective: Objective, plan: Plan) -> None:
    if plan.batch * plan.processes < objective.company:
        raise TrainingError(
            "a contrast has something to compare with",
            came=f"batch={plan.batch}",
            instead=f"Choose a batch of {objective.company} or more; hundreds are better.",
            see="docs/pretraining.md",
        )


def _refuse_blind_choice(plan: Plan) -> None:
    if plan.choose != "last" and plan.val is None:
        raise TrainingError(
            "the best weights are chosen on a validation split",
            came=f"choose={plan.choose!r} and no such split",
            instead='Hand in a cohort with a split "val", or choose="last".',
            see="docs/pretraining.md",
        )
