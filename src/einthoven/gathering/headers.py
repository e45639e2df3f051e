"""Headers: what a WFDB header says besides the signal, read without opening the signal."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

__all__ = ["Header"]


@dataclass(frozen=True)
class Header:
    """The part of a .hea file that gathering needs.

    Args:
        comments: the lines after `#`, in order, without it.
        fields: the comments of the form `name: value`, names in lower case without brackets.
        files: the signal files it names.
        mark: what the signals are known by: their number, length and, lead by lead, first value and checksum. Two
            records of one mark hold the same samples but for one chance in 65,536 to the power of the leads.
    """

    comments: tuple[str, ...]
    fields: Mapping[str, str]
    files: tuple[str, ...]
    mark: tuple[str, ...]

    @classmethod
    def read(cls, path: str | Path) -> Header:
        """Read a header; what cannot be understood is left out, for the reader to complain about.

        Raises:
            OSError: the file is not there or may not be read.
        """
        text = Path(path).read_text(encoding="utf-8", errors="replace")
        lines = [line.strip() for line in text.splitlines() if line.strip()]
        comments = tuple(line.lstrip("#").strip() for line in lines if line.startswith("#"))
        first, *signals = [line.split() for line in lines if not line.startswith("#")] or [[]]
        fields: dict[str, str] = {}
        for comment in comments:
            name, colon, value = comment.partition(":")
            if colon:
                fields.setdefault(name.strip(" <>").lower(), value.strip())
        marks = [":".join(signal[5:7]) for signal in signals if len(signal) > 6]
        mark = (*first[1:2], *first[3:4], *marks) if marks and len(marks) == len(signals) else ()
        return cls(comments, fields, tuple(dict.fromkeys(signal[0] for signal in signals)), mark)
