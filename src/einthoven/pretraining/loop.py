"""Loop: the training loop. Nothing here knows what the objective is."""

from __future__ import annotations

import math
import time
from collections.abc import Mapping
from contextlib import nullcontext
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch
from torch import Tensor
from torch.optim import AdamW, Optimizer

from einthoven.errors import TrainingError
from einthoven.pretraining import checkpoint
from einthoven.pretraining.batches import Batches, ahead
from einthoven.pretraining.draws import Draws, reseed
from einthoven.pretraining.gather import agreed, gathered, rank
from einthoven.pretraining.log import Log
from einthoven.pretraining.plan import Plan
from einthoven.pretraining.step import Step
from einthoven.pretraining.validation import judged, validated
from einthoven.pretraining.view import Bundle
from einthoven.pretraining.watch import Alarm, rank_me, spread
from einthoven.progress import track

__all__ = ["Run", "adamw", "train"]

WATCHED = 25
"""Steps between two looks at the spread of the embeddings."""
MINUTES = 5.0
"""Between two checkpoints, when no number of steps is given."""


@dataclass
class Run:
    """A run: its parts, and how far it has come.

    Args:
        fabric: Lightning Fabric, launched.
        step: the bare module; its parameters are those that `module` trains.
        module: the same, wrapped for the devices.
        bare: the bare optimiser.
        optimizer: the same, wrapped.
        plan: filled.
        train: batches.
        val: batches of the validation split, or None.
        log: of the metrics.
        alarm: against collapse.
        folder: for checkpoints, or None.
        record: what a checkpoint must agree with to be resumed.
        every: steps between checkpoints; None for the end of each epoch, and at most `MINUTES` apart.
        progress: show a bar.
        done: steps that are behind.
        best: (how good, at which step, weights) by the plan's measure.
    """

    fabric: Any
    step: Step
    module: Any
    bare: Optimizer
    optimizer: Any
    plan: Plan
    train: Batches
    val: Batches | None
    log: Log
    alarm: Alarm
    folder: Path | None = None
    record: Mapping[str, Any] = field(default_factory=dict)
    every: int | None = None
    progress: bool = True
    done: int = 0
    best: tuple[float, int, dict[str, Tensor]] = (-math.inf, 0, {})
    saved: float = field(default_factory=time.monotonic)
    begun: float = field(default_factory=time.monotonic)


def adamw(step: Step, plan: Plan) -> AdamW:
    """Return AdamW over what asks for a gradient; norms, biases and temperatures (below two axes) are spared."""
    weights = [weight for weight in step.parameters() if weight.requires_grad]
    spared = plan.weight_decay if plan.decay == "all" else 0.0
    groups = [
        {"params": [weight for weight in weights if weight.ndim > 1], "weight_decay": plan.weight_decay},
        {"params": [weight for weight in weights if weight.ndim < 2], "weight_decay": spared},
    ]
    if not weights:
        raise TrainingError(
            "something learns",
            came="every encoder is frozen and the objective has no parameter of its own",
            instead="Unfreeze an encoder: encoder.requires_grad_(True).",
            see="docs/pretraining.md",
        )
    return AdamW([group for group in groups if group["params"]], lr=plan.lr, betas=(0.9, 0.95))


def train(run: Run) -> None:
    """Take the steps that are left; every random draw depends on the step's number, none on the one before.

    Raises:
        TrainingError: the loss is no number any more.
        CollapseError: every embedding became the same.
    """
    if not run.done:
        save(run)
    steps = ahead(run.train.step, range(run.done, run.plan.total))
    shown = track(steps, "pretrain", total=run.plan.total - run.done) if run.progress and rank() == 0 else steps
    for number, bundles in shown:
        row, pooled = descend(run, number, bundles)
        if number % WATCHED == 0:
            row |= look(run, number, pooled)
        run.log.add(row)
        run.done = number + 1
        if run.done % run.train.per_epoch == 0 or run.done == run.plan.total:
            validate(run)
        if due(run):
            save(run)


