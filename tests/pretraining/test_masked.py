from __future__ import annotations

import pytest
import torch
from torch import Tensor
from waves import bundle, draws, vit, words

from einthoven.encoding import Signals, encoder
from einthoven.errors import ModelError, TrainingError
from einthoven.pretraining import Bundle, Masked, Step
from einthoven.pretraining.hiding import hidden
from einthoven.pretraining.masked import absolute, squared


def small(**options: object) -> Masked:
    return Masked(vit(), **{"width": 16, "depth": 1, "heads": 2, **options})


def asked(objective: Masked, batch: Bundle) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """Return the loss, its gradient at each prediction, and which patches are hidden and valid."""
    grads: list[Tensor] = []
    handle = objective.decoder.predict.register_full_backward_hook(lambda _m, _i, out: grads.append(out[0]))
    step = Step(objective)
    (view,) = objective.views()
    look = step.look(view, batch, draws(len(batch)))
    valid = step.encoders["ecg"].patches(look.input)[1]
    loss = objective.loss({view: look}, batch)["masked-ecg"]
    loss.backward()
    handle.remove()
    return loss.detach(), grads[0], hidden(valid, look.keep), valid


def uneven() -> Bundle:
    batch = bundle(4)
    whole = batch.inputs["ecg"]
    length, lead_mask = torch.tensor([100, 55, 20, 93]), whole.lead_mask.clone()
    lead_mask[1, 6:] = False
    inputs = {"ecg": Signals(whole.signal, lead_mask, length)}
    return Bundle(inputs, present=batch.present, groups=batch.groups, position=batch.position)


@pytest.mark.parametrize("batch", [bundle(4), uneven()], ids=["full", "uneven"])
def test_the_masked_loss_ignores_visible_patches(batch: Bundle) -> None:
    _, grad, gone, valid = asked(small(), batch)
    felt = grad.abs().sum(-1) > 0
    assert torch.equal(felt, gone)
    assert (valid & ~gone).any()


def test_over_all_asks_for_visible_patches_too_and_never_for_padding() -> None:
    _, grad, _, valid = asked(small(over="all"), uneven())
    assert torch.equal(grad.abs().sum(-1) > 0, valid)


def test_padding_and_absent_leads_never_count() -> None:
    batch = uneven()
    dirty = batch.inputs["ecg"].signal.clone()
    dirty[1, 6:] = float("nan")
    dirty[2, :, 20:] = 1e6
    whole = batch.inputs["ecg"]
    other = Bundle(
        {"ecg": Signals(dirty, whole.lead_mask, whole.length)},
        present=batch.present,
        groups=batch.groups,
        position=batch.position,
    )
    objective = small()
    assert asked(objective, batch)[0] == asked(objective, other)[0]


def test_absent_samples_inside_a_patch_never_count() -> None:
    _, grad, gone, _ = asked(small(), uneven())
    patch = grad[1][gone[1]].reshape(-1, 12, 10)
    assert not patch[:, 6:].any()
    assert patch[:, :6].any()


def test_saying_nothing_of_normalised_patches_costs_their_variance() -> None:
    objective = small(ratio=0.5)
    torch.nn.init.zeros_(objective.decoder.predict.weight)
    torch.nn.init.zeros_(objective.decoder.predict.bias)
    loss, *_ = asked(objective, bundle(4))
    assert float(loss) == pytest.approx(1, abs=1e-4)


def test_without_normalising_it_costs_the_power_of_the_hidden_patches() -> None:
    objective = small(normalise=False)
    torch.nn.init.zeros_(objective.decoder.predict.weight)
    torch.nn.init.zeros_(objective.decoder.predict.bias)
    batch = uneven()
    loss, _, gone, _ = asked(objective, batch)
    signal, expected = batch.inputs["ecg"], []
    for row in range(4):
        leads, length = signal.lead_mask[row], int(signal.length[row])
        errors = [
            signal.signal[row, leads, 10 * patch : min(10 * patch + 10, length)].square().mean()
            for patch in gone[row].nonzero().flatten().tolist()
        ]
        expected += [torch.stack(errors).mean()] if errors else []
    assert float(loss) == pytest.approx(float(torch.stack(expected).mean()), rel=1e-5)


