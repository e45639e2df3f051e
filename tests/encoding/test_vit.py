from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from einthoven.encoding import Signals, encoder
from einthoven.errors import ModelError

Waves = Callable[..., Signals]
LAYOUTS = [{"patch": 25}, {"patch": 30}, {"patch": 100, "per_lead": True}, {"patch": 150, "per_lead": True}]


@pytest.mark.parametrize("sizes", LAYOUTS)
def test_patches_are_the_samples_of_each_token(sizes: dict[str, object], waves: Waves) -> None:
    batch = replace(waves(2), length=torch.tensor([1000, 333]))
    batch.lead_mask[1, 2] = False
    vit, patch = encoder("vit-tiny", **sizes), int(str(sizes["patch"]))
    targets, valid = vit.patches(batch)
    steps = -(-1000 // patch)
    for row in range(2):
        for lead in range(12):
            for step in range(steps):
                wanted = torch.zeros(patch)
                stop = min((step + 1) * patch, int(batch.length[row]))
                if batch.lead_mask[row, lead] and stop > step * patch:
                    wanted[: stop - step * patch] = batch.signal[row, lead, step * patch : stop]
                if sizes.get("per_lead"):
                    found, there = targets[row, lead * steps + step], valid[row, lead * steps + step]
                    assert there == (bool(batch.lead_mask[row, lead]) and step * patch < batch.length[row])
                else:
                    found, there = targets[row, step, lead * patch : (lead + 1) * patch], valid[row, step]
                    assert there == (step * patch < batch.length[row])
                assert torch.equal(found, wanted)


@pytest.mark.parametrize("sizes", [*LAYOUTS, {"pooling": "cls"}])
def test_keeping_every_token_in_another_order_changes_only_the_order(sizes: dict[str, object], waves: Waves) -> None:
    vit, batch = encoder("vit-tiny", **sizes).eval(), waves(2)
    whole = vit(batch)
    keep = torch.stack([torch.randperm(whole.mask.shape[1]) for _ in range(2)])
    kept = vit(batch, keep=keep)
    assert torch.allclose(kept.pooled, whole.pooled, atol=1e-5)
    assert torch.allclose(kept.tokens, whole.tokens.gather(1, keep[..., None].expand(-1, -1, 64)), atol=1e-5)


@pytest.mark.parametrize("sizes", LAYOUTS)
def test_a_token_that_is_not_kept_has_no_influence(sizes: dict[str, object], waves: Waves) -> None:
    vit, batch = encoder("vit-tiny", **sizes).eval(), waves(1)
    other = replace(batch, signal=batch.signal.clone())
    other.signal[..., 600:] = 9.0
    steps = -(-1000 // vit.patch)  # type: ignore[operator]
    early = torch.arange(600 // int(vit.patch))  # type: ignore[arg-type]
    keep = torch.cat([early + steps * lead for lead in range(12 if sizes.get("per_lead") else 1)])[None]
    assert torch.equal(vit(batch, keep=keep).pooled, vit(other, keep=keep).pooled)
    assert vit(batch, keep=keep).tokens.shape == (1, keep.shape[1], 64)
    assert not torch.allclose(vit(batch).pooled, vit(other).pooled)


@given(st.integers(1, 1000))
def test_a_recording_cut_short_equals_one_padded(length: int) -> None:
    vit = encoder("vit-tiny").eval()
    signal = torch.randn(1, 12, 1000, generator=torch.Generator().manual_seed(length))
    here = torch.ones(1, 12, dtype=torch.bool)
    padded = Signals(signal, here, torch.tensor([length]))
    cut = Signals(signal[..., :length], here, torch.tensor([length]))
    with torch.inference_mode():
        assert torch.allclose(vit(padded).pooled, vit(cut).pooled, atol=1e-5)


def test_the_tokens_of_absent_leads_are_masked(waves: Waves) -> None:
    vit, batch = encoder("vit-tiny", per_lead=True, patch=100).eval(), waves(1)
    batch.lead_mask[0, 1:] = False
    assert vit(batch).mask[0].tolist() == [True] * 10 + [False] * 110


def test_leads_share_their_weights(waves: Waves) -> None:
    vit, batch = encoder("vit-tiny", per_lead=True, patch=100).eval(), waves(1)
    with torch.no_grad():
        vit.lead.zero_()  # type: ignore[operator]
    swapped = replace(batch, signal=batch.signal.flip(1))
    assert torch.allclose(vit(batch).tokens.view(12, 10, 64), vit(swapped).tokens.view(12, 10, 64).flip(0), atol=1e-5)


def test_an_absent_lead_is_not_a_silent_one(waves: Waves) -> None:
    vit, absent = encoder("vit-tiny").eval(), waves(1)
    silent = replace(absent, signal=absent.signal.clone(), lead_mask=absent.lead_mask.clone())
    absent.lead_mask[0, 5] = False
    silent.signal[0, 5] = 0
    assert not torch.allclose(vit(absent).pooled, vit(silent).pooled, atol=1e-4)


@pytest.mark.parametrize("sizes", [{"patch": 0}, {"pooling": "max"}])
def test_sizes_that_cannot_be_built_are_refused(sizes: dict[str, object]) -> None:
    with pytest.raises(ModelError, match=r'pooling is "mean" or "cls"; patch=.*Choose e\.g\. patch=25'):
        encoder("vit-tiny", **sizes)
