from __future__ import annotations

import pytest
import torch

from einthoven.pretraining.draws import Draws, digest, reseed


def test_a_study_sees_the_same_numbers_whoever_encodes_it() -> None:
    whole = Draws(3, 11, torch.arange(64)).of("ecg.one")
    parts = [Draws(3, 11, torch.arange(first, first + 16)).of("ecg.one") for first in range(0, 64, 16)]
    for kind in ("uniform", "normal"):
        joined = torch.cat([getattr(part, kind)("noise", 12, 20) for part in parts])
        assert torch.equal(getattr(whole, kind)("noise", 12, 20), joined)


@pytest.mark.parametrize("other", [(4, 11, "a", "x"), (3, 12, "a", "x"), (3, 11, "b", "x"), (3, 11, "a", "y")])
def test_another_seed_step_scope_or_purpose_gives_unrelated_numbers(other: tuple[int, int, str, str]) -> None:
    def drawn(seed: int, step: int, scope: str, purpose: str) -> torch.Tensor:
        return Draws(seed, step, torch.arange(50)).of(scope).uniform(purpose, 400)

    one, two = drawn(3, 11, "a", "x"), drawn(*other)
    assert abs(float(torch.corrcoef(torch.stack([one.flatten(), two.flatten()]))[0, 1])) < 0.03


def test_uniform_numbers_fill_the_unit_interval_evenly() -> None:
    numbers = Draws(0, 0, torch.arange(100)).uniform("x", 1000)
    assert float(numbers.min()) >= 0
    assert float(numbers.max()) < 1
    counts = torch.histc(numbers, 50, 0, 1)
    assert float((counts - 2000).square().sum() / 2000) < 85  # chi-square, 49 degrees: 99.9 % point
    rows = numbers - 0.5
    assert abs(float((rows[:, 1:] * rows[:, :-1]).mean()) * 12) < 0.01
    assert abs(float((rows[1:] * rows[:-1]).mean()) * 12) < 0.01


def test_normal_numbers_have_mean_0_variance_1_and_no_skew() -> None:
    numbers = Draws(0, 0, torch.arange(100)).normal("x", 1000).double()
    assert abs(float(numbers.mean())) < 0.01
    assert abs(float(numbers.var()) - 1) < 0.01
    assert abs(float(numbers.pow(3).mean())) < 0.02
    assert float(numbers.abs().max()) < 3.5


def test_reseeding_places_torchs_own_stream() -> None:
    state = torch.get_rng_state()
    reseed(0, 7, "dropout")
    first = torch.rand(3)
    reseed(0, 7, "dropout")
    assert torch.equal(first, torch.rand(3))
    torch.set_rng_state(state)
    assert 0 <= digest(1) < 2**63
