from __future__ import annotations

import math

import pytest
import torch
from waves import RECIPE, cohort_of, draws, signals, vit

from einthoven.encoding import Encoder, encoder
from einthoven.errors import TrainingError
from einthoven.pretraining import Augmentation, Bundle, Contrast, Step, View, Wav2Vec, pretrain
from einthoven.pretraining.quantizer import Quantizer

SMALL = {"span": 2, "width": 16, "entries": 8, "negatives": 5}


def melp(**sizes: object) -> Encoder:
    options = {"preparation": RECIPE, "convolutions": 2, "kernel": 4, **sizes}
    return encoder("melp-tiny", **options)


def hearts(size: int = 6, *, patients: list[int] | None = None) -> Bundle:
    groups = {"ecg": torch.arange(size)} | ({"patient": torch.tensor(patients)} if patients else {})
    return Bundle(
        {"ecg": signals(size)}, present={"ecg": torch.ones(size).bool()}, groups=groups, position=torch.arange(size)
    )


def test_the_surprise_is_that_of_one_token_after_the_other() -> None:
    objective = Wav2Vec(melp(), **SMALL).eval()
    stream = torch.Generator().manual_seed(0)
    predicted, targets = (torch.randn(3, 7, 16, generator=stream) for _ in range(2))
    entries = torch.randint(0, 2, (3, 7, 2), generator=stream)
    there = torch.arange(7)[None] < torch.tensor([7, 4, 2])[:, None]
    position = torch.arange(3)
    found = objective._surprise(predicted, targets, entries, there, position)
    others = objective._others(there, position)
    for row in range(3):
        for token in range(int(there[row].sum())):
            asked = [
                other
                for other in others[row, token].tolist()
                if not torch.equal(entries[row, other], entries[row, token])
            ]
            near = [
                torch.cosine_similarity(predicted[row, token], targets[row, other], 0) / 0.1
                for other in [token, *asked]
            ]
            expected = -torch.stack(near).log_softmax(0)[0]
            torch.testing.assert_close(found[row, token], expected, atol=1e-5, rtol=1e-5)
            assert token not in others[row, token]
            assert (others[row, token] < there[row].sum()).all()


def test_it_begins_near_chance() -> None:
    objective = Wav2Vec(melp(), **{**SMALL, "entries": 64, "negatives": 20})
    losses, _ = Step(objective).eval()(hearts(), draws(6))
    assert float(losses["wav2vec-ecg"].detach()) < 2 * math.log(21)
    assert set(losses) == {"wav2vec-ecg", "wav2vec-ecg/diversity", "wav2vec-ecg/penalty"}
    expected = losses["wav2vec-ecg"] + 0.1 * losses["wav2vec-ecg/diversity"] + 10 * losses["wav2vec-ecg/penalty"]
    torch.testing.assert_close(objective.total(losses), expected)


def test_what_the_released_code_drops_can_be_dropped() -> None:
    objective = Wav2Vec(melp(), **SMALL, diversity=0, penalty=0, gumbel=(2.0, 2.0, 1.0))
    step = Step(objective).train()
    losses, _ = step(hearts(), draws(6))
    assert set(losses) == {"wav2vec-ecg"}
    assert objective.quantizer.temperature == 2


def test_the_temperature_falls_and_is_remembered() -> None:
    quantizer = Quantizer(4, 6, groups=2, entries=3, temperature=(2.0, 0.5, 0.9))
    told = torch.randn(2, 5, 4), torch.ones(2, 5).bool()
    for _ in range(3):
        quantizer(*told)
    assert quantizer.temperature == pytest.approx(2 * 0.9**3)
    quantizer.eval()(*told)
    again = Quantizer(4, 6, groups=2, entries=3, temperature=(2.0, 0.5, 0.9))
    again.load_state_dict(quantizer.state_dict())
    assert again.temperature == pytest.approx(2 * 0.9**3)
    again.calls.fill_(1000)
    assert again.temperature == 0.5


