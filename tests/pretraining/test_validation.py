from __future__ import annotations

import pytest
import torch

from einthoven.pretraining.validation import first_hits, judged


def test_first_hits_equal_a_loop_with_duplicates_and_pessimistic_ties() -> None:
    stream = torch.Generator().manual_seed(0)
    a, b = (torch.nn.functional.normalize(torch.randn(30, 3, generator=stream).round(), dim=1) for _ in range(2))
    a, b = a.nan_to_num(), b.nan_to_num()
    kinds = torch.stack([torch.arange(30), torch.randint(0, 12, (30,), generator=stream)], 1)
    hits = 0
    for left, right in ((a, b), (b, a)):
        for i in range(30):
            near = [float(left[i] @ right[j]) for j in range(30)]
            friends = [j for j in range(30) if kinds[i, 1] == kinds[j, 1]]
            best = max(near[j] for j in friends)
            hits += all(near[j] < best for j in range(30) if j not in friends)
    assert first_hits(a, b, kinds) == pytest.approx(hits / 60)


def test_vectors_that_are_all_the_same_find_nothing() -> None:
    kinds = torch.stack([torch.arange(5)] * 2, 1)
    assert first_hits(torch.ones(5, 2), torch.ones(5, 2), kinds) == 0
    assert first_hits(torch.eye(5), torch.eye(5), kinds) == 1
    assert first_hits(torch.ones(0, 2), torch.ones(0, 2), kinds[:0]) == 0


def test_better_is_more_whatever_the_measure() -> None:
    found = {"r@1/shared/ecg-report": 0.25, "r@1/other/ecg-report": 0.75, "rank/ecg": 30.0, "contrast": 1.0}
    assert judged(found, 2.0, "retrieval") == 0.5
    assert judged(found, 2.0, "rankme") == 30
    assert judged(found, 2.0, "loss") == -2
    assert judged({"masked-ecg": 1.0}, 2.0, "retrieval") == -2
