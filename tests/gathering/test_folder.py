from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from einthoven.errors import CohortError, ConfigError, LeakageError
from einthoven.gathering import gather

from .conftest import Small


def retold(folder: Path, *lines: str) -> Path:
    (folder / "studies.csv").write_text("\n".join(lines) + "\n")
    return folder


def test_usual_column_names_are_guessed(small: Small) -> None:
    cohort = gather("folder", small("folder"))
    assert cohort.name == "folder"
    study = cohort[0]
    assert (study.id, study.patient, study.sex in ("female", "male")) == ("0001", "p1", True)
    assert study.report
    assert study.labels
    assert study.extra == {}
    assert cohort[3].patient == cohort[4].patient


def test_columns_may_be_told_and_what_is_left_travels_as_extra(copied: Small) -> None:
    folder = retold(
        copied("folder"),
        "wo,befund,AFIB,LVH,ward,split",
        "ecgs/0001.hea,Sinusrhythmus,0,1,A3,train",
        "ecgs/0002,Vorhofflimmern,1,0,,test",
        "0003.dat,,,,B,",
    )
    (folder / "0003.hea").write_bytes((folder / "ecgs/0003.hea").read_bytes())
    (folder / "0003.dat").write_bytes((folder / "ecgs/0003.dat").read_bytes())
    cohort = gather("folder", folder, columns={"path": "wo", "report": "befund", "labels": ["AFIB", "LVH"]})
    one, two, three = cohort
    assert (one.labels, one.report, one.extra) == ({"LVH": 100.0}, "Sinusrhythmus", {"ward": "A3"})
    assert two.labels == {"AFIB": 100.0}
    assert (three.labels, three.report) == (None, None)
    assert cohort.splits == {"train": (0,), "test": (1,)}
    assert np.isfinite(three.recording.signal).all()


def test_files_are_found_by_id_alone(copied: Small) -> None:
    folder = retold(copied("folder"), "id,age", "0002,50", "0009,60", "4711,70")
    cohort = gather("folder", folder)
    assert [(study.id, study.age) for study in cohort] == [("0002", 50), ("0009", 60)]
    assert cohort.notes[0] == "1 of 3 records were left out: no ECG file; the first is line 4 of studies.csv"


def test_an_id_that_two_files_bear_is_no_path(copied: Small) -> None:
    folder = retold(copied("folder"), "id", "0001", "0002")
    (folder / "more").mkdir()
    (folder / "more/0001.npy").touch()
    assert [study.id for study in gather("folder", folder)] == ["0002"]


def test_a_folder_without_a_table_is_its_files(copied: Small) -> None:
    folder = copied("folder")
    (folder / "studies.csv").unlink()
    cohort = gather("folder", folder)
    assert [study.id for study in cohort][:2] == ["ecgs/0001", "ecgs/0002"]
    assert cohort.synthetic
    assert cohort[0].labels is None


def test_a_csv_of_samples_is_an_ecg_and_no_table(tmp_path: Path) -> None:
    lines = ["I,II", *(f"{np.sin(i / 9):.4f},{np.cos(i / 9):.4f}" for i in range(500))]
    (tmp_path / "a.csv").write_text("\n".join(lines))
    cohort = gather("folder", tmp_path, fs=250)
    assert [study.id for study in cohort] == ["a"]
    assert cohort[0].recording.fs == 250


def test_a_link_to_a_folder_above_is_not_walked_for_ever(copied: Small) -> None:
    folder = copied("folder")
    (folder / "ecgs/again").symlink_to(folder, target_is_directory=True)
    assert len(gather("folder", folder)) == 11


def test_a_folder_without_ecgs_is_refused(tmp_path: Path) -> None:
    (tmp_path / "letter.txt").write_text("dear")
    with pytest.raises(CohortError, match=r"a folder of ECGs holds at least one; no file below"):
        gather("folder", tmp_path)


