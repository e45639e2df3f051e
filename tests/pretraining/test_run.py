from __future__ import annotations

import csv
import json
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from waves import RECIPE, cohort_of, recording, report, run, vit, words

import einthoven
from einthoven.encoding import load
from einthoven.errors import CohortError, CollapseError, MissingExtraError, PreparationError, TrainingError
from einthoven.gathering.store import Store
from einthoven.pretraining import Contrast, Masked, pretrain

QUICK = {"workers": 1, "progress": False, "device": "cpu"}


def small(ecg: object, **options: object) -> Masked:
    return Masked(ecg, **{"width": 16, "depth": 1, "heads": 2, **options})


def rows(out: Path, split: str = "train") -> list[dict[str, str]]:
    with (out / "metrics.csv").open(newline="") as file:
        return [row for row in csv.DictReader(file) if row["split"] == split]


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("runs") / "waves"
    run(cohort_of(), out=out, steps=40)
    return out


def test_a_run_leaves_a_model_a_log_its_settings_and_a_card(finished: Path) -> None:
    names = {path.name for path in finished.iterdir()}
    assert names >= {"model.safetensors", "config.json", "README.md", "metrics.csv", "pretrain.json", "resume", "store"}
    model = load(finished)
    assert model.modalities == ("ecg", "report")
    assert model.spaces["shared"].widths == {"ecg": 16, "report": 16}
    assert (model.card.n, model.card.seed, model.card.steps, model.card.synthetic) == (64, 0, 40, True)
    assert model.card.name == "waves"
    assert model.card.objective == "contrast-ecg-report + 0.5 masked-ecg"
    assert "waves (64 studies)" in model.card.data
    settings = json.loads((finished / "pretrain.json").read_text())
    assert settings["plan"]["epochs"] == 10
    assert settings["plan"]["steps"] == 40
    assert settings["objective"]["terms"][1]["weight"] == 0.5


def test_the_loss_falls_and_the_log_tells_everything(finished: Path) -> None:
    train, val = rows(finished), rows(finished, "val")
    assert [int(row["step"]) for row in train] == list(range(40))
    assert [int(row["step"]) for row in val] == list(range(3, 40, 4))
    assert float(val[-1]["loss"]) < float(val[0]["loss"])
    assert np.mean([float(row["loss"]) for row in train[-4:]]) < 0.9 * np.mean(
        [float(row["loss"]) for row in train[:4]]
    )
    first = train[0]
    assert float(first["loss"]) == pytest.approx(
        float(first["contrast-ecg-report"]) + 0.5 * float(first["masked-ecg"]), rel=1e-4
    )
    assert 0 < float(first["spread/report"]) < 1
    assert float(first["rank/ecg.one"]) >= 1
    assert float(first["temperature/shared"]) == pytest.approx(0.07, rel=0.01)
    assert 0 <= float(val[-1]["r@1/shared/ecg-report"]) <= 1
    assert float(val[-1]["rank/ecg"]) >= 1


def test_a_finished_run_that_is_resumed_is_returned(finished: Path) -> None:
    before = (finished / "metrics.csv").read_text()
    model = run(cohort_of(), out=finished, steps=40, resume=True)
    assert model.fingerprint == load(finished).fingerprint
    assert (finished / "metrics.csv").read_text() == before


def test_other_settings_are_not_resumed_and_the_differences_are_told(finished: Path) -> None:
    with pytest.raises(
        TrainingError, match=r"the settings it began with; lr was 0\.003 and is 0\.001.*Pass the first settings"
    ):
        run(cohort_of(), out=finished, steps=40, resume=True, lr=1e-3)
    with pytest.raises(TrainingError, match=r"batch was 16 and is 8"):
        run(cohort_of(), out=finished, steps=40, resume=True, batch=8)


def test_the_same_seed_gives_the_same_weights_and_another_others() -> None:
    cohort = cohort_of(32, 0)
    first, again, other = (run(cohort, steps=3, seed=seed).fingerprint for seed in (0, 0, 1))
    assert first == again != other


def test_accumulating_equals_a_big_batch(tmp_path: Path) -> None:
    models = []
    for batch, accumulate in ((16, 1), (4, 4)):
        out = tmp_path / str(batch)
        settings = {"steps": 6, "batch": batch, "accumulate": accumulate, "lr": 1e-2, **QUICK}
        models.append(pretrain(small(vit()), cohort_of(32, 0), out=out, **settings).state_dict())
    losses = [[float(row["loss"]) for row in rows(tmp_path / name)] for name in ("16", "4")]
    assert losses[0] == pytest.approx(losses[1], rel=1e-5)
    for name, weight in models[0].items():  # keys' biases have no true gradient, and Adam makes their rounding large
        torch.testing.assert_close(weight, models[1][name], rtol=1e-3, atol=2e-4)


