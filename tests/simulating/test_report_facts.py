from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import Any

import pytest

from einthoven.simulating.ecg import plan
from einthoven.simulating.measuring import Measured, measure
from einthoven.simulating.report_facts import Facts, stage
from einthoven.simulating.report_seen import Seen, seen

One = Callable[..., Seen]
FactsOf = Callable[..., Facts]


def test_patients_are_seen_one_by_one_as_they_were_measured() -> None:
    measured = measure(plan(0, range(3)))
    rows = list(seen(measured))
    assert [row.rate for row in rows] == measured.rate.tolist()
    assert [list(row.st) for row in rows] == measured.st.tolist()
    assert {field.name for field in dataclasses.fields(Seen)} < {field.name for field in dataclasses.fields(Measured)}


def test_numbers_are_rounded_to_the_readers_step(facts: FactsOf) -> None:
    assert facts(10, pr=0.164)["pr"] == "160"
    assert facts(1, pr=0.164)["pr"] == "164"
    assert facts(10, axis=-38.0)["axis"] == "-40"
    assert facts(2, qtc=0.4321)["qtc"] == "432"
    assert facts(10, qrs=0.093)["qrs"] == "95"


def test_what_does_not_exist_has_no_words(facts: FactsOf) -> None:
    fibrillating = facts(pr=float("nan"))
    assert fibrillating["pr"] is fibrillating["pr_s"] is fibrillating["p"] is fibrillating["degree"] is None
    assert not fibrillating.holds(["prompt"])


@pytest.mark.parametrize(
    ("fact", "changes", "word"),
    [
        ("slow", {"rate": 40.0}, "marked"), ("slow", {"rate": 50.0}, ""), ("slow", {"rate": 57.0}, "mild"),
        ("fast", {"rate": 104.0}, "mild"), ("fast", {"rate": 140.0}, "marked"),
        ("degree", {"pr": 0.21}, "mild"), ("degree", {"pr": 0.32}, "marked"),
        ("broad", {"qrs": 0.17}, "markedly"), ("lengthened", {"qtc": 0.54}, "markedly"),
        ("depth", {"st": {"V5": -0.06}}, "slight"), ("depth", {"st": {"V5": -0.2}}, "marked"),
        ("inverted", {"t": {"V4": -0.6}}, "deep"), ("count", {"wide_beats": 5.0}, "frequent"),
        ("height", {"st": {"V2": 0.35}}, "marked"), ("response", {"rate": 130.0}, "rapid"),
        ("transition", {}, "V3"), ("sokolow", {}, "2.2"), ("depth_mm", {"st": {"V5": -0.12}}, "1.2"),
    ],
)  # fmt: skip
def test_graded_words_follow_the_measures(facts: FactsOf, fact: str, changes: dict[str, Any], word: str) -> None:
    assert facts(**changes)[fact] == word


def test_the_look_of_an_infarct(one: One) -> None:
    assert stage(one(st={"II": 0.2, "III": 0.2, "aVF": 0.2})) == "recent"
    assert stage(one(st={"V2": 0.2, "V3": 0.2})) == "old"
    assert stage(one(t={"V3": -0.4, "V4": -0.3})) == "subacute"
    assert stage(one()) == "old"
