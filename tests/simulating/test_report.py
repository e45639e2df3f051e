from __future__ import annotations

import dataclasses
import re
from collections.abc import Mapping, Sequence

import numpy as np
import pytest

from einthoven.simulating import report_slips
from einthoven.simulating.ecg import Plan, plan
from einthoven.simulating.labels import labels
from einthoven.simulating.measuring import Measured, measure
from einthoven.simulating.report import reports
from einthoven.simulating.state import Dials

N = 3000
WORDS = {
    "SR": r"sinus|\bn?sr\b",
    "SBRAD": r"brady|\bsb\b|slow",
    "STACH": r"tachy|fast|rapid",
    "SARRH": r"sinus ?arrh",
    "AFIB": r"fibrillation|\bfib\.|\baf\b|a-?fib",
    "AFLT": r"flutter|\bafl\b",
    "SVTAC": r"(supraventr\S*|sv) tachycardia|\bsvt\b",
    "PACE": r"pace|pacing",
    "PVC": r"ventricular (extrasys|ectop|premature|contrac)|premature ventricular|\bves\b|pvc|vpb|vpc|vent\. ectopy",
    "PAC": r"(atrial|supraventricular) (extrasys|ectop|premature)|premature atrial|\bsves?\b|pac|apb|apc",
    "1AVB": r"(first degree|1st deg\S*|1°) .*block|1st degree avb|1avb|av[- ]block (i\b|1st)|avb i\b|first degree",
    "2AVB": r"second degree|2nd deg|2°|av[- ]block (ii\b|2nd)|avb ii\b",
    "3AVB": r"third degree|3rd deg|complete|total av|chb|av block iii\b|avb iii\b",
    "CLBBB": r"left(-sided)? bundle branch block|lbbb",
    "CRBBB": r"right(-sided)? bundle branch block|rbbb",
    "IRBBB": r"(incomplete|partial|inc\.|incompl\.) (right bundle|rbbb)|irbbb",
    "WPW": r"wpw|wolff|pre-excitation",
    "LAFB": r"left anterior|lafb|lahb|\blah\b|ant\. hemiblock",
    "LPFB": r"left posterior|lpfb|lphb|\blph\b",
    "LVH": r"\blvh\b|(left|lv) .*hypertr|hypertrophy of the left|left hypertrophy",
    "LVOLT": r"low .*(volt|amplitude)",
    "LNGQT": r"(prolonged|long|prol\.) qt|qtc? .*prolong",
    "DIG": r"dig",
    "EL": r"electrolyt|kal(a?e)mia|low k\+|(hypo|high |hyper)k|potassium",
}
"""What a keyword rule would look for in a report, by code."""
WALLS = {"ASMI": "anteroseptal|asmi|septal and anterior", "AMI": "anterior|ami", "IMI": "inferior|diaphragm|imi",
         "LMI": "lateral|lmi", "ALMI": "anterolateral|almi|anterior and lateral", "PMI": "posterior|pmi"}  # fmt: skip
