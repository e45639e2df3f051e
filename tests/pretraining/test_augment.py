from __future__ import annotations

from dataclasses import replace

import pytest
import torch
from waves import draws, signals

from einthoven.encoding import Signals
from einthoven.errors import ConfigError
from einthoven.pretraining.augment import AUGMENTATIONS, Augmentation, augmentation

STRENGTHS = {"gain": 0.3, "wander": 0.5, "noise": 0.2, "lead_dropout": 0.4, "crop": 0.5, "cutout": 0.4}


def uneven() -> Signals:
    whole = signals(8)
    lead_mask = whole.lead_mask.clone()
    lead_mask[::2, 3:7] = False
    length = torch.tensor([100, 60, 100, 30, 80, 100, 1, 50])
    time = torch.arange(100)[None, None] < length[:, None, None]
    return Signals(whole.signal * lead_mask[:, :, None] * time, lead_mask, length)


@pytest.mark.parametrize("name", STRENGTHS)
def test_nothing_is_invented_where_nothing_was_measured(name: str) -> None:
    batch = uneven()
    view = Augmentation(**{name: STRENGTHS[name]})(batch, draws(8), fs=50)
    time = torch.arange(100)[None, None] < view.length[:, None, None]
    assert not view.signal[~(view.lead_mask[:, :, None] & time)].any()
    assert (view.length <= batch.length).all()
    assert (view.length >= 1).all()
    assert not (view.lead_mask & ~batch.lead_mask).any()
    assert torch.isfinite(view.signal).all()


@pytest.mark.parametrize("name", STRENGTHS)
def test_each_strength_changes_the_view_and_the_same_draws_repeat_it(name: str) -> None:
    change = Augmentation(**{name: STRENGTHS[name]})
    batch = signals(8)
    view = change(batch, draws(8), fs=50)
    assert not torch.equal(view.signal, batch.signal)
    assert torch.equal(view.signal, change(batch, draws(8), fs=50).signal)
    assert not torch.equal(view.signal, change(batch, draws(8, step=1), fs=50).signal)


def test_all_strengths_are_off_unless_told() -> None:
    batch = signals()
    assert Augmentation().off
    assert Augmentation()(batch, draws(), fs=50) is batch
    assert [name for name, one in AUGMENTATIONS.items() if one.off] == ["none"]


def test_gain_keeps_einthovens_law() -> None:
    batch = signals()
    batch.signal[:, 2] = batch.signal[:, 1] - batch.signal[:, 0]
    view = Augmentation(gain=0.5)(batch, draws(), fs=50)
    torch.testing.assert_close(view.signal[:, 2], view.signal[:, 1] - view.signal[:, 0], atol=1e-5, rtol=0)
    factor = view.signal[:, 0, 0] / batch.signal[:, 0, 0]
    assert ((factor > 0.5) & (factor < 1.5)).all()


def test_a_crop_is_a_stretch_of_the_recording_moved_to_its_start() -> None:
    batch = uneven()
    view = Augmentation(crop=0.5)(batch, draws(8), fs=50)
    for row in range(8):
        left, whole = int(view.length[row]), batch.signal[row]
        found = [
            start
            for start in range(101 - left)
            if torch.equal(whole[:, start : start + left], view.signal[row, :, :left])
        ]
        assert found
        assert left >= int(batch.length[row]) // 2


def test_one_lead_always_stays() -> None:
    batch = uneven()
    for step in range(20):
        view = Augmentation(lead_dropout=0.999)(batch, draws(8, step=step), fs=50)
        assert (view.lead_mask.sum(1) == 1).all()


def test_noise_is_relative_to_the_recordings_own_size() -> None:
    small = signals(64)
    large = replace(small, signal=small.signal * 1000)
    added = [Augmentation(noise=0.1)(one, draws(64), fs=50).signal - one.signal for one in (small, large)]
    torch.testing.assert_close(added[0] * 1000, added[1], rtol=1e-3, atol=0.5)
    assert abs(float(added[0].std()) - 0.1) < 0.005


def test_a_cutout_blanks_one_stretch_of_all_leads() -> None:
    view = Augmentation(cutout=0.5)(signals(16), draws(16), fs=50)
    gone = (view.signal == 0).all(1)
    assert torch.equal(gone, (view.signal == 0).any(1))
    assert (gone.int().diff(dim=1).clamp(min=0).sum(1) + gone[:, 0] <= 1).all()
    assert (gone.sum(1) <= 50).all()


def test_a_wander_is_slow() -> None:
    batch = signals(4)
    wave = (Augmentation(wander=1.0)(batch, draws(), fs=50).signal - batch.signal).double()
    power = torch.fft.rfft(wave * torch.hann_window(100)).abs().square().sum((0, 1))
    assert float(power[:5].sum() / power.sum()) > 0.99  # 0.5 Hz a step: below 2.5 Hz


@pytest.mark.parametrize("wrong", [{"gain": -0.1}, {"crop": 1.0}, {"noise": float("nan")}])
def test_impossible_strengths_are_refused(wrong: dict[str, float]) -> None:
    with pytest.raises(ConfigError, match=r"a strength is 0 or more.*Choose e\.g\. Augmentation\(gain=0\.2"):
        Augmentation(**wrong)


def test_an_unknown_name_is_answered_with_the_known_ones() -> None:
    with pytest.raises(ConfigError, match="Did you mean strong"):
        augmentation("stong")
    own = Augmentation(gain=0.1)
    assert augmentation(own) is own
