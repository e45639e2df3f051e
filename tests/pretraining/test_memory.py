from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from waves import RECIPE, cohort_of, draws, recording, report, vit, words

from einthoven.encoding import TextEncoder
from einthoven.encoding.base import Told
from einthoven.gathering.cohort import Cohort
from einthoven.gathering.store import Store
from einthoven.pretraining import Bundle, Caption, Contrast, Local, Masked, Step, pretrain
from einthoven.pretraining.batches import Batches
from einthoven.pretraining.memory import Memory
from einthoven.pretraining.supply import feeds
from einthoven.study import Study

TEXTS = ["sinus rhythm. slow wave", "", "quick wave; tall wave. noisy wave", "slow wave"]


def tower(**sizes: object) -> TextEncoder:
    made = words(**sizes).requires_grad_(False)
    assert isinstance(made, TextEncoder)
    made.fit_tokenizer([*TEXTS, *(report(number) for number in range(64))])
    return made


def test_what_is_remembered_is_what_would_be_said_now(tmp_path: Path) -> None:
    encoder = tower(dropout=0.5).train()
    memory = Memory.of(TEXTS, encoder, tmp_path)
    assert encoder.training
    encoder.eval()
    said = memory.take(np.array([2, 0, 1]))
    batch = encoder.prepare([TEXTS[2], TEXTS[0], TEXTS[1]])
    seen = encoder(batch)
    torch.testing.assert_close(said.pooled, seen.pooled, atol=1e-5, rtol=1e-5)
    vectors, there = encoder.pool("sentences", seen, batch)
    assert torch.equal(said.mask, there)
    torch.testing.assert_close(said.tokens, vectors, atol=1e-5, rtol=1e-5)


def test_it_is_asked_once_for_the_same_weights_and_texts(tmp_path: Path) -> None:
    encoder, asked = tower(), []
    encoder.register_forward_hook(lambda *_: asked.append(1))
    one, again = (Memory.of(TEXTS, encoder, tmp_path) for _ in range(2))
    assert len(asked) == 1
    assert np.array_equal(one.pooled, again.pooled)
    Memory.of(TEXTS[:2], encoder, tmp_path)
    assert len(asked) == 2
    with torch.no_grad():
        encoder.words.weight.add_(1)  # type: ignore[union-attr, operator]
    assert not np.allclose(Memory.of(TEXTS, encoder, tmp_path).pooled, one.pooled)
    assert len(asked) == 3


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Store:
    return Store.build(cohort_of(16, 0), tmp_path_factory.mktemp("store") / "s", RECIPE, workers=1, progress=False)


def test_a_step_with_a_memory_is_a_step_without(store: Store) -> None:
    encoder = tower()
    objective = _sum(encoder)
    step = Step(objective).eval()
    batch = Batches(feeds(objective, store), np.arange(16), batch=8).step(0)[0]
    assert isinstance(batch.inputs["report"], Told)
    asked: list[int] = []
    encoder.register_forward_hook(lambda *_: asked.append(1))
    remembered, _ = step(batch, draws(8))
    assert not asked
    told = batch.inputs["report"]
    plain = Bundle(
        {**batch.inputs, "report": type(told).__base__(told.ids, told.mask, told.sentence)},  # type: ignore[misc]
        present=batch.present, groups=batch.groups, position=batch.position,
    )  # fmt: skip
    anew, _ = step(plain, draws(8))
    assert asked
    for name, loss in anew.items():
        torch.testing.assert_close(remembered[name], loss, atol=1e-5, rtol=1e-5)


def _sum(encoder: TextEncoder) -> Contrast:
    ecg = vit()
    return Contrast(ecg, encoder) + Local(ecg, encoder) + Caption(ecg, encoder, depth=1, heads=2)  # type: ignore[return-value]


def test_only_what_is_frozen_and_read_whole_is_remembered(store: Store) -> None:
    ecg, encoder, causal = vit(), tower(), tower(causal=True)

    def remembers(objective: object, **options: float) -> bool:
        feed = feeds(objective, store, **options)["report"]  # type: ignore[arg-type]
        return feed.memory is not None  # type: ignore[attr-defined]

    assert remembers(Contrast(ecg, encoder) + Masked(ecg))
    assert not remembers(Contrast(ecg, encoder), sentences=0.5)
    assert not remembers(Caption(ecg, causal, depth=1, heads=2))  # its decoder reads every state
    assert not remembers(Contrast(ecg, encoder.requires_grad_(True)))


def test_a_rows_part_of_what_was_told_moves_with_it(tmp_path: Path) -> None:
    encoder = tower()
    batch = encoder.prepare(TEXTS)
    told = Told(batch.ids, batch.mask, batch.sentence, Memory.of(TEXTS, encoder, tmp_path).take(np.arange(4)))
    part = told[torch.tensor([2, 1])].to("cpu")
    assert part.said is not None
    assert torch.equal(part.said.pooled, told.said.pooled[[2, 1]])  # type: ignore[union-attr]


STRANGE = [
    "", "no full stop at all", "slow wave. " * 5000, "Sinusrhythmus; Überleitungsstörung.", "窦性心律。左束支",
    "slow\x00 wave.\x07\x1b quick wave.", "\u202e.", "PR 0.12 s. QTc 0.44 s", ". . .", "tall wave",
]  # fmt: skip


@pytest.mark.parametrize("frozen", [False, True])
def test_strange_reports_neither_crash_nor_shift_a_pair(frozen: bool, tmp_path: Path) -> None:
    texts = [STRANGE[number % 10] for number in range(20)]
    studies = [Study(f"s{n}", recording(n), report=text, synthetic=True) for n, text in enumerate(texts)]
    cohort = Cohort("strange", studies, {"train": range(20)})
    ecg, encoder = vit(), words().requires_grad_(not frozen)
    total = Contrast(ecg, encoder) + 2 * Caption(ecg, encoder, depth=1, heads=2) + 0.2 * Local(ecg, encoder)
    model = pretrain(
        total, cohort, out=tmp_path / "run", steps=2, batch=10, workers=1, progress=False, device="cpu", val=None
    )
    made = Store.open(tmp_path / "run" / "store")
    reader = model.encoder("report")
    batch = Batches(feeds(total, made), np.arange(20), batch=20, seed=None).step(0)[0]
    step = Step(total).eval()
    seen = {view: step.look(view, batch, draws(20)) for view in total.views()}
    local = next(term for term in total.terms if isinstance(term, Local))  # type: ignore[attr-defined]
    _, (sentences, said) = local.parts(seen)
    assert batch.present["report"].tolist() == [bool(text.strip()) for text in texts]
    for row, text in enumerate(texts):
        alone = reader.prepare([text.strip()])
        vectors, there = reader.pool("sentences", reader(alone), alone)
        assert int(said[row].sum()) == int(there.sum())
        expected = local.sentence(vectors[0][there[0]])
        torch.testing.assert_close(sentences[row][said[row]], expected, atol=1e-4, rtol=1e-4)
