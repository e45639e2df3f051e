"""A bar on a terminal, silence in a pipe."""

from __future__ import annotations

import io

import pytest

from einthoven.progress import track


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_a_pipe_gets_nothing_but_the_items(capsys: pytest.CaptureFixture[str]) -> None:
    assert list(track(range(3), "count")) == [0, 1, 2]
    assert capsys.readouterr() == ("", "")


def test_a_terminal_gets_a_bar(monkeypatch: pytest.MonkeyPatch) -> None:
    screen = Terminal()
    monkeypatch.setattr("sys.stderr", screen)
    monkeypatch.setenv("TERM", "xterm")
    assert list(track(iter([1, 2]), "count", total=2)) == [1, 2]
    assert "count" in screen.getvalue()
