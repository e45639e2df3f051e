from __future__ import annotations

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from einthoven.encoding import TextEncoder, encoder
from einthoven.encoding.sentences import numbered, spans

GERMAN = "Sinusrhythmus, Linkslagetyp. QRS 0,12 s; Überleitungsstörung! Sonst unauffällig"
CHINESE = "窦性心律。左束支传导阻滞。PR 间期 0.21 s"
STRANGE = {
    "": [],
    " \n. ; ": [],
    "Sinus rhythm": ["Sinus rhythm"],
    "PR 0.12 s. QTc 441 ms.": ["PR 0.12 s", "QTc 441 ms"],
    "Sinus rhythm. \x00\x07 LVH.": ["Sinus rhythm", "\x00\x07 LVH"],
    "Sinus rhythm . Left axis deviation .": ["Sinus rhythm", "Left axis deviation"],
    "QRS duration (0.14 s). LBBB": ["QRS duration (0.14 s)", "LBBB"],
    GERMAN: ["Sinusrhythmus, Linkslagetyp", "QRS 0,12 s", "Überleitungsstörung", "Sonst unauffällig"],
    CHINESE: ["窦性心律", "左束支传导阻滞", "PR 间期 0.21 s"],
}


@pytest.mark.parametrize(("report", "sentences"), STRANGE.items())
def test_sentences_are_found_whatever_ends_them(report: str, sentences: list[str]) -> None:
    assert [report[first:last] for first, last in spans(report)] == sentences


@given(st.text(max_size=60))
def test_spans_are_in_order_and_hold_something(report: str) -> None:
    found = spans(report)
    edges = [edge for span in found for edge in span]
    assert edges == sorted(edges)
    assert all(report[first:last].strip() for first, last in found)


@given(st.text(max_size=60), st.integers(0, 3))
def test_numbers_rise_without_a_gap(report: str, skipped: int) -> None:
    offsets = [(place, place + 1) for place in range(skipped, len(report))]
    numbers = [number for number in numbered(report, offsets, [0] * len(offsets)) if number >= 0]
    assert numbers == sorted(numbers)
    assert set(numbers) == set(range(max(numbers, default=-1) + 1))


def test_each_token_knows_its_sentence(reader: TextEncoder) -> None:
    words = reader.prepare(["PR 0.12 s. LBBB"])
    tokens = reader.tokenizer.encode("PR 0.12 s. LBBB").tokens  # type: ignore[union-attr]
    assert words.sentence is not None
    numbers = words.sentence[0].tolist()
    said = [
        "".join(one.removeprefix("##") for one, n in zip(tokens, numbers, strict=True) if n == k) for k in (-1, 0, 1)
    ]
    assert said == ["[CLS].[SEP]", "pr0.12s", "lbbb"]


def test_a_text_cut_off_keeps_the_sentences_it_has(reader: TextEncoder) -> None:
    short = encoder("report-tiny", tokenizer=reader.tokenizer, max_tokens=8)
    words = short.prepare(["Sinus rhythm. ST depression in V4. Normal ECG. " * 2000, "Normal ECG."])  # type: ignore[operator]
    assert words.ids.shape == (2, 8)
    assert words.sentence is not None
    assert words.sentence.amax(1).tolist() == [1, 0]


@pytest.mark.parametrize("report", STRANGE)
def test_the_vector_of_a_sentence_is_the_mean_of_its_tokens(reader: TextEncoder, report: str) -> None:
    words = reader.prepare([report, "Normal ECG. Sinus rhythm."])
    seen = reader(words)
    vectors, there = reader.pool("sentences", seen, words)
    assert words.sentence is not None
    count = int(words.sentence[0].max()) + 1
    assert there[0].sum() == count == len(STRANGE[report])
    for number in range(count):
        expected = seen.tokens[0, words.sentence[0] == number].mean(0)
        torch.testing.assert_close(vectors[0, number], expected, atol=1e-5, rtol=1e-5)
    assert not vectors[0, count:].any()
