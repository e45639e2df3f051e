"""Model x Cohort -> Result. The verb is `evaluate`; every table holds chance and the untrained twin."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from einthoven.encoding import Model
from einthoven.errors import ConfigError, EvaluationError, did_you_mean
from einthoven.evaluating.calibration import Calibration, calibrate
from einthoven.evaluating.classifier import Classifier
from einthoven.evaluating.linear import LinearProbe
from einthoven.evaluating.neighbours import KNearest
from einthoven.evaluating.opinion import Opinion, opinions
from einthoven.evaluating.population import Population
from einthoven.evaluating.protocol import Examination, Protocol
from einthoven.evaluating.realism import Realism
from einthoven.evaluating.result import Result, Results
from einthoven.evaluating.retrieval import Retrieval
from einthoven.evaluating.search import Search
from einthoven.evaluating.subject import HandMade, Pupil, Subject
from einthoven.evaluating.zeroshot import ZeroShot
from einthoven.gathering import Cohort, Task
from einthoven.gathering import task as task_named
from einthoven.gathering.store import Store

__all__ = [
    "PROTOCOLS",
    "Calibration",
    "Classifier",
    "Examination",
    "HandMade",
    "KNearest",
    "LinearProbe",
    "Opinion",
    "Population",
    "Protocol",
    "Pupil",
    "Realism",
    "Result",
    "Results",
    "Retrieval",
    "Search",
    "Subject",
    "ZeroShot",
    "calibrate",
    "evaluate",
    "opinions",
    "subjects_of",
]

PROTOCOLS: Mapping[str, Protocol] = {
    "zero-shot": ZeroShot(),
    "classifier": Classifier(),
    "linear-probe": LinearProbe(),
    "knn": KNearest(),
    "retrieval": Retrieval(),
    "search": Search(),
    "calibration": Calibration(),
    "realism": Realism(),
}
SYNTHETIC = "SYNTHETIC DATA: simulated patients, not people; the numbers say nothing about a hospital"
"""What every table of simulated patients says."""


def evaluate(
    protocol: str | Protocol,
    model: Model | Cohort | Sequence[Subject],
    cohort: Cohort,
    *,
    task: str | Task | None = None,
    on: Sequence[str] | None = None,
    baselines: bool = True,
    seed: int = 0,
) -> Results:
    """Examine a model on a cohort and return rows with 95 % intervals, chance and the random encoder beside it.

    Args:
        protocol: a name of `PROTOCOLS` or a Protocol of your own settings.
        model: a Model, or the subjects to compare (`subjects_of` keeps their features between protocols); for
            "realism" the simulated Cohort.
        cohort: with splits train, val and test; or without splits, and then `on=()`.
        task: what is asked, by name or as a Task; the protocol's own unless told ("superclass" for most).
        on: the splits that are examined, "test" unless told ("train" for realism, which tunes simulators); ()
            examines every study (linear probe: with folds).
        baselines: whether the untrained twin and, for probes, hand-made features are examined too.
        seed: of bootstraps, folds, label fractions and the untrained twin.

    Raises:
        EvaluationError: no labelled study to examine, or nobody who can sit the protocol.
        ConfigError: an unknown protocol or task.
    """
    sit = _protocol(protocol)
    task = sit.asks if task is None else task
    asked = task_named(task) if isinstance(task, str) else task
    splits = sit.on if on is None else tuple(on)
    if isinstance(model, Cohort):
        _refuse_cohort(sit, model)
        subjects: Sequence[Subject] = [Population(model)]
    else:
        subjects = subjects_of(model, seed=seed, baselines=baselines) if isinstance(model, Model) else model
    exam = Examination(cohort, asked, splits, seed)
    studies = [*exam.test, *(exam.validation if sit.chooses else ()), *(exam.train if sit.learns else ())]
    for subject in subjects:
        subject.meet(studies)
    refused = {key: reason for subject in subjects for key, reason in subject.refused.items()}
    if refused:
        exam = Examination(cohort.where(lambda study: study.id not in refused), asked, splits, seed)
    if not exam.test:
        raise _nobody(exam, refused)
    rows = sit.run(subjects, exam)
    return sit.told(rows, cohort=f"{cohort.name}, {asked.name}", notes=_notes(cohort, subjects, refused))


def subjects_of(model: Model, *, seed: int = 0, baselines: bool = True, store: Store | None = None) -> list[Subject]:
    """Return the model, its untrained twin and hand-made features, each measuring a study once."""
    own: list[Subject] = [Pupil("model", model, store=store)]
    return [*own, Pupil("random encoder", model.untrained(seed), store=store), HandMade()] if baselines else own


def _refuse_cohort(sit: Protocol, cohort: Cohort) -> None:
    if not isinstance(sit, Realism):
        raise EvaluationError(
            f"{sit.name} examines a model",
            came=f"the cohort {cohort.name} came in its place",
            instead='Pass a Model; a cohort is compared with another by evaluate("realism", simulated, real).',
            see="docs/evaluating.md",
        )


def _nobody(exam: Examination, refused: Mapping[str, str]) -> EvaluationError:
    came = f"{exam.cohort.name} has none for task {exam.task.name} in {', '.join(exam.on) or 'any split'}"
    if refused:
        came += f" that can be read; {len(refused)} cannot, the first because: {next(iter(refused.values()))}"
    return EvaluationError(
        "an evaluation needs labelled studies",
        came=came,
        instead=f"Choose other splits with on= (there are {', '.join(exam.cohort.splits) or 'none'}) or another task.",
        see="docs/evaluating.md",
    )


def _protocol(protocol: str | Protocol) -> Protocol:
    if isinstance(protocol, Protocol):
        return protocol
    if protocol not in PROTOCOLS:
        raise ConfigError(
            "a protocol is asked for by its name",
            came=f"{protocol!r} came",
            instead=did_you_mean(protocol, PROTOCOLS),
            see="docs/evaluating.md",
        )
    return PROTOCOLS[protocol]


def _notes(cohort: Cohort, subjects: Sequence[Subject], refused: Mapping[str, str]) -> list[str]:
    trained = [one.model.card.synthetic for one in subjects if isinstance(one, Pupil) and one.name != "random encoder"]
    made = [one.cohort for one in subjects if isinstance(one, Population)]
    compared = [f"{len(one)} studies of {one.name} in the model's place; {SYNTHETIC}" for one in made if one.synthetic]
    learnt = ["the model was trained on SYNTHETIC patients"] if any(trained) else []
    left_out = [f"left out: {key}, {reason}" for key, reason in refused.items()]
    return [*([SYNTHETIC] if cohort.synthetic else []), *compared, *learnt, *cohort.notes, *left_out]
