"""What every encoder of signals promises, whatever it is made of."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
import torch

from einthoven.encoding import Signals, encoder
from einthoven.encoding.build import build
from einthoven.encoding.signal import SignalEncoder
from einthoven.errors import LeadError, ModelError, PreparationError, SignalError
from einthoven.recording import LEADS, Recording
from einthoven.study import Study

Waves = Callable[..., Signals]


def test_shapes_are_as_promised(signals_in: SignalEncoder, waves: Waves) -> None:
    seen = signals_in(waves(3))
    assert seen.pooled.shape == (3, signals_in.width)
    assert seen.tokens.shape == (3, seen.mask.shape[1], signals_in.token_width)
    assert seen.mask.all()
    assert seen.pooled.dtype == torch.float32


@pytest.mark.parametrize("content", [1e6, float("nan"), float("inf")])
def test_a_masked_lead_can_never_influence_the_output(signals_in: SignalEncoder, waves: Waves, content: float) -> None:
    clean = waves(2)
    clean.lead_mask[0, 3:] = False
    dirty = replace(clean, signal=clean.signal.clone())
    dirty.signal[0, 3:] = content
    seen, same = signals_in(clean), signals_in(dirty)
    assert torch.equal(seen.pooled, same.pooled)
    assert torch.equal(seen.tokens, same.tokens)
    assert seen.pooled.isfinite().all()


@pytest.mark.parametrize("content", [1e6, float("nan")])
def test_what_padding_holds_can_never_influence_the_output(
    signals_in: SignalEncoder, waves: Waves, content: float
) -> None:
    clean = replace(waves(2), length=torch.tensor([512, 1000]))
    dirty = replace(clean, signal=clean.signal.clone())
    dirty.signal[0, :, 512:] = content
    seen, same = signals_in(clean), signals_in(dirty)
    assert torch.equal(seen.pooled, same.pooled)
    assert not seen.mask[0].all()
    assert seen.mask[1].all()


def test_a_lead_that_is_there_does_influence_the_output(signals_in: SignalEncoder, waves: Waves) -> None:
    batch = waves(1)
    for row in range(12):
        other = replace(batch, signal=batch.signal.clone())
        other.signal[0, row] *= 1.5
        assert not torch.allclose(signals_in(batch).pooled, signals_in(other).pooled)


def test_an_item_does_not_depend_on_its_batch(signals_in: SignalEncoder, waves: Waves) -> None:
    batch = waves(5)
    together = signals_in(batch).pooled
    alone = torch.cat([signals_in(batch[row : row + 1]).pooled for row in range(5)])
    assert torch.allclose(together, alone, atol=1e-5)


def test_nothing_measured_gives_numbers_not_nan(signals_in: SignalEncoder, waves: Waves) -> None:
    batch = waves(2)
    batch.lead_mask[0] = False
    batch.length[1] = 0
    seen = signals_in(batch)
    assert seen.pooled.isfinite().all()
    assert not seen.mask.any()


def test_a_shorter_batch_is_taken(signals_in: SignalEncoder, waves: Waves) -> None:
    assert signals_in(waves(2, samples=700)).pooled.isfinite().all()


@pytest.mark.parametrize("shape", [(2, 11, 1000), (2, 12, 1001), (12, 1000)])
def test_a_batch_of_another_shape_is_refused(signals_in: SignalEncoder, shape: tuple[int, ...]) -> None:
    batch = Signals(torch.zeros(shape), torch.ones(2, shape[1], dtype=torch.bool), torch.tensor([5, 5]))
    with pytest.raises(PreparationError, match=r"\(B, 12, T\) with T at most 1000; a batch .* Make batches"):
        signals_in(batch)


def test_every_weight_learns(signals_in: SignalEncoder, waves: Waves) -> None:
    signals_in.train()
    batch = waves(4)
    batch.lead_mask[1, 4:] = False
    seen = signals_in(batch)
    others = [signals_in.pool(name, seen, batch)[0].square().sum() for name in signals_in.poolings]
    (seen.pooled.square().sum() + sum(others)).backward()
    assert not [name for name, weight in signals_in.named_parameters() if weight.grad is None]


def test_half_precision_stays_near(signals_in: SignalEncoder, waves: Waves) -> None:
    batch = waves(2)
    full = signals_in(batch).pooled
    with torch.autocast("cpu", torch.bfloat16):
        mixed = signals_in(batch).pooled
    half = signals_in.to(torch.bfloat16)(batch).pooled
    assert half.dtype == torch.bfloat16
    for other in (mixed, half):
        assert torch.nn.functional.cosine_similarity(full, other.float()).min() > 0.99


def test_the_config_builds_it_again(signals_in: SignalEncoder, waves: Waves) -> None:
    again = build(signals_in.config(), signals_in.preparation).eval()
    again.load_state_dict(signals_in.state_dict())
    assert torch.equal(again(waves(2)).pooled, signals_in(waves(2)).pooled)
    assert again.config() == signals_in.config()


@pytest.mark.slow
def test_it_compiles_into_one_graph(signals_in: SignalEncoder, waves: Waves) -> None:
    torch.compiler.reset()
    compiled = torch.compile(signals_in, backend="eager", fullgraph=True)
    assert torch.allclose(compiled(waves(2)).pooled, signals_in(waves(2)).pooled, atol=1e-6)


@pytest.fixture
def tiny() -> SignalEncoder:
    made = encoder("vit-tiny").eval()
    assert isinstance(made, SignalEncoder)
    return made


def test_prepare_finds_leads_by_name(tiny: SignalEncoder, recorded: Callable[..., Recording]) -> None:
    recording = recorded()
    shuffled = recording.select(LEADS[::-1])
    assert torch.equal(tiny.prepare([recording]).signal, tiny.prepare([shuffled]).signal)


def test_prepare_brings_any_rate_and_length_to_the_recipe(
    tiny: SignalEncoder, recorded: Callable[..., Recording]
) -> None:
    batch = tiny.prepare([recorded(fs=500), recorded(fs=250), recorded(fs=500, seconds=6)])
    assert batch.signal.shape == (3, 12, 1000)
    assert batch.length.tolist() == [1000, 1000, 600]
    assert not batch.signal[2, :, 600:].any()
    apart = (batch.signal[0] - batch.signal[1])[:, 100:900].abs().max()
    assert apart < 0.02 * batch.signal[0].abs().max()


def test_prepare_takes_studies(tiny: SignalEncoder, recorded: Callable[..., Recording]) -> None:
    assert torch.equal(tiny.prepare([Study("a", recorded())]).signal, tiny.prepare([recorded()]).signal)


def test_prepare_of_nothing_is_an_empty_batch(tiny: SignalEncoder) -> None:
    assert tiny.prepare([]).signal.shape == (0, 12, 1000)


def test_prepare_refuses_a_missing_lead_and_says_how_to_mask_it(
    tiny: SignalEncoder, recorded: Callable[..., Recording]
) -> None:
    limb = recorded().select(LEADS[:6])
    with pytest.raises(LeadError, match=r'this encoder eats the leads I II .* V6; .*missing="mask"\).*docs/encoder'):
        tiny.prepare([limb])
    tiny.preparation = replace(tiny.preparation, missing="mask")
    batch = tiny.prepare([limb, recorded()])
    assert batch.lead_mask.sum(1).tolist() == [6, 12]
    assert not batch.signal[0, 6:].any()


def test_prepare_that_may_mask_still_refuses_a_recording_without_any_lead(
    recorded: Callable[..., Recording],
) -> None:
    chest = encoder("vit-tiny", leads=("V1", "V2"), missing="mask")
    with pytest.raises(LeadError, match="at least one of V1 V2"):
        chest.prepare([recorded().select(LEADS[:6])])


def test_prepare_refuses_what_is_too_short(tiny: SignalEncoder, recorded: Callable[..., Recording]) -> None:
    with pytest.raises(SignalError, match=r"at least 1 s; 0\.5 s came"):
        tiny.prepare([recorded(seconds=0.5)])


def test_prepare_refuses_what_is_no_recording(tiny: SignalEncoder) -> None:
    with pytest.raises(ModelError, match=r"takes recordings or studies; ndarray came\. Read the file first"):
        tiny.prepare([np.zeros((12, 5000))])  # type: ignore[list-item]


@pytest.mark.parametrize("scale", ["mV", "z-lead", "min-max"])
def test_rows_of_a_store_become_what_prepare_makes(recorded: Callable[..., Recording], scale: str) -> None:
    tiny = encoder("vit-tiny", scale=scale)
    assert isinstance(tiny, SignalEncoder)
    recordings = [recorded(seed, seconds=seconds) for seed, seconds in ((0, 10), (1, 7))]
    direct = tiny.prepare(recordings)
    conditioned = [tiny.preparation.condition(recording) for recording in recordings]
    microvolts = np.stack([np.rint(one.signal * 1000).astype(np.int16) for one in conditioned])
    lead_mask = np.stack([one.lead_mask for one in conditioned])
    stored = tiny.from_microvolts(microvolts, lead_mask, np.array([one.length for one in conditioned]))
    assert torch.equal(stored.length, direct.length)
    assert torch.equal(stored.lead_mask, direct.lead_mask)
    assert (stored.signal - direct.signal).abs().max() < (0.00051 if scale == "mV" else 0.01)
