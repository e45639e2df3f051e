"""Model x Cohort -> Result. The verb is `evaluate`; every table holds chance and the untrained twin."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import fields, replace
from typing import Any

from einthoven.encoding import Model
from einthoven.errors import ConfigError, EvaluationError, did_you_mean
from einthoven.evaluating.audit import Audit
from einthoven.evaluating.calibration import Calibration, calibrate
from einthoven.evaluating.classifier import Classifier
from einthoven.evaluating.finetune import FineTuning
from einthoven.evaluating.identity import PatientIdentification
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
from einthoven.evaluating.transfer import Transfer
from einthoven.evaluating.writing import ReportWriting
from einthoven.evaluating.zeroshot import ZeroShot
from einthoven.gathering import Cohort, Task
from einthoven.gathering import task as task_named
from einthoven.gathering.store import Store
from einthoven.study import Study

__all__ = [
    "PROTOCOLS",
    "Audit",
    "Calibration",
    "Classifier",
    "Examination",
    "FineTuning",
    "HandMade",
    "KNearest",
    "LinearProbe",
    "Opinion",
    "PatientIdentification",
    "Population",
    "Protocol",
    "Pupil",
    "Realism",
    "ReportWriting",
    "Result",
    "Results",
    "Retrieval",
    "Search",
    "Subject",
    "Transfer",
    "ZeroShot",
    "calibrate",
    "evaluate",
    "opinions",
    "protocol_named",
    "subjects_of",
]

PROTOCOLS: Mapping[str, Protocol] = {
    "audit": Audit(),
    "zero-shot": ZeroShot(),
    "classifier": Classifier(),
    "linear-probe": LinearProbe(),
    "knn": KNearest(),
    "fine-tuning": FineTuning(),
    "retrieval": Retrieval(),
    "report": ReportWriting(),
    "patient-id": PatientIdentification(),
    "search": Search(),
    "calibration": Calibration(),
    "realism": Realism(),
    "transfer": Transfer(),
}
_USUAL = {"code-test": "code-test", "cpsc2018": "cpsc2018", "csn": "csn"}
"""The task that is asked of a cohort that has its own classes."""
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
            "realism" the simulated Cohort; an audit examines labels and needs none: ().
        cohort: with splits train, val and test; or without splits, and then `on=()`.
        task: what is asked, by name or as a Task; unless told, the protocol's own, else the set's own where it has
            one, else "superclass".
        on: the splits that are examined, "test" unless told ("train" for realism, which tunes simulators); ()
            examines every study (linear probe: with folds).
        baselines: whether the untrained twin and, for probes, hand-made features are examined too.
        seed: of bootstraps, folds, label fractions and the untrained twin.

    Raises:
        EvaluationError: no labelled study to examine, or nobody who can sit the protocol.
        ConfigError: an unknown protocol or task.
    """
    sit = protocol if isinstance(protocol, Protocol) else protocol_named(protocol)
    asked = task if isinstance(task, Task) else task_named(task or sit.asks or _USUAL.get(cohort.name, "superclass"))
    if isinstance(model, Cohort):
        _refuse_cohort(sit, model)
        subjects: Sequence[Subject] = [Population(model)]
    else:
        subjects = subjects_of(model, seed=seed, baselines=baselines) if isinstance(model, Model) else model
    exam = Examination(cohort, asked, sit.on if on is None else tuple(on), seed, sit.labelled)
    studies = [*exam.test, *(exam.validation if sit.chooses else ()), *(exam.train if sit.learns else ())]
    for subject in subjects:
        subject.meet(studies)
    refused = {one: subject.refused[one] for subject in subjects for one in studies if one in subject.refused}
    if refused:
        exam = replace(exam, cohort=cohort.where(lambda study: study not in refused))
    if not exam.test:
        raise _nobody(exam, refused)
    rows = sit.run(subjects, exam)
    notes = [*_notes(cohort, subjects, refused), *_without_positive(exam)]
    return sit.told(rows, cohort=f"{cohort.name}, {asked.name}", notes=notes)


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


def _nobody(exam: Examination, refused: Mapping[Study, str]) -> EvaluationError:
    came = f"{exam.cohort.name} has none for task {exam.task.name} in {', '.join(exam.on) or 'any split'}"
    if refused:
        came += f" that can be read; {len(refused)} cannot, the first because: {next(iter(refused.values()))}"
    return EvaluationError(
        "an evaluation needs labelled studies",
        came=came,
        instead=f"Choose other splits with on= (there are {', '.join(exam.cohort.splits) or 'none'}) or another task.",
        see="docs/evaluating.md",
    )


def protocol_named(name: str, **settings: Any) -> Protocol:
    """Return a protocol by its name, with settings of its own.

    Args:
        name: one of `PROTOCOLS`.
        settings: fields of its class, e.g. `fractions=(0.01, 0.1)`; lists become tuples.

    Raises:
        ConfigError: no protocol has the name, or it has no such setting.

    >>> protocol_named("linear-probe", fractions=[0.01], subset="merl")
    LinearProbe(fractions=(0.01,), subset='merl', folds=0)
    """
    if name not in PROTOCOLS:
        raise _unknown("a protocol is asked for by its name", name, PROTOCOLS)
    known = {field.name for field in fields(PROTOCOLS[name])}  # type: ignore[arg-type]
    for setting in settings:
        if setting not in known:
            raise _unknown(f"{name} is examined with the settings it has", setting, known)
    plain = {key: tuple(value) if isinstance(value, list) else value for key, value in settings.items()}
    made: Protocol = replace(PROTOCOLS[name], **plain)  # type: ignore[type-var]
    return made


def _unknown(rule: str, name: str, known: Iterable[str]) -> ConfigError:
    return ConfigError(rule, came=f"{name!r} came", instead=did_you_mean(name, known), see="docs/evaluating.md")


def _without_positive(exam: Examination) -> list[str]:
    """Say which classes no examined study has: a metric of theirs does not exist."""
    counts = exam.truth(exam.test).sum(axis=0).tolist()
    missing = [name for name, count in zip(exam.task.classes, counts, strict=True) if not count]
    if not exam.task.targets(exam.test)[1].any():
        return []
    return [f"no positive, and so left out of the mean: {', '.join(missing)}"] if missing else []


def _notes(cohort: Cohort, subjects: Sequence[Subject], refused: Mapping[Study, str]) -> list[str]:
    trained = [one.model.card.synthetic for one in subjects if isinstance(one, Pupil) and one.name != "random encoder"]
    made = [one.cohort for one in subjects if isinstance(one, Population)]
    compared = [f"{len(one)} studies of {one.name} in the model's place; {SYNTHETIC}" for one in made if one.synthetic]
    learnt = ["the model was trained on SYNTHETIC patients"] if any(trained) else []
    left_out = [f"left out: {study.id}, {reason}" for study, reason in refused.items()]
    return [*([SYNTHETIC] if cohort.synthetic else []), *compared, *learnt, *cohort.notes, *left_out]
