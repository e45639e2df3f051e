from __future__ import annotations

import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import nn

from einthoven.encoding.transformer import DropPath, Layer, Transformer, masked_mean, pick, sinusoids
from einthoven.errors import ModelError


@pytest.mark.parametrize("norm", ["pre", "post"])
def test_a_layer_equals_the_layer_of_torch(norm: str) -> None:
    torch.manual_seed(0)
    ours = Layer(32, 4, hidden=64, norm=norm).eval()
    theirs = nn.TransformerEncoderLayer(
        32, 4, 64, dropout=0.0, activation="gelu", batch_first=True, norm_first=norm == "pre"
    )
    pairs = {
        "self_attn.in_proj_weight": ours.qkv.weight, "self_attn.in_proj_bias": ours.qkv.bias,
        "self_attn.out_proj.weight": ours.out.weight, "self_attn.out_proj.bias": ours.out.bias,
        "linear1.weight": ours.mlp[0].weight, "linear1.bias": ours.mlp[0].bias,
        "linear2.weight": ours.mlp[2].weight, "linear2.bias": ours.mlp[2].bias,
        "norm1.weight": ours.norm1.weight, "norm1.bias": ours.norm1.bias,
        "norm2.weight": ours.norm2.weight, "norm2.bias": ours.norm2.bias,
    }  # fmt: skip
    theirs.load_state_dict(pairs)
    theirs.train()  # the fast path of evaluation mode leaves padded tokens at zero; dropout is 0 all the same
    tokens, mask = torch.randn(3, 9, 32), torch.rand(3, 9) > 0.3
    mask[:, 0] = True
    expected = theirs(tokens, src_key_padding_mask=~mask)
    assert torch.allclose(ours(tokens, mask[:, None, None]), expected, atol=1e-5)


def test_a_masked_token_is_not_looked_at() -> None:
    net = Transformer(16, depth=2, heads=2).eval()
    tokens, mask = torch.randn(1, 6, 16), torch.tensor([[True, True, True, True, False, False]])
    other = tokens.clone()
    other[0, 4:] = 100
    assert torch.equal(net(tokens, mask)[:, :4], net(other, mask)[:, :4])


def test_an_item_without_tokens_gives_numbers() -> None:
    net = Transformer(16, depth=2, heads=2)
    assert net(torch.zeros(2, 5, 16), torch.zeros(2, 5, dtype=torch.bool)).isfinite().all()


@pytest.mark.parametrize("sizes", [{"heads": 5}, {"heads": 4, "norm": "middle"}])
def test_sizes_that_cannot_be_built_are_refused(sizes: dict[str, object]) -> None:
    with pytest.raises(ModelError, match=r"width is a multiple of its heads.*width=32.*Choose e\.g\. width="):
        Transformer(32, depth=1, **sizes)  # type: ignore[arg-type]


def test_drop_path_leaves_items_out_while_training_and_keeps_the_mean() -> None:
    torch.manual_seed(0)
    path, ones = DropPath(0.25), torch.ones(4000, 2, 3)
    kept = path(ones)
    assert kept[:, 0, 0].unique().tolist() == pytest.approx([0, 4 / 3])
    assert kept.mean() == pytest.approx(1, abs=0.05)
    assert torch.equal(kept[:, :1, :1].expand_as(kept), kept)
    assert torch.equal(path.eval()(ones), ones)


def test_deeper_layers_are_dropped_more_often() -> None:
    rates = [layer.path.rate for layer in Transformer(8, depth=5, heads=2, drop_path=0.2).layers]  # type: ignore[union-attr]
    assert rates == pytest.approx([0, 0.05, 0.1, 0.15, 0.2])


@given(st.integers(1, 4), st.integers(1, 6), st.integers(0, 2**20))
def test_masked_mean_is_the_mean_of_what_is_there(count: int, tokens: int, seed: int) -> None:
    draw = torch.Generator().manual_seed(seed)
    values = torch.randn(count, tokens, 3, generator=draw)
    mask = torch.rand(count, tokens, generator=draw) > 0.5
    found = masked_mean(values, mask)
    for row in range(count):
        expected = values[row, mask[row]].mean(0) if mask[row].any() else torch.zeros(3)
        assert torch.allclose(found[row], expected, atol=1e-6)


def test_masked_mean_ignores_nan_where_nothing_is() -> None:
    values = torch.tensor([[[1.0], [float("nan")]]])
    assert masked_mean(values, torch.tensor([[True, False]])).item() == 1


def test_pick_takes_the_same_positions_of_tokens_and_masks() -> None:
    tokens, keep = torch.randn(2, 5, 3), torch.tensor([[4, 0], [1, 1]])
    assert torch.equal(pick(tokens, keep)[0], tokens[0, [4, 0]])
    assert torch.equal(pick(tokens[..., 0], keep)[1], tokens[1, [1, 1], 0])


@pytest.mark.parametrize("width", [8, 7])
def test_sinusoids_are_the_formula_of_the_paper(width: int) -> None:
    table = sinusoids(5, width)
    for place in range(5):
        for column in range(width):
            angle = place / 10000 ** ((column - column % 2) / width)
            expected = math.cos(angle) if column % 2 else math.sin(angle)
            assert table[place, column] == pytest.approx(expected, abs=1e-5)
