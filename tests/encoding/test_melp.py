"""MELP's signal tower: known answers, and what its poolers promise."""

from __future__ import annotations

import copy
from collections.abc import Callable
from dataclasses import replace

import pytest
import torch

from einthoven.encoding import Signals, encoder
from einthoven.encoding.melp import MelpEncoder
from einthoven.encoding.pooler import Pooler
from einthoven.encoding.stem import Places, Stem
from einthoven.encoding.transformer import Layer
from einthoven.errors import ModelError

Waves = Callable[..., Signals]


def tiny(**sizes: object) -> MelpEncoder:
    made = encoder("melp-tiny", **sizes).eval()
    assert isinstance(made, MelpEncoder)
    return made


@pytest.mark.parametrize(("samples", "tokens"), [(5000, 312), (2500, 156), (4999, 312), (16, 1)])
def test_samples_become_the_papers_number_of_tokens(samples: int, tokens: int) -> None:
    with torch.device("meta"):
        paper = encoder("melp")
    assert isinstance(paper, MelpEncoder)
    one = Signals(torch.zeros(1, 12, samples), torch.ones(1, 12, dtype=torch.bool), torch.tensor([samples]))
    assert paper.token_mask(one).shape == (1, tokens)
    assert Stem(12, 2, depth=4)(one.signal, one.length).shape == (1, tokens, 2)


def test_the_papers_size_is_between_62_and_65_6_million() -> None:
    with torch.device("meta"):
        paper = encoder("melp")
    count = sum(weight.numel() for weight in paper.parameters())
    assert count == 65_019_008
    assert 62.0e6 < count < 65.6e6
    assert paper.poolings == {"tokens": 768, "beats": 256, "features": 256, "caption": 768}


def test_pooled_is_the_mean_of_the_beats(waves: Waves) -> None:
    net, batch = tiny(), waves(3)
    seen = net(batch)
    beats, there = net.pool("beats", seen, batch)
    assert beats.shape == (3, 4, 16)
    assert there.all()
    torch.testing.assert_close(seen.pooled, beats.mean(1))
    assert net.pool("caption", seen, batch)[0].shape == (3, 6, 32)
    assert torch.equal(net.pool("tokens", seen, batch)[0], seen.tokens)


def test_the_first_normalisation_is_that_of_a_group_for_each_channel() -> None:
    stem = Stem(12, 8, depth=1)
    with torch.no_grad():
        stem.gain.uniform_()
        stem.shift.uniform_()
    signal = torch.randn(2, 12, 1000)
    theirs = torch.nn.GroupNorm(8, 8)
    theirs.load_state_dict({"weight": stem.gain, "bias": stem.shift})
    expected = torch.nn.functional.gelu(theirs(stem.convolutions[0](signal))).transpose(1, 2)
    torch.testing.assert_close(stem(signal, torch.tensor([1000, 1000])), expected, atol=1e-5, rtol=1e-5)


def test_five_seconds_are_the_same_with_and_without_padding(waves: Waves) -> None:
    net, batch = tiny(), waves(2, samples=500)
    padded = replace(batch, signal=torch.nn.functional.pad(batch.signal, (0, 500)))
    short, long = net(batch), net(padded)
    assert short.tokens.shape[1] == 62
    torch.testing.assert_close(long.pooled, short.pooled, atol=1e-5, rtol=1e-5)
    torch.testing.assert_close(long.tokens[:, :62], short.tokens, atol=1e-5, rtol=1e-5)
    assert not long.mask[:, 62:].any()


def test_a_pooler_says_what_multihead_attention_says() -> None:
    pooler = Pooler(5, 16, context=24, heads=4)
    theirs = torch.nn.MultiheadAttention(16, 4, kdim=24, vdim=24, batch_first=True)
    with torch.no_grad():
        key, value = pooler.keyvalue.weight.chunk(2)
        for name, weight in (("q", pooler.query.weight), ("k", key), ("v", value)):
            getattr(theirs, f"{name}_proj_weight").copy_(weight)
        theirs.in_proj_bias.copy_(torch.cat([pooler.query.bias, pooler.keyvalue.bias]))
        theirs.out_proj.load_state_dict(pooler.out.state_dict())
    tokens, mask = torch.randn(3, 9, 24), torch.arange(9)[None] < torch.tensor([9, 4, 1])[:, None]
    context = pooler.norm_context(tokens)
    asked = pooler.norm_query(pooler.queries).expand(3, -1, -1)
    expected, _ = theirs(asked, context, context, key_padding_mask=~mask, need_weights=False)
    torch.testing.assert_close(pooler(tokens, mask), pooler.norm(expected), atol=1e-5, rtol=1e-5)


