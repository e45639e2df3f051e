from __future__ import annotations

import torch
from hypothesis import given
from hypothesis import strategies as some

from einthoven.pretraining.hiding import hidden, shown


@given(some.lists(some.integers(0, 24), min_size=1, max_size=6), some.floats(0, 0.99), some.integers(0, 10**6))
def test_each_recording_hides_its_own_part_and_nothing_hidden_is_shown(
    counts: list[int], ratio: float, seed: int
) -> None:
    stream = torch.Generator().manual_seed(seed)
    valid = torch.stack([torch.randperm(24, generator=stream) < count for count in counts])
    keep = shown(valid, ratio, torch.rand(len(counts), 24, generator=stream))
    gone = hidden(valid, keep)
    assert gone.sum(1).tolist() == [int(ratio * count) for count in counts] or ratio * max(counts) % 1 > 0.999
    assert (keep.diff(dim=1) > 0).all()
    for row in range(len(counts)):
        there = set(keep[row].tolist()) & set(valid[row].nonzero().flatten().tolist())
        assert len(there) + int(gone[row].sum()) == counts[row]


def test_which_patches_are_hidden_is_chance() -> None:
    valid = torch.ones(4000, 8, dtype=torch.bool)
    luck = torch.rand(4000, 8, generator=torch.Generator().manual_seed(0))
    often = hidden(valid, shown(valid, 0.75, luck)).double().mean(0)
    assert (often - 0.75).abs().max() < 0.03