ISCHAEMIC = {"ISCAL": "anterolateral", "ISCAS": "anteroseptal", "ISCLA": "lateral", "ISCIN": "inferior", "ISC_": ""}
DENIED = {
    r"no (acute |signs of |evidence of |sign of )*isch|no (acute )?st-t":
        {"ISC_", "ISCAL", "ISCIN", "ISCIL", "ISCAS", "STD_", "STE_", "INJAS", "NDT", "INVT", "AMI", "IMI", "CLBBB"},
    r"no st |no significant st|st (segments are )?(isoelectric|normal)": {"STD_", "STE_", "NST_", "ISC_", "DIG"},
    r"no t (wave|changes)|\bt (normal|upright)|upright t|t waves are normal":
        {"NDT", "NT_", "LOWT", "INVT", "TAB_", "EL", "INJAS"},
    r"no (evidence|signs) of (previous )?infarct|no \w* ?q waves|no old mi|no infarct":
        {"IMI", "ASMI", "AMI", "ALMI", "LMI", "ILMI", "IPMI", "PMI", "QWAVE"},
    r"no (evidence|signs) of (ventricular )?hyper|no hyper|no lvh|normal (qrs )?voltage":
        {"LVH", "VCLVH", "HVOLT", "LVOLT", "RVH", "SEHYP"},
    r"no (\w+ )?(bundle branch|bbb|block|conduction|cond\.|intraventricular)|conduction is normal|intervals are normal":
        {"CLBBB", "CRBBB", "ILBBB", "IRBBB", "IVCD", "1AVB", "2AVB", "3AVB", "LPR", "WPW", "LAFB", "LPFB", "LNGQT"},
    r"no ect|no extrasys|no es\b|no premature|there is no ectopy": {"PVC", "PAC", "BIGU", "TRIGU", "SVARR"},
    r"no qt prol|qtc? (interval )?(is )?normal": {"LNGQT"},
    r"p waves? (is|are) normal|normal p wave|no atrial enl|evidence of atrial": {"LAO/LAE", "RAO/RAE", "AFIB", "AFLT"},
    r"normal r wave prog|r prog\. (normal|ok)|r progression normal": {"ASMI", "AMI", "ALMI", "CLBBB"},
    r"normal (axis|qrs axis|frontal|electrical)|axis is normal|nl axis": {"LAFB", "LPFB", "PACE"},
}  # fmt: skip
"""What a reader denies, and the codes that he cannot have given then."""


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


