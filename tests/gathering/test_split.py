from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from einthoven.errors import CohortError, ConfigError
from einthoven.gathering.cohort import Cohort
from einthoven.gathering.split import by_name, by_patient
from einthoven.recording import Recording
from einthoven.study import Study

ECG = Recording(np.zeros((1, 10)), ["I"], 10)


def people(patients: list[int]) -> list[Study]:
    return [Study(str(i), ECG, patient=f"p{who}") for i, who in enumerate(patients)]


@settings(deadline=None)
@given(st.lists(st.integers(0, 30), max_size=60), st.integers(0, 5))
def test_no_patient_is_ever_in_two_splits(patients: list[int], seed: int) -> None:
    studies = people(patients)
    splits = by_patient(studies, seed=seed)
    Cohort("any", studies, splits)  # would raise LeakageError
    assert sorted(row for rows in splits.values() for row in rows) == list(range(len(studies)))


def test_a_patient_keeps_his_split_when_others_come_or_go() -> None:
    studies = people(list(range(200)))

    def home(some: list[Study]) -> dict[str, str]:
        return {some[row].id: name for name, rows in by_patient(some, seed=3).items() for row in rows}

    whole, part = home(studies), home(studies[::-3])
    assert part.items() <= whole.items()


def test_the_shares_are_met_on_average() -> None:
    splits = by_patient(people(list(range(20_000))), parts={"train": 0.7, "val": 0.1, "test": 0.2})
    assert [round(len(splits[name]) / 20_000, 2) for name in ("train", "val", "test")] == [0.7, 0.1, 0.2]


def test_another_seed_is_another_split() -> None:
    studies = people(list(range(100)))
    assert by_patient(studies, seed=0) != by_patient(studies, seed=1)
    assert by_patient(studies, seed=1) == by_patient(studies, seed=1)


def test_unknown_patients_are_patients_of_their_own() -> None:
    studies = [Study(str(i), ECG) for i in range(1000)]
    assert 60 < len(by_patient(studies)["test"]) < 140


@pytest.mark.parametrize("parts", [{}, {"train": 0.5}, {"train": 1.5, "test": -0.5}])
def test_shares_that_are_none_are_refused(parts: dict[str, float]) -> None:
    with pytest.raises(ConfigError, match=r"the shares of a split are positive and add up to 1"):
        by_patient([], parts=parts)


def test_names_are_brought_to_the_usual_ones() -> None:
    assert by_name(["Training", "validation", "", None, "7"]) == {"train": [0], "val": [1], "7": [4]}


def test_a_column_of_empty_splits_is_refused() -> None:
    with pytest.raises(CohortError, match=r"all 2 entries are empty"):
        by_name(["", None])
