from __future__ import annotations

import csv
import gzip
from pathlib import Path

import pytest

from einthoven.errors import ConfigError
from einthoven.gathering.codes import RELATIONS, acronyms, labels_of, snomed
from einthoven.gathering.tasks import statements


def test_every_row_of_the_table_is_whole() -> None:
    for code, row in snomed().items():
        assert code.isdigit()
        assert row["name"]
        assert set(row["scp"]) <= set(statements()), code
        assert (row.get("relation") in RELATIONS) == bool(row["scp"]), code


def test_every_acronym_points_into_the_table() -> None:
    for vocabulary in ("cpsc2018", "csn", "code15"):
        assert set(acronyms(vocabulary).values()) <= set(snomed())


def test_an_acronym_is_matched_whole() -> None:
    assert labels_of(["AVB"], vocabulary="csn") == {}
    assert labels_of(["VB"], vocabulary="csn") == {"BIGU": 100.0, "PVC": 100.0}
    assert labels_of(["AFIB"], vocabulary="csn") == {"AFIB": 100.0}
    assert labels_of(["STTC", "SAB"], vocabulary="csn") == {"NST_": 100.0}


def test_codes_that_nobody_knows_are_passed_over() -> None:
    assert labels_of(["42", "", "426783006"]) == {"SR": 100.0}


def test_the_strict_reading_keeps_equivalents_only() -> None:
    assert labels_of(["59118001", "713427006"], relations=("equivalent",)) == {"CRBBB": 100.0}
    assert labels_of(["59118001"], relations=("equivalent",)) == {}


def test_relations_and_vocabularies_are_asked_for_by_name() -> None:
    with pytest.raises(ConfigError, match=r"'equal' came"):
        labels_of(["1"], relations=("equal",))
    with pytest.raises(ConfigError, match=r"'cpsc' came. Did you mean cpsc2018?"):
        labels_of(["1"], vocabulary="cpsc")


@pytest.mark.realdata
def test_the_published_acronyms_are_all_known(real: Path) -> None:
    with gzip.open(real / "labels/csn_labels.csv.gz", "rt") as file:
        words = {word for row in csv.DictReader(file) for word in row["diagnose"].split(",")}
    assert words <= set(acronyms("csn"))
    with (real / "labels/cpsc2018_reference_labels_text.csv").open() as file:
        words = {word for row in csv.DictReader(file) for word in row["labels"].split(";")}
    assert words <= set(acronyms("cpsc2018"))