@pytest.fixture(scope="module")
def careful(measured: Measured, codes: list[dict[str, float]]) -> list[str]:
    """The same reports without slips, in lower case."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(report_slips, "SLIPPED", 0.0)
        return [text.lower() for text in reports(31, range(N), measured, codes)]


def _share_said(texts: Sequence[str], codes: Sequence[Mapping[str, float]], code: str, pattern: str) -> float:
    said = [bool(re.search(pattern, text)) for text, row in zip(texts, codes, strict=True) if code in row]
    return float(np.mean(said)) if said else 1.0


def test_thousands_of_reports_are_almost_all_different(texts: list[str]) -> None:
    assert len(set(texts)) > 0.98 * N
    assert len({word for text in texts for word in re.findall(r"[a-z]+", text.lower())}) > 550


def test_reports_are_finished(texts: list[str]) -> None:
    for text in texts:
        assert 2 <= len(text) < 900
        assert not re.search(r"[{}<>\[\]|]{2}|[{}<>\[\]]|  |nan|None|\.\.|, ,|: \.|,\.|;\.", text), text


def test_a_report_depends_on_the_patient_and_not_on_his_company(
    texts: list[str], measured: Measured, codes: list[dict[str, float]]
) -> None:
    few = [7, 1999]
    part = Measured(**{field.name: getattr(measured, field.name)[few] for field in dataclasses.fields(Measured)})
    assert reports(31, few, part, [codes[k] for k in few]) == [texts[k] for k in few]


def test_a_report_knows_nothing_of_the_mri(texts: list[str]) -> None:
    """Other volumes and fractions in the latent heart, the same drawn waves: word for word the same report."""
    few = plan(31, range(200), Dials(enriched=True))
    hearts = dataclasses.replace(
        few.state.chambers,
        reported={name: 0 * value + 1 for name, value in few.state.chambers.reported.items()},
        lvef=few.state.chambers.lvef * 0 + 20,
        lvedv=few.state.chambers.lvedv * 2,
    )
    other = dataclasses.replace(few, state=dataclasses.replace(few.state, chambers=hearts))
    read = measure(other)
    assert reports(31, range(200), read, labels(other, read)) == texts[:200]


@pytest.mark.parametrize("code", WORDS)
def test_what_is_coded_is_said(careful: list[str], codes: list[dict[str, float]], code: str) -> None:
    """Rhythms and diagnoses always, findings of form in 96 of 100 reports."""
    form = any(row.get(code) == 0 for row in codes) and code not in ("SR", "SBRAD", "STACH", "SARRH", "AFIB", "SVTAC")
    assert _share_said(careful, codes, code, WORDS[code]) >= (0.9 if form else 1.0)


@pytest.mark.parametrize("code", WALLS)
def test_an_infarct_is_said_with_its_wall(careful: list[str], codes: list[dict[str, float]], code: str) -> None:
    pattern = rf"({WALLS[code]}).*(infarct|\bmi\b|damage)|(infarct|\bmi\b).*({WALLS[code]})|\b\w*mi\b"
    assert _share_said(careful, codes, code, pattern) == 1


@pytest.mark.parametrize("code", ISCHAEMIC)
def test_ischaemia_is_said_with_its_wall(careful: list[str], codes: list[dict[str, float]], code: str) -> None:
    assert _share_said(careful, codes, code, rf"{ISCHAEMIC[code]}.*|isch.*{ISCHAEMIC[code]}") == 1
    assert _share_said(careful, codes, code, "isch") == 1


def test_a_normal_ecg_is_called_normal(careful: list[str], codes: list[dict[str, float]]) -> None:
    assert _share_said(careful, codes, "NORM", r"normal|norm\.|wnl") == 1


@pytest.mark.parametrize("pattern", DENIED)
def test_what_is_denied_is_not_coded(careful: list[str], codes: list[dict[str, float]], pattern: str) -> None:
    denied = [row for text, row in zip(careful, codes, strict=True) if re.search(pattern, text)]
    assert not [row for row in denied if DENIED[pattern] & set(row)]
    assert len(denied) > 8


def test_a_finding_of_form_is_left_out_now_and_then(careful: list[str], codes: list[dict[str, float]]) -> None:
    assert 0.01 < 1 - _share_said(careful, codes, "LOWT", r"\blow\b|low t") < 0.08


@pytest.mark.parametrize(
    ("name", "said", "within"),
    [
        ("rate", r"(\d+)(?: beats per minute|/min| bpm)", 2.51),
        ("pr", r"\b(?:pr|pq|pr interval) (\d+) ms", 0.00501),
        ("pr", r"\b(?:pr|pq) (0\.\d\d) s", 0.00501),
        ("qrs", r"\bqrs (?:duration |dur |of |lasts )?(\d+) ms", 0.00501),
        ("qtc", r"\b(?:qtc|corrected qt) (\d+) ms", 0.00501),
        ("qt", r"(?<!corrected )\bqt (\d+) ms", 0.00501),
        ("axis", r"axis (-?\d+)(?: deg|°|,|$)", 2.51),
    ],
)
def test_numbers_are_rounded_measures(
    measured: Measured, careful: list[str], name: str, said: str, within: float
) -> None:
    """In ms, s, degrees or beats a minute, by readers who round to 1, 2, 5 or 10 ms."""
    truth = getattr(measured, name)
    found = [(float(number), truth[row]) for row, text in enumerate(careful) for number in re.findall(said, text)]
    assert len(found) > 30
    assert max(abs((number / 1000 if "ms" in said else number) - true) for number, true in found) <= within


def test_early_repolarisation_needs_raised_segments_and_no_q(
    careful: list[str], codes: list[dict[str, float]], measured: Measured
) -> None:
    rows = [row for row, text in enumerate(careful) if re.search("early repol|pericarditis", text)]
    assert len(rows) > 3
    assert all("STE_" in codes[row] and measured.st[row].max() > 0.1 for row in rows)
    doubt = r"possib|probab|likely|consider|may|suggest|\?|prob\.|poss\.|exclude"
    assert all(re.search(doubt, careful[row]) for row in rows)


def test_a_few_reports_carry_slips_that_spare_numbers_and_leads(texts: list[str], careful: list[str]) -> None:
    pairs = [(a.lower(), b) for a, b in zip(texts, careful, strict=True) if a.lower() != b]
    assert 0.025 < len(pairs) / N < 0.05
    kept = re.compile(r"\d+|\bv\d|\bav[lrf]\b|\bi{1,3}\b|\bno\b|\bnot\b|\w*possib\w*|\w*exclu\w*")
    assert all(kept.findall(a) == kept.findall(b) for a, b in pairs)
