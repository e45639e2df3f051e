from __future__ import annotations

import csv
import tomllib
from importlib.resources import files
from pathlib import Path

import numpy as np
import pytest

from einthoven.errors import CohortError, ConfigError
from einthoven.gathering import gather
from einthoven.gathering.tasks import TASKS, says, standard_code, statements, task
from einthoven.recording import Recording
from einthoven.study import Study

ECG = Recording(np.zeros((1, 10)), ["I"], 10)


def study(key: str, *codes: str, likelihood: float = 100) -> Study:
    return Study(key, ECG, labels=dict.fromkeys(codes, likelihood))


def test_the_counts_of_ptb_xl_hold() -> None:
    assert [len(task(name).classes) for name in TASKS] == [5, 23, 44, 19, 12, 71, 69]
    both = [code for code, row in statements().items() if {"diagnostic", "form"} <= set(row["kinds"])]
    assert both == ["NDT", "NST_", "DIG", "LNGQT"]


def test_every_diagnostic_statement_has_one_superclass_and_one_subclass() -> None:
    for kind in ("superclass", "subclass"):
        members = task(kind).members
        diagnostic = task("diagnostic").classes
        assert sorted(code for codes in members.values() for code in codes) == sorted(diagnostic)


def test_a_likelihood_of_zero_counts_as_carried() -> None:
    Y, known = task("rhythm").targets([study("a", "SR", likelihood=0)])
    assert known.all()
    assert task("rhythm").classes[int(Y[0].argmax())] == "SR"


def test_a_study_without_a_label_of_the_task_is_not_known() -> None:
    Y, known = task("form").targets([study("a", "NORM", "SR"), Study("b", ECG), study("c"), study("d", "PVC")])
    assert known.tolist() == [False, False, False, True]
    assert Y.sum() == 1


def test_findings_leave_out_the_ordinary_and_know_the_normal_ecg_as_a_negative() -> None:
    findings = task("findings")
    assert not {"NORM", "SR"} & set(findings.classes)
    Y, known = findings.targets([study("a", "NORM", "SR")])
    assert known.all()
    assert not Y.any()


def test_targets_equal_a_brute_force_count() -> None:
    rng = np.random.default_rng(0)
    codes = list(statements())
    people = [study(str(i), *rng.choice(codes, rng.integers(0, 5), replace=False)) for i in range(200)]
    for name in TASKS:
        Y, known = task(name).targets(people)
        for row, person in enumerate(people):
            for column, group in enumerate(task(name).classes):
                assert Y[row, column] == any(code in task(name).members[group] for code in person.labels or {})
            assert known[row] == any(code in task(name).looked for code in person.labels or {})


def test_codes_without_their_underscore_are_understood() -> None:
    Y, known = task("form").targets([study("a", "STD")])
    assert known.all()
    assert task("form").classes[int(Y[0].argmax())] == "STD_"
    assert standard_code("IMI") == "IMI"


def test_among_keeps_what_is_common_enough_in_order() -> None:
    people = [study(str(i), "NORM") for i in range(6)] + [study("x", "IMI"), study("y", "IMI"), study("z", "LVH")]
    assert task("superclass").among(people, least=2).classes == ("NORM", "MI")
    assert task("superclass").among(people, high=0.5).classes == ("MI", "HYP")
    assert task("superclass").among(people, low=0.2).classes == ("NORM", "MI")


def test_among_says_when_no_class_is_left() -> None:
    with pytest.raises(CohortError, match=r"none of the 5 classes of superclass has 5 positives .* among 1 labelled"):
        task("superclass").among([study("a", "NORM")], least=5)


def test_only_takes_classes_by_name() -> None:
    assert task("superclass").only(["HYP", "MI"]).classes == ("HYP", "MI")
    with pytest.raises(ConfigError, match=r"task superclass has no class 'HYPP'. Did you mean HYP?"):
        task("superclass").only(["HYPP"])


def test_an_unknown_task_is_answered_with_the_known_ones() -> None:
    with pytest.raises(ConfigError, match=r"'superclas' came. Did you mean superclass?"):
        task("superclas")


def test_words_of_statements() -> None:
    assert says("1AVB") == "first degree AV block"
    assert says("NST") == "non-specific ST changes"
    assert says("ours") == "ours"
    assert set(task("subclass").descriptions) == set(task("subclass").classes)


def test_the_table_has_no_code_twice_and_only_known_kinds() -> None:
    table = tomllib.loads(files("einthoven.gathering").joinpath("statements.toml").read_text())
    assert {kind for row in table["statements"].values() for kind in row["kinds"]} == {"diagnostic", "form", "rhythm"}
    assert {row.get("superclass") for row in table["statements"].values()} - {None} == set(table["superclass"])


@pytest.mark.realdata
def test_the_classes_of_real_records_agree_with_their_published_table(real: Path) -> None:
    with (real / "ptb-xl/labels_joined.csv").open() as file:
        told = {row["ecg_id"]: row for row in csv.DictReader(file)}
    cohort = gather("ptb-xl", real / "ptb-xl")
    columns = {"superclass": "super_class", "subclass": "sub_class", "form": "form", "rhythm": "rhythm"}
    unjoined = {key for key, row in told.items() if not any(row[column] for column in columns.values())}
    assert len(unjoined) == 7, "the published join lost their classes; their scp_codes are whole"
    cohort = cohort.where(lambda person: person.id not in unjoined)
    assert len(cohort) == len(told) - 7
    for name, column in columns.items():
        Y, known = task(name).targets(cohort)
        for row, person in enumerate(cohort):
            ours = {task(name).classes[k].strip("_") for k in np.flatnonzero(Y[row])}
            theirs = {code.strip("_") for code in told[person.id][column].split(";") if code}
            assert ours == theirs, (person.id, name)
            assert known[row] == bool(theirs)


@pytest.mark.realdata
def test_the_statements_agree_with_the_published_table(real: Path) -> None:
    with (real / "ptb-xl/scp_statements.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert {row[""] for row in rows} == set(statements())
    for row in rows:
        ours = statements()[row[""]]
        assert {kind for kind in ("diagnostic", "form", "rhythm") if row[kind]} == set(ours["kinds"])
        assert (row["diagnostic_class"] or None) == ours.get("superclass")
        assert (row["diagnostic_subclass"] or None) == ours.get("subclass")
