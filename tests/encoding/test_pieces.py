from __future__ import annotations

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from einthoven.encoding.pieces import pieces_of

WORDS = st.dictionaries(st.text("abcde", min_size=1, max_size=8), st.integers(1, 9), min_size=1, max_size=8)


def slow(counts: dict[str, int], size: int) -> list[str]:
    """Count everything anew for each join: too slow for a cohort, too simple to be wrong."""
    spelled = {word: [word[0], *("##" + letter for letter in word[1:])] for word in counts}
    letters: Counter[str] = Counter()
    for word, parts in spelled.items():
        for part in parts:
            letters[part] += counts[word]
    pieces = sorted(letters, key=lambda part: (-letters[part], part))[: max(size // 2, 1)]
    while len(pieces) < size:
        often: Counter[tuple[str, str]] = Counter()
        for word, parts in spelled.items():
            for place in range(len(parts) - 1):
                often[parts[place], parts[place + 1]] += counts[word]
        best = min(often, key=lambda pair: (-often[pair], pair), default=None)
        if best is None or often[best] < 2:
            break
        joined = best[0] + best[1][2:]
        if joined not in pieces:
            pieces.append(joined)
        for word, parts in spelled.items():
            place, after = 0, []
            while place < len(parts):
                both = tuple(parts[place : place + 2]) == best
                after.append(joined if both else parts[place])
                place += 1 + both
            spelled[word] = after
    return pieces


@given(WORDS, st.integers(2, 40))
def test_the_fast_way_joins_what_the_slow_way_joins(counts: dict[str, int], size: int) -> None:
    assert pieces_of(counts, size) == slow(counts, size)


@given(WORDS, st.integers(2, 40))
def test_no_piece_comes_twice_and_there_are_no_more_than_asked(counts: dict[str, int], size: int) -> None:
    pieces = pieces_of(counts, size)
    assert len(set(pieces)) == len(pieces) <= size


@given(WORDS)
def test_with_room_every_frequent_word_is_a_piece_of_its_own(counts: dict[str, int]) -> None:
    pieces = pieces_of(counts, 500)
    assert {word for word, count in counts.items() if count > 1 or len(word) == 1} <= set(pieces)


def test_letters_that_no_word_has_can_be_asked_for() -> None:
    assert pieces_of({"ab": 5}, 8, always=["z", "##z"]) == ["##b", "a", "##z", "z", "ab"]
