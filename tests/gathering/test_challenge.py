from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from einthoven.errors import CohortError, LeakageError
from einthoven.gathering import gather
from einthoven.gathering.headers import Header
from einthoven.gathering.miniatures import miniature

from .conftest import Small


def test_ages_sexes_and_codes_come_from_the_header(small: Small) -> None:
    folder = small("georgia")
    study = gather("georgia", folder)[0]
    header = Header.read(folder / "g1/E00001.hea")
    assert study.age == float(header.fields["age"])
    assert study.sex == header.fields["sex"].lower()
    assert ",".join(study.extra["dx"]) == header.fields["dx"]  # type: ignore[arg-type]
    assert study.labels
    assert study.patient is None


def test_the_labels_of_a_miniature_come_back(small: Small) -> None:
    """What the simulator said, written as SNOMED CT ids, is read as the statements that have an id of their own."""
    from einthoven.gathering.miniatures.challenges import _back
    from einthoven.gathering.miniatures.patients import visits

    for visit, study in zip(visits(11, seed=5), gather("ningbo", small("ningbo")), strict=True):
        assert set(study.labels or {}) == {code for code in visit.labels if code in _back()}


def test_acronyms_of_the_early_release_are_read(tmp_path: Path) -> None:
    folder = miniature("cpsc2018", tmp_path / "c", n=12, seed=2, early=True)
    words = {word for study in gather("cpsc2018", folder) for word in study.extra["dx"]}  # type: ignore[attr-defined]
    assert words & {
        "Normal",
        "NORM",
        "AF",
        "AFIB",
        "VPC",
        "STD",
        "CLBBB",
        "CRBBB",
        "1AVB",
        "RBBB",
        "LBBB",
        "PAC",
        "PVC",
    }


def test_a_folder_above_is_enough(small: Small, tmp_path: Path) -> None:
    shutil.copytree(small("georgia"), tmp_path / "training" / "georgia")
    shutil.copytree(small("ningbo"), tmp_path / "training" / "ningbo")
    assert [study.id[0] for study in gather("georgia", tmp_path)] == ["E"] * 11
    assert [study.id[0] for study in gather("ningbo", tmp_path)] == ["J"] * 11
    both = gather("challenge", tmp_path)
    assert len(both) == 11, "both miniatures hold the same simulated hearts"
    assert both.notes[0].startswith(
        "11 records were left out: their samples repeat another's; the first is training/ningbo"
    )


def test_one_name_for_two_signals_gets_its_folder(small: Small, tmp_path: Path) -> None:
    shutil.copytree(small("georgia"), tmp_path / "one")
    miniature("georgia", tmp_path / "two", n=3, seed=77)
    ids = [study.id for study in gather("challenge", tmp_path)]
    assert len(ids) == 14
    assert "one/g1/E00001" in ids
    assert "two/g1/E00001" in ids
    assert "E00009" in ids


def test_records_without_a_signal_file_are_counted(copied: Small) -> None:
    folder = copied("georgia")
    (folder / "g1/E00003.mat").unlink()
    cohort = gather("georgia", folder)
    assert len(cohort) == 10
    assert cohort.notes[0] == "1 of 11 records were left out: no signal file; the first is g1/E00003"
    for path in folder.rglob("*.mat"):
        path.unlink()
    with pytest.raises(CohortError, match=r"none of the 11 headers below .* has its .mat or .dat"):
        gather("georgia", folder)


def test_a_published_split_is_taken_by_record_name(small: Small, tmp_path: Path) -> None:
    table = tmp_path / "split.csv"
    table.write_text("Recording,split\nE00001,train\nE00002,val\nE00003,Test\n")
    cohort = gather("georgia", small("georgia"), splits=table)
    assert {name: [cohort[row].id for row in rows] for name, rows in cohort.splits.items()} == {
        "train": ["E00001"],
        "val": ["E00002"],
        "Test": ["E00003"],
    }
    assert "the split is that of split.csv" in cohort.notes


def test_a_split_of_other_records_or_without_columns_is_refused(small: Small, tmp_path: Path) -> None:
    table = tmp_path / "split.csv"
    table.write_text("record,split\nA1,train\n")
    with pytest.raises(CohortError, match=r"names none of the 11 records"):
        gather("georgia", small("georgia"), splits=table)
    table.write_text("record,age\nA1,7\n")
    with pytest.raises(CohortError, match=r"a table of splits has a column of record names and one of splits"):
        gather("georgia", small("georgia"), splits=table)


def test_a_header_that_makes_no_sense_stops_nothing(copied: Small) -> None:
    folder = copied("georgia")
    (folder / "g1/E00002.hea").write_text("\n# Age: minus one\n# Sex: yes\n# Dx\nnonsense\n")
    (folder / "g1/E00004.hea").write_text("")
    cohort = gather("georgia", folder)
    assert len(cohort) == 11
    assert (cohort[1].age, cohort[1].sex, cohort[1].labels) == (None, None, None)


def test_an_age_that_nobody_reaches_is_unknown(copied: Small) -> None:
    path = copied("georgia") / "g1/E00001.hea"
    path.write_text("\n".join("# Age: 300" if "Age" in line else line for line in path.read_text().splitlines()))
    assert gather("georgia", path.parents[1])[0].age is None


def test_a_repeated_patient_is_no_leak_where_patients_are_unknown(small: Small) -> None:
    try:
        cohort = gather("georgia", small("georgia"))
    except LeakageError:
        pytest.fail("unknown patients cannot leak by name")
    assert any("no known patient" in note for note in cohort.notes)


@pytest.mark.realdata
def test_real_records_of_four_sources_are_gathered(real: Path) -> None:
    counts = {name: len(gather(name, real / "challenge")) for name in ("georgia", "cpsc2018", "chapman", "ningbo")}
    assert counts == {"georgia": 10, "cpsc2018": 6, "chapman": 2, "ningbo": 10}
    first = {name: gather(name, real / "challenge")[0] for name in ("georgia", "cpsc2018", "chapman")}
    assert first["georgia"].labels == {"LAO/LAE": 100.0, "SBRAD": 100.0}
    assert first["cpsc2018"].labels == {"CRBBB": 100.0}
    assert first["chapman"].labels == {"AFIB": 100.0, "CRBBB": 100.0, "TAB_": 100.0}


@pytest.mark.realdata
def test_the_doubts_of_faulty_headers_travel_with_the_recording(real: Path) -> None:
    cohort = gather("challenge", real / "challenge/early-release-with-header-faults")
    doubted = {study.id for study in cohort if study.recording.warnings}
    assert len(cohort) == 7
    assert doubted >= {"E00001", "E00002", "HR00001", "HR00002", "S0001"}


@pytest.mark.realdata
def test_the_published_split_of_cpsc2018_is_taken(real: Path) -> None:
    table = real / "labels/cpsc2018_reference_labels_text.csv"
    cohort = gather("cpsc2018", real / "challenge", splits=table)
    assert len(cohort.split("train")) == 6
