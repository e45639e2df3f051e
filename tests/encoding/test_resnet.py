from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
import torch

from einthoven.encoding import Signals, encoder
from einthoven.errors import ModelError

Waves = Callable[..., Signals]


def test_pooled_is_mean_and_maximum_over_what_was_measured(waves: Waves) -> None:
    net = encoder("resnet-tiny").eval()
    seen = net(replace(waves(2), length=torch.tensor([1000, 300])))
    assert net.width == 2 * net.token_width == 192
    for row in range(2):
        there = seen.tokens[row, seen.mask[row]]
        assert torch.allclose(seen.pooled[row, :96], there.mean(0), atol=1e-5)
        assert torch.equal(seen.pooled[row, 96:], there.amax(0))


def test_a_column_stands_for_its_stride_of_samples(waves: Waves) -> None:
    net = encoder("resnet-tiny").eval()
    seen = net(replace(waves(1), length=torch.tensor([33])))
    assert net.step == 32
    assert seen.mask[0].tolist() == [True, True] + [False] * 30


def test_groups_know_nothing_of_the_batch_even_while_training(waves: Waves) -> None:
    net, batch = encoder("resnet-tiny", norm="group").train(), waves(3)
    assert torch.allclose(net(batch).pooled[:1], net(batch[:1]).pooled, atol=1e-5)


def test_dropout_gives_two_views_while_training_and_one_after(waves: Waves) -> None:
    net, batch = encoder("resnet-tiny", dropout=0.5, norm="group"), waves(2)
    assert not torch.equal(net(batch).pooled, net(batch).pooled)
    net.eval()
    assert torch.equal(net(batch).pooled, net(batch).pooled)


def test_columns_cannot_be_left_out(waves: Waves) -> None:
    net = encoder("resnet-tiny")
    for ask in (lambda: net(waves(1), keep=torch.zeros(1, 1, dtype=torch.long)), lambda: net.patches(waves(1))):
        with pytest.raises(ModelError, match=r"a resnet encoder was asked for patches or given keep=.*vit-small"):
            ask()


@pytest.mark.parametrize(
    "sizes",
    [
        {"kernel": 4},
        {"stem": 6},
        {"norm": "layer"},
        {"pooling": "max"},
        {"widths": [8, 16]},
        {"widths": [], "depths": []},
    ],
)
def test_sizes_that_cannot_be_built_are_refused(sizes: dict[str, object]) -> None:
    with pytest.raises(ModelError, match=r"as many widths as depths, odd kernels.*Start from a preset"):
        encoder("resnet-tiny", **sizes)
