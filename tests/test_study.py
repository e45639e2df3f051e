"""A Study holds what is known; what is missing is None."""

from __future__ import annotations

import pickle
from functools import partial

import numpy as np
import pytest

from einthoven.errors import CohortError
from einthoven.recording import Recording
from einthoven.study import Study

ONE = Recording(np.zeros((1, 10)), ["I"], 10)


def make(leads: list[str]) -> Recording:
    return Recording(np.zeros((len(leads), 10)), leads, 10)


def test_a_study_opens_its_recording_when_asked() -> None:
    study = Study("a", partial(make, ["I", "II"]))
    assert study.recording.leads == ("I", "II")
    assert Study("b", ONE).recording is ONE


def test_a_study_with_the_way_to_its_file_reaches_a_worker() -> None:
    study = pickle.loads(pickle.dumps(Study("a", partial(make, ["V1"]), patient="p", labels={"NORM": 100})))
    assert study.recording.leads == ("V1",)
    assert study.labels == {"NORM": 100}


def test_what_is_missing_is_none() -> None:
    study = Study("a", ONE)
    known = (study.patient, study.age, study.sex, study.report, study.labels, study.date, study.page, study.cine)
    assert known == (None,) * 8


def test_an_unknown_patient_is_a_patient_of_his_own() -> None:
    assert Study("a", ONE).group != Study("b", ONE).group
    assert Study("a", ONE, patient="p").group == Study("b", ONE, patient="p").group
    assert Study("p", ONE).group != Study("a", ONE, patient="p").group


@pytest.mark.parametrize(
    ("fields", "message"),
    [({"id": ""}, "a study has an id; an empty id came"), ({"id": "a", "sex": "M"}, "study a has 'M'. Map the source")],
)
def test_what_is_no_study_is_refused(fields: dict[str, str], message: str) -> None:
    with pytest.raises(CohortError, match=message):
        Study(source=ONE, **fields)  # type: ignore[arg-type]
