from __future__ import annotations

import dataclasses
import re

import numpy as np
import pytest

from einthoven.simulating.ecg import Plan, plan
from einthoven.simulating.labels import KNOWN, labels
from einthoven.simulating.measuring import Measured, measure
from einthoven.simulating.report import PARTS, _phrases, reports
from einthoven.simulating.state import Dials

N = 2000


@pytest.fixture(scope="module")
def many() -> Plan:
    return plan(31, range(N), Dials(enriched=True))


@pytest.fixture(scope="module")
def measured(many: Plan) -> Measured:
    return measure(many)


@pytest.fixture(scope="module")
def codes(many: Plan, measured: Measured) -> list[dict[str, float]]:
    return labels(many, measured)


@pytest.fixture(scope="module")
def texts(measured: Measured, codes: list[dict[str, float]]) -> list[str]:
    return reports(31, range(N), measured, codes)


def test_every_code_has_words_in_both_lengths_and_a_place() -> None:
    entries = _phrases()["code"]
    assert set(entries) == set(KNOWN)
    assert all(entry["full"] and entry["short"] for entry in entries.values())
    assert {entry["part"] for entry in entries.values()} <= {*PARTS, "verdict"}


def test_thousands_of_reports_are_almost_all_different(texts: list[str]) -> None:
    assert len(set(texts)) > 0.8 * N
    assert len({word for text in texts for word in re.findall(r"[a-z]+", text.lower())}) > 350


def test_reports_are_finished_sentences(texts: list[str]) -> None:
    for text in texts:
        assert 2 <= len(text) < 600
        assert not re.search(r"[{}]|  |nan|\.\.|, ,|: \.", text), text


def test_a_report_depends_on_the_patient_and_not_on_his_company(
    texts: list[str], measured: Measured, codes: list[dict[str, float]]
) -> None:
    few = [7, 1999]
    part = Measured(**{field.name: getattr(measured, field.name)[few] for field in dataclasses.fields(Measured)})
    assert reports(31, few, part, [codes[k] for k in few]) == [texts[k] for k in few]


def test_a_report_knows_nothing_of_the_mri(many: Plan, texts: list[str]) -> None:
    """Other volumes and fractions in the latent heart, the same drawn waves: word for word the same report."""
    hearts = dataclasses.replace(
        many.state.chambers,
        reported={name: 0 * value + 1 for name, value in many.state.chambers.reported.items()},
        lvef=many.state.chambers.lvef * 0 + 20,
        lvedv=many.state.chambers.lvedv * 2,
    )
    other = dataclasses.replace(many, state=dataclasses.replace(many.state, chambers=hearts))
    read = measure(other)
    assert reports(31, range(N), read, labels(other, read)) == texts


def test_rhythms_are_named(texts: list[str], codes: list[dict[str, float]]) -> None:
    words = {
        "AFIB": r"fibrillation|\baf\b|afib",
        "AFLT": r"flutter|\bafl\b",
        "PACE": r"pace",
        "CLBBB": r"left bundle|lbbb",
    }
    for code, pattern in words.items():
        said = [bool(re.search(pattern, text.lower())) for text, row in zip(texts, codes, strict=True) if code in row]
        assert all(said), code


def test_doubt_is_in_the_words(texts: list[str], codes: list[dict[str, float]]) -> None:
    doubtful = [text.lower() for text, row in zip(texts, codes, strict=True) if row.get("IMI") == 15.0]
    assert all(re.search(r"exclude|doubtful", text) for text in doubtful)
    assert len(doubtful) > 10


def test_what_is_denied_is_not_coded(texts: list[str], codes: list[dict[str, float]]) -> None:
    ischaemic = re.compile(r"no acute ischaemi|no evidence of ischaemia|no st-t changes|waves are normal")
    quiet = re.compile(r"no evidence of infarction|no pathological q|no signs of previous infarction")
    for text, row in zip(texts, codes, strict=True):
        if ischaemic.search(text.lower()):
            assert not {"ISC_", "ISCAL", "ISCIN", "STD_", "INJAS", "NDT", "INVT", "AMI", "IMI", "CLBBB"} & set(row)
        if quiet.search(text.lower()):
            assert not {"IMI", "ASMI", "AMI", "ALMI", "LMI", "ILMI", "QWAVE"} & set(row)
    assert sum(bool(ischaemic.search(text.lower())) for text in texts) > 20


def test_numbers_are_rounded_measures(measured: Measured, texts: list[str]) -> None:
    seen = 0
    for row, text in enumerate(texts):
        for said in re.findall(r"(\d+) beats per minute", text.lower()):
            assert abs(int(said) - measured.rate[row]) <= 0.5 + 1e-9
            seen += 1
    assert seen > 50


def test_reports_come_in_several_styles(texts: list[str]) -> None:
    capitals = np.mean([text.isupper() for text in texts])
    headed = np.mean([text.startswith(("Rhythm:", "Conduction:")) for text in texts])
    lower = np.mean([text == text.lower() for text in texts])
    assert min(capitals, headed, lower) > 0.08
