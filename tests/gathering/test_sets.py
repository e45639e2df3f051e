"""The tasks of other sets, and the legacy ones that repeat the faults of shared label files."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from einthoven.gathering import gather, task
from einthoven.gathering.codes import acronyms
from einthoven.gathering.sets import first_acronyms
from einthoven.gathering.tasks import SETS
from einthoven.recording import Recording
from einthoven.study import Study

from .conftest import Small

ECG = Recording(np.zeros((1, 10)), ["I"], 10)


def coded(*dx: str, labels: dict[str, float] | None = None) -> Study:
    return Study("a", ECG, labels={} if labels is None else labels, extra={"dx": dx})


def carried(name: str, study: Study) -> set[str]:
    return set(task(name).carried(study) or ())


def test_the_numbers_of_classes_are_those_of_the_papers() -> None:
    assert {name: len(task(name).classes) for name in SETS} == {
        "cpsc2018": 9, "csn": 41, "csn-legacy": 38, "code-test": 6, "subclass-legacy": 23,
    }  # fmt: skip


@pytest.mark.parametrize("name", SETS)
def test_every_class_has_words_and_no_code_means_two_classes(name: str) -> None:
    one = task(name)
    assert all(one.descriptions[each] and one.descriptions[each] != "?" for each in one.classes)
    codes = [code for each in one.classes for code in one.members[each]]
    assert len(codes) == len(set(codes))


def test_whole_codes_are_matched_whether_acronyms_or_ids() -> None:
    assert carried("csn", coded("1AVB", "AFIB")) == {"1AVB", "AFIB"}
    assert carried("csn", coded("270492004", "164889003")) == {"1AVB", "AFIB"}


def test_the_legacy_task_finds_acronyms_within_acronyms() -> None:
    assert carried("csn-legacy", coded("1AVB", "AFIB")) == {"1AVB", "AVB", "VB", "AFIB", "AF"}
    assert carried("csn-legacy", coded("LVQRSAL", "STDD")) == {"SA", "STDD", "ST"}


def test_a_record_with_a_code_that_has_no_acronym_is_known_to_the_corrected_task_alone() -> None:
    study = coded("426783006", "102594003")
    assert carried("csn", study) == {"SR"}
    assert task("csn-legacy").carried(study) is None


def test_what_nobody_labelled_is_known_to_no_task() -> None:
    for name in ("csn", "cpsc2018", "code-test", "csn-legacy"):
        assert task(name).carried(Study("a", ECG)) is None
        assert task(name).carried(Study("a", ECG, labels={"AFIB": 100})) is None, "no codes of its own"


def test_af_is_flutter_in_one_set_and_fibrillation_in_another() -> None:
    assert carried("csn", coded("AF")) == {"AF"}
    assert task("csn").descriptions["AF"] == "atrial flutter"
    assert carried("cpsc2018", coded("AF")) == {"AFIB"}
    assert carried("code-test", coded("AF")) == {"AFIB"}


def test_the_normal_of_cpsc2018_is_written_as_sinus_rhythm() -> None:
    assert carried("cpsc2018", coded("426783006")) == {"NORM"}
    assert carried("cpsc2018", coded("Normal")) == {"NORM"}


def test_the_first_acronym_stands_for_a_shared_code() -> None:
    assert first_acronyms("csn")[acronyms("csn")["LFBBB"]] == "LBBB"
    assert first_acronyms("csn")[acronyms("csn")["MIFW"]] == "MI"


def test_columns_of_ptb_xls_subclasses_move_in_folds_9_and_10_alone() -> None:
    def seen(fold: int, *codes: str) -> set[str]:
        labels = dict.fromkeys(codes, 100.0)
        return carried("subclass-legacy", Study("a", ECG, labels=labels, extra={"strat_fold": str(fold)}))

    assert seen(3, "1AVB", "IMI") == {"_AVB", "IMI"}
    assert seen(9, "1AVB", "IMI") == {"RAO/RAE", "IMI"}
    assert seen(10, "ISC_") == {"_AVB"}
    assert seen(10, "RAO/RAE") == {"ISC_"}


@pytest.mark.parametrize(("name", "source"), [("cpsc2018", "cpsc2018"), ("csn", "csn"), ("code-test", "code-test")])
def test_a_miniature_has_its_own_task(name: str, source: str, small: Small) -> None:
    cohort = gather(source, small(source, n=60))
    Y, known = task(name).targets(cohort)
    assert known.sum() >= 50
    assert Y.any(axis=0).sum() >= 3
    for study, row in zip(cohort, Y, strict=True):
        ids = {acronyms(task(name).vocabulary).get(code, code) for code in study.extra["dx"]}  # type: ignore[attr-defined]
        assert [bool(ids & task(name).members[each]) for each in task(name).classes] == row.tolist()


def test_facts_of_the_shared_files_hold_for_our_classes() -> None:
    assert task("subclass-legacy").classes[9:13] == ("NORM", "_AVB", "RAO/RAE", "ISC_")
    assert task("csn-legacy").classes == task("csn").classes[:38]


@pytest.mark.realdata
def test_positives_of_every_class_agree_with_an_independent_count(real: Path) -> None:
    facts = real.parent / "facts/downstream_tasks.json"
    if not facts.is_file():
        pytest.skip("no independent count beside the data")
    told = json.loads(facts.read_text())["tasks"]
    labels = gather("label-table", real / "ptb-xl-text/ptbxl_all_labels.csv.gz")
    names = {"superclass": "super_class", "subclass": "sub_class", "form": "form", "rhythm": "rhythm"}
    for name, shared in names.items():
        assert _counts(name, labels) == _told(told[f"ptbxl_{shared}"]), name
    cpsc = gather("label-table", real / "labels/cpsc2018_reference_labels_text.csv")
    assert _counts("cpsc2018", cpsc) == _told(told["cpsc2018"])
    csn = gather("label-table", real / "labels/csn_labels.csv.gz")
    assert _counts("csn-legacy", csn) == _told(told["csn"])


def _counts(name: str, cohort: object) -> dict[str, dict[str, int]]:
    counted: dict[str, dict[str, int]] = {}
    for part in ("train", "val", "test"):
        Y, known = task(name).targets(cohort.split(part))  # type: ignore[attr-defined]
        counted.setdefault("n", {})[part] = int(known.sum())
        for each, count in zip(task(name).classes, Y[known].sum(axis=0), strict=True):
            counted.setdefault(each.strip("_"), {})[part] = int(count)
    return counted


def _told(facts: dict[str, object]) -> dict[str, dict[str, int]]:
    classes: list[dict[str, object]] = facts["classes"]  # type: ignore[assignment]
    return {"n": facts["split_sizes"], **{one["code"]: one["positives"] for one in classes}}  # type: ignore[dict-item, misc]
