"""The report encoder, and what every encoder of texts promises."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
import torch

from einthoven.encoding import TextEncoder, TextPreparation, Words, encoder
from einthoven.encoding.build import build
from einthoven.encoding.cache import Cache
from einthoven.encoding.text import fingerprint
from einthoven.errors import ModelError, PreparationError
from einthoven.recording import Recording
from einthoven.study import Study

LONG = "Sinus rhythm with ST depression in V4-V6. " * 30


def test_shapes_are_as_promised(reader: TextEncoder) -> None:
    words = reader.prepare(["Sinus rhythm.", "Atrial fibrillation with rapid response."])
    seen = reader(words)
    assert seen.pooled.shape == (2, reader.width)
    assert seen.tokens.shape == (2, words.ids.shape[1], reader.token_width)
    assert torch.equal(seen.mask, words.mask)


@pytest.mark.parametrize("norm", ["pre", "post"])
def test_what_padding_holds_can_never_influence_the_output(norm: str) -> None:
    net = encoder("report-tiny", norm=norm).eval()
    words = Words(torch.randint(6, 500, (2, 9)), torch.tensor([[True] * 5 + [False] * 4, [True] * 9]))
    dirty = replace(words, ids=words.ids.clone())
    dirty.ids[0, 5:] = 17
    assert torch.equal(net(words).pooled, net(dirty).pooled)


def test_a_text_does_not_depend_on_the_length_of_its_neighbours(reader: TextEncoder) -> None:
    alone = reader(reader.prepare(["Sinus rhythm."])).pooled
    beside = reader(reader.prepare(["Sinus rhythm.", LONG])).pooled
    assert torch.allclose(alone[0], beside[0], atol=1e-5)


def test_pooled_is_the_mean_over_real_tokens(reader: TextEncoder) -> None:
    seen = reader(reader.prepare(["Sinus rhythm.", LONG]))
    assert torch.allclose(seen.pooled[0], seen.tokens[0, seen.mask[0]].mean(0), atol=1e-6)


def test_order_of_words_matters(reader: TextEncoder) -> None:
    one, other = reader(reader.prepare(["normal sinus rhythm", "rhythm sinus normal"])).pooled
    assert not torch.allclose(one, other, atol=1e-3)


def test_case_does_not_matter(reader: TextEncoder) -> None:
    one, other = reader(reader.prepare(["SINUS Rhythm", "sinus rhythm"])).pooled
    assert torch.allclose(one, other, atol=1e-6)


def test_only_the_kept_words_are_encoded(reader: TextEncoder) -> None:
    words = reader.prepare(["Sinus rhythm. Normal ECG."])
    keep = torch.tensor([[0, 1, 2]])
    other = replace(words, ids=words.ids.clone())
    other.ids[0, 3:] = 9
    assert torch.equal(reader(words, keep=keep).pooled, reader(other, keep=keep).pooled)
    assert reader(words, keep=keep).tokens.shape[1] == 3


def test_longer_texts_are_cut_at_the_recipe(reader: TextEncoder) -> None:
    words = reader.prepare([LONG])
    assert words.ids.shape == (1, 64)
    assert words.ids[0, -1] == 3  # [SEP] ends the text all the same
    assert reader.prepare([]).ids.shape == (0, 0)


def test_more_tokens_than_the_recipe_are_refused(reader: TextEncoder) -> None:
    words = Words(torch.zeros(1, 65, dtype=torch.long), torch.ones(1, 65, dtype=torch.bool))
    with pytest.raises(PreparationError, match=r"reads at most 64 tokens; a batch with 65 came.*encoder\.prepare"):
        reader(words)


def causal(reader: TextEncoder, **sizes: object) -> TextEncoder:
    made = encoder("report-tiny", tokenizer=reader.tokenizer, causal=True, depth=2, **sizes).eval()
    assert isinstance(made, TextEncoder)
    return made


@pytest.mark.parametrize("norm", ["pre", "post"])
def test_a_causal_word_sees_none_that_follow(reader: TextEncoder, norm: str) -> None:
    net = causal(reader, norm=norm)
    words = net.prepare(["Sinus rhythm. Normal ECG."])
    other = replace(words, ids=words.ids.clone())
    other.ids[0, 4:] = 9
    assert torch.equal(net(words).tokens[0, :4], net(other).tokens[0, :4])
    assert not torch.equal(reader(words).tokens[0, 0], reader(other).tokens[0, 0])


def test_a_causal_text_is_pooled_by_the_token_that_has_seen_it_all(reader: TextEncoder) -> None:
    net = causal(reader)
    seen = net(net.prepare(["Sinus rhythm.", LONG]))
    last = int(seen.mask[0].sum()) - 1
    assert torch.equal(seen.pooled, torch.stack([seen.tokens[0, last], seen.tokens[1, -1]]))
    mean = causal(reader, pooling="mean")(net.prepare(["Sinus rhythm.", LONG]))
    assert torch.allclose(mean.pooled[0], mean.tokens[0, mean.mask[0]].mean(0), atol=1e-6)
    with pytest.raises(ModelError, match=r"pooled by last or mean; pooling='cls'"):
        causal(reader, pooling="cls")


def test_a_causal_encoder_reads_word_by_word(reader: TextEncoder) -> None:
    net, cache = causal(reader), Cache()
    ids = net.prepare(["Sinus rhythm. Normal ECG."]).ids.repeat(2, 1)
    ids[1, 2:4] = 9
    whole = net(Words(ids, torch.ones_like(ids, dtype=torch.bool))).tokens
    first = net.read(ids[:, :3], cache)
    cache.pick(torch.tensor([1, 0]))
    then = net.read(ids[[1, 0], 3:], cache)
    torch.testing.assert_close(torch.cat([first, then[[1, 0]]], 1), whole, atol=1e-5, rtol=1e-5)
    with pytest.raises(ModelError, match=r"this report encoder looks at a text both ways\. Make it with causal=True"):
        reader.read(ids, Cache())


def test_the_first_layers_can_be_frozen_with_the_embeddings(reader: TextEncoder) -> None:
    net = causal(reader, frozen=1).train()
    net(net.prepare(["Sinus rhythm."])).pooled.square().sum().backward()
    learning = {name.split(".layers.")[-1][0] for name, weight in net.named_parameters() if weight.grad is not None}
    assert learning <= {"1", "t"}  # the second layer, and the transformer's last norm
    assert not any(weight.requires_grad for weight in causal(reader, frozen=True).parameters())


def test_what_was_written_is_spoken(reader: TextEncoder) -> None:
    ids = reader.prepare(["ST depression 0.15 mV in V4-V6."]).ids[0].tolist()
    assert reader.spoken(ids) == "st depression 0.15 mv in v4 - v6."
    assert reader.tokenizer_json is not None
    assert reader.preparation.tokenizer == fingerprint(reader.tokenizer_json)


def test_every_weight_learns(reader: TextEncoder) -> None:
    reader(reader.prepare(["Sinus rhythm."])).pooled.square().sum().backward()
    assert not [name for name, weight in reader.named_parameters() if weight.grad is None]


def test_it_cannot_read_before_it_has_a_tokenizer() -> None:
    with pytest.raises(ModelError, match=r"needs a tokenizer before it can read; this report encoder.*fit_tokenizer"):
        encoder("report-tiny").prepare(["Sinus rhythm."])


def test_a_second_tokenizer_is_refused(reader: TextEncoder) -> None:
    with pytest.raises(ModelError, match=r"belong to one tokenizer; fit_tokenizer\(\) was called on an encoder that"):
        reader.fit_tokenizer(["Sinus rhythm."])


def test_the_recipe_names_the_tokenizer(reader: TextEncoder) -> None:
    assert reader.tokenizer_json is not None
    assert reader.preparation.tokenizer == fingerprint(reader.tokenizer_json)
    again = build(reader.config(), reader.preparation, tokenizer=reader.tokenizer_json)
    assert torch.equal(again.prepare(["av block 0.2"]).ids, reader.prepare(["av block 0.2"]).ids)
    other = reader.tokenizer_json.replace("sinus", "sinew")
    for wrong in (other, None):
        with pytest.raises(PreparationError, match=r"belongs to the tokenizer it names.*Keep tokenizer\.json"):
            build(reader.config(), reader.preparation, tokenizer=wrong)


def test_a_tokenizer_larger_than_the_weights_is_refused(reader: TextEncoder) -> None:
    with pytest.raises(ModelError, match=r"tokens for 50 rows\. Build the encoder with vocabulary="):
        build({**reader.config(), "vocabulary": 50}, TextPreparation(), tokenizer=reader.tokenizer_json)


def test_a_tokenizer_itself_is_taken_and_left_as_it_was(reader: TextEncoder) -> None:
    tokenizer = reader.tokenizer
    assert tokenizer is not None
    short = encoder("report-tiny", tokenizer=tokenizer, max_tokens=8)
    assert short.prepare([LONG]).ids.shape == (1, 8)
    assert len(tokenizer.encode(LONG).ids) == 64


def test_studies_are_read_by_their_report(reader: TextEncoder, recorded: Callable[..., Recording]) -> None:
    study = Study("a", recorded(), report="Sinus rhythm.")
    assert torch.equal(reader.prepare([study]).ids, reader.prepare(["Sinus rhythm."]).ids)
    with pytest.raises(PreparationError, match=r"only a study with a report.*study b has none\. Leave it out"):
        reader.prepare([Study("b", recorded())])


def test_what_is_no_text_is_refused(reader: TextEncoder) -> None:
    with pytest.raises(ModelError, match="takes strings or studies; int came"):
        reader.prepare([5])  # type: ignore[list-item]


def test_a_text_recipe_of_other_fields_is_refused() -> None:
    with pytest.raises(PreparationError, match=r"keys \['max_tokens', 'stem'\] came"):
        TextPreparation.from_json('{"max_tokens": 5, "stem": true}')
    with pytest.raises(PreparationError, match="no table came"):
        TextPreparation.from_json("[1]")


def test_the_fingerprint_of_a_text_recipe_tells_recipes_apart() -> None:
    assert TextPreparation().fingerprint != TextPreparation(lower=False).fingerprint