def test_a_last_batch_of_one_trains() -> None:
    model = pretrain(small(vit()), cohort_of(17, 1), epochs=2, batch=8, **QUICK)
    assert all(bool(torch.isfinite(weight).all()) for weight in model.state_dict().values())
    assert model.card.steps == 6
    ecg, report_encoder = vit(), words()
    assert pretrain(Contrast(ecg, report_encoder), cohort_of(17, 1), epochs=2, batch=8, **QUICK).card.steps == 4


def test_bf16_trains_too() -> None:
    ecg, report_encoder = vit(), words()
    model = pretrain(
        Contrast(ecg, report_encoder) + small(ecg), cohort_of(16, 8), steps=2, batch=8, precision="bf16-mixed", **QUICK
    )
    assert {weight.dtype for weight in model.parameters()} == {torch.float32}
    assert all(bool(torch.isfinite(weight).all()) for weight in model.state_dict().values())


def test_norms_biases_and_temperatures_do_not_decay() -> None:
    from einthoven.pretraining import Step
    from einthoven.pretraining.loop import adamw
    from einthoven.pretraining.plan import Plan

    step = Step(Contrast(vit(), words()))
    matrices, vectors = adamw(step, Plan(weight_decay=0.3)).param_groups
    assert (matrices["weight_decay"], vectors["weight_decay"]) == (0.3, 0)
    small_ones = {id(weight) for weight in vectors["params"]}
    for name, weight in step.named_parameters():
        expected = name.endswith(("bias", "log_scale")) or "norm" in name
        assert (id(weight) in small_ones) == expected, name


def test_missing_reports_are_fine_and_none_at_all_is_refused() -> None:
    sparse = cohort_of(32, 0, reports=lambda number: report(number) if number % 3 else None)
    ecg, report_encoder = vit(), words()
    model = pretrain(Contrast(ecg, report_encoder), sparse, steps=3, batch=8, **QUICK)
    assert model.card.steps == 3


def test_the_tokenizer_is_trained_on_training_reports_alone() -> None:
    cohort = cohort_of(16, 8, reports=lambda number: "ordinary beat" if number < 16 else "zzyzx qqwrty")
    ecg, report_encoder = vit(), words()
    pretrain(Contrast(ecg, report_encoder), cohort, steps=1, batch=8, **QUICK)
    known = report_encoder.tokenizer.get_vocab()
    assert "ordinary" in known
    assert not [token for token in known if "zzy" in token or "qqw" in token]


def test_only_the_training_split_is_learnt_from(tmp_path: Path) -> None:
    cohort = cohort_of(32, 16)
    model = run(cohort, out=tmp_path / "a", steps=4)
    part = cohort_of(32, 0)
    ours, theirs = model.state_dict(), run(part, steps=4).state_dict()
    assert all(torch.equal(ours[name], theirs[name]) for name in ours)


def test_a_store_can_be_handed_in_and_the_cohort_says_who_is_in_a_split(tmp_path: Path) -> None:
    whole = cohort_of(32, 16)
    store = Store.build(whole, tmp_path / "store", RECIPE, workers=1, progress=False)
    fewer = whole.where(lambda study: int(study.id[1:]) < 24)
    model = pretrain(small(vit()), fewer, store=store, steps=2, batch=8, out=tmp_path / "run", **QUICK)
    assert model.card.n == 24
    assert not (tmp_path / "run" / "store").exists()
    again = pretrain(small(vit()), fewer, store=tmp_path / "store", steps=2, batch=8, **QUICK)
    assert again.fingerprint == model.fingerprint


def test_a_store_of_another_preparation_is_refused(tmp_path: Path) -> None:
    store = Store.build(cohort_of(8, 0), tmp_path / "store", RECIPE, workers=1, progress=False)
    with pytest.raises(PreparationError):
        pretrain(small(vit(fs=100)), cohort_of(8, 0), store=store, steps=1, batch=4, **QUICK)


