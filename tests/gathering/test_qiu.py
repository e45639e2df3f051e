from __future__ import annotations

from dataclasses import replace

import pytest

from einthoven.errors import ConfigError
from einthoven.gathering import Cohort, gather
from einthoven.gathering.qiu import retold
from einthoven.gathering.wording import cleaned
from einthoven.simulating import simulate

from .conftest import Small

GERMAN = "sinusrhythmus lagetyp normal    inferiorer infarkt 4.46      UNBESTÄTIGTER BERICHT"


@pytest.mark.parametrize(
    ("report", "clean"),
    [
        (GERMAN, "sinus rhythm, normal axis. inferior myocardial infarction."),
        ("inferiorer infarkt     alter unbest. 4.46      unbest", "inferior myocardial infarction. age undetermined."),
        ("inferiorer infarkt     alter unbest.", "inferior myocardial infarction. age undetermined."),
        ("sinusrhythmus normales ekg 4.46", "sinus rhythm, normal ecg."),
        ("Sinus rhythm. Normal EKG.  Edit: NORM 100", "sinus rhythm. normal ecg."),
        ("sinus rhythm. t waves are low compared with 1990.", "sinus rhythm. t waves are low."),
        ("tachykardes vorhofflimmern linkstyp", "atrial fibrillation with rapid ventricular response left axis."),
        ("sinusrhythmus st-hebung 0.15 mv", "sinus rhythm, st elevation 0.15 mv."),
        ("  ", ""),
    ],
)
def test_reports_are_cleaned_as_the_paper_does_and_translated(report: str, clean: str) -> None:
    assert cleaned(report) == clean


def cohort(n: int = 40) -> Cohort:
    studies = [replace(study, report=GERMAN, patient=f"p{row // 2}") for row, study in enumerate(simulate(n, seed=1))]
    return Cohort("some", studies, {"train": range(n // 2), "test": range(n // 2, n)})


def test_normal_records_and_those_without_a_report_are_left_out() -> None:
    some = cohort()
    studies = list(some.studies)
    studies[0] = replace(studies[0], labels={"NORM": 100, "SR": 0})
    studies[1] = replace(studies[1], labels={"SR": 0})
    studies[2] = replace(studies[2], labels={"NORM": 80, "IMI": 35})
    studies[3] = replace(studies[3], labels={"IMI": 100}, report=None)
    found = retold(Cohort("some", studies, some.splits))
    ids = [study.id for study in found]
    assert studies[2].id in ids
    assert not {studies[row].id for row in (0, 1, 3)} & set(ids)
    assert {study.report for study in found} == {"sinus rhythm, normal axis. inferior myocardial infarction."}
    assert [study.id in ids for study in some.split("test")].count(True) == len(found.split("test"))
    assert any("records were left out: no abnormal superclass" in note for note in found.notes)
    assert any("knows 100.0% of the words" in note for note in found.notes)


def test_the_paper_s_split_divides_patients_and_says_so() -> None:
    found = retold(cohort(400), split="record")
    shares = {name: len(rows) / len(found) for name, rows in found.splits.items()}
    assert shares["train"] == pytest.approx(0.7, abs=0.08)
    assert shares["val"] == pytest.approx(0.2, abs=0.08)
    assert found.notes[-1].startswith("LEAKY: split by record, as Qiu et al. do")
    again = retold(cohort(400), split="record")
    assert again.splits == found.splits
    with pytest.raises(ConfigError, match=r"split='fold'.*Known: patient, record"):
        retold(cohort(), split="fold")


def test_it_is_gathered_from_the_folder_of_ptb_xl(small: Small) -> None:
    folder = small("ptb-xl")
    found, whole = gather("qiu", folder, rate=100), gather("ptb-xl", folder, rate=100)
    assert found.name == "qiu"
    assert 0 < len(found) < len(whole)
    assert set(found.splits) == set(whole.splits)
