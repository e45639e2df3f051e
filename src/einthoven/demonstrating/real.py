"""Judged: what a model of simulated patients is worth on real ECGs, beside what continues on them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from einthoven.demonstrating.story import Story
from einthoven.encoding import Model
from einthoven.evaluating import HandMade, LinearProbe, Pupil, Results, Subject, evaluate
from einthoven.gathering import Cohort, gather
from einthoven.indexing import Archive, index
from einthoven.pretraining import Contrast, pretrain

__all__ = ["Judged", "continued", "judged"]

SIMULATED, CONTINUED = "simulated only", "continued on train"
HELD = ("val", "test")


@dataclass(frozen=True, eq=False)
class Judged:
    """What real ECGs said.

    Args:
        cohort: the real ECGs.
        results: zero-shot and linear probe on the validation and test folds, and a probe by 10 folds over all.
        archive: simulated and real studies together.
        words: how to read it.
    """

    cohort: Cohort
    results: tuple[Results, ...]
    archive: Archive
    words: str

    def headline(self) -> dict[str, Any]:
        """Return its main numbers."""
        zero, probe, folds = self.results
        gain = folds.find(subject=f"{SIMULATED} - random encoder", target="macro")[0]
        return {
            "real_cohort": self.cohort.name,
            "real_zero_shot_macro_auroc": zero.value(subject=SIMULATED, metric="AUROC", target="macro"),
            "real_linear_probe_macro_auroc": probe.value(subject=SIMULATED, metric="AUROC", target="macro"),
            "real_probe_gain_over_random": [gain.value, gain.low, gain.high],
        }


def judged(story: Story, root: Path, *, out: Path, seed: int, say: Callable[[str], None]) -> Judged:
    """Examine the story's model on real ECGs in PTB-XL's layout; continue it on their train split, and again."""
    say(f"gather    real ECGs at {root}")
    cohort = gather("ptb-xl", root)
    say("evaluate  on real ECGs: the simulated-only model")
    own, blank, hand = Pupil(SIMULATED, story.model), Pupil("random encoder", story.model.untrained(seed)), HandMade()
    folds = evaluate(LinearProbe(folds=10), [own, blank, hand], cohort, on=(), seed=seed)
    zero_shot = evaluate("zero-shot", [own, blank], cohort, on=HELD, seed=seed)
    say("pretrain  the same model continues on the real train split")
    further: list[Subject] = [own, Pupil(CONTINUED, continued(story.model, cohort, seed=seed)), blank, hand]
    probe = evaluate(LinearProbe(), further, cohort, on=HELD, seed=seed)
    say("index     the real ECGs beside the simulated ones")
    archive = index(story.model, cohort, out / "archive")
    words = (
        f"{len(cohort)} real ECGs of {cohort.name}. “{SIMULATED}” never saw a real ECG or label; “{CONTINUED}” saw "
        "the ECGs and reports of the train split; a linear probe learns the labels of the train split. Examined are "
        "the folds 9 and 10, and with “10-fold by patient” every study, each by a probe that never saw its patient."
    )
    return Judged(cohort, (zero_shot, probe, folds), archive, words)


def continued(model: Model, cohort: Cohort, *, seed: int, epochs: int = 10) -> Model:
    """Return a copy of a model, trained further by Contrast on the train split of another cohort."""
    copy = model.untrained(seed)
    copy.load_state_dict(model.state_dict())
    objective = Contrast(copy.encoder("ecg"), copy.encoder("report"), space=copy.space("shared"))
    batch = min(64, len(cohort.split("train")))
    return pretrain(objective, cohort, epochs=epochs, batch=batch, lr=2e-4, seed=seed, progress=False)
