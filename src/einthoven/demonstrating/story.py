"""Story: what happens when every verb is called in its turn on simulated patients."""

from __future__ import annotations

import csv
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from einthoven.encoding import Model
from einthoven.evaluating import LinearProbe, Pupil, Results, evaluate
from einthoven.gathering import Cohort, gather
from einthoven.gathering.store import Store
from einthoven.indexing import Archive, index
from einthoven.pretraining import pretrain, recipe
from einthoven.reading import read
from einthoven.recording import Recording

__all__ = ["Story", "headline", "learning", "told"]

Say = Callable[[str], None]


@dataclass(frozen=True, eq=False)
class Story:
    """Everything the demo made of simulated patients.

    Args:
        cohort: the patients, with splits.
        model: pretrained on the train split.
        results: zero-shot, linear probe, search and retrieval on the test split.
        archive: of the validation and test patients.
        query: a real 12-lead ECG.
        out: the folder of it all.
        seed: of everything random.
    """

    cohort: Cohort
    model: Model
    results: tuple[Results, ...]
    archive: Archive
    query: Recording
    out: Path
    seed: int


def told(out: Path, *, patients: int, epochs: int | None, seed: int, say: Say) -> Story:
    """Call the verbs in their turn."""
    say(f"simulate  {patients} patients (SYNTHETIC), seed {seed}")
    cohort = gather("simulated", n=patients, seed=seed)
    say("pretrain  an ECG encoder and a report encoder that share one space")
    chosen = recipe("demo")
    settings = {**chosen.settings, **({} if epochs is None else {"epochs": epochs})}
    model = pretrain(chosen.objective(seed=seed), cohort, out=out / "model", seed=seed, **settings)
    say("evaluate  zero-shot, linear probe, search, retrieval on held-out patients")
    results = _examined(model, cohort, out, seed)
    say("index     the patients that the model has not learnt from")
    archive = index(model, _unseen(cohort), out / "archive")
    say("search    with a sentence and with a real ECG")
    return Story(cohort, model, results, archive, example(), out, seed)


def _unseen(cohort: Cohort) -> Cohort:
    held = {study.id for name in ("val", "test") for study in cohort.split(name)}
    return cohort.where(lambda study: study.id in held)


def example() -> Recording:
    """Return the 12-lead ECG that ships inside pydicom."""
    from pydicom import examples

    return read(examples.get_path("waveform"))


def headline(story: Story) -> dict[str, Any]:
    """Return the numbers that the story is known by."""
    zero, probe, search, _ = story.results
    return {
        "synthetic": True,
        "patients": len(story.cohort),
        "seed": story.seed,
        "zero_shot_macro_auroc": zero.value(subject="model", metric="AUROC", target="macro"),
        "zero_shot_random_encoder": zero.value(subject="random encoder", metric="AUROC", target="macro"),
        "linear_probe_macro_auroc": probe.find(subject="model", metric="AUROC", target="macro")[-1].value,
        "search_p10_over_prevalence": search.value(subject="model", metric="P@10 / prevalence"),
    }


def learning(story: Story) -> dict[str, list[tuple[float, float]]]:
    """Return the learning curves: series -> (step, loss)."""
    with (story.out / "model" / "metrics.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    splits = {"training": "train", "validation": "val"}
    return {
        name: [(float(row["step"]), float(row["loss"])) for row in rows if row["split"] == split and row["loss"]]
        for name, split in splits.items()
    }


def _examined(model: Model, cohort: Cohort, out: Path, seed: int) -> tuple[Results, ...]:
    kept = out / "model" / "store"
    store = Store.open(kept) if kept.is_dir() else None
    pupils = [Pupil("model", model, store=store), Pupil("random encoder", model.untrained(seed), store=store)]
    return (
        evaluate("zero-shot", pupils, cohort, seed=seed),
        evaluate(LinearProbe(fractions=(0.01, 0.1, 1.0)), pupils, cohort, seed=seed),
        evaluate("search", pupils, cohort, seed=seed),
        evaluate("retrieval", pupils, cohort, seed=seed),
    )
