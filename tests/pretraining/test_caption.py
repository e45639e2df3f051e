from __future__ import annotations

import math
from pathlib import Path

import pytest
import torch
from waves import bundle, cohort_of, draws, recording, report, texts, vit, words

from einthoven.encoding import Model, Space, TextEncoder, encoder, generate, load
from einthoven.encoding.writer import Writer
from einthoven.errors import ModelError, TrainingError
from einthoven.pretraining import Bundle, Caption, Contrast, Local, Step, pretrain

SMALL = {"depth": 1, "heads": 2}


def causal() -> TextEncoder:
    made = words(causal=True)
    assert isinstance(made, TextEncoder)
    return made


@pytest.fixture(scope="module", params=["states", "words"])
def model(request: pytest.FixtureRequest) -> Model:
    """A model whose decoder has learned nothing, but is sure of what it says."""
    ecg, tower = vit(), words(causal=request.param == "states")
    texts(tower)
    decoder = Caption(ecg, tower, **SMALL).heads()["caption"]
    with torch.no_grad():
        decoder.predict.weight.mul_(40)
    return Model([ecg, tower], heads={"caption": decoder}).eval()


def brute(objective: Caption, batch: Bundle) -> torch.Tensor:
    """The cross entropy of one word after the other, each from its own past alone."""
    step = Step(objective).eval()
    seen = {view: step.look(view, batch, draws()) for view in objective.views()}
    tower, decoder = objective.encoders()["report"], objective.heads()["caption"]
    _, parts, mask = objective.shown(seen)
    losses = []
    for row in range(len(batch)):
        told = batch.inputs["report"][row : row + 1]
        ids = told.ids[:, : int(told.mask.sum())]
        for n in range(1, ids.shape[1]):
            past = ids[:, :n]
            spoken = (
                tower(type(told)(past, torch.ones_like(past).bool())).tokens if objective.reads == "states" else past
            )
            logits = decoder(spoken, parts[row : row + 1], mask[row : row + 1])[0, -1]
            losses.append(torch.nn.functional.cross_entropy(logits, ids[0, n]))
    return torch.stack(losses).mean()


@pytest.mark.parametrize("made", [words, causal])
def test_the_loss_is_that_of_one_word_after_the_other(made: object) -> None:
    ecg, tower = vit(), made()  # type: ignore[operator]
    batch = bundle(words=texts(tower))
    objective = Caption(ecg, tower, **SMALL)
    losses, _ = Step(objective).eval()(batch, draws())
    torch.testing.assert_close(losses["caption-ecg-report"], brute(objective, batch), atol=1e-5, rtol=1e-5)


def test_it_begins_near_ln_v() -> None:
    tower = causal()
    losses, _ = Step(Caption(vit(), tower))(bundle(words=texts(tower)), draws())
    assert float(losses["caption-ecg-report"].detach()) == pytest.approx(math.log(tower.vocabulary), rel=0.02)


def test_missing_reports_leave_no_trace() -> None:
    ecg, tower = vit(), causal()
    batch = bundle(6, words=texts(tower, 6))
    keep = torch.tensor([0, 2, 3, 5])
    present = {"ecg": torch.ones(6).bool(), "report": torch.zeros(6).bool().index_fill(0, keep, True)}
    whole = Bundle(batch.inputs, present=present, groups=batch.groups, position=batch.position)
    inputs = {name: one[keep] for name, one in batch.inputs.items()}
    groups = {name: one[keep] for name, one in batch.groups.items()}
    part = Bundle(inputs, present={name: torch.ones(4).bool() for name in inputs}, groups=groups, position=keep)
    step = Step(Caption(ecg, tower, **SMALL)).eval()
    torch.testing.assert_close(*(step(one, draws(6))[0]["caption-ecg-report"] for one in (whole, part)))
    nobody = Bundle(
        batch.inputs, present={**present, "report": torch.zeros(6).bool()}, groups=batch.groups, position=batch.position
    )
    assert float(step(nobody, draws(6))[0]["caption-ecg-report"].detach()) == 0


def test_melp_takes_one_forward_a_tower() -> None:
    ecg, tower = vit(), causal()
    batch = bundle(8, words=texts(tower, 8))
    total = Contrast(ecg, tower) + 2.0 * Caption(ecg, tower, **SMALL) + 0.2 * Local(ecg, tower)
    assert str(total) == "contrast-ecg-report + 2 caption-ecg-report + 0.2 local-ecg-report"
    counts = {"ecg": 0, "report": 0}
    for name, one in total.encoders().items():
        one.register_forward_hook(lambda *_, name=name: counts.__setitem__(name, counts[name] + 1))
    losses, _ = Step(total)(batch, draws(8))
    assert counts == {"ecg": 1, "report": 1}
    expected = losses["contrast-ecg-report"] + 2 * losses["caption-ecg-report"] + 0.2 * losses["local-ecg-report"]
    torch.testing.assert_close(total.total(losses), expected)


def test_the_decoder_is_no_scaffolding_and_travels(model: Model, tmp_path: Path) -> None:
    objective = Caption(vit(), words(), **SMALL)
    assert not list(objective.parameters())
    again = load(model.save(tmp_path / "model"))
    assert generate(again, [recording(0)]) == generate(model, [recording(0)])


