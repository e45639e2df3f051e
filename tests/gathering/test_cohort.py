from __future__ import annotations

import numpy as np
import pytest

from einthoven.errors import CohortError, LeakageError
from einthoven.gathering.cohort import Cohort
from einthoven.recording import Recording
from einthoven.study import Study

ECG = Recording(np.zeros((1, 10)), ["I"], 10)
PEOPLE = [Study("a", ECG, patient="p"), Study("b", ECG, patient="p"), Study("c", ECG, patient="q"), Study("d", ECG)]
SPLITS = {"train": [0, 1], "test": [2, 3]}


def test_a_patient_in_two_splits_is_refused_by_number_not_by_name() -> None:
    with pytest.raises(LeakageError, match=r"no patient is in two splits; 1 of tiny's patients are"):
        Cohort("tiny", PEOPLE, {"train": [0], "test": [1]})


def test_a_leak_with_a_reason_is_said_in_the_notes() -> None:
    cohort = Cohort("tiny", PEOPLE, {"train": [0], "test": [1]}, leaky="a trial of leaks")
    assert cohort.notes[-1] == "LEAKY: a trial of leaks"
    assert cohort.split("train").leaky == "a trial of leaks"


def test_notes_stay_with_every_part() -> None:
    cohort = Cohort("tiny", PEOPLE, SPLITS, notes=["raw/1000 mV"])
    for part in (cohort.split("test"), cohort.where(lambda study: study.patient == "q"), cohort[:2]):
        assert part.notes[0] == "raw/1000 mV"
    assert "1 of 2 studies have no known patient" in cohort.split("test").notes[1]
    assert len(cohort[:2].notes) == 1


def test_an_id_that_comes_twice_is_refused() -> None:
    with pytest.raises(CohortError, match=r"1 ids of tiny come more than once, the first is 'a'"):
        Cohort("tiny", [PEOPLE[0], PEOPLE[0]])


@pytest.mark.parametrize("splits", [{"train": [0, 9]}, {"train": [0], "test": [0]}, {"train": [-1]}])
def test_positions_that_are_not_there_or_twice_are_refused(splits: dict[str, list[int]]) -> None:
    with pytest.raises(CohortError, match=r"1 positions of tiny are out of range or in two splits"):
        Cohort("tiny", PEOPLE, splits)


def test_a_split_is_asked_for_by_name() -> None:
    cohort = Cohort("tiny", PEOPLE, SPLITS)
    assert [study.id for study in cohort.split("test")] == ["c", "d"]
    with pytest.raises(CohortError, match=r"tiny has no split 'tset'. Did you mean test?"):
        cohort.split("tset")


def test_parts_keep_their_splits() -> None:
    cohort = Cohort("tiny", PEOPLE, SPLITS)
    some = cohort.where(lambda study: study.id in "bd")
    assert some.splits == {"train": (0,), "test": (1,)}
    assert cohort[1:3].splits == {"train": (0,), "test": (1,)}
    assert cohort[3] is PEOPLE[3]
    assert cohort.split_of == {0: "train", 1: "train", 2: "test", 3: "test"}
    assert len(list(cohort)) == 4


def test_a_cohort_says_what_it_is() -> None:
    assert repr(Cohort("tiny", PEOPLE, SPLITS)) == "Cohort(tiny: 4 studies; train 2, test 2)"
    assert repr(Cohort("tiny", [Study("s", ECG, synthetic=True)])) == "Cohort(tiny: synthetic, 1 studies)"
