from __future__ import annotations

import re
from itertools import product

import pytest

from einthoven.evaluating.prompts import prompts
from einthoven.simulating.labels import KNOWN
from einthoven.simulating.report_facts import FACTS
from einthoven.simulating.report_guards import GUARDS
from einthoven.simulating.report_phrases import VOICES, Entry, Way, entries, expanded, table

BROUGHT = {"age", "aged", "date", "deg"}
"""Facts that a reader brings with him."""
FIRM = BROUGHT | {"rate", "about", "tempo", "response", "qrs", "qrs_s", "qt", "qt_s", "qtc", "qtc_s", "axis", "sokolow",
                  "count", "early", "slow", "fast", "uneven", "broad", "depth", "height", "lengthened"}  # fmt: skip
"""Facts that exist for every ECG."""
KEY = {
    "SR": r"sinus|\bn?sr\b", "SBRAD": r"brady|\bsb\b|slow", "STACH": r"tachy|fast|rapid", "SARRH": r"sinus ?arrh",
    "AFIB": r"fib|\baf\b", "AFLT": r"flutter|afl", "SVTAC": r"(supraventr\S*|sv) tachyc|svt", "PSVT": r"psvt|parox",
    "PACE": r"pace|pacing", "PVC": r"ventricular|pvc|ves|vpb|vpc|vent\.", "SVARR": r"(supravent\S*|sv) arrh",
    "PAC": r"atrial|supraventricular|pac|sve|apb|apc", "PRC(S)": r"premature", "BIGU": r"bigem", "TRIGU": r"trigem",
    "1AVB": r"first degree|1st|1avb|1°|(block|avb) i\b", "2AVB": r"second degree|2nd|2°|(block|avb) ii\b",
    "3AVB": r"third degree|3rd|complete|total|chb|(block|avb) iii\b", "LPR": r"prol|long",
    "CLBBB": r"left.* bundle branch block|lbbb", "ILBBB": r"(inc\S*|partial) (left|lbbb)|ilbbb",
    "CRBBB": r"right.* bundle branch block|rbbb", "IRBBB": r"(inc\S*|partial) (right|rbbb)|irbbb",
    "IVCD": r"intraventr|ivcd", "WPW": r"wpw|wolff|pre-excitation", "ABQRS": r"abn\S* qrs",
    "LAFB": r"left ant|l\. ant|lafb|lahb|lah", "LPFB": r"left post|lpfb|lphb|lph", "LVH": r"lvh|hypertr",
    "VCLVH": r"lvh|left ventricular", "HVOLT": r"high", "LVOLT": r"low", "RVH": r"rvh|right .*(hyp|load|over)|rv ",
    "SEHYP": r"sept|sehyp|hypertrophy of the septum", "LAO/LAE": r"left atrial|lae|lao|p mitrale|la enl|l\. atrial",
    "RAO/RAE": r"right atrial|rae|rao|p.pulmonale|ra enl|r\. atrial", "QWAVE": r"\bq\b", "ANEUR": r"aneurysm",
    "STD_": r"depress|std|lower", "STE_": r"elevat|ste\b", "NST_": r"st .*(change|abnorm|depress)|nsst",
    "NDT": r"\bt\b.*(flat|low|abn|change)|(flat|abn\S*|low) t\b", "NT_": r"\bt\b|nstw", "LOWT": r"low", "TAB_": r"abn",
    "INVT": r"inver|neg|twi|inv\.", "DIG": r"dig", "LNGQT": r"prol|long", "NORM": r"normal|norm\.|wnl",
    "EL": r"electrolyt|kal(ae|e)mia|k\+|potassium|hypok|hyperk",
}  # fmt: skip
INFARCT, ISCHAEMIA, INJURY = r"infarct|\bmi\b|[aslip]mi\b|damage", r"ischaem", r"injury"


def _ways(entry: Entry) -> list[Way]:
    return [way for voice in VOICES for ways in entry.voices[voice] for way in ways]


EVERYTHING = [(kind, name) for kind in ("code", "remark", "verdict") for name in entries(kind)]


def test_every_code_has_words_and_a_place() -> None:
    assert set(entries("code")) >= set(KNOWN)
    assert {entry.part for entry in entries("code").values()} <= {*table()["parts"], "verdict"}