def test_a_codebook_of_one_favourite_is_unequal_and_of_none_is_not() -> None:
    quantizer = Quantizer(4, 6, groups=2, entries=3, temperature=(2.0, 0.5, 0.9)).eval()
    features, mask = torch.randn(2, 50, 4), torch.ones(2, 50).bool()
    with torch.no_grad():
        quantizer.choose.weight.zero_()
        assert float(quantizer(features, mask)[2]) == pytest.approx(0, abs=1e-5)
        quantizer.choose.bias[[0, 3]] = 50
        vectors, codes, unequal = quantizer(features, mask)
    assert float(unequal) == pytest.approx(1 - 2 / 6, abs=1e-3)
    assert not codes.any()
    torch.testing.assert_close(vectors[0, 0], torch.cat([quantizer.codes[0, 0], quantizer.codes[1, 0]]))


def test_stage_0_takes_one_forward_a_half() -> None:
    ecg = melp(captions=0)
    total = Wav2Vec(ecg, **SMALL) + Contrast(ecg, ecg, views="halves", same="patient")
    assert [view.label for view in total.views()] == ["ecg.first", "ecg.second"]
    count: list[int] = []
    ecg.register_forward_hook(lambda *_: count.append(1))
    step = Step(total).train()
    losses, _ = step(hearts(), draws(6))
    assert len(count) == 2
    total.total(losses).backward()
    assert not [name for name, weight in step.named_parameters() if weight.grad is None]


def test_each_half_is_a_half_and_hides_its_spans() -> None:
    ecg = melp()
    step, batch = Step(Wav2Vec(ecg, **SMALL, augment=Augmentation())), hearts()
    first, second = (step.look(view, batch, draws(6)) for view in step.objective.views())
    whole = batch.inputs["ecg"].signal  # type: ignore[union-attr]
    assert torch.equal(first.input.signal, whole[..., :50])  # type: ignore[union-attr]
    assert torch.equal(second.input.signal, whole[..., 50:])  # type: ignore[union-attr]
    assert first.input.length.tolist() == [50] * 6  # type: ignore[union-attr]
    assert first.blank is not None
    assert 0.2 < float(first.blank.float().mean()) < 0.7
    assert not torch.equal(first.blank, second.blank)  # type: ignore[arg-type]


def test_halves_of_one_patient_belong_together() -> None:
    ecg = melp()
    apart, together = hearts(4, patients=[0, 1, 2, 3]), hearts(4, patients=[0, 0, 1, 1])
    for same, alike in (("content", True), ("patient", False)):
        step = Step(Contrast(ecg, ecg, views="halves", same=same)).eval()
        one, other = (step(batch, draws())[0]["contrast-ecg-ecg-halves"] for batch in (apart, together))
        assert bool(torch.equal(one, other)) == alike
    with pytest.raises(TrainingError, match=r'by "content" or by "patient"; same=\'person\''):
        Contrast(ecg, ecg, same="person")


def test_stage_0_runs_and_a_validation_asks_the_same_every_time() -> None:
    ecg = melp(captions=0)
    total = Wav2Vec(ecg, **SMALL) + Contrast(ecg, ecg, views="halves", same="patient", width=8)
    settings = {"steps": 4, "batch": 16, "workers": 1, "progress": False, "device": "cpu"}
    model = pretrain(total, cohort_of(32, 8), **settings)
    assert model.card.objective == "wav2vec-ecg + contrast-ecg-ecg-halves"
    step = Step(total).eval()
    one, again = (step(hearts(), draws(6))[0]["wav2vec-ecg"] for _ in range(2))
    assert torch.equal(one, again)


def test_an_encoder_without_features_is_refused() -> None:
    with pytest.raises(TrainingError, match=r"a vit encoder has no pooling of that name\. Use encoder\(\"melp-small"):
        Wav2Vec(vit())


def test_a_neighbours_augmented_view_is_shared() -> None:
    plain, light = View("ecg"), View("ecg", "one", augment=Augmentation(gain=0.1))
    assert plain.or_one_of([light, View("report")]) == light
    assert plain.or_one_of([light, plain]) == plain
    assert plain.or_one_of([View("ecg", "masked", mask=0.5), View("ecg", "first", stretch=(0, 0.5))]) == plain
