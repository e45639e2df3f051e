from __future__ import annotations

import csv
from hashlib import sha256
from pathlib import Path

import pytest

from einthoven.errors import CohortError
from einthoven.gathering import gather
from einthoven.gathering.mimic import cleaned_report
from einthoven.gathering.miniatures.mimic import statements
from einthoven.simulating import simulate

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


@pytest.mark.parametrize(
    ("report", "lines"),
    [
        ("PR 0.16 s, QRS 0.08 s. Normal ECG.", ["PR 0.16 s, QRS 0.08 s", "Normal ECG"]),
        (
            "VENT. RATE 84 BPM, QT/QTC 325/364 MS. SINUS RHYTHM.",
            ["VENT. RATE 84 BPM, QT/QTC 325/364 MS", "SINUS RHYTHM"],
        ),
        ("reg. SR. l. ant. hemiblock. path. ECG", ["reg. SR", "l. ant. hemiblock", "path. ECG"]),
        (
            "No change since 09.05.2016. av block i. normal axis",
            ["No change since 09.05.2016", "av block i", "normal axis"],
        ),
        ("ess. normal.", ["ess. normal"]),
        (" . ", []),
        ("", []),
    ],
)
def test_a_miniatures_report_is_cut_between_its_statements(report: str, lines: list[str]) -> None:
    assert statements(report) == lines


def test_a_miniatures_lines_are_the_report_again() -> None:
    for study in simulate(300, seed=8):
        assert study.report
        lines = statements(study.report)
        assert ". ".join(lines) == study.report.removesuffix(".")


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


def test_signals_that_are_not_whole_are_left_out_when_asked(copied: Small) -> None:
    folder = copied("mimic-iv-ecg")
    for number, bytes_ in ((2, bytes(12 * 5000 * 2)), (3, b"short")):
        (folder / f"files/p1000/p1000000{number}/s4000000{number}/4000000{number}.dat").write_bytes(bytes_)
    cohort = gather("mimic-iv-ecg", folder, without_report="keep", whole=True)
    assert [study.id for study in cohort][:2] == ["40000001", "40000004"]
    assert "2 of 11 records were left out: no whole signal" in cohort.notes


def test_a_split_is_proven_by_the_digest_of_its_ids(small: Small) -> None:
    cohort = gather("mimic-iv-ecg", small("mimic-iv-ecg"), without_report="keep")
    ids = "\n".join(sorted(study.id for study in cohort.split("train")))
    assert f"train: sha256 of its study ids {sha256(ids.encode()).hexdigest()}" in cohort.notes


def test_reports_of_any_kind_neither_crash_nor_shift_a_pair(copied: Small) -> None:
    folder = copied("mimic-iv-ecg")
    with (folder / "machine_measurements.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    odd = [
        "",
        "sinus rhythm without any full stop here",
        " ".join(["extraordinarily"] * 10_000),
        "Sinusrhythmus, überdrehter Linkstyp, AV-Block ersten Grades",
        "窦性心律 左束支传导阻滞 请结合临床 异常心电图",
        "atrial\x00 \x07fibrillation\x1b[31m with\x85 rapid\n\r\tresponse",
    ]
    for row, text in zip(rows, odd, strict=False):
        row.update(dict.fromkeys((f"report_{i}" for i in range(18)), ""), report_0=text)
    with (folder / "machine_measurements.csv").open("w", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    plain = {study.id: study.report for study in gather("mimic-iv-ecg", folder, without_report="keep")}
    assert plain["40000001"] is None
    assert plain["40000002"] == "sinus rhythm without any full stop here."
    assert len((plain["40000003"] or "").split()) == 10_000
    assert plain["40000004"] == "sinusrhythmus, überdrehter linkstyp, av-block ersten grades."
    assert plain["40000005"] == "窦性心律 左束支传导阻滞 请结合临床 异常心电图."
    assert plain["40000006"] == "atrial fibrillation [31m with rapid response."
    assert set(plain) == {str(40000000 + number) for number in range(1, 12)}
