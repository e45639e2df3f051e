from __future__ import annotations

import logging

import numpy as np
import pytest
import torch

from einthoven.errors import CollapseError
from einthoven.pretraining.watch import Alarm, rank_me, spread


def test_spread_is_1_minus_the_mean_cosine_under_a_root() -> None:
    vectors = torch.randn(40, 7, generator=torch.Generator().manual_seed(0)) + 0.5
    unit = torch.nn.functional.normalize(vectors.double(), dim=1)
    assert spread(vectors) == pytest.approx(float((1 - (unit @ unit.T).mean()).sqrt()))
    assert spread(torch.ones(9, 4)) == pytest.approx(0, abs=1e-7)


@pytest.mark.parametrize("rank", [1, 3, 8])
def test_rank_me_counts_directions_of_equal_strength(rank: int) -> None:
    stream = np.random.default_rng(0)
    left, right = np.linalg.qr(stream.normal(size=(50, rank)))[0], np.linalg.qr(stream.normal(size=(8, rank)))[0]
    assert rank_me(torch.from_numpy(left @ right.T)) == pytest.approx(rank, abs=0.01)


def test_the_alarm_warns_then_stops(caplog: pytest.LogCaptureFixture) -> None:
    alarm = Alarm(floor=0.01, patience=2, quiet=0)
    with caplog.at_level(logging.WARNING, logger="einthoven.pretraining"):
        alarm.check(1, {"ecg": 0.001, "report": 0.4})
    assert "embeddings of ecg are becoming the same (spread 0.001 below 0.01, 1 of 2)" in caplog.text
    with pytest.raises(
        CollapseError, match=r"the spread of ecg was below 0\.01 at 2 checks, the last at step 2.*warmup="
    ):
        alarm.check(2, {"ecg": float("nan")})


def test_a_better_check_or_the_quiet_start_resets_it() -> None:
    alarm = Alarm(floor=0.01, patience=2, quiet=10)
    for step in range(10):
        alarm.check(step, {"ecg": 0.0})
    alarm.check(10, {"ecg": 0.0})
    alarm.check(11, {"ecg": 0.5})
    alarm.check(12, {"ecg": 0.0})
    assert alarm.low == 1
