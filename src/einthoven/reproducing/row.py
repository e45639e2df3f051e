"""Row: one number of a paper, where it was read, how it is obtained here, and what differs. Rows are data."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from einthoven.errors import ConfigError, did_you_mean

__all__ = ["PAPERS", "Part", "Row", "rows_of"]

PAPERS = ("melp", "merl")
"""Papers whose rows there are, one TOML file each."""


@dataclass(frozen=True)
class Part:
    """A set as it is asked: from which cohort, for which task.

    Args:
        cohort: name of the source, also of its folder below the data.
        task: what is compared with the paper.
        also: the same with corrected labels, or "".
        on: splits that are examined.
        test: records of the paper's test split, 0 where unknown.
        splits: a published split that is looked for, or "".
        differs: what is otherwise than in the paper.
    """

    cohort: str
    task: str
    also: str = ""
    on: tuple[str, ...] = ("test",)
    test: int = 0
    splits: str = ""
    differs: tuple[str, ...] = ()


@dataclass(frozen=True)
class Row:
    """One number of a paper.

    Args:
        name: e.g. "melp/linear-probe/super-1".
        protocol: of `einthoven.evaluating`.
        settings: of the protocol.
        parts: the sets it is the mean of; mostly one.
        source: for transfer, the set that is learnt from.
        paper: the number as printed, None where none was found.
        again: the same number as others found it, None where nobody is known to have tried.
        read: where the number was read.
        recipe: of `einthoven.pretraining`, for a model of one's own.
        differs: what is otherwise here.
    """

    name: str
    protocol: str
    settings: Mapping[str, Any]
    parts: tuple[Part, ...]
    source: Part | None
    paper: float | None
    again: float | None
    read: str
    recipe: str
    differs: tuple[str, ...]

    @property
    def command(self) -> str:
        """What obtains the number from the command line."""
        return f"einthoven reproduce {self.name} --model MODEL --data DATA"

    @property
    def needs(self) -> tuple[str, ...]:
        """Folders below the data that must be there."""
        parts = [*self.parts, *([self.source] if self.source else [])]
        return tuple(dict.fromkeys(part.cohort for part in parts))


def rows_of(name: str = "") -> list[Row]:
    """Return the rows whose names are `name` or begin with it: a paper, one of its kinds, or one row; "" is all.

    Raises:
        ConfigError: no row has such a name.

    >>> [row.paper for row in rows_of("melp/zero-shot/mean")]
    [79.0]
    """
    known = [row for paper in PAPERS for row in _rows(paper)]
    found = [row for row in known if not name or row.name == name or row.name.startswith(f"{name.rstrip('/')}/")]
    if not found:
        raise ConfigError(
            "a number is reproduced by the name of its row, its kind or its paper",
            came=f"{name!r} came",
            instead=did_you_mean(name, [*PAPERS, *(row.name for row in known)]),
            see="docs/reproducing.md",
        )
    return found


@cache
def _rows(paper: str) -> tuple[Row, ...]:
    table = _table(f"{paper}.toml")
    return tuple(
        _row(f"{paper}/{kind}/{key}", told, table) for kind, rows in table["rows"].items() for key, told in rows.items()
    )


def _row(name: str, told: Mapping[str, Any], table: Mapping[str, Any]) -> Row:
    paper, kind, key = name.split("/")
    about = table["kinds"][kind]
    sets, share = list(told.get("of", ())), None
    source = None
    if not sets:
        stem, _, percent = key.rpartition("-")
        sets, share = ([stem], float(percent) / 100) if percent.isdigit() else ([key], None)
    if "-to-" in key:
        first, _, second = key.partition("-to-")
        source, sets = _part(first, kind), [second]
    settings = {**about.get("with", {}), **({} if share is None else {"fractions": (share,)})}
    parts = tuple(_part(one, kind) for one in sets)
    return Row(
        f"{paper}/{kind}/{key}",
        about["protocol"],
        settings,
        parts,
        source,
        told.get("paper"),
        told.get("again"),
        told.get("read", "no number was found"),
        table["paper"]["recipe"],
        (*table["paper"]["differs"], *about["differs"], *_once(part.differs for part in parts)),
    )


def _once(differences: Iterator[tuple[str, ...]] | Any) -> tuple[str, ...]:
    return tuple(dict.fromkeys(one for some in differences for one in some))


def _part(key: str, kind: str) -> Part:
    told: dict[str, Any] = dict(_table("sets.toml")[key])
    probed = told.pop("probed", None)
    if probed and kind != "zero-shot":
        told |= {"also": told["task"], "task": probed}
    for name, value in told.items():
        told[name] = tuple(value) if isinstance(value, list) else value
    return Part(**told)


@cache
def _table(name: str) -> dict[str, Any]:
    return tomllib.loads(files("einthoven.reproducing").joinpath(name).read_text(encoding="utf-8"))
