from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
import torch

import einthoven
from einthoven.encoding import Model, embed, encoder
from einthoven.errors import ModelError, PreparationError
from einthoven.gathering.cohort import Cohort
from einthoven.recording import Recording
from einthoven.study import Study

Recorded = Callable[..., Recording]


def test_the_verb_is_at_the_front_door() -> None:
    assert einthoven.embed is embed


@pytest.mark.parametrize("batch", [1, 2, 3, 4, 64])
@pytest.mark.parametrize("space", [None, "shared"])
def test_the_size_of_the_batch_does_not_matter(model: Model, recorded: Recorded, batch: int, space: str | None) -> None:
    items = [recorded(seed, fs=250) for seed in range(5)]
    expected = np.concatenate([embed(model, [item], space=space) for item in items])
    assert np.allclose(embed(model, items, batch=batch, space=space), expected, atol=1e-5)


@pytest.mark.parametrize("batch", [1, 2, 64])
def test_the_size_of_the_batch_does_not_matter_for_texts(model: Model, batch: int) -> None:
    texts = ["Sinus rhythm.", "Atrial fibrillation with rapid ventricular response, 140/min.", "LBBB"]
    expected = np.concatenate([embed(model, [text]) for text in texts])
    assert np.allclose(embed(model, texts, batch=batch), expected, atol=1e-5)


def test_batch_statistics_are_not_used(recorded: Recorded) -> None:
    net = Model([encoder("resnet-tiny")]).train()
    items = [recorded(seed, fs=250) for seed in range(3)]
    assert np.allclose(embed(net, items), embed(net, items, batch=1), atol=1e-5)
    assert net.training
    assert net.encoder("ecg").training


def test_vectors_are_float32_rows(model: Model, recorded: Recorded) -> None:
    found = model.embed([recorded(), recorded(1)], progress=True, device="cpu")
    assert (found.shape, found.dtype) == ((2, 64), np.float32)
    half = Model([encoder("vit-tiny").to(torch.bfloat16)]).embed([recorded()])
    assert half.dtype == np.float32
    assert not torch.is_inference(torch.from_numpy(found))


def test_vectors_of_a_space_are_unit_vectors(model: Model, recorded: Recorded) -> None:
    found = embed(model, [recorded(seed) for seed in range(3)], space="shared")
    assert np.allclose(np.linalg.norm(found, axis=1), 1, atol=1e-6)


@pytest.mark.parametrize(("modality", "space", "width"), [(None, None, 64), ("report", "shared", 16)])
def test_nothing_gives_no_rows(model: Model, modality: str | None, space: str | None, width: int) -> None:
    found = embed(model, [], modality=modality, space=space)
    assert (found.shape, found.dtype) == ((0, width), np.float32)


def test_nothing_for_a_model_of_texts_alone(model: Model) -> None:
    assert Model([model.encoder("report")]).embed([]).shape == (0, 64)


def test_a_single_item_counts_as_a_list_of_one(model: Model, recorded: Recorded) -> None:
    for item in (recorded(), Study("a", recorded()), "Sinus rhythm."):
        assert np.array_equal(embed(model, item), embed(model, [item]))


def test_studies_and_cohorts_are_taken_by_recording_or_by_report(model: Model, recorded: Recorded) -> None:
    studies = [Study(name, recorded(seed, fs=250), report=f"Report {name}.") for seed, name in enumerate("abc")]
    cohort = Cohort("tiny", studies)
    expected = embed(model, [study.recording for study in studies])
    for items in (studies, cohort, iter(studies)):
        assert np.array_equal(embed(model, items), expected)
    words = embed(model, [str(study.report) for study in studies])
    assert np.allclose(embed(model, cohort, modality="report", batch=2), words, atol=1e-5)


def test_a_study_is_opened_only_when_its_turn_comes(model: Model, recorded: Recorded) -> None:
    opened: list[int] = []

    def opening(row: int) -> Callable[[], Recording]:
        return lambda: opened.append(row) or recorded(row, fs=250)  # type: ignore[func-returns-value]

    embed(model, [Study(str(row), opening(row)) for row in range(4)], batch=2)
    assert opened == [0, 1, 2, 3]


def test_a_study_without_a_report_is_refused_as_a_report(model: Model, recorded: Recorded) -> None:
    with pytest.raises(PreparationError, match="only a study with a report"):
        embed(model, [Study("a", recorded())], modality="report")


@pytest.mark.parametrize(
    ("items", "text"),
    [
        ([np.zeros((12, 5000))], r"can be embedded, and pictures .*; ndarray came\. Read files first"),
        ([5], "int came"),
    ],
)
def test_what_cannot_be_embedded_is_refused(model: Model, items: list[object], text: str) -> None:
    with pytest.raises(ModelError, match=text):
        embed(model, items)


def test_mixed_items_are_refused(model: Model, recorded: Recorded) -> None:
    with pytest.raises(ModelError, match="takes strings or studies; Recording came"):
        embed(model, ["Sinus rhythm.", recorded()])


def test_a_modality_or_space_that_is_not_there_is_refused(model: Model, recorded: Recorded) -> None:
    with pytest.raises(ModelError, match="this model has no 'cine'"):
        embed(model, [recorded()], modality="cine")
    with pytest.raises(ModelError, match="this model has no 'shard'"):
        embed(model, [recorded()], space="shard")


def test_the_model_learns_on_after_embedding(model: Model, recorded: Recorded) -> None:
    model.train()
    embed(model, [recorded()])
    ecg = model.encoder("ecg")
    ecg(ecg.prepare([recorded()])).pooled.sum().backward()
    assert all(weight.grad is not None for weight in ecg.parameters())
