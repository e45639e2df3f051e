"""A probe learnt on one set, examined on the classes of another."""

from __future__ import annotations

import tomllib
from collections.abc import Sequence
from dataclasses import replace
from importlib.resources import files

import numpy as np
import pytest

from einthoven.errors import EvaluationError
from einthoven.evaluating import Subject, Transfer, evaluate
from einthoven.evaluating.transfer import partners
from einthoven.gathering import Cohort, task
from einthoven.recording import Recording
from einthoven.study import Study

ECG = Recording(np.zeros((1, 10)), ["I"], 10)
HOME = ({"NORM": 100}, {"CLBBB": 100}, {"NST_": 100}, {"IMI": 100})
AWAY = (("Normal",), ("LBBB",), ("STD",), ("RBBB",))
KINDS = (0, 1, 2, 1)


class Sees(Subject):
    """Sees the kind of each study, a little blurred."""

    def __init__(self) -> None:
        super().__init__("sees")

    def _measure(self, studies: Sequence[Study]) -> np.ndarray:
        kinds = [int(study.id.split("-")[1]) for study in studies]
        noise = np.random.default_rng(0).normal(size=(len(kinds), 4)) * 0.05
        return np.float32(np.eye(4)[kinds] + noise)


def home() -> Cohort:
    studies = [Study(f"h{i}-{(0, 1, 2, 3)[i % 4]}", ECG, labels=HOME[i % 4]) for i in range(80)]
    return Cohort("ptb-xl", studies, {"train": range(60), "val": range(60, 80)})


def away() -> Cohort:
    studies = [
        Study(f"a{i}-{KINDS[i % 4]}", ECG, labels={"X": 100}, extra={"dx": AWAY[i % 4]}) for i in range(40)
    ]  # fmt: skip
    return Cohort("cpsc2018", studies, {"test": range(40)})


def test_classes_are_scored_by_their_partners_and_others_are_left_out() -> None:
    results = evaluate(Transfer(source=home()), [Sees()], away())
    scored = {row.target for row in results.find(subject="sees", metric="AUROC")} - {"macro"}
    assert scored == {"NORM", "1AVB", "CRBBB", "STE", "CLBBB", "STD"}, "AFIB, VPC and PAC have no partner"
    assert results.value(subject="sees", metric="AUROC", target="NORM") == 1
    assert results.value(subject="sees", metric="AUROC", target="CLBBB") > 0.8, "CD stands for both blocks"
    assert results[0].detail == "from ptb-xl (superclass), n=60"


def test_a_class_with_several_partners_takes_their_highest_score() -> None:
    assert partners("cpsc2018", "superclass")["CD"] == ("1AVB", "CRBBB", "CLBBB")
    back = Cohort("cpsc2018", away().studies, {"train": range(40)})
    seen = [study for study in home() if not study.id.endswith("-3")]  # the source has no infarct
    target = Cohort("ptb-xl", seen, {"test": range(60)})
    results = evaluate(Transfer(source=back, source_task="cpsc2018"), [Sees()], target)
    assert results.value(subject="sees", metric="AUROC", target="CD") == 1


def test_two_sets_may_have_records_of_one_name() -> None:
    same = [replace(study, id=f"x-{study.id.split('-')[1]}") for study in away()][:3]
    twins = [replace(study, id=f"x-{i}") for i, study in enumerate(home().studies[:3])]
    subject = Sees()
    subject.meet(twins)
    assert all(study not in subject._seen for study in same)


def test_the_published_table_names_real_classes_and_reads_both_ways() -> None:
    table = tomllib.loads(files("einthoven.evaluating").joinpath("transfer.toml").read_text())["sets"]
    for row in table:
        first, second = (task(name) for name in row["of"])
        for one, other in row["pairs"]:
            assert one in first.classes
            assert other in second.classes
        assert len({tuple(pair) for pair in row["pairs"]}) == len(row["pairs"])
        there, back = partners(*row["of"]), partners(*reversed(row["of"]))
        assert {(one, other) for other, ones in there.items() for one in ones} == {
            (one, other) for one, others in back.items() for other in others
        }


@pytest.mark.parametrize(
    ("protocol", "name", "message"),
    [
        (Transfer(), None, "transfer learns from a labelled source; no source"),
        (Transfer(source=away()), None, "cpsc2018 has no train for superclass"),
        (Transfer(source=home(), source_task="form"), "cpsc2018", "ptb-xl has no train for form|form to cpsc2018 came"),
        (Transfer(source=home()), "code-test", "superclass to code-test came. Either way between: superclass and"),
    ],
)
def test_what_cannot_be_transferred_is_refused(protocol: Transfer, name: str | None, message: str) -> None:
    with pytest.raises(EvaluationError, match=message):
        evaluate(protocol, [Sees()], away(), task=name)
