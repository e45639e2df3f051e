"""An error has four parts, one tree, and crosses processes whole."""

from __future__ import annotations

import ast
import errno
import pickle
import re
from pathlib import Path

import pytest

import einthoven
from einthoven import errors
from einthoven.errors import EinthovenError, LeadError, StorageError, did_you_mean
from einthoven.files import replacing, storing, write_text

SRC = Path(einthoven.__file__).parent
KINDS = [getattr(errors, name) for name in errors.__all__ if isinstance(getattr(errors, name), type)]


def test_an_error_says_the_rule_what_came_what_to_do_and_where_to_read() -> None:
    error = LeadError("a lead is named once", came="V1 came twice", instead="Rename one.", see="docs/recording.md")
    assert str(error) == "a lead is named once; V1 came twice. Rename one. See docs/recording.md."
    assert (error.rule, error.came, error.instead) == ("a lead is named once", "V1 came twice", "Rename one.")


@pytest.mark.parametrize("kind", KINDS)
def test_every_error_crosses_a_process_border_whole(kind: type[EinthovenError]) -> None:
    error = kind("rule", came="came", instead="Do.", see="docs")
    back = pickle.loads(pickle.dumps(error))
    assert type(back) is kind
    assert str(back) == str(error)


def test_the_tree_in_the_docstring_is_the_tree_in_the_code() -> None:
    drawn = re.findall(r"[├└]── (\w+)|^    (EinthovenError)$", errors.__doc__ or "", flags=re.MULTILINE)
    assert {a or b for a, b in drawn} == {kind.__name__ for kind in KINDS}


def raised_in(path: Path) -> list[ast.Call]:
    nodes = ast.walk(ast.parse(path.read_text()))
    names = {kind.__name__ for kind in KINDS}
    return [
        node
        for node in nodes
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in names
    ]


@pytest.mark.parametrize("path", sorted(SRC.rglob("*.py")), ids=lambda path: str(path.relative_to(SRC)))
def test_every_error_raised_says_what_came_and_what_to_do(path: Path) -> None:
    for call in raised_in(path):
        words = {keyword.arg for keyword in call.keywords}
        starred = None in words or any(isinstance(arg, ast.Starred) for arg in call.args)
        assert starred or {"came", "instead"} <= words, f"line {call.lineno}"


def test_the_nearest_word_is_offered() -> None:
    assert did_you_mean("ptbxl", ["ptb-xl", "ludb"]) == "Did you mean ptb-xl? Known: ludb, ptb-xl."
    assert did_you_mean("x", []) == "Known: none."


@pytest.mark.parametrize(
    ("code", "said"), [(errno.ENOSPC, "the disk is full"), (errno.EDQUOT, "quota"), (errno.EROFS, "read-only")]
)
def test_a_full_disk_says_so_and_what_to_do(code: int, said: str, tmp_path: Path) -> None:
    with pytest.raises(StorageError, match=rf"writing needs room on the disk; .*{said}.*Free some space"):
        _fill(tmp_path, code)


def _fill(path: Path, code: int) -> None:
    with storing(path):
        raise OSError(code, "no")


def _half_write(target: Path) -> None:
    with replacing(target) as draft:
        draft.write_text("half")
        raise OSError(errno.ENOSPC, "no")


def test_another_failure_of_the_system_stays_itself(tmp_path: Path) -> None:
    with pytest.raises(PermissionError), storing(tmp_path):
        raise PermissionError(errno.EACCES, "no")


def test_a_file_is_there_whole_or_not_at_all(tmp_path: Path) -> None:
    target = tmp_path / "deep" / "file.txt"
    write_text(target, "old")
    with pytest.raises(StorageError, match="the disk is full"):
        _half_write(target)
    assert target.read_text() == "old"
    assert [path.name for path in target.parent.iterdir()] == ["file.txt"]