def test_it_learns_to_write_what_it_sees() -> None:
    ecg, tower = vit(), causal()
    named = cohort_of(64, 0, reports=lambda number: report(number).split(" number")[0])
    settings = {"steps": 60, "batch": 32, "lr": 1e-2, "workers": 1, "progress": False, "device": "cpu"}
    model = pretrain(Caption(ecg, tower, **SMALL), named, **settings)
    heard = generate(model, [recording(number) for number in range(100, 132)])
    wanted = [report(number).split(" number")[0] for number in range(100, 132)]
    assert sum(one == other for one, other in zip(heard, wanted, strict=True)) >= 16  # by chance 8


@pytest.mark.parametrize("by", ["greedy", "beam", "nucleus"])
def test_with_and_without_a_cache_the_reports_are_the_same(model: Model, by: str) -> None:
    items = [recording(number) for number in range(6)]
    kept, anew = (generate(model, items, by=by, longest=12, cached=cached) for cached in (True, False))
    assert kept == anew
    assert all(kept)


def test_with_a_cache_the_chances_are_those_without(model: Model) -> None:
    ecg = model.encoder("ecg")
    batch = ecg.prepare([recording(number) for number in range(3)])
    with torch.inference_mode():
        one, other = (Writer(model, batch, cached=cached) for cached in (True, False))
        ids = one.start()
        for _ in range(5):
            chances, plain = one.next(ids), other.next(ids)
            assert torch.equal(chances.isfinite(), plain.isfinite())
            torch.testing.assert_close(chances.exp(), plain.exp(), atol=1e-5, rtol=1e-4)
            ids = torch.cat([ids, chances.argmax(1, keepdim=True)], 1)


@pytest.mark.parametrize("by", ["greedy", "beam", "nucleus"])
def test_a_report_does_not_depend_on_its_neighbours(model: Model, by: str) -> None:
    items = [recording(number) for number in range(5)]
    whole = generate(model, items, by=by, longest=12)
    assert generate(model, items, by=by, longest=12, batch=2) == whole
    assert generate(model, items, by=by, longest=12) == whole


def test_the_seed_decides_what_is_drawn(model: Model) -> None:
    items = [recording(number) for number in range(8)]
    one, other = (generate(model, items, by="nucleus", seed=seed, temperature=3.0, top_p=1.0) for seed in (0, 1))
    assert one != other


def test_one_beam_is_greedy_and_more_beams_are_likelier(model: Model) -> None:
    items = [recording(number) for number in range(4)]
    assert generate(model, items, by="beam", beams=1) == generate(model, items)
    few, many = (mean_chance(model, items, beams) for beams in (1, 6))
    assert (many >= few - 1e-5).all()


def mean_chance(model: Model, items: list[object], beams: int) -> torch.Tensor:
    """Return the mean log chance of the words of each report, told anew from what was written."""
    from einthoven.encoding.beam import likeliest

    with torch.inference_mode():
        batch = model.encoder("ecg").prepare(items)
        ids = likeliest(Writer(model, batch), 12, beams=beams)
        judge = Writer(model, batch, cached=False)
        chances = torch.stack(
            [judge.next(ids[:, :n]).gather(1, ids[:, n : n + 1])[:, 0] for n in range(1, ids.shape[1])], 1
        )
        ended = (ids[:, 1:] == judge.end).cumsum(1) - (ids[:, 1:] == judge.end).int() > 0
        return chances.masked_fill(ended, 0).sum(1) / (~ended).sum(1)


def test_it_writes_in_evaluation_mode_and_leaves_the_mode_alone(model: Model) -> None:
    model.train()
    try:
        assert generate(model, [recording(0)]) == generate(model, [recording(0)])
        assert model.training
    finally:
        model.eval()


def test_what_cannot_be_is_refused(model: Model) -> None:
    with pytest.raises(TrainingError, match=r"has not seen what comes next; reads='states' with a tower that is not"):
        Caption(vit(), words(), reads="states")
    with pytest.raises(TrainingError, match=r"Caption writes what an encoder of texts reads; an encoder of 'ecg'"):
        Caption(vit(), vit())
    with pytest.raises(ModelError, match=r"written greedily, by beams.*by='beem'.*Did you mean beam"):
        generate(model, [], by="beem")
    ecg, tower = vit(), words()
    bare = Model([ecg, tower], spaces={"shared": Space({"ecg": 16, "report": 16})})
    with pytest.raises(ModelError, match="this model has no 'caption'"):
        generate(bare, [recording(0)])


def test_other_recordings_are_converted_or_refused(model: Model) -> None:
    assert generate(model, []) == []
    with pytest.raises(ModelError, match="takes recordings or studies"):
        generate(model, ["sinus rhythm"])


def test_a_decoder_beside_another_encoder_takes_its_tokens() -> None:
    ecg, tower = encoder("resnet-tiny"), words()
    assert Caption(ecg, tower, **SMALL).heads()["caption"].config()["parts"] == ecg.token_width
