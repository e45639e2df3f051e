from __future__ import annotations

from pathlib import Path

import pytest

from einthoven.errors import CohortError
from einthoven.gathering import gather
from einthoven.gathering.mimic import cleaned_report

from .conftest import Small


def test_reports_are_cleaned_as_melp_does() -> None:
    row = {
        "report_0": "Sinus rhythm",
        "report_1": "--- Warning ---",
        "report_2": "*** Abnormal EKG ***",
        "report_17": "a =- b\nc",
    }
    assert cleaned_report(row) == "sinus rhythm. --- warning ---. abnormal ecg. a b c."
    assert cleaned_report({"report_0": "Normal ECG."}) == "normal ecg."
    assert cleaned_report({"report_0": " ", "report_3": "***"}) == ""


def test_short_reports_are_left_out_or_kept_as_none(small: Small) -> None:
    folder = small("mimic-iv-ecg")
    melp, whole = gather("mimic-iv-ecg", folder), gather("mimic-iv-ecg", folder, without_report="keep")
    assert len(whole) == 11
    assert all(len((study.report or "").split()) >= 4 for study in melp)
    assert len(melp) == sum(study.report is not None for study in whole)
    long = gather("mimic-iv-ecg", folder, least_words=8, without_report="keep")
    assert all(study.report is None or len(study.report.split()) >= 8 for study in long)
    assert sum(study.report is None for study in long) >= sum(study.report is None for study in whole)


def test_leads_are_read_by_name_and_patients_are_subjects(small: Small) -> None:
    study = gather("mimic-iv-ecg", small("mimic-iv-ecg"))[0]
    assert study.recording.leads[3:6] == ("aVR", "aVF", "aVL")
    assert study.id == "40000001"
    assert study.patient == "10000001"
    assert study.labels is None
    assert study.date is not None
    assert (study.age, study.sex) == (None, None)


def test_two_of_a_hundred_subjects_are_for_validation() -> None:
    from einthoven.gathering.split import by_patient
    from einthoven.recording import Recording
    from einthoven.study import Study

    ecg = Recording([[0.0, 1.0]], ["I"], 1)  # type: ignore[arg-type]
    many = [Study(str(i), ecg, patient=str(10_000_000 + i)) for i in range(20_000)]
    share = len(by_patient(many, parts={"train": 0.98, "val": 0.02}, seed=42)["val"]) / len(many)
    assert share == pytest.approx(0.02, abs=0.003)


def test_age_and_sex_come_from_the_hospitals_table(small: Small, tmp_path: Path) -> None:
    table = tmp_path / "patients.csv"
    table.write_text(
        "subject_id,gender,anchor_age,anchor_year,anchor_year_group,dod\n"
        "10000001,F,52,2178,2014 - 2016,\n10000002,M,91,2180,2014 - 2016,\n"
    )
    first, second, third = gather("mimic-iv-ecg", small("mimic-iv-ecg"), patients=table, without_report="keep").studies[
        :3
    ]
    assert (first.age, first.sex) == (54, "female")
    assert (second.age, second.sex, second.extra) == (90.0, "male", {"age_over_89": True})
    assert (third.age, third.sex, third.extra) == (None, None, {})


def test_records_that_are_not_there_are_counted(copied: Small) -> None:
    folder = copied("mimic-iv-ecg")
    (folder / "files/p1000/p10000002/s40000002/40000002.hea").unlink()
    cohort = gather("mimic-iv-ecg", folder, without_report="keep")
    assert cohort.notes[0] == "1 of 11 records were left out: no signal file; the first is 40000002"


def test_a_folder_without_measurements_is_refused(copied: Small) -> None:
    folder = copied("mimic-iv-ecg")
    (folder / "machine_measurements.csv").unlink()
    with pytest.raises(CohortError, match=r"machine_measurements.csv does not exist"):
        gather("mimic-iv-ecg", folder)
