from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from einthoven.encoding import Model, TextEncoder, Words, encoder, load, train_tokenizer
from einthoven.encoding.cache import Cache
from einthoven.errors import MissingExtraError, ModelError

TEXTS = ["Sinus rhythm. Normal ECG.", "Atrial fibrillation, 140/min, ST depression 0.15 mV."]


@pytest.fixture(scope="module")
def bert(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Save a tiny random BERT with a tokenizer, as a download would lie on the disk."""
    transformers = pytest.importorskip("transformers")
    folder = tmp_path_factory.mktemp("bert")
    torch.manual_seed(0)
    sizes = {"hidden_size": 32, "num_hidden_layers": 3, "num_attention_heads": 2, "intermediate_size": 64}
    config = transformers.BertConfig(vocab_size=200, max_position_embeddings=64, **sizes)
    transformers.BertModel(config).save_pretrained(folder)
    train_tokenizer(TEXTS * 3, 200).save(str(folder / "tokenizer.json"))
    return folder


def made(path: Path, **overrides: object) -> TextEncoder:
    found = encoder("huggingface", path=path, max_tokens=32, **overrides).eval()
    assert isinstance(found, TextEncoder)
    return found


@pytest.mark.parametrize("pooling", ["mean", "cls"])
def test_it_says_what_transformers_says(bert: Path, pooling: str) -> None:
    import transformers

    net = made(bert, pooling=pooling)
    words = net.prepare(TEXTS)
    theirs = transformers.BertModel.from_pretrained(bert).eval()
    hidden = theirs(input_ids=words.ids, attention_mask=words.mask.long()).last_hidden_state
    mean = torch.stack([row[mask].mean(0) for row, mask in zip(hidden, words.mask, strict=True)])
    expected = mean if pooling == "mean" else hidden[:, 0]
    assert torch.allclose(net(words).pooled, expected, atol=1e-5)
    assert net.width == 32


def test_it_is_saved_without_the_folder_it_came_from(bert: Path, tmp_path: Path) -> None:
    one = Model([made(bert)])
    folder = one.save(tmp_path / "model")
    assert str(bert) not in (folder / "config.json").read_text()
    again = load(folder)
    assert again.fingerprint == one.fingerprint
    assert np.array_equal(again.embed(TEXTS), one.embed(TEXTS))


def test_untrained_is_random(bert: Path) -> None:
    one = Model([made(bert)])
    assert one.untrained(1).fingerprint == one.untrained(1).fingerprint != one.fingerprint


def trained(net: TextEncoder) -> set[str]:
    net.train()
    net(net.prepare(TEXTS)).pooled.square().sum().backward()
    return {name for name, weight in net.named_parameters() if weight.grad is not None}


def test_every_weight_learns_unless_frozen(bert: Path) -> None:
    net = made(bert)
    assert trained(net) == {name for name, _ in net.named_parameters()}


def test_a_frozen_model_learns_nothing_and_drops_nothing(bert: Path) -> None:
    net = made(bert, frozen=True).train()
    assert not any(weight.requires_grad for weight in net.parameters())
    one, other = (net(net.prepare(TEXTS)).pooled for _ in range(2))
    assert torch.equal(one, other)
    assert not one.requires_grad


def test_the_first_layers_can_be_frozen_with_the_embeddings(bert: Path) -> None:
    learning = trained(made(bert, frozen=2))
    assert learning
    assert all(".layer.2." in name for name in learning)


def test_it_lives_beside_an_ecg_encoder(bert: Path, recorded: Callable[..., object]) -> None:
    both = Model([encoder("vit-tiny"), made(bert)])
    assert both.embed([recorded()]).shape == (1, 64)
    assert both.embed(TEXTS).shape == (2, 32)


def test_a_missing_extra_says_how_to_install_it(bert: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "transformers", None)
    with pytest.raises(MissingExtraError, match=r'not installed\. Install it with pip install "einthoven\[text\]"'):
        made(bert)


def test_without_a_path_it_says_what_to_pass() -> None:
    with pytest.raises(ModelError, match=r'no path came\. Use encoder\("huggingface", path='):
        encoder("huggingface")


@pytest.mark.parametrize(
    ("gone", "text"),
    [
        ("config.json", r"it has no config\.json"),
        ("tokenizer.json", r"it has no tokenizer\.json"),
        ("model.safetensors", r"transformers refused it \(OSError\)"),
    ],
)
def test_a_folder_without_a_part_is_refused(bert: Path, tmp_path: Path, gone: str, text: str) -> None:
    for path in bert.iterdir():
        if path.name != gone:
            (tmp_path / path.name).write_bytes(path.read_bytes())
    with pytest.raises(ModelError, match=text):
        made(tmp_path)


def test_a_tokenizer_that_is_none_is_refused(bert: Path, tmp_path: Path) -> None:
    for path in bert.iterdir():
        (tmp_path / path.name).write_bytes(path.read_bytes())
    (tmp_path / "tokenizer.json").write_text("{")
    with pytest.raises(ModelError, match=r"its tokenizer\.json cannot be read"):
        made(tmp_path)


def test_other_poolings_and_lengths_are_refused(bert: Path) -> None:
    with pytest.raises(ModelError, match=r"pooled by cls or last or mean; pooling=.max.\. Choose"):
        made(bert, pooling="max")
    with pytest.raises(ModelError, match=r"reads at most 64 tokens; max_tokens=128 came"):
        encoder("huggingface", path=bert)


def test_words_cannot_be_left_out(bert: Path) -> None:
    net = made(bert)
    with pytest.raises(ModelError, match="a huggingface encoder was asked for patches or given keep="):
        net(net.prepare(TEXTS), keep=torch.zeros(2, 1, dtype=torch.long))


def test_a_bert_can_be_made_causal(bert: Path) -> None:
    net, both_ways = made(bert, causal=True, pooling=None), made(bert)
    assert net.pooling == "last"
    words = net.prepare(["sinus rhythm normal"])
    other = replace(words, ids=words.ids.clone())
    other.ids[0, -1] = 7
    states, changed = net(words).tokens, net(other).tokens
    assert torch.equal(states[0, :-1], changed[0, :-1])
    assert not torch.equal(both_ways(words).tokens[0, 0], both_ways(other).tokens[0, 0])
    assert torch.equal(net(words).pooled[0], states[0, -1])


def test_a_causal_model_reads_word_by_word(bert: Path) -> None:
    net, cache = made(bert, causal=True), Cache()
    ids = net.prepare(["sinus rhythm normal", "atrial fibrillation 0.15"]).ids[:, :5]
    whole = net(Words(ids, torch.ones_like(ids, dtype=torch.bool))).tokens
    first, then = net.read(ids[:, :2], cache), None
    cache.pick(torch.tensor([1, 0]))
    then = net.read(ids[[1, 0], 2:], cache)
    torch.testing.assert_close(first, whole[:, :2], atol=1e-5, rtol=1e-5)
    torch.testing.assert_close(then, whole[[1, 0], 2:], atol=1e-5, rtol=1e-5)


def test_a_causal_model_is_saved_as_one(bert: Path, tmp_path: Path) -> None:
    again = load(Model([made(bert, causal=True)]).save(tmp_path / "model")).encoder("report")
    assert isinstance(again, TextEncoder)
    assert again.causal
    words = again.prepare(["sinus rhythm normal"])
    assert torch.equal(again(words).tokens, made(bert, causal=True)(words).tokens)


def test_a_model_that_looks_both_ways_cannot_read_word_by_word(bert: Path) -> None:
    with pytest.raises(ModelError, match=r"read word by word by a causal encoder; this huggingface.*causal=True"):
        made(bert).read(torch.zeros(1, 1, dtype=torch.long), Cache())


def saved(body: object, folder: Path) -> Path:
    body.save_pretrained(folder)  # type: ignore[attr-defined]
    train_tokenizer(TEXTS * 3, 200).save(str(folder / "tokenizer.json"))
    return folder


def test_a_model_that_does_not_listen_is_refused_and_one_that_always_is_causal_is_not(tmp_path: Path) -> None:
    transformers = pytest.importorskip("transformers")
    deaf = transformers.DistilBertConfig(vocab_size=200, dim=32, n_layers=1, n_heads=2, hidden_dim=64)
    with pytest.raises(ModelError, match=r"sees no word that follows; this one does.*reads=.words."):
        made(saved(transformers.DistilBertModel(deaf), tmp_path / "deaf"), causal=True)
    always = transformers.GPT2Config(vocab_size=200, n_embd=32, n_layer=1, n_head=2, n_positions=64)
    net = made(saved(transformers.GPT2Model(always), tmp_path / "always"), causal=True, pooling=None)
    assert net.pooling == "last"
    assert net.read(torch.zeros(1, 3, dtype=torch.long), Cache()).shape == (1, 3, 32)
