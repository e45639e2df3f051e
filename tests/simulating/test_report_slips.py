from __future__ import annotations

import re

import numpy as np
import pytest

from einthoven.simulating import report_slips
from einthoven.simulating.report_slips import slipped

TEXT = (
    "Sinus rhythm at 72/min. Possible inferior infarction, ST depression in V4-V6. No ectopy. Abnormal ECG. PR 164 ms."
)


def many(text: str, n: int = 2000) -> list[str]:
    generator = np.random.default_rng(0)
    return [slipped(text, generator.random) for _ in range(n)]


def test_few_reports_have_slips() -> None:
    assert 0.03 < np.mean([text != TEXT for text in many(TEXT, 20_000)]) < 0.045


def test_slips_spare_numbers_leads_and_words_of_denial_and_doubt(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(report_slips, "SLIPPED", 1.0)
    changed = many(TEXT)
    kept = ("72/min", "V4-V6", "164 ms", "ST ", "No ", "Possible", "Abnormal", "PR")
    assert all(all(word in text for word in kept) for text in changed)
    assert len(set(changed)) > 50


def test_a_slip_is_one_letter_or_one_full_stop(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(report_slips, "SLIPPED", 1.0)
    for text in many(TEXT):
        assert abs(len(text) - len(TEXT)) <= 2
        wrong = [a for a, b in zip(re.findall(r"\w+", text), re.findall(r"\w+", TEXT), strict=True) if a != b]
        assert len(wrong) <= 2


def test_no_slip_makes_another_word(monkeypatch: pytest.MonkeyPatch) -> None:
    """Dropping the first t of "tracings" or the last s must not give a word of the vocabulary."""
    monkeypatch.setattr(report_slips, "SLIPPED", 1.0)
    words = {word for text in many("tracings leads changes") for word in text.split()}
    assert not words & {"tracing", "lead", "change"}


def test_a_text_without_long_words_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(report_slips, "SLIPPED", 1.0)
    assert set(many("SR 72, LAD", 50)) == {"SR 72, LAD"}
