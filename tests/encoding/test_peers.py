"""The supervised peers: XResNet and S4, against what they are made of."""

from __future__ import annotations

import math

import pytest
import torch

from einthoven.encoding import encoder
from einthoven.encoding.s4 import Layer, StateSpace
from einthoven.errors import ModelError


def test_a_kernel_is_the_answer_of_the_recurrence() -> None:
    torch.manual_seed(0)
    space = StateSpace(3, 4)
    dt = space.log_step.exp()[:, None]
    poles = torch.complex(-space.log_decay.exp(), space.rate)
    there, enter = (dt * poles).exp(), ((dt * poles).exp() - 1) / poles
    out = torch.view_as_complex(space.out)
    state, answers = torch.zeros(3, 4, dtype=torch.complex64), []
    for sample in range(50):
        state = there * state + (enter if sample == 0 else 0)
        answers.append(2 * (out * state).sum(1).real)
    torch.testing.assert_close(space.kernel(50), torch.stack(answers, 1), atol=1e-5, rtol=1e-4)


def test_a_layer_runs_both_ways_and_does_not_wrap_around() -> None:
    torch.manual_seed(0)
    layer, T = Layer(2, states=4, dropout=0.0), 20
    tokens, mask = torch.randn(1, T, 2), torch.ones(1, T, dtype=torch.bool)
    forth, back = layer.forth.kernel(T), layer.back.kernel(T)
    wave = layer.norm(tokens)[0].T
    spread = torch.zeros(2, T)
    for now in range(T):
        for then in range(T):
            far = forth[:, now - then] if then <= now else back[:, then - now - 1]
            spread[:, now] += far * wave[:, then]
    step = spread + layer.through[:, None] * wave
    expected = tokens + torch.nn.functional.glu(layer.mix(torch.nn.functional.gelu(step).T), -1)
    torch.testing.assert_close(layer(tokens, mask), expected, atol=1e-4, rtol=1e-4)


def test_frequencies_begin_one_half_turn_apart() -> None:
    space = StateSpace(2, 3)
    torch.testing.assert_close(space.rate[0], torch.tensor([0.0, math.pi, 2 * math.pi]))


def test_xresnet101_has_a_hundred_and_one_layers() -> None:
    with torch.device("meta"):
        paper = encoder("xresnet1d101")
    along = [
        part for name, part in paper.named_modules() if isinstance(part, torch.nn.Conv1d) and ".around." not in name
    ]
    assert len(along) == 3 + 3 * (3 + 4 + 23 + 3)  # and the linear layer of a head, for 3 of the stem count as 1
    assert paper.width == 512
    assert paper.token_width == 256


def test_sizes_that_cannot_be_are_refused() -> None:
    with pytest.raises(ModelError, match=r"stages, and its kernel is odd; depths=\(1,\), kernel=4"):
        encoder("xresnet-tiny", depths=[1], kernel=4)
    with pytest.raises(ModelError, match=r"width, depth and states; width=0"):
        encoder("s4-tiny", width=0)
