"""Every class of the six sets has words, and every phrase says whom it follows."""

from __future__ import annotations

import tomllib
from importlib.resources import files

import pytest

from einthoven.errors import EvaluationError
from einthoven.evaluating.prompts import phrases_of, prompts, sources
from einthoven.gathering import task
from einthoven.gathering.tasks import SETS, statements

SIX = ("superclass", "subclass", "form", "rhythm", "cpsc2018", "csn", "code-test")


@pytest.mark.parametrize("name", [*SIX, *SETS])
def test_every_class_of_every_set_is_put_into_several_phrases(name: str) -> None:
    one = task(name)
    for each in one.classes:
        for code in one.spoken(each):
            phrases = prompts(one.vocabulary)[code]
            assert len(phrases) >= 2, (name, code)
            assert len(set(phrases)) == len(phrases)


def test_every_statement_of_ptb_xl_has_phrases_and_no_phrase_is_of_something_else() -> None:
    assert set(prompts()) == set(statements())
    for vocabulary, name in (("csn", "csn"), ("cpsc2018", "cpsc2018"), ("code15", "code-test")):
        assert set(prompts(vocabulary)) == set(task(name).classes)


@pytest.mark.parametrize("vocabulary", ["scp", "csn", "cpsc2018", "code15"])
def test_a_source_in_full_stands_beside_every_phrase(vocabulary: str) -> None:
    for row in sources(vocabulary).values():
        assert all(len(source) > 20 for source in row.values())


def test_no_source_is_listed_that_nobody_follows() -> None:
    folder = files("einthoven.evaluating")
    tables = [tomllib.loads(folder.joinpath(name).read_text()) for name in ("prompts.toml", "prompts_sets.toml")]
    listed = set(tables[0]["sources"])
    used = {
        source
        for table in tables
        for key, rows in table.items()
        if key != "sources"
        for row in rows.values()
        for phrase, source in row.items()
        if phrase != "as"
    }
    assert used == listed


def test_a_phrase_is_a_sentence_of_plain_words() -> None:
    for vocabulary in ("scp", "csn", "cpsc2018", "code15"):
        for phrases in prompts(vocabulary).values():
            for phrase in phrases:
                assert phrase.endswith(".")
                assert phrase[0].isupper()
                assert len(phrase) < 90


def test_one_phrase_speaks_for_one_class_within_a_set() -> None:
    for vocabulary in ("csn", "cpsc2018", "code15"):
        said = [phrase for phrases in prompts(vocabulary).values() for phrase in phrases]
        assert len(said) == len(set(said)), vocabulary


def test_flutter_and_fibrillation_are_told_apart_in_each_set() -> None:
    assert all("flutter" in phrase.lower() for phrase in prompts("csn")["AF"])
    assert all("fibrillation" in phrase.lower() for phrase in prompts("csn")["AFIB"])


def test_a_class_without_words_is_named() -> None:
    with pytest.raises(EvaluationError, match="no phrases for MINE, YOURS"):
        phrases_of(["SR", "MINE", "YOURS"], prompts())
