from __future__ import annotations

import subprocess
import sys

import pytest

from einthoven.encoding.tokenizer import SPECIAL, train_tokenizer
from einthoven.errors import ModelError

TEXTS = [
    "ST depression 0.15 mV in V4-V6.",
    "Linksschenkelblock, Überleitungsstörung: PQ 240ms",
    "T-wave; T-wave inversion",
]


@pytest.mark.parametrize(
    ("text", "tokens"),
    [
        ("st depression", ["st", "depression"]),
        ("ST-depression 0.15mV", ["st", "-", "depression", "0.15", "mv"]),
        ("V4 - V6", ["v4", "-", "v6"]),
        ("ÜBERLEITUNGSSTÖRUNG", ["überleitungsstörung"]),
        ("PQ 240", ["pq", "240"]),
        ("", []),
    ],
)
def test_numbers_leads_and_accents_stay_whole(text: str, tokens: list[str]) -> None:
    tokenizer = train_tokenizer(TEXTS * 3, 400)
    assert tokenizer.encode(text).tokens == ["[CLS]", *tokens, "[SEP]"]


def test_what_no_report_said_is_spelled_not_unknown() -> None:
    tokenizer = train_tokenizer(TEXTS * 3, 400)
    tokens = tokenizer.encode("quetzal 37,9").tokens
    assert "[UNK]" not in tokens
    assert "".join(token.removeprefix("##") for token in tokens[1:-1]) == "quetzal37,9"


def test_special_tokens_have_their_numbers_and_are_never_cut() -> None:
    tokenizer = train_tokenizer(TEXTS, 400)
    assert [tokenizer.token_to_id(token) for token in SPECIAL] == list(range(6))
    assert tokenizer.encode("st [MASK] depression").ids.count(4) == 1


def test_case_can_be_kept() -> None:
    tokenizer = train_tokenizer(["Sinus sinus"] * 5, 200, lower=False)
    assert tokenizer.encode("Sinus sinus").tokens[1:-1] == ["Sinus", "sinus"]


def test_it_learns_no_more_than_asked() -> None:
    assert train_tokenizer(TEXTS * 3, 60).get_vocab_size() == 60


def test_the_order_of_texts_does_not_matter() -> None:
    assert train_tokenizer(TEXTS, 200).to_str() == train_tokenizer(TEXTS[::-1], 200).to_str()


def test_another_process_learns_the_same() -> None:
    program = (
        "import sys; from einthoven.encoding.tokenizer import train_tokenizer;"
        "sys.stdout.buffer.write(train_tokenizer(sys.argv[1:], 200).to_str().encode())"
    )
    other = subprocess.run([sys.executable, "-c", program, *TEXTS], capture_output=True, check=True)
    assert other.stdout.decode() == train_tokenizer(TEXTS, 200).to_str()


@pytest.mark.parametrize(("texts", "size"), [([], 200), (["", "  "], 200), (["sinus"], 6)])
def test_there_must_be_words_and_room(texts: list[str], size: int) -> None:
    with pytest.raises(ModelError, match=rf"trained on words.*different words and size={size}\. Pass"):
        train_tokenizer(texts, size)
