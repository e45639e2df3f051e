from __future__ import annotations

import math

import pytest
import torch

from einthoven.encoding import Head, ReportDecoder
from einthoven.encoding.cache import Cache
from einthoven.encoding.heads import head
from einthoven.errors import ModelError


def decoder(**sizes: object) -> ReportDecoder:
    made = ReportDecoder(16, 50, **{"parts": 12, "depth": 2, "heads": 2, "longest": 9, **sizes})
    return made.eval()


def drawn(words: int = 7, *, states: int | None = None) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    torch.manual_seed(0)
    told = torch.randn(3, words, states) if states else torch.randint(0, 50, (3, words))
    return told, torch.randn(3, 5, 12), torch.tensor([[True] * 5, [True] * 3 + [False] * 2, [False] * 5])


@pytest.mark.parametrize("states", [None, 16, 20])
def test_shapes_are_as_promised(states: int | None) -> None:
    assert decoder(states=states)(*drawn(states=states)).shape == (3, 7, 50)


def test_at_the_papers_lengths_it_gives_the_papers_logits() -> None:
    paper = ReportDecoder(768, 30523, parts=768, states=768, depth=1, heads=8)
    told = torch.randn(2, 126, 768), torch.randn(2, 128, 768), torch.ones(2, 128, dtype=torch.bool)
    with torch.inference_mode():
        logits = paper(*told)
    assert logits.shape == (2, 126, 30523)
    labels = torch.randint(0, 30523, (2, 126))
    loss = torch.nn.functional.cross_entropy(logits.flatten(0, 1), labels.flatten())
    assert float(loss) == pytest.approx(math.log(30523), rel=0.02)


@pytest.mark.parametrize("states", [None, 16])
def test_a_word_sees_none_that_follow(states: int | None) -> None:
    net, (words, parts, mask) = decoder(states=states), drawn(states=states)
    other = words.clone()
    other[:, 4:] = other[:, 4:].flip(1) + (1 if states else 0)
    before, after = net(words, parts, mask), net(other, parts, mask)
    assert torch.equal(before[:, :4], after[:, :4])
    assert not torch.equal(before[:, 4:], after[:, 4:])


def test_the_ecg_is_heard_and_its_missing_parts_are_not() -> None:
    net, (words, parts, mask) = decoder(), drawn()
    other = parts.clone()
    other[1, 3:] = 1e6
    other[0, 0] = other[0, 0].flip(0)
    before, after = net(words, parts, mask), net(words, other, mask)
    assert torch.equal(before[1], after[1])
    assert not torch.allclose(before[0], after[0])
    assert before.isfinite().all()


@pytest.mark.parametrize("states", [None, 20])
def test_word_by_word_is_the_same_as_all_at_once(states: int | None) -> None:
    net, (words, parts, mask) = decoder(states=states), drawn(states=states)
    whole, cache = net(words, parts, mask), Cache()
    single = torch.cat([net(words[:, n : n + 1], parts, mask, cache=cache) for n in range(7)], 1)
    torch.testing.assert_close(single, whole, atol=1e-5, rtol=1e-5)


def test_every_weight_learns() -> None:
    net = decoder()
    net(*drawn()).square().sum().backward()
    assert not [name for name, weight in net.named_parameters() if weight.grad is None]


def test_more_words_than_places_are_refused() -> None:
    with pytest.raises(ModelError, match=r"writes at most 9 words; 10 came\. Cut the text"):
        decoder()(*drawn(10))


def test_the_config_builds_it_again() -> None:
    net = decoder(states=20, part="caption", text="words")
    again = head(net.config())
    assert isinstance(again, Head)
    assert again.config() == net.config()
    again.load_state_dict(net.state_dict())
    told = drawn(states=20)
    assert torch.equal(again.eval()(*told), net(*told))
