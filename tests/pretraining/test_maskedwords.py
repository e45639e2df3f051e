from __future__ import annotations

import math
from pathlib import Path

import pytest
import torch
from waves import bundle, cohort_of, draws, texts, vit, words

from einthoven.encoding import TextEncoder, load
from einthoven.errors import CohortError, ReadError, TrainingError
from einthoven.gathering import gather
from einthoven.pretraining import MaskedWords, Step, pretrain
from einthoven.pretraining.hiding import blanked


def tower() -> TextEncoder:
    made = words()
    assert isinstance(made, TextEncoder)
    texts(made)
    return made


def test_words_are_hidden_as_bert_hides_them() -> None:
    encoder = tower()
    batch = encoder.prepare(["slow wave number one, quick wave number two. " * 2] * 2000)
    hiddenaway, chosen = blanked(batch, 0.15, encoder, draws(2000))
    inside = batch.mask & ~torch.isin(batch.ids, torch.tensor(encoder.special))
    assert not (chosen & ~inside).any()
    assert float(chosen.sum() / inside.sum()) == pytest.approx(0.15, abs=0.01)
    assert torch.equal(hiddenaway.ids[~chosen], batch.ids[~chosen])
    became = hiddenaway.ids[chosen]
    assert float((became == encoder.mask_token).float().mean()) == pytest.approx(0.8, abs=0.02)
    kept = float((became == batch.ids[chosen]).float().mean())
    assert kept == pytest.approx(0.1, abs=0.03)
    assert int(became.max()) < encoder.known


def test_only_hidden_words_are_asked_for() -> None:
    encoder = tower()
    objective = MaskedWords(encoder, mask=0.5)
    step, batch = Step(objective).eval(), bundle(words=texts(encoder))
    losses, _ = step(batch, draws())
    look = step.look(objective.view, batch, draws())
    logits = objective.guess(look.tokens)
    asked = [(row, n) for row, n in look.blank.nonzero().tolist()]  # type: ignore[union-attr]
    each = [-logits[row, n].log_softmax(0)[batch.inputs["report"].ids[row, n]] for row, n in asked]  # type: ignore[union-attr]
    torch.testing.assert_close(losses["masked-words-report"], torch.stack(each).mean())
    assert float(losses["masked-words-report"].detach()) == pytest.approx(math.log(encoder.vocabulary), rel=0.02)


def test_a_cohort_is_read_without_its_signals(tmp_path: Path) -> None:
    settings = {"steps": 60, "batch": 16, "lr": 1e-2, "progress": False, "device": "cpu", "choose": "loss"}
    model = pretrain(MaskedWords(words()), cohort_of(48, 16), out=tmp_path / "run", **settings)
    assert model.modalities == ("report",)
    assert not (tmp_path / "run" / "store").exists()
    rows = (tmp_path / "run" / "metrics.csv").read_text().splitlines()
    header = rows[0].split(",")
    kept = [dict(zip(header, row.split(","), strict=True)) for row in rows[1:]]
    heard = [float(row["loss"]) for row in kept if row["split"] == "val"]
    assert heard[-1] < heard[0] < math.log(512)


def test_any_folder_of_text_will_do(tmp_path: Path) -> None:
    folder = tmp_path / "library"
    (folder / "deep").mkdir(parents=True)
    for number in range(40):
        name = folder / ("deep" if number % 2 else "") / f"page-{number}.{'md' if number % 3 else 'txt'}"
        name.write_text(f"Atrial fibrillation {number}.\n\n" + "sinus rhythm " * 100, encoding="utf-8")
    (folder / "picture.png").write_bytes(b"\x89PNG")
    cohort = gather("texts", root=folder, words=50, val=0.2)
    assert len(cohort) == 40 * 5
    assert {len(study.report.split()) for study in cohort if study.report} == {3, 50}
    assert set(cohort.splits) == {"train", "val"}
    with pytest.raises(ReadError, match=r"a piece of text has no recording; that of .*page-.* was asked for"):
        _ = cohort[0].recording
    again = load(
        pretrain(MaskedWords(words()), cohort, steps=2, batch=16, progress=False, device="cpu").save(tmp_path / "model")
    )
    assert again.embed(["Atrial fibrillation"]).shape == (1, 16)


@pytest.mark.parametrize("root", [None, "nowhere"])
def test_a_folder_without_text_is_refused(root: str | None) -> None:
    with pytest.raises(CohortError, match=r"from a folder with \.txt or \.md files; (no folder|.*nowhere) has none"):
        gather("texts", root=root)


def test_what_cannot_be_asked_is_refused() -> None:
    with pytest.raises(TrainingError, match=r"looks both ways; mask=0\.15 and an encoder of 'report' that is causal"):
        MaskedWords(words(causal=True))
    with pytest.raises(TrainingError, match=r"mask=0\.15 and an encoder of 'ecg'"):
        MaskedWords(vit())
