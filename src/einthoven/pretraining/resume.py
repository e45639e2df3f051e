"""Resume: go on from a checkpoint, with the settings it was made with and no others."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from einthoven.errors import TrainingError
from einthoven.files import write_text
from einthoven.pretraining import checkpoint
from einthoven.pretraining.gather import rank
from einthoven.pretraining.log import Log
from einthoven.pretraining.loop import Run
from einthoven.pretraining.objective import Objective
from einthoven.pretraining.plan import Plan

__all__ = ["begin", "record"]


def record(objective: Objective, cohort: str, plan: Plan, *, n: int) -> dict[str, Any]:
    """Return what decides the weights of a run, as plain values; written beside them as pretrain.json."""
    encoders = {name: [one.config(), one.preparation.to_json()] for name, one in objective.encoders().items()}
    spaces = {name: one.config() for name, one in objective.spaces().items()}
    told = {"objective": objective.config(), "encoders": encoders, "spaces": spaces}
    plain: dict[str, Any] = json.loads(json.dumps({**told, "plan": plan.table(), "cohort": cohort, "studies": n}))
    return plain


def begin(run: Run, folder: Path | None, *, resume: bool) -> None:
    """Go on from the checkpoint in `folder` when there is one and it is asked for; else begin afresh.

    Raises:
        TrainingError: the checkpoint was made with other settings.
    """
    if folder is None:
        return
    run.folder = folder / "resume"
    found = checkpoint.read(run.folder) if resume else None
    if found:
        tensors, notes = found
        _refuse_other(notes["record"], run.record)
        checkpoint.restore(run.step, run.bare, tensors)
        run.done, run.alarm.low = notes["done"], notes["low"]
        value, step = notes["best"]
        best = {name.removeprefix("best/"): one for name, one in tensors.items() if name.startswith("best/")}
        run.best = (value, step, best)
    run.fabric.barrier()
    if rank() == 0:
        checkpoint.sweep(run.folder, everything=not found)
        write_text(folder / "pretrain.json", json.dumps(run.record, indent=1) + "\n")
        run.log = Log(folder / "metrics.csv", upto=run.done)
    run.fabric.barrier()


def _refuse_other(before: Mapping[str, Any], now: Mapping[str, Any]) -> None:
    differing = list(_differences(before, now))
    if differing:
        more = f" and {len(differing) - 5} more" if len(differing) > 5 else ""
        raise TrainingError(
            "a run is resumed with the settings it began with",
            came=f"{'; '.join(differing[:5])}{more}",
            instead="Pass the first settings again, or choose another out= for another run.",
            see="docs/pretraining.md",
        )


def _differences(before: Any, now: Any, path: str = "") -> Iterator[str]:
    if isinstance(before, dict) and isinstance(now, dict):
        for key in sorted({*before, *now}):
            yield from _differences(before.get(key), now.get(key), f"{path}.{key}" if path else key)
    elif before != now:
        yield f"{path.removeprefix('plan.')} was {before!r} and is {now!r}"
