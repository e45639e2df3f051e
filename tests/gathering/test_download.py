from __future__ import annotations

import hashlib
import io
import json
import threading
import zipfile
from collections import Counter
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from einthoven.errors import ConfigError, DownloadError, StorageError
from einthoven.gathering import gather
from einthoven.gathering.download import download
from einthoven.gathering.manifest import Entry, entries
from einthoven.gathering.transfer import Line

from .conftest import Small

QUICK = Line(attempts=3, pause=0.01, timeout=5)


class Server:
    """A server on this machine that can be told to misbehave."""

    def __init__(self) -> None:
        self.files: dict[str, bytes] = {}
        self.ranges = True
        self.breaks: dict[str, int] = {}
        """Path -> bytes after which the line breaks, each time."""
        self.says: dict[str, list[int]] = {}
        """Path -> codes to answer first."""
        self.lies: dict[str, list[bytes]] = {}
        """Path -> other bytes to send first."""
        self.asked: list[tuple[str, str | None]] = []
        server = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                server.answer(self)

            def log_message(self, *words: object) -> None:
                pass

        self.http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.thread = threading.Thread(target=self.http.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
        self.thread.start()

    @property
    def base(self) -> str:
        return f"http://127.0.0.1:{self.http.server_address[1]}/set/1.0/"

    def answer(self, handler: BaseHTTPRequestHandler) -> None:
        path = handler.path.removeprefix("/set/1.0/")
        wanted = handler.headers.get("Range")
        self.asked.append((path, wanted))
        if self.says.get(path):
            handler.send_error(self.says[path].pop(0))
            return
        if path not in self.files:
            handler.send_error(404)
            return
        data = self.lies[path].pop(0) if self.lies.get(path) else self.files[path]
        start = int(wanted.removeprefix("bytes=").rstrip("-")) if wanted and self.ranges else 0
        if start and start >= len(data):
            handler.send_error(416)
            return
        handler.send_response(206 if start else 200)
        handler.send_header("Content-Length", str(len(data) - start))
        handler.end_headers()
        handler.wfile.write(data[start : start + self.breaks.get(path, len(data))])

    def with_sums(self) -> Server:
        lines = [f"{hashlib.sha256(data).hexdigest()} {path}" for path, data in self.files.items()]
        self.files["SHA256SUMS.txt"] = "\n".join(lines).encode()
        return self

    def close(self) -> None:
        self.http.shutdown()
        self.http.server_close()


@pytest.fixture
def server() -> Iterator[Server]:
    one = Server()
    yield one
    one.close()


def test_a_source_is_fetched_whole_and_gathered(server: Server, small: Small, tmp_path: Path) -> None:
    folder = small("ptb-xl")
    server.files = {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*.*")}
    assert len(gather("ptb-xl", download("ptb-xl", tmp_path / "got", base=server.base, line=QUICK))) == 11
    assert sorted(path.name for path in tmp_path.rglob("*.part")) == []


def test_what_is_there_is_not_fetched_again(server: Server, tmp_path: Path) -> None:
    server.files = {f"a/{i}.dat": bytes([i]) * 10 for i in range(5)}
    server.with_sums()
    download("ludb", tmp_path, base=server.base, line=QUICK)
    (tmp_path / "a/3.dat").unlink()
    server.asked.clear()
    download("ludb", tmp_path, base=server.base, line=QUICK)
    assert server.asked == [("SHA256SUMS.txt", None), ("a/3.dat", None)]


def test_a_broken_line_goes_on_where_it_was(server: Server, tmp_path: Path) -> None:
    data = bytes(range(256)) * 40
    server.files = {"big.dat": data}
    server.with_sums().breaks = {"big.dat": 3000}
    download("ludb", tmp_path, base=server.base, line=Line(attempts=2, pause=0.01))
    assert (tmp_path / "big.dat").read_bytes() == data
    assert [wanted for path, wanted in server.asked if path == "big.dat"] == [
        None, "bytes=3000-", "bytes=6000-", "bytes=9000-",
    ]  # fmt: skip


def test_a_run_that_was_killed_goes_on_in_the_next(server: Server, tmp_path: Path) -> None:
    server.files = {"big.dat": b"x" * 5000}
    server.with_sums()
    (tmp_path / "big.dat.part").write_bytes(b"x" * 4000)
    download("ludb", tmp_path, base=server.base, line=QUICK)
    assert ("big.dat", "bytes=4000-") in server.asked
    assert (tmp_path / "big.dat").read_bytes() == b"x" * 5000


def test_a_server_that_cannot_continue_sends_it_all_again(server: Server, tmp_path: Path) -> None:
    server.files = {"big.dat": b"x" * 5000}
    server.with_sums().ranges = False
    (tmp_path / "big.dat.part").write_bytes(b"y" * 4000)
    download("ludb", tmp_path, base=server.base, line=QUICK)
    assert (tmp_path / "big.dat").read_bytes() == b"x" * 5000


def test_a_part_that_is_whole_already_is_proven_not_fetched(server: Server, tmp_path: Path) -> None:
    server.files = {"big.dat": b"x" * 5000}
    server.with_sums()
    (tmp_path / "big.dat.part").write_bytes(b"x" * 5000)
    download("ludb", tmp_path, base=server.base, line=QUICK)
    assert (tmp_path / "big.dat").read_bytes() == b"x" * 5000


def test_wrong_bytes_are_thrown_away_and_fetched_again(server: Server, tmp_path: Path) -> None:
    server.files = {"a.dat": b"right"}
    server.with_sums().lies = {"a.dat": [b"wrong"]}
    (tmp_path / "a.dat.part").write_bytes(b"zz")  # half of something else
    download("ludb", tmp_path, base=server.base, line=QUICK)
    assert (tmp_path / "a.dat").read_bytes() == b"right"


def test_bytes_that_stay_wrong_are_never_given_their_name(server: Server, tmp_path: Path) -> None:
    server.files = {"a.dat": b"right"}
    server.with_sums().files["a.dat"] = b"wrong"
    with pytest.raises(DownloadError, match=r"a.dat: its sha256 is not the one promised, 3 times in a row"):
        download("ludb", tmp_path, base=server.base, line=QUICK)
    assert list(tmp_path.iterdir()) == []


def test_a_busy_server_is_asked_again_and_a_clear_no_is_taken(server: Server, tmp_path: Path) -> None:
    server.files = {"a.dat": b"a", "b.dat": b"b"}
    server.with_sums().says = {"a.dat": [503, 429], "SHA256SUMS.txt": [500]}
    download("ludb", tmp_path, base=server.base, line=QUICK)
    assert Counter(path for path, _ in server.asked)["a.dat"] == 3
    (tmp_path / "b.dat").unlink()
    del server.files["b.dat"]
    server.asked.clear()
    with pytest.raises(DownloadError, match=r"b.dat: the server answered 404. Run the same command again later"):
        download("ludb", tmp_path, base=server.base, line=QUICK)
    assert Counter(path for path, _ in server.asked)["b.dat"] == 1


def test_a_server_that_stays_busy_is_given_up(server: Server, tmp_path: Path) -> None:
    server.files = {"a.dat": b"a"}
    server.with_sums().says = {"a.dat": [503] * 9}
    with pytest.raises(DownloadError, match=r"a.dat: the server answered 503, 3 times in a row"):
        download("ludb", tmp_path, base=server.base, line=QUICK)


def test_a_server_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(DownloadError, match=r"SHA256SUMS.txt: the line broke \(URLError\)"):
        download("ludb", tmp_path, base="http://127.0.0.1:9/", line=Line(attempts=2, pause=0.01, timeout=2))


def test_a_line_that_breaks_at_once_is_given_up(server: Server, tmp_path: Path) -> None:
    server.files = {"a.dat": b"aaaa"}
    server.with_sums().breaks = {"a.dat": 0}
    with pytest.raises(
        DownloadError, match=r"a.dat: the line broke \((ConnectionError|IncompleteRead)\), 3 times in a row"
    ):
        download("ludb", tmp_path, base=server.base, line=QUICK)


@pytest.mark.parametrize("path", ["../evil.dat", "/etc/passwd", "a/../../evil", "C:/evil", "a\\..\\evil"])
def test_a_manifest_that_leaves_the_folder_is_refused(path: str, server: Server, tmp_path: Path) -> None:
    server.files = {"SHA256SUMS.txt": f"{'0' * 64} {path}".encode()}
    with pytest.raises(DownloadError, match=r"a manifest names files inside its own folder; .* leaves it"):
        download("ludb", tmp_path / "in", base=server.base, line=QUICK)
    assert list(tmp_path.rglob("*evil*")) == []


@pytest.mark.parametrize(
    "words",
    [
        b"<html>sorry</html>",
        b'{"files": [{"key": "a"}]}',
        b'{"files": [{"key": "a", "checksum": "md5:1"}]}',
        b"\xff\xfe",
    ],
)
def test_a_page_instead_of_a_manifest_is_refused(words: bytes, server: Server, tmp_path: Path) -> None:
    server.files = {"SHA256SUMS.txt": words}
    with pytest.raises(DownloadError, match=r"is not of that form|it is not text"):
        download("ludb", tmp_path, base=server.base, line=QUICK)


def test_a_zenodo_record_is_a_manifest_and_its_archives_are_unpacked(
    server: Server, small: Small, tmp_path: Path
) -> None:
    folder = small("code-15")
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.mkdir("inner")
        for path in folder.glob("*.hdf5"):
            archive.write(path, path.name)
    server.files = {"exams.csv": (folder / "exams.csv").read_bytes(), "parts.zip": packed.getvalue()}
    record = {
        "files": [
            {"key": key, "checksum": f"md5:{hashlib.md5(data).hexdigest()}"} for key, data in server.files.items()
        ]
    }
    server.files["record"] = json.dumps(record).encode()
    got = download("code-15", tmp_path / "got", base=server.base, manifest=server.base + "record", line=QUICK)
    assert len(gather("code-15", got)) == 11
    assert not (got / "parts.zip").exists()
    server.asked.clear()
    download("code-15", got, base=server.base, manifest="record", line=QUICK)
    assert server.asked == [("record", None)]


@pytest.mark.parametrize(("data", "message"), [(b"no zip", "a zip archive can be unpacked"), (None, "leaves it")])
def test_an_archive_that_is_none_or_leaves_its_folder_is_refused(
    data: bytes | None, message: str, server: Server, tmp_path: Path
) -> None:
    if data is None:
        packed = io.BytesIO()
        with zipfile.ZipFile(packed, "w") as archive:
            archive.writestr("../evil.dat", "x")
        data = packed.getvalue()
    server.files = {"parts.zip": data}
    server.with_sums()
    with pytest.raises(DownloadError, match=message):
        download("ludb", tmp_path / "in", base=server.base, line=QUICK)
    assert not (tmp_path / "evil.dat").exists()


def test_only_some_paths_are_fetched(server: Server, tmp_path: Path) -> None:
    server.files = {"training/georgia/g1/E00001.hea": b"h", "training/ningbo/g1/J.hea": b"n", "RECORDS": b"r"}
    server.with_sums()
    download("georgia", tmp_path, base=server.base, line=QUICK)
    assert [path.name for path in tmp_path.rglob("*.*")] == ["E00001.hea"]
    download("georgia", tmp_path, base=server.base, only=("REC*",), line=QUICK)
    assert (tmp_path / "RECORDS").read_bytes() == b"r"


def test_names_with_odd_signs_are_asked_for_in_quotes() -> None:
    entry = Entry("a b/c%.dat", "md5", "0" * 32)
    assert entry.address("http://x/y/") == "http://x/y/a%20b/c%25.dat"
    assert [one.path for one in entries(f"{'a' * 64} *./x.dat\n\n")] == ["x.dat"]


def test_only_the_web_is_fetched_from(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"files are fetched over http or https; file:///etc/ came|SHA256SUMS"):
        download("ludb", tmp_path, base="file:///etc/", line=QUICK)


def test_a_source_that_is_not_open_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"what is fetched is an open source; 'folder' came"):
        download("folder", tmp_path)


def test_a_full_disk_is_said_and_not_tried_again(
    server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    server.files = {"a.dat": b"a"}
    server.with_sums()
    real = Path.open

    def full(self: Path, mode: str = "r", *args: object, **kwargs: object) -> object:
        if "a.dat" in self.name and mode != "rb":
            raise OSError(28, "No space left on device")
        return real(self, mode, *args, **kwargs)  # type: ignore[call-overload]

    monkeypatch.setattr(Path, "open", full)
    with pytest.raises(StorageError, match=r"the disk is full at"):
        download("ludb", tmp_path, base=server.base, line=QUICK)
    assert Counter(path for path, _ in server.asked)["a.dat"] == 1
