"""Rows are data: every one can be run as it stands, and says where its number was read."""

from __future__ import annotations

import pytest

from einthoven.errors import ConfigError
from einthoven.evaluating import protocol_named
from einthoven.evaluating.transfer import partners
from einthoven.gathering import SOURCES, task
from einthoven.reproducing import PAPERS, rows_of

ROWS = rows_of()


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
def test_a_row_names_a_protocol_a_task_and_a_source_that_exist(row: object) -> None:
    assert protocol_named(row.protocol, **row.settings)  # type: ignore[attr-defined]
    for part in row.parts:  # type: ignore[attr-defined]
        assert part.cohort in SOURCES
        assert task(part.task).classes
        assert not part.also or task(part.also).classes
    if row.source is not None:  # type: ignore[attr-defined]
        assert partners(row.source.task.removesuffix("-legacy"), row.parts[0].task.removesuffix("-legacy"))  # type: ignore[attr-defined]


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
def test_a_number_says_where_it_was_read_and_what_differs(row: object) -> None:
    assert (row.paper is None) == (row.read == "no number was found")  # type: ignore[attr-defined]
    assert row.paper is None or 50 < row.paper < 100  # type: ignore[attr-defined]
    assert len(row.differs) >= 2  # type: ignore[attr-defined]
    assert row.command.startswith(f"einthoven reproduce {row.name} ")  # type: ignore[attr-defined]


def test_the_numbers_are_those_of_the_papers() -> None:
    told = {row.name: row.paper for row in ROWS}
    assert told["melp/zero-shot/mean"] == 79.0
    assert told["melp/linear-probe/rhythm-100"] == 93.66
    assert told["merl/zero-shot/mean"] == 75.2
    merl = [told[f"merl/zero-shot/{name}"] for name in ("super", "sub", "form", "rhythm", "cpsc2018", "csn")]
    assert round(sum(merl) / 6, 1) == 75.2, "the sets' numbers give the mean of the abstract"  # type: ignore[arg-type]


def test_shares_and_recipes_follow_from_the_name() -> None:
    one, ten = rows_of("melp/linear-probe/csn-1")[0], rows_of("melp/linear-probe/csn-10")[0]
    assert (dict(one.settings), dict(ten.settings)) == (
        {"subset": "melp", "fractions": (0.01,)},
        {"subset": "melp", "fractions": (0.1,)},
    )
    assert dict(rows_of("merl/linear-probe/sub-1")[0].settings) == {"subset": "merl", "fractions": (0.01,)}


def test_labels_are_legacy_where_the_paper_had_them() -> None:
    csn = rows_of("melp/zero-shot/csn")[0].parts[0]
    assert (csn.task, csn.also) == ("csn-legacy", "csn")
    probed, asked = (rows_of(f"merl/{kind}")[0].parts[0] for kind in ("linear-probe/sub-1", "zero-shot/sub"))
    assert (probed.task, probed.also, asked.task) == ("subclass-legacy", "subclass", "subclass")


def test_rows_are_found_by_paper_kind_or_name() -> None:
    assert len(rows_of()) == sum(len(rows_of(paper)) for paper in PAPERS)
    assert {row.name.split("/")[1] for row in rows_of("melp/zero-shot")} == {"zero-shot"}
    assert len({row.name for row in ROWS}) == len(ROWS)
    with pytest.raises(ConfigError, match=r"'melp/zeroshot/super' came. Did you mean melp/zero-shot/super?"):
        rows_of("melp/zeroshot/super")