@pytest.mark.parametrize("code", entries("code"))
def test_every_phrase_of_a_code_names_the_finding(code: str) -> None:
    shared = {"infarct": INFARCT, "ischaemia": ISCHAEMIA, "injury": INJURY}
    key = KEY.get(code) or shared[entries("code")[code].row["like"]]
    silent = [way.text for way in _ways(entries("code")[code]) if not re.search(key, way.text.lower())]
    assert not silent


@pytest.mark.parametrize("code", [code for code, entry in entries("code").items() if "wall" in entry.row])
def test_every_phrase_of_a_territory_names_the_wall(code: str) -> None:
    row = entries("code")[code].row
    wall = row["wall"] if row["wall"] != "myocardial" else "ischaem"
    names = {wall, row.get("abbr", wall).lower(), *(("diaphragm",) if wall == "inferior" else ())}
    parts = re.findall("antero?|infero?|lateral|septal|posterior", wall)
    for way in _ways(entries("code")[code]):
        text = way.text.lower()
        assert any(name in text for name in names) or all(piece.rstrip("o") in text for piece in parts), way


@pytest.mark.parametrize(("kind", "name"), EVERYTHING)
def test_phrases_use_facts_and_guards_that_exist(kind: str, name: str) -> None:
    entry = entries(kind)[name]
    needs = {need for way in _ways(entry) for need in way.needs} | {f"?{guard}" for guard in entry.row.get("when", ())}
    assert needs <= set(FACTS) | BROUGHT | {f"?{guard}" for guard in GUARDS}


def test_every_fact_and_guard_is_used() -> None:
    used = {need for kind, name in EVERYTHING for way in _ways(entries(kind)[name]) for need in way.needs}
    used |= {f"?{guard}" for entry in entries("remark").values() for guard in entry.row.get("when", ())}
    assert used >= set(FACTS) | {f"?{guard}" for guard in GUARDS}


@pytest.mark.parametrize(("kind", "voice"), list(product(("code", "verdict"), VOICES)))
def test_everything_can_be_said_whatever_was_measured(kind: str, voice: str) -> None:
    for entry in entries(kind).values():
        assert any(set(way.needs) <= FIRM for ways in entry.voices[voice] for way in ways), entry.name


def test_hedged_entries_alone_mark_where_the_hedge_goes() -> None:
    for entry in entries("code").values():
        for way in _ways(entry):
            assert way.text.count("<") == way.text.count(">") <= (1 if entry.hedge else 0)
            assert "<" in way.text or not (entry.hedge and way.clause), way


def test_remarks_stand_in_known_parts_and_know_their_rivals() -> None:
    parts = set(table()["parts"])
    for entry in entries("remark").values():
        assert {entry.part, *entry.row.get("unless", ())} <= parts
        assert set(entry.row.get("with", ())) <= set(KNOWN)
    assert set(table()["hides"]) <= parts | set(entries("code"))
    assert {part for hidden in table()["hides"].values() for part in hidden} <= parts


def test_headings_have_a_place_for_every_part() -> None:
    for heads in table()["heads"]:
        assert sorted(part for parts in heads.values() for part in parts) == sorted([*table()["parts"], "verdict"])


def test_thousands_of_wordings() -> None:
    assert len({way.text for kind, name in EVERYTHING for way in _ways(entries(kind)[name])}) > 3000


def test_choices_multiply() -> None:
    assert expanded("[a|b|]c[d|e]") == ("acd", "ace", "bcd", "bce", "cd", "ce")


def test_zero_shot_prompts_speak_the_language_of_the_reports() -> None:
    """For every code at least one prompt is made of words that stand in phrases.toml, and of few others over all."""
    asked = prompts()
    spoken = {word for kind, name in EVERYTHING for way in _ways(entries(kind)[name]) for word in _words(way.text)}
    for code in KNOWN:
        assert any(_words(prompt) <= spoken for prompt in asked[code]), code
    strange = {word for code in KNOWN for prompt in asked[code] for word in _words(prompt)} - spoken
    assert len(strange) < 8, strange


def _words(text: str) -> set[str]:
    plain = re.sub(r"\{[^}]*\}", " ", text.lower()).replace("nonspecific", "non-specific")
    return {word for word in re.findall(r"[a-z-]+", plain) if len(word) > 3}
