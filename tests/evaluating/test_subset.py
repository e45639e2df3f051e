"""Subsets of labels: ours by patient, and the papers' records found again."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from sklearn.model_selection import train_test_split

from einthoven.errors import ConfigError
from einthoven.evaluating.subset import subset
from einthoven.gathering import gather, task
from einthoven.recording import Recording
from einthoven.study import Study

ECG = Recording(np.zeros((1, 10)), ["I"], 10)


def people(n: int) -> list[Study]:
    return [Study(str(i), ECG, patient=str(i // 2)) for i in range(n)]


@pytest.mark.parametrize(("n", "share"), [(17084, 0.01), (7197, 0.1), (105, 0.1), (33, 0.1)])
def test_the_records_of_merl_are_those_of_scikit_learn(n: int, share: float) -> None:
    theirs, _ = train_test_split(np.arange(n), train_size=share, random_state=42)
    assert subset(people(n), share, recipe="merl").tolist() == theirs.tolist()


@pytest.mark.parametrize(("n", "share"), [(17084, 0.01), (7197, 0.1), (105, 0.1), (50, 0.05)])
def test_the_records_of_melp_are_those_of_pandas(n: int, share: float) -> None:
    pandas = pytest.importorskip("pandas")
    theirs = pandas.DataFrame({"row": np.arange(n)}).sample(frac=share, random_state=42)
    assert subset(people(n), share, recipe="melp").tolist() == theirs["row"].tolist()


def test_the_two_papers_share_no_record() -> None:
    some = people(1000)
    assert not set(subset(some, 0.1, recipe="melp")) & set(subset(some, 0.1, recipe="merl"))


def test_ours_divides_no_patient_and_follows_the_seed() -> None:
    some = people(400)
    kept = {some[row].patient for row in subset(some, 0.1, seed=3)}
    assert len(kept) == 20
    assert len(subset(some, 0.1, seed=3)) == 40
    assert kept != {some[row].patient for row in subset(some, 0.1, seed=4)}


def test_all_labels_are_all_labels() -> None:
    for recipe in ("patients", "melp", "merl"):
        assert sorted(subset(people(31), 1.0, recipe=recipe)) == list(range(31))


@pytest.mark.parametrize(
    ("words", "message"), [({"share": 0.0}, "0.0 came"), ({"recipe": "mlp"}, "Did you mean melp?")]
)
def test_a_share_or_recipe_that_does_not_exist_is_refused(words: dict[str, object], message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        subset(people(10), **{"share": 0.5, **words})  # type: ignore[arg-type]


@pytest.mark.realdata
def test_sizes_and_silent_classes_of_the_papers_subsets_agree_with_an_independent_count(real: Path) -> None:
    facts = real.parent / "facts/low_data_subsets.json"
    if not facts.is_file():
        pytest.skip("no independent count beside the data")
    told = json.loads(facts.read_text())["tasks"]
    labels = {
        "ptbxl": gather("label-table", real / "ptb-xl-text/ptbxl_all_labels.csv.gz"),
        "csn": gather("label-table", real / "labels/csn_labels.csv.gz"),
    }
    names = {
        "superclass": ("ptbxl", "ptbxl_super_class"), "subclass": ("ptbxl", "ptbxl_sub_class"),
        "form": ("ptbxl", "ptbxl_form"), "rhythm": ("ptbxl", "ptbxl_rhythm"), "csn-legacy": ("csn", "chapman"),
    }  # fmt: skip
    for name, (table, shared) in names.items():
        train = labels[table].split("train").studies
        known = task(name).targets(train)[1]
        train = tuple(study for study, is_known in zip(train, known, strict=True) if is_known)
        for share in (0.01, 0.1):
            for recipe in ("melp", "merl"):
                rows = subset(train, share, recipe=recipe)
                truth = task(name).targets([train[row] for row in rows])[0]
                silent = {one.strip("_") for one, n in zip(task(name).classes, truth.sum(0), strict=True) if not n}
                fact = told[shared][f"{share}"]
                assert len(rows) == fact[f"{recipe}_n"]
                assert silent == set(fact[f"{recipe}_zero_pos"]), (name, share, recipe)
