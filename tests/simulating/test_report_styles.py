from __future__ import annotations

import re
from collections.abc import Callable

import numpy as np
import pytest

from einthoven.simulating.report_reader import DRAWS, Reader, Statement
from einthoven.simulating.report_seen import Seen
from einthoven.simulating.report_styles import STYLES, Style, style

One = Callable[..., Seen]

PARTS = {
    "rhythm": [Statement("sinus rhythm", "noun")],
    "measures": [Statement("QRS 90 ms", "noun")],
    "axis": [Statement("the axis is normal", "clause")],
    "infarct": [Statement("Q waves in aVF, cannot exclude old inferior infarction", "free")],
    "verdict": [Statement("abnormal ECG", "noun")],
}


def written(one: One, manner: Style, seed: int) -> str:
    reader = Reader(np.random.default_rng(seed).random(DRAWS).tolist(), one(), manner.voice, {})
    return manner.write(reader, PARTS)


@pytest.mark.parametrize("manner", STYLES, ids=lambda manner: manner.name)
def test_every_style_says_everything_once(one: One, manner: Style) -> None:
    for seed in range(40):
        text = written(one, manner, seed).lower()
        for said in (statement.text for statements in PARTS.values() for statement in statements):
            assert text.count(said.lower()) == 1, text
        assert not re.search(r"\.\.|  |, \.", text)


def test_shares_are_shares() -> None:
    assert sum(manner.share for manner in STYLES) == pytest.approx(1)
    rolls = np.random.default_rng(0).random(20_000)
    names = [style(float(roll)).name for roll in rolls]
    assert all(abs(names.count(manner.name) / 20_000 - manner.share) < 0.01 for manner in STYLES)
    assert style(0.9999999999999999) is STYLES[-1]


def test_styles_look_like_themselves(one: One) -> None:
    by_name = {manner.name: [written(one, manner, seed) for seed in range(30)] for manner in STYLES}
    assert all(text.isupper() for text in by_name["capitals"])
    assert all(text == text.lower() for text in by_name["lower case"] + by_name["notes"])
    assert all(text.startswith(("Rhythm: ", "Findings: ")) for text in by_name["headed"])
    assert all(text.endswith(".") and text[0].isupper() for text in by_name["sentences"] + by_name["prose"])
    assert any("." not in text for text in by_name["notes"])
    assert any(re.match("The (ECG|tracing|electrocardiogram|12-lead ECG) ", text) for text in by_name["prose"])