def descend(run: Run, number: int, bundles: list[Bundle]) -> tuple[dict[str, object], dict[str, Tensor]]:
    """Take one step down the gradient of a batch; return what is to be logged, and the pooled vectors."""
    rate = run.plan.rate(number)
    for group in run.optimizer.param_groups:
        group["lr"] = rate
    run.module.train()
    sums: dict[str, Tensor] = {}
    for micro, bundle in enumerate(bundles):
        reseed(run.plan.seed, number, micro, rank(), "dropout")
        moved = bundle.to(run.fabric.device)
        waiting = run.fabric.no_backward_sync(run.module) if micro < len(bundles) - 1 else nullcontext()
        with waiting:
            losses, pooled = run.module(moved, Draws(run.plan.seed, number, moved.position))
            losses = {name: loss / len(bundles) for name, loss in losses.items()}
            run.fabric.backward(run.step.objective.total(losses))
        sums = {name: loss.detach() + sums.get(name, 0) for name, loss in losses.items()}
    found = spoken(run, number, sums)
    norm = run.fabric.clip_gradients(run.module, run.optimizer, max_norm=run.plan.clip or math.inf)
    run.optimizer.step()
    run.optimizer.zero_grad()
    for space in run.step.spaces.values():
        space.log_scale.data.clamp_(0, math.log(100))  # type: ignore[operator]
    return {**found, "lr": rate, "grad_norm": float(norm)}, pooled


def spoken(run: Run, number: int, sums: Mapping[str, Tensor]) -> dict[str, object]:
    """Return the mean of each loss over all processes, and the weighted total. Raises TrainingError for NaN."""
    stacked = torch.stack([one.float() for one in sums.values()])
    means = dict(zip(sums, gathered(stacked[None]).mean(0), strict=True))
    total = float(run.step.objective.total(means))
    if not math.isfinite(total):
        raise TrainingError(
            "a loss is a finite number",
            came=f"{total} at step {number}",
            instead="Lower lr=, lengthen warmup=, or set clip=1.0; the last checkpoint is sound.",
            see="docs/pretraining.md",
        )
    losses = {name: float(mean) for name, mean in means.items()}
    seconds = round(time.monotonic() - run.begun, 2)
    return {
        "step": number,
        "epoch": number // run.train.per_epoch,
        "split": "train",
        "seconds": seconds,
        "loss": total,
    } | losses


def look(run: Run, number: int, pooled: Mapping[str, Tensor]) -> dict[str, object]:
    """Return spread and rank of each view, and the temperatures; raise the alarm where all became the same."""
    vectors = {label: gathered(one.float()) for label, one in pooled.items()}
    spreads = {label: spread(one) for label, one in vectors.items() if len(one) >= 8}
    run.alarm.check(number, spreads)
    found: dict[str, object] = {f"spread/{label}": value for label, value in spreads.items()}
    found |= {f"rank/{label}": rank_me(one) for label, one in vectors.items()}
    scales = {name: checkpoint.whole(space.log_scale) for name, space in run.step.spaces.items()}  # type: ignore[arg-type]
    return found | {f"temperature/{name}": math.exp(-float(scale)) for name, scale in scales.items()}


def validate(run: Run) -> None:
    """Log a validation, and remember the weights when it is the best."""
    if run.val is None:
        return
    run.module.eval()
    found = validated(run.module, run.val, seed=run.plan.seed, device=run.fabric.device)
    names = [name for name in found if not name.startswith(("r@1/", "rank/"))]
    loss = float(run.step.objective.total({name: torch.tensor(found[name]) for name in names}))
    where = {"step": run.done - 1, "epoch": (run.done - 1) // run.train.per_epoch, "split": "val"}
    run.log.add({**where, "seconds": round(time.monotonic() - run.begun, 2), "loss": loss, **found})
    if run.plan.choose != "last" and (value := judged(found, loss, run.plan.choose)) > run.best[0]:
        run.best = (value, run.done, checkpoint.weights(run.step))


def due(run: Run) -> bool:
    """Return whether a checkpoint is to be written now; all processes agree."""
    if run.folder is None:
        return False
    if run.done == run.plan.total:
        return True
    if run.every is not None:
        return run.done % run.every == 0
    late = agreed(time.monotonic() - run.saved > 60 * MINUTES, run.fabric.device)
    return late or run.done % run.train.per_epoch == 0


def save(run: Run) -> None:
    """Write a checkpoint: weights, optimiser, the best weights so far, and how far the run has come."""
    if run.folder is None:
        return
    value, step, best = run.best
    tensors = checkpoint.snapshot(run.step, run.bare) | {f"best/{name}": one for name, one in best.items()}
    notes = {"done": run.done, "low": run.alarm.low, "best": [value, step], "record": run.record}
    if rank() == 0:
        checkpoint.write(run.folder, tensors, notes)
    run.fabric.barrier()
    run.saved = time.monotonic()