def test_two_tables_that_fit_are_asked_about(copied: Small) -> None:
    folder = copied("folder")
    (folder / "more.csv").write_text("id\n0001\n")
    with pytest.raises(CohortError, match=r"2 fit: more.csv, studies.csv. Say which: table=\"more.csv\""):
        gather("folder", folder)
    assert len(gather("folder", folder, table="more.csv")) == 1
    assert len(gather("folder", folder, table=folder / "more.csv")) == 1


def test_a_table_without_path_and_id_is_refused(copied: Small) -> None:
    folder = retold(copied("folder"), "age,sex", "50,F")
    with pytest.raises(CohortError, match=r"has neither a path nor an id among age, sex"):
        gather("folder", folder, table="studies.csv")


def test_columns_that_are_not_there_are_refused(small: Small) -> None:
    with pytest.raises(ConfigError, match=r"a column is named as in studies.csv; 'rapport' came. Did you mean report?"):
        gather("folder", small("folder"), columns={"report": "rapport"})
    with pytest.raises(
        ConfigError, match=r"a column is told for a part of a Study; 'reports' came. Did you mean report?"
    ):
        gather("folder", small("folder"), columns={"reports": "report"})


def test_a_column_may_be_ignored(small: Small) -> None:
    cohort = gather("folder", small("folder"), columns={"labels": None, "patient": None})
    assert {study.labels for study in cohort} == {None}
    assert {study.patient for study in cohort} == {None}
    assert "labels" in cohort[0].extra


def test_a_table_that_splits_a_patient_is_refused(copied: Small) -> None:
    folder = retold(copied("folder"), "id,patient,split", "0001,p,train", "0002,p,test")
    with pytest.raises(LeakageError, match=r"no patient is in two splits"):
        gather("folder", folder)


def test_a_path_out_of_the_folder_is_refused(copied: Small) -> None:
    folder = retold(copied("folder"), "path", "../../etc/passwd")
    with pytest.raises(CohortError, match=r"a path in studies.csv leaves .*Pass root= with the folder above all files"):
        gather("folder", folder)


def test_labels_that_cannot_be_read_are_refused_with_their_line(copied: Small) -> None:
    folder = retold(copied("folder"), "id,labels", "0001,SR", "0002,{SR")
    with pytest.raises(CohortError, match=r"labels, line 3 of studies.csv is none of these"):
        gather("folder", folder)


def test_a_table_whose_files_are_all_missing_is_refused(copied: Small) -> None:
    folder = retold(copied("folder"), "path", "elsewhere/1.hea")
    with pytest.raises(CohortError, match=r"none of the 1 records has its ECG file below"):
        gather("folder", folder)


def test_a_row_that_says_synthetic_is_believed(copied: Small) -> None:
    folder = retold(copied("folder"), "id,synthetic", "0001,True", "0002,False")
    (folder / "SYNTHETIC").unlink()
    assert [study.synthetic for study in gather("folder", folder)] == [True, False]


@pytest.mark.realdata
def test_ptb_xl_is_gathered_as_anybodys_folder(real: Path) -> None:
    cohort = gather("folder", real / "ptb-xl", table="ptbxl_database.csv", columns={"split": None, "sex": None})
    theirs = gather("ptb-xl", real / "ptb-xl")
    assert [study.id for study in cohort] == [study.id for study in theirs]
    assert [study.labels for study in cohort] == [study.labels for study in theirs]
    assert [study.patient and f"{float(study.patient):.0f}" for study in cohort] == [study.patient for study in theirs]
    np.testing.assert_array_equal(cohort[0].recording.signal, theirs[0].recording.signal)


def test_a_page_is_a_file_of_the_folder_and_none_where_it_is_not_there(copied: Small) -> None:
    folder = retold(copied("folder"), "id,page", "0001,pages/one.png", "0002,pages/two.png", "0003,")
    (folder / "pages").mkdir()
    (folder / "pages/one.png").touch()
    cohort = gather("folder", folder)
    assert [study.page for study in cohort] == [folder / "pages/one.png", None, None]
    assert cohort.notes[0] == "2 of 3 studies have no file of a page"
    with pytest.raises(CohortError, match="a table names files inside its own folder"):
        gather("folder", retold(folder, "id,page", "0001,../one.png"))
