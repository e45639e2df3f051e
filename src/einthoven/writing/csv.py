"""CSV: one column a lead in mV, with enough digits to read the same float32 again; facts in comments before them."""

from __future__ import annotations

from pathlib import Path

from einthoven.files import write_text
from einthoven.recording import Recording
from einthoven.writing.facts import facts

__all__ = ["write"]


def write(recording: Recording, path: Path) -> Path:
    """Write comments, lead names and a row a sample. Raises StorageError when the disk is full or read-only."""
    known = facts(recording)
    lines = [f"# {key}: {_line(step)}" for key, name in _MANY for step in known.pop(name, ())]
    lines = [f"# {key}: {_line(str(value))}" for key, value in known.items()] + lines
    lines.append(",".join(_cell(lead) for lead in recording.leads))
    form = ",".join(["%.9g"] * len(recording.leads))
    lines += [form % tuple(row) for row in recording.signal.T.tolist()]
    write_text(path, "\n".join(lines) + "\n")
    return path


_MANY = (("history", "history"), ("warning", "warnings"))


def _line(text: str) -> str:
    return " ".join(text.split())


def _cell(text: str) -> str:
    return _line(text).replace(",", " ").replace('"', "")
