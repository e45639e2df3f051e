from __future__ import annotations

import re
from collections.abc import Callable

import numpy as np
import pytest

from einthoven.simulating.report_phrases import VOICES, entries
from einthoven.simulating.report_reader import DRAWS, Reader
from einthoven.simulating.report_seen import Seen

One = Callable[..., Seen]

DOUBT = {
    15: r"exclu|doubt",
    35: r"possib|question|consider|exclu|ruled out|poss\.",
    50: r"possib|perhaps|consider|may |could|poss\.",
    80: r"probab|likely|suspect|suggest|prob\.",
}
HEDGED = [code for code, entry in entries("code").items() if entry.hedge]


def reader(one: One, seed: int, voice: str = "long") -> Reader:
    return Reader(np.random.default_rng(seed).random(DRAWS).tolist(), one(), voice, {})


@pytest.mark.parametrize("likelihood", DOUBT)
@pytest.mark.parametrize("voice", VOICES)
def test_doubt_is_in_the_words(one: One, voice: str, likelihood: float) -> None:
    for seed, code in enumerate(HEDGED * 3):
        said = reader(one, seed, voice).say(entries("code")[code], likelihood)
        assert said is not None
        assert re.search(DOUBT[int(likelihood)], said.text.lower()), said


@pytest.mark.parametrize("voice", VOICES)
def test_what_is_certain_is_not_doubted(one: One, voice: str) -> None:
    for seed, code in enumerate(code for code in HEDGED if entries("code")[code].row.get("like") == "ischaemia"):
        said = reader(one, seed, voice).say(entries("code")[code], 100)
        assert said is not None
        assert not re.search(r"possib|exclu|doubt|question|perhaps", said.text), said


def test_a_finding_before_the_diagnosis_is_not_hedged(one: One) -> None:
    texts = {reader(one, seed).say(entries("code")["RAO/RAE"], 50) for seed in range(300)}
    seen = [said.text for said in texts if said and said.text.startswith("tall")]
    assert seen
    assert all(re.match(r"tall (peaked|pointed) P waves", text) for text in seen)


def test_a_phrase_without_its_facts_is_not_said(one: One) -> None:
    """The plain ECG has no Q wave: an infarct is never said with the leads of its Q waves."""
    said = [reader(one, seed).say(entries("code")["IMI"], 100) for seed in range(200)]
    assert not [statement for statement in said if statement and "Q wave" in statement.text]


def test_a_reader_begins_again_when_his_numbers_are_used_up(one: One) -> None:
    tired = reader(one, 0)
    numbers = [tired.chance() for _ in range(2 * DRAWS)]
    assert numbers[:DRAWS] == numbers[DRAWS:]


def test_nobody_rounds_across_a_limit_that_he_has_called(one: One) -> None:
    draws = np.random.default_rng(3).random((40, DRAWS)).tolist()
    long = [Reader(row, one(pr=0.2041), "long", {"1AVB": 100.0}).facts["pr"] for row in draws]
    assert set(long) == {"204"}
    assert len({Reader(row, one(pr=0.2041), "long", {}).facts["pr"] for row in draws}) > 1
