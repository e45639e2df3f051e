from __future__ import annotations

import gzip
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from einthoven.errors import CohortError
from einthoven.gathering.tables import date_in, header_of, labels_in, number_in, rows_of, sex_in, text_in


def test_a_table_is_read_plain_zipped_or_with_tabs(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_bytes('\ufeffid,words\n1,"two\nlines, here"\n'.encode())
    (tmp_path / "a.tsv").write_text("id\twords\n1\tx\n")
    (tmp_path / "a.csv.gz").write_bytes(gzip.compress(b"id,words\n1,x\n"))
    assert list(rows_of(tmp_path / "a.csv")) == [{"id": "1", "words": "two\nlines, here"}]
    assert list(rows_of(tmp_path / "a.tsv")) == list(rows_of(tmp_path / "a.csv.gz")) == [{"id": "1", "words": "x"}]
    assert header_of(tmp_path / "a.csv") == ["id", "words"]


def test_a_missing_column_is_named_with_the_nearest(tmp_path: Path) -> None:
    path = tmp_path / "ptbxl_database.csv"
    path.write_text("ecg_id,patientid\n1,2\n")
    with pytest.raises(CohortError, match=r"patient_id missing in .*Did you mean patientid?"):
        list(rows_of(path, needs=("ecg_id", "patient_id")))


def test_an_absent_table_is_named(tmp_path: Path) -> None:
    with pytest.raises(CohortError, match=r"a source is described by its table; .*gone.csv does not exist"):
        list(rows_of(tmp_path / "gone.csv"))


def test_what_is_no_text_is_refused_with_its_place(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(b"\xff\xd8\xff\xe0")
    with pytest.raises(CohortError, match=r"a.csv cannot be read beyond line 0"):
        list(rows_of(path))
    with pytest.raises(CohortError, match=r"begins with the names of its columns; .*a.csv is not text"):
        header_of(path)
    short = tmp_path / "a.csv.gz"
    short.write_bytes(gzip.compress(b"id,words\n" + b"1,x\n" * 9000)[:-20])
    with pytest.raises(CohortError, match=r"a.csv.gz cannot be read beyond line"):
        list(rows_of(short))
    (tmp_path / "empty.csv").touch()
    assert header_of(tmp_path / "empty.csv") == []


def test_cells_that_say_nothing_are_none() -> None:
    for nothing in ("", " ", "NaN", "None", "null", "N/A", "Unknown"):
        assert text_in({"a": nothing}, "a") is None
        assert number_in({"a": nothing}, "a") is None
    assert number_in({"a": "inf"}, "a") is None
    assert number_in({"a": "5.5"}, "a") == 5.5
    assert [sex_in(word) for word in ("F", "female", " M ", "Male", "1", None)] == [
        "female", "female", "male", "male", None, None,
    ]  # fmt: skip
    assert date_in("") is date_in(None) is date_in("soon") is None


@settings(deadline=None)
@given(st.dictionaries(st.from_regex(r"[0-9A-Z_/()]{1,8}", fullmatch=True), st.floats(0, 100)))
def test_a_dictionary_as_python_writes_it_is_read_without_evaluating(labels: dict[str, float]) -> None:
    assert labels_in(str(labels), where="here") == labels


@settings(deadline=None)
@given(st.text(max_size=40))
def test_no_text_does_more_than_fail_by_name(text: str) -> None:
    try:
        labels = labels_in(text, where="here")
    except CohortError:
        return
    assert all(isinstance(code, str) and isinstance(value, float) for code, value in labels.items())


@pytest.mark.parametrize("text", ["{'NORM': }", "{'NORM': 'yes'}", "[1, 2]", "{__import__('os')}", "{'A': 1"])
def test_unparsable_labels_are_refused_with_their_place(text: str) -> None:
    with pytest.raises(CohortError, match=r"labels are written .*; row 7 is none of these"):
        labels_in(text, where="row 7")


def test_lists_of_codes_are_certain() -> None:
    assert labels_in("AFIB|PVC", where="") == labels_in("AFIB, PVC", where="") == {"AFIB": 100.0, "PVC": 100.0}
    assert labels_in("['AFIB']", where="") == {"AFIB": 100.0}
    assert labels_in("{}", where="") == labels_in("[]", where="") == {}