def test_a_patch_of_one_lead_can_be_a_token() -> None:
    objective = Masked(vit(per_lead=True), width=16, depth=1, heads=2)
    batch = uneven()
    _, grad, gone, valid = asked(objective, batch)
    assert grad.shape == (4, 120, 10)
    assert torch.equal(grad.abs().sum(-1) > 0, gone)
    assert int(valid[1].sum()) == 6 * 6


def test_the_decoder_sees_what_was_shown_where_it_was() -> None:
    objective = small()
    step, batch, (view,) = Step(objective).eval(), bundle(2), objective.views()
    look = step.look(view, batch, draws(2))
    valid = torch.ones(2, 10, dtype=torch.bool)
    inputs: list[Tensor] = []
    objective.decoder.transformer.register_forward_pre_hook(lambda _m, args: inputs.append(args[0]))
    objective.decoder(look, valid)
    placed = inputs[0] - objective.decoder.place
    for row in range(2):
        for place in range(10):
            at = (look.keep[row] == place).nonzero().flatten()
            expected = objective.decoder.embed(look.tokens[row, at[0]]) if len(at) else objective.decoder.blank
            torch.testing.assert_close(placed[row, place], expected, atol=1e-5, rtol=1e-5)


def test_a_recording_too_short_to_hide_anything_gives_no_nan() -> None:
    batch = bundle(2)
    inputs = {"ecg": Signals(batch.inputs["ecg"].signal, batch.inputs["ecg"].lead_mask, torch.tensor([10, 10]))}
    short = Bundle(inputs, present=batch.present, groups=batch.groups, position=batch.position)
    loss, grad, *_ = asked(small(), short)
    assert float(loss) == 0
    assert not grad.any()


def test_errors_are_means_over_what_was_measured() -> None:
    prediction, target = torch.tensor([[[1.0, 2.0, 9.0]]]), torch.zeros(1, 1, 3)
    measured = torch.tensor([[[True, True, False]]])
    assert float(squared(prediction, target, measured)) == 2.5
    assert float(absolute(prediction, target, measured)) == 1.5
    assert small(error=absolute).config()["error"] == "absolute"


@pytest.mark.parametrize("options", [{"ratio": 0}, {"ratio": 1.0}, {"over": "some"}])
def test_a_mask_that_makes_no_task_is_refused(options: dict[str, object]) -> None:
    with pytest.raises(TrainingError, match=r"hides a part between 0 and 1.*Choose e\.g\. ratio=0\.75"):
        Masked(vit(), **options)


def test_an_encoder_without_patches_is_refused() -> None:
    with pytest.raises(ModelError, match="tokens are patches"):
        Masked(encoder("resnet-tiny"))
    with pytest.raises(TrainingError, match="Masked hides patches of signals; an encoder of 'report' came"):
        Masked(words())


def test_learning_lowers_the_loss() -> None:
    torch.manual_seed(0)
    objective = small(ratio=0.3)
    step = Step(objective)
    t = torch.arange(100) / 50
    wave = torch.sin(2 * torch.pi * t + torch.rand(16, 1, 1) * 6).expand(16, 12, 100)
    batch = bundle(16)
    inputs = {"ecg": Signals(wave, batch.inputs["ecg"].lead_mask, batch.inputs["ecg"].length)}
    waves = Bundle(inputs, present=batch.present, groups=batch.groups, position=batch.position)
    optimizer = torch.optim.AdamW(step.parameters(), lr=5e-3)
    losses = []
    for number in range(150):
        loss = objective.total(step(waves, draws(16, step=number))[0])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(float(loss.detach()))
    assert sum(losses[-5:]) < 0.6 * sum(losses[:5])
