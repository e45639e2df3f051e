"""An archive finds what is like the query, not the query's own patient, and says whose vectors it holds."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from ward_of_tests import KEY, Standing, cohort, ecg, study

from einthoven.deidentifying import pseudonym
from einthoven.errors import ArchiveError, ConfigError, FingerprintError
from einthoven.gathering import Cohort
from einthoven.indexing import Archive, Where, index, search
from einthoven.recording import LEADS, Recording
from einthoven.study import Study


@pytest.fixture(scope="module")
def ward(tmp_path_factory: pytest.TempPathFactory) -> Path:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("EINTHOVEN_KEY", KEY)
        path = tmp_path_factory.mktemp("archives") / "ward"
        index(Standing(), cohort(90), path)
        index(Standing(), cohort(30, first=200, name="clinic", synthetic=True), path)
    return path


def everyone() -> list[tuple[str, Study]]:
    return [("ward", one) for one in cohort(90)] + [("clinic", one) for one in cohort(30, first=200, synthetic=True)]


def unit(vector: NDArray[np.float32]) -> NDArray[np.float32]:
    return vector / np.linalg.norm(vector)


def brute(query: NDArray[np.float32], k: int, keep: Any) -> list[tuple[str, float]]:
    """Compare with every study, one by one."""
    found = [
        (f"{name}/{one.id}", float(unit(query) @ unit(one.recording.signal[0, :16])))
        for name, one in everyone()
        if keep(name, one)
    ]
    return sorted(found, key=lambda pair: -pair[1])[:k]


def found(hits: list[Any]) -> list[str]:
    return [f"{hit.cohort}/{hit.id}" for hit in hits]


@pytest.mark.parametrize("exact_below", [10**6, 0])
def test_a_search_finds_what_comparing_with_every_study_finds(ward: Path, exact_below: int) -> None:
    archive = Archive.open(ward, Standing(), exact_below=exact_below)
    assert archive.exact == (exact_below > 0)
    query = ecg(1000)
    hits = archive.search(query, k=12)
    expected = brute(query.signal[0, :16], 12, lambda name, one: True)
    assert found(hits) == [name for name, _ in expected]
    assert [hit.score for hit in hits] == pytest.approx([score for _, score in expected], abs=1e-5)


CONDITIONS = [
    ({"age": (40, 60)}, lambda name, one: one.age is not None and 40 <= one.age <= 60),
    ({"age": (None, 35)}, lambda name, one: one.age is not None and one.age <= 35),
    ({"sex": "female"}, lambda name, one: one.sex == "female"),
    ({"labels_any": ["sinus", "block"]}, lambda name, one: bool({"sinus", "block"} & set(one.labels or ()))),
    ({"labels_all": ["sinus", "block"]}, lambda name, one: {"sinus", "block"} <= set(one.labels or ())),
    ({"labels_any": "no such code"}, lambda name, one: False),
    (
        {"date": ("2013-02-01", "2016-03-03")},
        lambda name, one: one.date is not None and datetime(2013, 2, 1) <= one.date < datetime(2016, 3, 4),
    ),
    ({"date": (None, datetime(2013, 1, 1))}, lambda name, one: one.date is not None and one.date.year < 2013),
    ({"cohort": "clinic"}, lambda name, one: name == "clinic"),
    ({"cohort": ["clinic", "it's none"]}, lambda name, one: name == "clinic"),
    ({"synthetic": False}, lambda name, one: name == "ward"),
    (
        {"synthetic": True, "sex": "male", "age": (30, 90)},
        lambda name, one: name == "clinic" and one.sex == "male" and bool(one.age) and one.age >= 30,
    ),
]


@pytest.mark.parametrize("exact_below", [10**6, 0])
@pytest.mark.parametrize(("where", "keep"), CONDITIONS)
def test_a_filter_keeps_what_fits_and_unknown_fits_nothing(
    ward: Path, exact_below: int, where: dict[str, Any], keep: Any
) -> None:
    archive = Archive.open(ward, Standing(), exact_below=exact_below)
    query = ecg(1001)
    expected = [name for name, _ in brute(query.signal[0, :16], 15, keep)]
    assert found(archive.search(query, k=15, where=where)) == expected
    assert found(archive.search(query, k=15, where=Where(**where))) == expected


@pytest.mark.parametrize("exact_below", [10**6, 0])
def test_hits_of_the_querys_own_patient_are_left_out_unless_asked(ward: Path, exact_below: int) -> None:
    archive = Archive.open(ward, Standing(), exact_below=exact_below)
    query = study(10)  # of MRN-0003, as are 9 and 11
    own = {"ward/e9", "ward/e10", "ward/e11"}
    assert not own & set(found(archive.search(query, k=200)))
    assert len(archive.search(query, k=200)) == 117
    assert found(archive.search(query, k=200, same_patient=True))[0] == "ward/e10"
    assert own <= set(found(archive.search(query, k=200, same_patient=True)))
    assert own.isdisjoint(found(archive.search(id="e10", k=200)))
    assert own <= set(found(archive.search(id="ward/e10", k=200, same_patient=True)))
    assert found(archive.search(query.recording, k=1)) == ["ward/e10"]


@pytest.mark.parametrize("exact_below", [10**6, 0])
def test_a_study_without_a_known_patient_does_not_find_itself(ward: Path, exact_below: int) -> None:
    archive = Archive.open(ward, Standing(), exact_below=exact_below)
    hits = found(archive.search(replace(study(10), patient=None), k=200))
    assert "ward/e10" not in hits
    assert len(hits) == 119


@pytest.mark.parametrize("exact_below", [10**6, 0])
def test_the_same_id_of_another_patient_is_another_study(tmp_path: Path, exact_below: int) -> None:
    index(Standing(), cohort(3), tmp_path / "a")
    index(Standing(), cohort(3, name="other", patient="MRN-9999"), tmp_path / "a")
    archive = Archive.open(tmp_path / "a", Standing(), exact_below=exact_below)
    assert sorted(found(archive.search(study(1)))) == ["other/e0", "other/e1", "other/e2"]
    with pytest.raises(ArchiveError, match=r"'e1' is other/e1, ward/e1\. Name the cohort too"):
        archive.search(id="e1")
    assert sorted(found(archive.search(id="other/e1"))) == ["ward/e0", "ward/e1", "ward/e2"]


def test_a_hit_tells_what_is_known_and_opens_its_ecg(ward: Path) -> None:
    hit = Archive.open(ward).search(id="ward/e11", k=1, same_patient=True)[0]
    known = study(11)
    told = (hit.id, hit.cohort, hit.report, hit.labels, hit.age, hit.sex, hit.date, hit.synthetic)
    assert told == ("e11", "ward", "report 11", known.labels, 31.0, "male", datetime(2011, 12, 3, 12), False)
    assert hit.score == pytest.approx(1, abs=1e-6)
    assert np.abs(hit.recording.signal - known.recording.signal).max() <= 0.000501
    assert (hit.recording.leads, hit.recording.fs, hit.recording.format) == (LEADS, 100, "archive")
    assert "recording" not in repr(hit)


def test_words_find_ecgs(ward: Path) -> None:
    archive = Archive.open(ward, Standing())
    query = np.float32([0, 1, 1, 0] + [0] * 12)
    assert found(archive.search("infarction with a block", k=5)) == [
        name for name, _ in brute(query, 5, lambda name, one: True)
    ]
    assert found(search(archive, text="infarction with a block", k=5)) == found(
        search(ward, "infarction with a block", k=5, model=Standing())
    )


def test_a_file_is_read_and_words_that_look_like_one_are_refused(ward: Path, tmp_path: Path) -> None:
    archive = Archive.open(ward, Standing())
    np.savez(tmp_path / "ecg.npz", signal=ecg(33).signal, fs=100.0, leads=np.array(LEADS))
    for query in (tmp_path / "ecg.npz", str(tmp_path / "ecg.npz")):
        assert found(archive.search(query, k=1)) == ["ward/e33"]
    with pytest.raises(ArchiveError, match=r"there is no lost\.dcm\. Check the path; .* use search\(text=\.\.\.\)"):
        archive.search("lost.dcm")
    assert archive.search(text="lost.dcm fibrillation")
    assert archive.search("fibrillation " * 2000, k=1)


def test_text_that_names_a_file_stays_text_when_told(ward: Path, tmp_path: Path, monkeypatch: Any) -> None:
    (tmp_path / "block").write_text("not an ECG")
    monkeypatch.chdir(tmp_path)
    assert len(Archive.open(ward, Standing()).search(text="block", k=3)) == 3


@pytest.mark.parametrize(
    ("options", "text"),
    [
        ({}, "a search has one query; none came"),
        ({"query": "sinus", "id": "e1"}, "query and id came"),
        ({"id": "e9999"}, r"has no 'e9999'\. Archive.ids lists"),
        ({"id": "x' OR 'a'='a"}, r"has no "),
        ({"query": "  "}, "a search needs a query; empty text came"),
        ({"text": ""}, "empty text came"),
    ],
)
def test_a_query_that_is_none_is_refused(ward: Path, options: dict[str, Any], text: str) -> None:
    with pytest.raises(ArchiveError, match=text):
        Archive.open(ward, Standing()).search(**options)


@pytest.mark.parametrize(
    ("where", "text"),
    [
        ({"ages": (1, 2)}, r"'ages' came\. Did you mean age\? Known: age, cohort, date"),
        ({"age": (60, 40)}, r"age runs from the smaller to the larger; 60\.0 to 40\.0 came"),
        ({"age": 40}, r"age is a pair \(from, to\); 40 came\. Use None"),
        ({"date": "2019"}, r"date is a pair"),
        ({"date": ("yesterday", None)}, r"'yesterday' came\. Write e\.g\. date="),
        ({"sex": "f"}, r"sex is .*; sex='f' came"),
    ],
)
def test_a_filter_that_is_none_is_refused(ward: Path, where: dict[str, Any], text: str) -> None:
    with pytest.raises(ConfigError, match=text):
        Archive.open(ward, Standing()).search("sinus", where=where)


def test_k_is_at_least_one(ward: Path) -> None:
    with pytest.raises(ConfigError, match="at least one hit; k=0 came"):
        Archive.open(ward, Standing()).search("sinus", k=0)


def test_another_encoder_is_refused_and_both_are_named(ward: Path) -> None:
    text = r"holds vectors of encoder oneoneoneoneoneo, the model at hand is twotwotwotwotwot\. Load the model that"
    with pytest.raises(FingerprintError, match=text):
        Archive.open(ward, Standing("two"))
    with pytest.raises(FingerprintError, match=text):
        index(Standing("two"), cohort(2), ward)
    with pytest.raises(FingerprintError, match=r"vectors of space 'shared', asked for is None\. Index with space='sh"):
        index(Standing(), cohort(2), ward, space=None)


def test_without_a_model_only_stored_ids_are_searched(ward: Path) -> None:
    archive = Archive.open(ward)
    assert len(archive.search(id="e3", k=4)) == 4
    with pytest.raises(ArchiveError, match=r"was opened without one\. Use Archive.open\(path, model\)"):
        archive.search("sinus")


def test_words_need_an_encoder_of_reports(ward: Path) -> None:
    archive = Archive.open(ward, Standing(modalities=["ecg"]))
    with pytest.raises(ArchiveError, match=r"modality 'report'; this model has ecg\. Pretrain with Contrast"):
        archive.search("sinus")
    assert archive.search(ecg(4), k=1)


def test_another_site_key_is_refused_where_a_patient_must_be_recognised(
    ward: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    archive = Archive.open(ward, Standing())
    monkeypatch.setenv("EINTHOVEN_KEY", "the key of another site, also long")
    with pytest.raises(ArchiveError, match=r"the key at hand is not that of .*\. Set EINTHOVEN_KEY to that key"):
        archive.search(study(3))
    assert archive.search(study(3), same_patient=True)
    assert archive.search(ecg(3))
    with pytest.raises(ArchiveError, match=r"told apart by one site key; .* Set EINTHOVEN_KEY to the key it was"):
        index(Standing(), cohort(2), ward)


@pytest.mark.parametrize(
    ("card", "came"),
    [
        (None, "has no archive.json"),
        ("{", "is not the card of an archive"),
        ('{"version": 1, "what": 2}', "is not the card"),
        ('{"version": 7}', "is an archive of version 7, this Einthoven knows 1"),
    ],
)
def test_a_folder_that_is_no_archive_is_refused(tmp_path: Path, card: str | None, came: str) -> None:
    if card is not None:
        (tmp_path / "archive.json").write_text(card)
    with pytest.raises(ArchiveError, match=rf"an archive is a folder that einthoven.index made; .*{came}"):
        Archive.open(tmp_path)


def test_an_archive_without_studies_is_refused(tmp_path: Path) -> None:
    index(Standing(), cohort(1), tmp_path / "a")
    card = (tmp_path / "a" / "archive.json").read_text()
    (tmp_path / "empty").mkdir()
    (tmp_path / "empty" / "archive.json").write_text(card)
    with pytest.raises(ArchiveError, match=r"is empty: its first run was stopped early"):
        Archive.open(tmp_path / "empty")


def test_an_open_archive_refuses_options_of_opening(ward: Path) -> None:
    with pytest.raises(ConfigError, match="an open archive has its model; model came"):
        search(Archive.open(ward), "sinus", model=Standing())


def test_an_archive_says_what_it_is(ward: Path) -> None:
    archive = Archive.open(ward, Standing())
    assert repr(archive) == "Archive(ward: synthetic, 120 studies x 16, exact search)"
    assert len(archive.ids) == 120
    assert archive.ids[0] == "clinic/e200"
    assert archive.recording("e5").seconds == 2
    card = json.loads((ward / "archive.json").read_text())
    assert card["fingerprint"] == Standing().fingerprint
    assert card["space"] == "shared"


def shared(one: Archive, two: Archive, query: Recording, **options: Any) -> float:
    """Return which part of ten hits two archives share."""
    return len({*found(one.search(query, **options))} & {*found(two.search(query, **options))}) / 10


def test_the_approximate_index_finds_what_exact_search_finds(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(0)
    centres = rng.standard_normal((40, 32))
    signals = np.float32(centres[rng.integers(0, 40, 2000)] + 0.3 * rng.standard_normal((2000, 32)))

    class Wide(Standing):
        def embed(self, items: Sequence[Any], **options: Any) -> NDArray[np.float32]:
            return np.float32([item.signal[0] for item in items])

    people = [Study(f"e{i}", Recording(signal[None], ["I"], 100), age=i % 100) for i, signal in enumerate(signals)]
    index(Wide(), Cohort("many", people), tmp_path / "a", exact_below=1000)
    approximate, exact = (Archive.open(tmp_path / "a", Wide(), exact_below=below) for below in (1000, 10**6))
    assert "vector_idx" in [one.name for one in approximate._table.list_indices()]
    recall, filtered, quarter = [], [], []
    for i in range(25):
        query = Recording(signals[i][None] + np.float32(0.1), ["I"], 100)
        recall.append(shared(approximate, exact, query))
        few = {"age": (i, i)}  # one study in a hundred fits
        filtered.append(found(approximate.search(query, where=few)) == found(exact.search(query, where=few)))
        with monkeypatch.context() as patch:
            patch.setattr("einthoven.indexing.archive.FEW", 0)
            many = {"age": (i, i + 24)}  # a quarter
            quarter.append(shared(approximate, exact, query, where=many))
    assert all(filtered)
    assert np.mean(recall) >= 0.99
    assert np.mean(quarter) >= 0.98
    people.append(Study("new", Recording(signals[:1] * 1.01, ["I"], 100)))
    grown = index(Wide(), Cohort("many", people), tmp_path / "a", exact_below=1000)
    assert (grown.indexed and grown.indexed.added, len(grown)) == (1, 2001)
    assert set(found(grown.search(people[-1].recording, k=2))) == {"many/new", "many/e0"}


def test_no_name_of_a_patient_and_no_path_is_in_the_archive(tmp_path: Path) -> None:
    canary, folder = "CANARY-PATIENT-77", tmp_path / "CANARYFOLDER"
    folder.mkdir()
    np.savez(folder / "CANARYFILE.npz", signal=ecg(1).signal, fs=100.0, leads=np.array(LEADS))
    studies = [
        Study("good", partial(opened, str(folder / "CANARYFILE.npz")), patient=canary, report=f"{canary}: sinus"),
        Study(f"{canary}-2", ecg(2), patient=canary, age=97, extra={"name": canary}),
        Study("bad", partial(opened, str(folder / "CANARYLOST.npz")), patient=canary),
    ]
    archive = index(Standing(), Cohort("ward", studies), tmp_path / "a", workers=2)
    assert archive.indexed is not None
    assert list(archive.indexed.quarantined) == ["bad"]
    everything = b"".join(path.read_bytes() for path in (tmp_path / "a").rglob("*") if path.is_file())
    assert b"CANARY" not in everything
    assert pseudonym(canary, KEY.encode()).encode() in everything
    assert KEY.encode() not in everything
    hit = archive.search(studies[0], k=5, same_patient=True)
    assert [one.report for one in hit] == ["[patient]: sinus", None]
    assert hit[1].id.startswith("id-")
    assert hit[1].age == 90
    assert archive.search(studies[1]) == []


def opened(path: str) -> Recording:
    from einthoven.reading import read

    return read(path)


def test_indexing_loads_no_torch_and_no_lance_before_it_is_used() -> None:
    program = "import sys, einthoven.indexing; print({'torch', 'lancedb', 'pyarrow'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout == "set()\n"
