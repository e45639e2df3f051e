"""BLEU and ROUGE-L against another library and against brute force."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from einthoven.evaluating.wording import bleu, rouge_l, words_of

ONE = np.ones((1, 1))
PAIRS = [
    ("sinus rhythm . left axis deviation . no acute changes .", "sinus rhythm . left axis deviation . st changes ."),
    ("atrial fibrillation with rapid response .", "atrial fibrillation , ventricular rate 120 ."),
    ("normal ecg .", "sinus rhythm . normal ecg , no definite pathology ."),
    ("rhythm rhythm rhythm rhythm sinus", "sinus rhythm"),
]  # fmt: skip


@pytest.mark.parametrize("n", [1, 2, 3, 4])
def test_bleu_is_that_of_torchmetrics(n: int) -> None:
    text = pytest.importorskip("torchmetrics.functional.text")
    written, human = zip(*PAIRS, strict=True)
    theirs = float(text.bleu_score(written, [[one] for one in human], n_gram=n))
    assert bleu(written, human, np.ones((1, 4)))[n - 1, 0] == pytest.approx(theirs, abs=1e-6)


def brute_force(a: list[str], b: list[str]) -> int:
    if not a or not b:
        return 0
    if a[0] == b[0]:
        return 1 + brute_force(a[1:], b[1:])
    return max(brute_force(a[1:], b), brute_force(a, b[1:]))


@given(st.lists(st.sampled_from("abc"), max_size=7), st.lists(st.sampled_from("abcd"), max_size=7))
def test_rouge_l_is_the_longest_common_subsequence(a: list[str], b: list[str]) -> None:
    length = len(a) + len(b)
    expected = 2 * brute_force(a, b) / length if length else 1.0
    assert rouge_l([" ".join(a)], [" ".join(b)])[0] == pytest.approx(expected)


def test_a_copy_is_perfect_and_silence_is_nothing() -> None:
    text = "sinus rhythm with first degree av block"
    assert bleu([text], [text], ONE).ravel().tolist() == pytest.approx([1, 1, 1, 1])
    assert bleu([""], [text], ONE).ravel().tolist() == [0, 0, 0, 0]
    assert rouge_l([text, ""], [text, text]).tolist() == [1, 0]


def test_a_short_text_is_punished_by_its_length() -> None:
    short = bleu(["sinus rhythm"], ["sinus rhythm , normal axis"], ONE)
    assert short[0, 0] == pytest.approx(np.exp(1 - 5 / 2))


def test_a_weight_of_two_is_the_pair_twice() -> None:
    written, human = zip(*PAIRS, strict=True)
    twice = bleu([*written, written[0]], [*human, human[0]], np.ones((1, 5)))
    np.testing.assert_allclose(bleu(written, human, np.array([[2.0, 1, 1, 1]])), twice)


@pytest.mark.parametrize("text", ["", "窦性心律", "a" * 60_000, "\x00\x1b[31m", "no stop", " ".join(["wort"] * 10_000)])
def test_a_text_of_any_kind_is_compared(text: str) -> None:
    assert np.isfinite(bleu([text], ["sinus rhythm"], ONE)).all()
    assert np.isfinite(rouge_l([text], ["sinus rhythm"])).all()


def test_numbers_and_decimals_stay_whole() -> None:
    assert words_of("QTc 0.44 s, überdreht, 窦性") == ["qtc", "0.44", "s", ",", "überdreht", ",", "窦性"]
