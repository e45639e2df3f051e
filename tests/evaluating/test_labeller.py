"""Rules read statements from reports: simulated ones against their codes, and sentences with traps."""

from __future__ import annotations

from collections import Counter
from functools import cache

import pytest
from hypothesis import given
from hypothesis import strategies as st

import einthoven as ein
from einthoven.evaluating.labeller import POSSIBLE, PRESENT, read_labels
from einthoven.gathering.tasks import statements


@pytest.mark.parametrize(
    ("report", "codes"),
    [
        ("Sinus rhythm. Normal ECG.", {"SR", "NORM"}),
        ("Sinus rhythm. Abnormal ECG.", {"SR"}),
        ("Sinus bradycardia, normal axis, normal intervals.", {"SBRAD"}),
        ("Incomplete right bundle branch block.", {"IRBBB"}),
        ("Complete LBBB. No RBBB.", {"CLBBB"}),
        ("No evidence of infarction, ischaemia or hypertrophy.", set()),
        ("No acute ischaemia, left bundle branch block.", {"CLBBB"}),
        ("Atrial fibrillation without LVH but with RBBB.", {"AFIB", "CRBBB"}),
        ("No AV block. First degree AV block has resolved.", set()),
        ("Old inferolateral infarct.", {"ILMI"}),
        ("Anteroseptal and not inferior infarction.", set()),
        ("Supraventricular extrasystoles.", {"PAC"}),
        ("Ventricular extrasystoles in bigeminy.", {"PVC", "BIGU"}),
        ("Third degree AV block, rather than second degree AV block.", {"3AVB"}),
        ("Left atrial enlargement; LVH is not present.", {"LAO/LAE"}),
        ("Sinusrhythmus, kompletter Linksschenkelblock, keine Ischämie.", {"SR", "CLBBB"}),
        ("Sinus rhythm with PVCs, otherwise normal ECG.", {"SR", "PVC", "NORM"}),
        ("AV block II", {"2AVB"}),
        ("PR interval 268 ms, prolonged.", {"LPR"}),
        ("QTc 410 ms.", set()),
        ("QTc 510 ms.", {"LNGQT"}),
        ("ST depression in V4, V5, V6, lateral ischaemia.", {"ISCLA"}),
        ("Lateral ischaemia. ST depression in V4, V5, V6.", {"ISCLA", "STD_"}),
        ("Old inferior infarction with Q waves in II, III, aVF.", {"IMI"}),
        ("left axis deviation no block inferior infarct", {"IMI"}),
        ("SR, 2nd deg. AV block, no Q waves / RBBB", {"SR", "2AVB", "CRBBB"}),
        ("Anterior infarction cannot be ruled out.", {"AMI"}),
    ],
)
def test_what_a_report_says_and_denies(report: str, codes: set[str]) -> None:
    assert set(read_labels(report)) == codes


@pytest.mark.parametrize(
    "report",
    [
        "Possible inferior infarct.", "Inferior infarct cannot be excluded.", "Cannot exclude inferior infarct.",
        "Consider old inferior infarct.", "Old inferior infarct to be considered.", "?inferior infarct",
        "Inferior infarct?",
        "Findings suggest inferior MI.", "Probable inferior MI with Q waves.", "V. a. inferioren Infarkt.",
    ],
)  # fmt: skip
def test_a_hedge_makes_a_finding_possible(report: str) -> None:
    assert read_labels(report)["IMI"] == POSSIBLE


def test_what_is_said_surely_outweighs_a_hedge() -> None:
    assert read_labels("Possible LVH. Left ventricular hypertrophy.") == {"LVH": PRESENT}


@cache
def _scores() -> dict[str, float]:
    hits, wrong, missed = Counter[str](), Counter[str](), Counter[str]()
    for study in ein.simulate(1500, seed=77):
        said, coded = set(read_labels(study.report or "")), set(study.labels or {})
        hits.update(said & coded)
        wrong.update(said - coded)
        missed.update(coded - said)
    each = {code: 2 * n / (2 * n + wrong[code] + missed[code]) for code, n in hits.items()}
    total = hits.total()
    return {**each, "micro": 2 * total / (2 * total + wrong.total() + missed.total())}


def test_simulated_reports_are_read_as_they_were_coded() -> None:
    scores = _scores()
    assert scores["micro"] > 0.96
    sure = [
        "NORM",
        "SR",
        "AFIB",
        "CLBBB",
        "CRBBB",
        "1AVB",
        "IMI",
        "ASMI",
        "LVH",
        "LAFB",
        "IRBBB",
        "STACH",
        "SBRAD",
        "PVC",
    ]
    assert {code: score for code, score in scores.items() if code in sure and score < 0.97} == {}


def test_only_statements_of_ptb_xl_are_read() -> None:
    assert set(_scores()) - {"micro"} <= set(statements())


@pytest.mark.parametrize(
    "report",
    [
        "",
        " ",
        ".",
        "no full stop",
        "wort " * 10_000,
        "窦性心律 左束支传导阻滞",
        "\x00\x07\x1b[31m\r\n\t",
        "no " * 500,
        "," * 5000,
    ],
)
def test_a_report_of_any_kind_is_read_without_complaint(report: str) -> None:
    assert read_labels(report) == {}


@given(st.text(max_size=200))
def test_any_text_yields_statements_or_nothing(text: str) -> None:
    assert set(read_labels(text)) <= set(statements())


def test_a_finding_in_ten_thousand_words_is_found_whatever_surrounds_it() -> None:
    assert read_labels("lorem ipsum. " * 5000 + "Atrial fibrillation. " + "dolor. " * 5000) == {"AFIB": PRESENT}
