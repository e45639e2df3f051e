from __future__ import annotations

import io
from importlib.metadata import EntryPoint
from pathlib import Path

import numpy as np
import pytest

from einthoven.errors import HeaderError, ReadError, UnknownFormatError
from einthoven.reading import READERS, Reader, read, readers
from einthoven.recording import Recording


def test_the_table_of_readers_is_the_one_in_the_docs() -> None:
    assert [reader.name for reader in READERS] == ["wfdb", "dicom", "npy", "npz", "parquet", "csv"]


@pytest.mark.parametrize(
    ("name", "content", "kind"),
    [
        ("a.hea", b"\xff\xd8\xff\xe0\x00\x10JFIF" + bytes(90), "a JPEG picture"),
        ("a.csv", b"\x89PNG\r\n\x1a\n" + bytes(90), "a PNG picture"),
        ("a.dat", b"%PDF-1.4\n" + bytes(90), "a PDF document"),
        ("a.npz", b"PK\x03\x04" + bytes(90), "a zip archive without numpy arrays"),
        ("a.xml", b"<?xml version='1.0'?><AnnotatedECG/>", "an XML document"),
        ("a.xml", b"\xff\xfe<\x00?\x00x\x00", "an XML document"),
        ("a.scp", bytes(16) + b"SCPECG" + bytes(90), "an SCP-ECG file"),
        ("a.edf", b"0       " + b" " * 248, "an EDF file"),
        ("a.ecg", b"ISHNE1.0" + bytes(90), "an ISHNE Holter file"),
        ("a.h5", b"\x89HDF\r\n\x1a\n" + bytes(90), "an HDF5 file"),
        ("a.txt", b"dear colleague\nthis patient\n", "text"),
        ("a.json", b'{"signal": [1, 2]}\n', "text"),
        (
            "a.mat",
            (30).to_bytes(4, "little") + bytes(90),
            "binary data (a MATLAB v4 matrix of the challenges needs its",
        ),
        ("a.dat", b"\x01\x02\x00\x04" * 40, "binary data (a WFDB signal file needs its .hea beside it)"),
    ],
)
def test_what_is_no_ecg_is_called_what_it_is_whatever_its_name(
    tmp_path: Path, name: str, content: bytes, kind: str
) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(UnknownFormatError) as caught:
        read(tmp_path / name)
    assert str(caught.value).startswith(f"a file is recognised by its content; {tmp_path / name} holds {kind}")
    page = kind.endswith(("picture", "PDF document"))
    readers = "Give one of wfdb, dicom, npy, npz, parquet, csv, or install a reader for it."
    assert ("Read a printed ECG back with einthoven digitize." if page else readers) in str(caught.value)


def test_text_named_hea_that_is_no_header_is_a_header_error(tmp_path: Path) -> None:
    (tmp_path / "a.hea").write_text("dear colleague\n")
    with pytest.raises(HeaderError, match="a WFDB header begins with a record line: a name, the number of signals"):
        read(tmp_path / "a.hea")


def test_an_empty_file_a_folder_and_nothing_are_three_things(tmp_path: Path) -> None:
    (tmp_path / "empty.hea").touch()
    with pytest.raises(
        ReadError, match=r"a file holds at least one byte; .*empty.hea is empty. Copy or export it again"
    ):
        read(tmp_path / "empty.hea")
    with pytest.raises(
        ReadError, match=r"read takes one file; .* is a folder. Name a file in it, or gather the folder"
    ):
        read(tmp_path)
    with pytest.raises(ReadError, match=r"read takes one file; there is no file at .*nowhere. Check the spelling"):
        read(tmp_path / "nowhere")
    with pytest.raises(ReadError, match=r"there is no file at .*empty.hea/more"):
        read(tmp_path / "empty.hea" / "more")
    with pytest.raises(ReadError, match="the open file is empty"):
        read(io.BytesIO())


def test_only_binary_files_are_taken(tmp_path: Path) -> None:
    with pytest.raises(
        ReadError, match="read takes a path or a file opened in binary mode; StringIO came, opened as text"
    ):
        read(io.StringIO("I,II\n1,2\n"))  # type: ignore[arg-type]
    with pytest.raises(ReadError, match="read takes a path or a file opened in binary mode; int came"):
        read(5)  # type: ignore[arg-type]


def test_a_table_beside_a_header_of_the_same_name_is_a_table(tmp_path: Path) -> None:
    (tmp_path / "a.hea").write_text("a 1 500 3\na.dat 16 200 16 0 0 0 0 I\n")
    (tmp_path / "a.csv").write_text("I,II\n1,2\n3,4\n")
    assert read(tmp_path / "a.csv", fs=500).format == "csv"


def test_a_record_beside_a_folder_of_its_name_is_read(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "a.hea").write_text("a 1 500 3\na.dat 16 200 16 0 0 0 0 I\n")
    (tmp_path / "a.dat").write_bytes(bytes([1, 0, 2, 0, 3, 0]))
    assert read(tmp_path / "a").samples == 3


class Beep:
    """A format of somebody else."""

    @staticmethod
    def recognises(source: object) -> bool:
        return source.head.startswith(b"BEEP")  # type: ignore[attr-defined]

    @staticmethod
    def read(source: object, asked: object) -> Recording:
        return Recording(np.ones((1, 5)), ["I"], asked.rate(250.0), format="beep")  # type: ignore[attr-defined]


BEEP = Reader("beep", Beep.recognises, Beep.read)


def test_other_peoples_readers_join_by_entry_point(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []

    def points(*, group: str) -> list[EntryPoint]:
        asked.append(group)
        point = EntryPoint("beep", "x:y", group)
        monkeypatch.setattr(EntryPoint, "load", lambda self: BEEP)
        return [point]

    monkeypatch.setattr(readers, "entry_points", points)
    readers._plugins.cache_clear()
    try:
        assert read(io.BytesIO(b"BEEP 1,2\n3,4\n")).format == "beep"
        assert asked == ["einthoven.readers"]
    finally:
        readers._plugins.cache_clear()
