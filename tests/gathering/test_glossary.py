from __future__ import annotations

import csv
import gzip
import tomllib
from importlib.resources import files
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from einthoven.gathering.glossary import coverage, english, foreign


@pytest.mark.parametrize(
    ("said", "means"),
    [
        ("sinusrhythmus", "sinus rhythm"),
        ("ÜBERDREHTER Linkstyp", "marked left axis deviation"),
        ("ueberdrehter linkstyp", "marked left axis deviation"),
        ("unspezifisches abnormes t", "non-specific abnormal t"),
        ("unspezifische intraventrikuläre leitungsstoerung", "non-specific intraventricular conduction disturbance"),
        ("inferiorer infarkt, alter unbest.", "inferior myocardial infarction, age undetermined."),
        ("tachykardes vorhofflimmern", "atrial fibrillation with rapid ventricular response"),
        ("vorhofflimmern/-flattern", "atrial fibrillation/flutter"),
        ("ventrikuläre extrasystole(n)", "premature ventricular contraction(s)"),
        ("verdacht auf p-sinistrocardiale", "suspected left atrial enlargement"),
        ("t abnorm in hochlateralen ableitungen", "t abnormal in high lateral leads"),
        ("sinusrytm  vänster el-axel", "sinus rhythm  left axis deviation"),
        ("ålder ej bestämmbar", "age undetermined"),
        ("qt-verlängerung 480 ms in v5", "qt prolongation 480 ms in v5"),
        ("septaler infarkt nicht auszuschliessen", "septal myocardial infarction cannot be excluded"),
    ],
)
def test_german_and_swedish_become_english(said: str, means: str) -> None:
    assert english(said) == means


@pytest.mark.parametrize(
    "report",
    [
        "Sinus rhythm. Left axis deviation.  T waves are low in I, aVL.",
        "there is gross artifact in chest leads",
        "voltages are high in chest leads suggesting lvh",
        "SR 63/min, evolving IMI, VES, LAFB",
        "",
    ],
)
def test_english_stays_letter_for_letter(report: str) -> None:
    assert english(report) == report
    assert not foreign(report)


def test_unknown_words_stay_and_are_counted() -> None:
    assert english("sinusrhythmus mit schluckauf") == "sinus rhythm with schluckauf"
    told = coverage(["sinusrhythmus mit schluckauf", "lagetyp normal", "schluckauf", "normal ecg"])
    assert (told.reports, told.whole, told.words, told.known) == (2, 1, 5, 4)
    assert told.unknown == {"schluckauf": 1}


@given(st.text(max_size=60))
def test_no_text_is_too_strange(report: str) -> None:
    assert isinstance(english(report), str)
    assert english("".join(letter for letter in report if not letter.isalpha())) == "".join(
        letter for letter in report if not letter.isalpha()
    )


def test_the_table_says_nothing_twice_and_ends_in_english() -> None:
    table = tomllib.loads(files("einthoven.gathering").joinpath("glossary.toml").read_text(encoding="utf-8"))
    for part in ("phrases", "words", "adjectives"):
        for means in table[part].values():
            assert english(means) == means, means


@pytest.mark.realdata
def test_the_glossary_knows_nearly_every_word_of_the_reports_at_hand(real: Path) -> None:
    from einthoven.gathering.wording import without_stamp

    with gzip.open(real / "ptb-xl-text/ptbxl_metadata_reports_partial.csv.gz", "rt", encoding="utf-8") as file:
        reports = [row["report"] for row in csv.DictReader(file) if row["report"]]
    told = coverage(without_stamp(report) for report in reports)
    assert told.reports > 6000
    assert told.known / told.words > 0.98
    assert told.whole / told.reports > 0.94