def test_hidden_tokens_say_nothing_of_themselves(waves: Waves) -> None:
    net, batch = tiny(), waves(2)
    blank = torch.zeros(2, 125, dtype=torch.bool)
    blank[:, 40:60] = True
    other = replace(batch, signal=batch.signal.clone())
    within = slice(40 * 8, 60 * 8)  # the same tokens in another order: mean and variance of each channel stay
    other.signal[:, :, within] = other.signal[:, :, within].unflatten(2, (20, 8)).flip(2).flatten(2)
    assert not torch.allclose(net(batch).tokens, net(other).tokens, atol=1e-3)
    torch.testing.assert_close(net(batch, blank=blank).tokens, net(other, blank=blank).tokens, atol=1e-4, rtol=1e-3)


def test_the_gradient_of_the_convolutions_is_thinned(waves: Waves) -> None:
    slopes = []
    for factor in (1.0, 0.1):
        net = tiny(stem_gradient=factor)
        net(waves(2)).pooled.square().sum().backward()
        slopes.append(net.stem.convolutions[0].weight.grad)
    torch.testing.assert_close(slopes[1], 0.1 * slopes[0], atol=1e-6, rtol=1e-3)


def test_patches_are_the_samples_of_each_token(waves: Waves) -> None:
    batch = waves(2)
    cut, mask = tiny().patches(batch)
    assert cut.shape == (2, 125, 12 * 8)
    assert torch.equal(cut[1, 3].view(12, 8), batch.signal[1, :, 24:32])
    assert mask.all()


@pytest.mark.parametrize("sizes", [{"groups": 4}, {"convolutions": 0}, {"beats": 0}])
def test_sizes_that_cannot_be_are_refused(sizes: dict[str, int]) -> None:
    with pytest.raises(ModelError, match=r"groups of a multiple of 16 channels; width=32"):
        tiny(**sizes)
    with pytest.raises(ModelError, match=r"a pooler's width is a multiple of its heads; width 16, heads 5"):
        tiny(pool_heads=5)


def test_it_leaves_no_token_out_and_has_the_poolings_it_names(waves: Waves) -> None:
    net = tiny(captions=0)
    with pytest.raises(ModelError, match="was asked for patches or given keep="):
        net(waves(1), keep=torch.zeros(1, 2, dtype=torch.long))
    with pytest.raises(ModelError, match=r"a melp encoder has no pooling 'caption'\. Known: beats, features, tokens"):
        net.pool("caption", net(waves(1)), waves(1))


def test_a_kept_weight_follows_every_change_of_its_parameters() -> None:
    places, tokens = Places(32, kernel=16, groups=2).eval(), torch.randn(2, 20, 32, generator=_seeded())

    def both() -> tuple[torch.Tensor, torch.Tensor]:
        with torch.no_grad():
            return places(tokens), places(tokens)

    first, again = both()
    torch.testing.assert_close(first, places(tokens).detach(), rtol=0, atol=1e-6)
    torch.testing.assert_close(first, again, rtol=0, atol=0)
    with torch.no_grad():
        next(iter(places.around.parametrizations.weight.parameters())).mul_(2)
    torch.testing.assert_close(both()[1], places(tokens).detach(), rtol=0, atol=1e-6)
    assert not torch.allclose(both()[1], first, atol=1e-3)
    places.load_state_dict(Places(32, kernel=16, groups=2).state_dict())
    torch.testing.assert_close(both()[0], places(tokens).detach(), rtol=0, atol=1e-6)
    other = copy.deepcopy(places).double()
    torch.testing.assert_close(both()[0].double(), other(tokens.double()).detach(), rtol=0, atol=1e-5)


def test_a_tower_made_in_inference_mode_keeps_no_weight() -> None:
    with torch.inference_mode():
        places, tokens = Places(32, kernel=16, groups=2).eval(), torch.randn(2, 20, 32, generator=_seeded())
        first = places(tokens)
        places.around.parametrizations.weight.original0.mul_(2)
        assert not torch.allclose(places(tokens), first, atol=1e-3)


def test_a_layer_says_the_same_with_and_without_gradients() -> None:
    layer, tokens = Layer(32, 4, hidden=64).eval(), torch.randn(2, 9, 32, generator=_seeded())
    before = tokens.clone()
    with torch.no_grad():
        plain = layer(tokens, None)
    torch.testing.assert_close(plain, layer(tokens, None).detach(), rtol=0, atol=1e-6)
    torch.testing.assert_close(tokens, before, rtol=0, atol=0)


def _seeded() -> torch.Generator:
    return torch.Generator().manual_seed(3)
