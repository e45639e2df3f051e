from __future__ import annotations

from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from einthoven.gathering.headers import Header


def test_a_header_tells_comments_files_and_the_mark_of_its_samples(tmp_path: Path) -> None:
    path = tmp_path / "a.hea"
    path.write_text(
        "a 2 500 10\na.dat 16 1000/mV 16 0 5 77 0 I\na.dat 16 1000/mV 16 0 -5 -77 0 II\n#<age>: 51\n# Dx: 1,2\n"
    )
    header = Header.read(path)
    assert header.fields == {"age": "51", "dx": "1,2"}
    assert header.files == ("a.dat",)
    assert header.mark == ("2", "10", "5:77", "-5:-77")


def test_a_header_without_checksums_has_no_mark(tmp_path: Path) -> None:
    path = tmp_path / "a.hea"
    path.write_text("a 1 500 10\na.dat 16\n")
    assert Header.read(path).mark == ()


@settings(deadline=None)
@given(st.binary(max_size=200))
def test_no_bytes_stop_the_reading_of_a_header(tmp_path_factory: object, data: bytes) -> None:
    path = Path(tmp_path_factory.getbasetemp()) / "any.hea"  # type: ignore[attr-defined]
    path.write_bytes(data)
    Header.read(path)
