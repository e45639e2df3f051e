"""Data falls one way: a room imports only rooms to its left, and left of `encoding` there is no torch."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

import einthoven

SRC = Path(einthoven.__file__).parent
STAIRS = [
    "errors", "progress", "files", "recording", "reading", "writing", "cleaning", "deidentifying", "drawing",
    "digitizing", "study", "simulating", "gathering", "encoding", "pretraining", "evaluating", "indexing",
    "reproducing", "demonstrating", "serving", "cli", "__main__",
]  # fmt: skip
LIGHT = STAIRS[: STAIRS.index("encoding")]
HEAVY_LIBRARIES = {"torch", "lightning", "transformers"}


def modules() -> list[Path]:
    return sorted(path for path in SRC.rglob("*.py") if path != SRC / "__init__.py")


def room_of(path: Path) -> str:
    return path.relative_to(SRC).parts[0].removesuffix(".py")


def imports(path: Path) -> set[str]:
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
            names |= {f"{node.module}.{alias.name}" for alias in node.names}
    return names


def ids(path: Path) -> str:
    return str(path.relative_to(SRC))


def test_every_room_has_a_stair() -> None:
    assert {room_of(path) for path in modules()} <= set(STAIRS)


@pytest.mark.parametrize("path", modules(), ids=ids)
def test_a_room_imports_only_rooms_to_its_left(path: Path) -> None:
    room = room_of(path)
    used = {name.split(".")[1] for name in imports(path) if name.startswith("einthoven.")} & set(STAIRS)
    ahead = sorted(other for other in used if STAIRS.index(other) > STAIRS.index(room))
    assert not ahead, f"{room} may not import {ahead}: data flows {' -> '.join(STAIRS)}"


@pytest.mark.parametrize("path", [path for path in modules() if room_of(path) in LIGHT], ids=ids)
def test_left_of_encoding_there_is_no_torch(path: Path) -> None:
    assert not {name.split(".")[0] for name in imports(path)} & HEAVY_LIBRARIES


def test_no_verb_shares_a_name_with_a_room() -> None:
    rooms = {path.name.removesuffix(".py") for path in SRC.iterdir()}
    assert not rooms & set(einthoven.VERBS)


def test_reading_an_ecg_loads_no_torch() -> None:
    light = [room for room in LIGHT if (SRC / room).is_dir() or (SRC / f"{room}.py").is_file()]
    program = "import sys\n" + "".join(f"import einthoven.{room}\n" for room in light) + "print('torch' in sys.modules)"
    assert (
        subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout == "False\n"
    )


def test_the_front_door_imports_nothing_heavy() -> None:
    program = "import sys; import einthoven; print(sorted({'numpy', 'scipy', 'torch', 'rich'} & set(sys.modules)))"
    assert subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout == "[]\n"