def test_a_store_of_another_cohort_is_refused(tmp_path: Path) -> None:
    store = Store.build(cohort_of(8, 0), tmp_path / "store", RECIPE, workers=1, progress=False)
    strangers = cohort_of(16, 0).where(lambda study: int(study.id[1:]) >= 8)
    with pytest.raises(CohortError, match="none of 8 studies of waves could be used"):
        pretrain(small(vit()), strangers, store=store, steps=1, batch=4, **QUICK)


def test_a_run_of_another_cohort_replaces_the_one_in_the_folder(tmp_path: Path) -> None:
    run(cohort_of(24, 0), out=tmp_path / "run", steps=1, batch=8)
    assert run(cohort_of(32, 0), out=tmp_path / "run", steps=1, batch=8).card.n == 32
    with pytest.raises(PreparationError, match="a store serves the cohort it was built of"):
        run(cohort_of(24, 0), out=tmp_path / "run", steps=1, batch=8, resume=True)


def test_the_best_weights_by_a_label_free_measure_are_kept(tmp_path: Path) -> None:
    model = run(cohort_of(), out=tmp_path / "run", steps=12, choose="loss", lr=0.3, warmup=0)
    losses = [float(row["loss"]) for row in rows(tmp_path / "run", "val")]
    best = 4 * (int(np.argmin(losses)) + 1)
    assert model.card.notes[0] == f"weights after step {best}, the best by loss"
    again = run(cohort_of(), out=tmp_path / "run", steps=12, choose="loss", lr=0.3, warmup=0, resume=True)
    assert again.fingerprint == model.fingerprint
    for choose in ("retrieval", "rankme"):
        assert f"the best by {choose}" in run(cohort_of(), steps=4, choose=choose).card.notes[0]


def test_choosing_needs_a_validation_split() -> None:
    with pytest.raises(TrainingError, match=r"chosen on a validation split.*or choose=\"last\""):
        run(cohort_of(32, 0), steps=2, choose="retrieval")


def test_collapse_stops_the_run() -> None:
    with pytest.raises(CollapseError, match="embeddings of different studies stay different"):
        run(cohort_of(32, 0), steps=130, warmup=1, patience=1, floor=10.0)


def test_a_loss_that_is_no_number_stops_the_run_and_names_the_step() -> None:
    ecg, report_encoder = vit(), words()
    with torch.no_grad():
        next(ecg.parameters()).fill_(float("nan"))
    with pytest.raises(TrainingError, match=r"a loss is a finite number; nan at step 0\. Lower lr="):
        pretrain(Contrast(ecg, report_encoder), cohort_of(16, 0), steps=2, batch=8, **QUICK)


def test_one_study_a_batch_is_no_contrast() -> None:
    with pytest.raises(TrainingError, match="something to compare with; batch=1"):
        run(cohort_of(16, 0), steps=2, batch=1)


def test_a_cohort_without_a_training_split_is_refused() -> None:
    cohort = cohort_of(8, 4)
    with pytest.raises(CohortError, match="no split 'train'"):
        run(cohort.split("val"), steps=1)


def test_nothing_that_learns_is_refused() -> None:
    ecg, report_encoder = vit(), words()
    objective = Contrast(ecg, report_encoder)
    for part in (ecg, report_encoder, *objective.spaces().values()):
        part.requires_grad_(False)
    with pytest.raises(TrainingError, match="something learns; every encoder is frozen"):
        pretrain(objective, cohort_of(8, 0), steps=1, batch=4, **QUICK)


def test_an_unknown_strategy_is_answered() -> None:
    with pytest.raises(TrainingError, match="Did you mean fsdp"):
        run(cohort_of(8, 0), steps=1, batch=4, strategy="fdsp")


def test_without_lightning_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "lightning.fabric", None)
    with pytest.raises(MissingExtraError, match=r"Lightning Fabric.*pip install 'einthoven\[train\]'"):
        run(cohort_of(8, 0), steps=1, batch=4)


def test_torchs_own_stream_goes_on_as_if_nothing_had_happened() -> None:
    torch.manual_seed(5)
    expected = torch.rand(3)
    torch.manual_seed(5)
    run(cohort_of(16, 0), steps=2)
    assert torch.equal(torch.rand(3), expected)


def test_the_front_door_opens_it() -> None:
    assert einthoven.pretrain is pretrain


def test_the_model_embeds_recordings(finished: Path) -> None:
    vectors = load(finished).embed([recording(number) for number in range(3)], space="shared")
    assert vectors.shape == (3, 8)
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1, rtol=1e-5)
