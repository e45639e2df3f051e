"""Tables of labels without signals: columns by name, the order of the rows, splits for others."""

from __future__ import annotations

import csv
from dataclasses import replace
from pathlib import Path

import pytest

from einthoven.errors import CohortError, ConfigError, ReadError
from einthoven.gathering import gather, task
from einthoven.gathering.labeltable import splits_in
from einthoven.gathering.miniatures import miniature

from .conftest import Small


def test_columns_are_found_by_name_although_their_order_changes(small: Small) -> None:
    folder = small("label-table", n=200, of="ptbxl_sub_class")
    cohort = gather("label-table", folder)
    with (folder / "ptbxl_sub_class_test.csv").open() as file:
        rows = {row["ecg_id"]: row for row in csv.DictReader(file)}
    assert [study.id for study in cohort.split("test")] == list(rows)
    for study in cohort.split("test"):
        ones = {name for name in ("AVB", "ISC", "RAO/RAE", "IMI") if rows[study.id][name] == "1"}
        right = {name.strip("_") for name in task("subclass").carried(study) or ()}
        assert right & {"AVB", "ISC", "RAO/RAE", "IMI"} == ones


def test_what_a_reader_by_position_finds_is_kept_for_the_audit(small: Small) -> None:
    cohort = gather("label-table", small("label-table", n=200, of="ptbxl_sub_class"))
    legacy, right = task("subclass-legacy"), task("subclass")
    moved = {"_AVB": "RAO/RAE", "ISC_": "_AVB", "RAO/RAE": "ISC_"}
    for study in cohort.split("train"):
        assert set(legacy.carried(study) or ()) == set(right.carried(study) or ())
    for study in cohort.split("test"):
        assert set(legacy.carried(study) or ()) == {moved.get(name, name) for name in right.carried(study) or ()}


def test_shipped_columns_and_the_substring_rule_are_one(small: Small) -> None:
    cohort = gather("label-table", small("label-table", n=200))
    bare = [replace(study, extra={"dx": study.extra["dx"]}) for study in cohort]
    for shipped, derived in zip(cohort, bare, strict=True):
        assert set(task("csn-legacy").carried(shipped) or ()) == set(task("csn-legacy").carried(derived) or ())


def test_opening_a_signal_is_refused_with_advice(small: Small) -> None:
    with pytest.raises(ReadError, match=r"a table of labels has no signals; chapman_train.csv was gathered"):
        _ = gather("label-table", small("label-table"))[0].recording


def test_the_split_of_three_tables_is_taken_by_the_set_itself(small: Small, tmp_path: Path) -> None:
    told = splits_in(small("label-table"))
    assert set(told.values()) == {"train", "val", "test"}
    assert set(told) <= {f"JS{number:05d}" for number in range(1, 12)}
    cohort = gather("csn", small("csn"), splits=small("label-table"))
    assert {study.id: cohort.split_of[row] for row, study in enumerate(cohort) if study.id in told} == told


def test_a_folder_of_no_or_two_sets_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a_train.csv").write_text("ecg_path,age,diagnose\nx/JS1.mat,3,SR\n")
    assert len(gather("label-table", tmp_path)) == 1
    (tmp_path / "b_train.csv").write_text("")
    with pytest.raises(CohortError, match=r"2 tables named \*_train.csv in"):
        gather("label-table", tmp_path)


def test_a_table_of_something_else_is_refused(tmp_path: Path) -> None:
    table = tmp_path / "cats.csv"
    table.write_text("id,name\n1,Tom\n")
    with pytest.raises(CohortError, match=r"has none of diagnose, First_label, super_class, sub_class, form, rhythm"):
        gather("label-table", table)


def test_a_miniature_of_tables_without_faults_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"of='icbeb' came. Use ptbxl_sub_class or chapman"):
        miniature("label-table", tmp_path, of="icbeb")


@pytest.mark.realdata
def test_the_public_tables_have_the_sizes_of_the_papers(real: Path) -> None:
    csn = gather("label-table", real / "labels/csn_labels.csv.gz")
    assert {name: len(rows) for name, rows in csn.splits.items()} == {"train": 16546, "val": 1860, "test": 4620}
    cpsc = gather("label-table", real / "labels/cpsc2018_reference_labels_text.csv")
    assert {name: len(rows) for name, rows in cpsc.splits.items()} == {"train": 4950, "val": 551, "test": 1376}
    assert cpsc[0].extra["dx"] == ("CRBBB",)


def test_the_layout_of_icbeb_is_known_with_codes_or_columns_alone(tmp_path: Path) -> None:
    head = "patient_id,ecg_id,filename,validation,age,sex,scp_codes,STE,AFIB,NORM\n"
    (tmp_path / "icbeb_train.csv").write_text(
        f"{head}1,1,A0001,0,40,M,\"{{'STE_': 100.0}}\",1,0,0\n1,2,A0002,0,,F,,0,True,0\n"
    )
    (tmp_path / "icbeb_test.csv").write_text(f"{head.replace('STE,AFIB', 'AFIB,STE')}1,3,A0003,0,,F,,1,0,0\n")
    cohort = gather("label-table", tmp_path)
    assert [study.id for study in cohort] == ["A0001", "A0002", "A0003"]
    assert [set(task("cpsc2018").carried(study) or ()) for study in cohort] == [{"STE"}, {"AFIB"}, {"AFIB"}]
    assert {study.patient for study in cohort} == {None}, "the numbers there are nobody's"
    assert splits_in(tmp_path) == {"A0001": "train", "A0002": "train", "A0003": "test"}


def test_tables_of_two_versions_are_refused(tmp_path: Path) -> None:
    (tmp_path / "a_train.csv").write_text("ecg_path,age,diagnose,SR,AF\nJS1.mat,3,SR,1,0\n")
    (tmp_path / "a_test.csv").write_text("ecg_path,age,diagnose,SR\nJS2.mat,3,SR,1\n")
    with pytest.raises(CohortError, match=r"a_test.csv has 1 columns of classes, its training table 2"):
        gather("label-table", tmp_path)
