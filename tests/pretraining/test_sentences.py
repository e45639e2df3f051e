"""A report shown as some of its sentences stays a report, and is the same whenever its key is."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from einthoven.encoding import Words
from einthoven.errors import TrainingError
from einthoven.pretraining.batches import Batches, Reports
from einthoven.pretraining.plan import Plan
from einthoven.pretraining.sentences import sentences_of, some_of

REPORT = "Sinus rhythm at 71.5 bpm. Left axis deviation, LAFB; no ischaemia.\nAbnormal ECG"


def spelled(texts: Sequence[str]) -> Words:
    """Return each text as the codes of its characters."""
    longest = max(map(len, texts))
    ids = torch.tensor([[ord(char) for char in text.ljust(longest)] for text in texts])
    return Words(ids, torch.tensor([[i < len(text) for i in range(longest)] for text in texts]))


def read(words: Words) -> list[str]:
    return ["".join(map(chr, row[mask].tolist())) for row, mask in zip(words.ids, words.mask, strict=True)]


def test_a_report_is_cut_at_sentences_and_not_at_decimals() -> None:
    cut = ["Sinus rhythm at 71.5 bpm", "Left axis deviation, LAFB", "no ischaemia", "Abnormal ECG"]
    assert sentences_of(REPORT) == cut


def test_a_terse_report_is_a_list_of_statements() -> None:
    terse = "NSR, incomplete RBBB, evidence of old IMI, aVF"
    assert sentences_of(terse) == ["incomplete RBBB", "evidence of old IMI"]
    assert sentences_of("NAD") == ["NAD"]
    assert sentences_of("") == []


@given(st.text(max_size=80), st.integers(0, 2**63 - 1))
def test_what_is_shown_was_in_the_report(report: str, key: int) -> None:
    shown = some_of(report, part=1.0, key=key)
    assert shown == report or all(part in report for part in sentences_of(shown) if len(sentences_of(report)) > 1)
    assert shown == some_of(report, part=1.0, key=key)


def test_some_is_at_most_half_and_any_sentence_can_be_it() -> None:
    seen = {some_of(REPORT, part=1.0, key=key) for key in range(200)}
    assert {f"{part}." for part in sentences_of(REPORT)} <= seen
    assert all(len(sentences_of(text)) <= 2 for text in seen)


def test_the_part_is_how_often() -> None:
    cut = np.mean([some_of(REPORT, part=0.3, key=key) != REPORT for key in range(2000)])
    assert cut == pytest.approx(0.3, abs=0.04)
    assert some_of(REPORT, part=0.0, key=1) == REPORT


def test_equal_sentences_of_different_reports_are_one_group() -> None:
    feed = Reports(["Sinus rhythm. LVH.", "Sinus rhythm. AFIB."], spelled, some=1.0)
    rows = np.array([0, 1])
    pairs = [feed.take(rows, [key, key]) for key in range(20)]
    for words, present, groups in pairs:
        texts = read(words)
        assert (groups[0] == groups[1]) == (texts[0] == texts[1])
        assert present.all()
    assert len({tuple(read(words)) for words, _, _ in pairs}) == 2


def test_validation_sees_whole_reports_and_a_step_sees_the_same_again() -> None:
    reports = [f"Sinus rhythm {row}. Finding {row}. Remark {row}." for row in range(12)]
    feeds = {"report": Reports(reports, spelled, some=1.0)}
    training, validation = (Batches(feeds, np.arange(12), batch=4, seed=seed) for seed in (3, None))
    [one], [again], [next_epoch] = training.step(1), training.step(1), training.step(4)
    assert read(one.inputs["report"]) == read(again.inputs["report"])  # type: ignore[arg-type]
    assert read(one.inputs["report"]) != read(next_epoch.inputs["report"])  # type: ignore[arg-type]
    assert read(validation.step(0)[0].inputs["report"]) == reports[:4]  # type: ignore[arg-type]


def test_processes_together_see_what_one_sees() -> None:
    reports = [f"Sinus rhythm {row}. Finding {row}. Remark {row}." for row in range(16)]
    feeds = {"report": Reports(reports, spelled, some=0.5)}
    [whole] = Batches(feeds, np.arange(16), batch=8, seed=1).step(0)
    halves = [Batches(feeds, np.arange(16), batch=4, place=(rank, 2), seed=1).step(0)[0] for rank in (0, 1)]
    assert read(whole.inputs["report"]) == [text for half in halves for text in read(half.inputs["report"])]  # type: ignore[arg-type]


@pytest.mark.parametrize("share", [-0.1, 1.5])
def test_a_share_beyond_one_is_refused(share: float) -> None:
    with pytest.raises(TrainingError, match=f"sentences is 0 to 1.*sentences={share}"):
        Plan(sentences=share)
