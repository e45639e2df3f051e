from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from waves import words

from einthoven.encoding import Encoder, Model, encoder
from einthoven.errors import TrainingError
from einthoven.gathering.cohort import Cohort
from einthoven.gathering.store import Store
from einthoven.pretraining import Contrast, Masked, loop, pretrain
from einthoven.pretraining.batches import Batches
from einthoven.pretraining.pictures import Pictures
from einthoven.recording import LEADS, Recording
from einthoven.simulating import simulate

STUDIES = simulate(24, seed=5, fs=100)


def pictures(eats: object = "fields", **sizes: object) -> Encoder:
    options = {"width": 16, "depth": 1, "heads": 2, "size": [32, 48], "eats": eats, **sizes}
    return encoder("image-tiny", **options)


def cohort_of(*pages: Path | None) -> Cohort:
    told = [replace(study, page=page) for study, page in zip(STUDIES, [*pages, *[None] * 24], strict=False)]
    return Cohort("hearts", told, {"train": range(16), "val": range(16, 24)})


def ecg() -> Encoder:
    recipe = {"fs": 100, "seconds": 10, "band": (0.5, 40), "scale": "z-lead"}
    return encoder("vit-tiny", width=16, depth=1, heads=2, patch=100, **recipe)


def run(cohort: Cohort, make: Callable[[], Contrast], *, out: object = None, **settings: object) -> Model:
    plan = {"steps": 4, "batch": 8, "lr": 3e-3, "checkpoint_every": 1, "workers": 1, "progress": False}
    return pretrain(make(), cohort, out=out, device="cpu", **{**plan, **settings})  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Store:
    folder = tmp_path_factory.mktemp("stores") / "store"
    return Store.build(cohort_of(), folder, pictures().preparation.signal, workers=1, progress=False)


def test_a_key_decides_the_beat_and_no_key_takes_the_middle_one(store: Store) -> None:
    feed = Pictures(store, pictures())
    rows = np.array([3, 0, 3])
    plain, present, groups = feed.take(rows)
    assert torch.equal(plain.pixels[0], plain.pixels[2])
    assert present.all()
    assert groups.tolist() == [3, 0, 3]
    one, again, other = (feed.take(rows, keys)[0].pixels for keys in ([1, 2, 5], [1, 2, 5], [4, 2, 5]))
    assert torch.equal(one, again)
    assert torch.equal(one[1:], other[1:])
    assert not torch.equal(one[0], other[0])


def test_the_pictures_of_the_feed_are_those_of_the_encoder(store: Store) -> None:
    chosen = pictures()
    fed, _, _ = Pictures(store, chosen).take(np.arange(3))
    assert (fed.pixels - chosen.prepare(STUDIES[:3]).pixels).abs().mean() < 0.01  # the store rounds to 1 uV


def test_pages_come_from_files_where_there_are_some(
    store: Store, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    Image.new("RGB", (48, 32), "black").save(tmp_path / "page.png")
    (tmp_path / "broken.png").write_bytes(b"broken")
    files = {STUDIES[1].id: tmp_path / "page.png", STUDIES[2].id: tmp_path / "broken.png"}
    images, present, _ = Pictures(store, pictures("pages"), files).take(np.array([0, 1, 2]), [7, 8, 9])
    assert present.tolist() == [True, True, False]
    assert (images.pixels[1] == -1).all()
    assert 0 < images.pixels[0].mean() < 1  # drawn: ink on paper
    assert "broken.png is left out: a page is a PNG" in caplog.text
    assert Pictures(store, pictures(), files).take(np.array([1]))[1].all()  # fields come from samples, page or not


def test_what_has_no_beat_has_no_picture(tmp_path: Path) -> None:
    flat = Recording(np.zeros((12, 1000)), LEADS, 100)
    cohort = Cohort("flat", [replace(STUDIES[0], source=flat), STUDIES[1]], {"train": [0, 1]})
    store = Store.build(cohort, tmp_path / "store", pictures().preparation.signal, workers=1, progress=False)
    images, present, _ = Pictures(store, pictures()).take(np.array([0, 1]))
    assert present.tolist() == [False, True]
    assert not images.pixels[0].any()


SUMS: dict[str, Callable[[], Contrast]] = {
    "fields and reports": lambda: Contrast(pictures(), words(), width=8),
    "varied worn pages and reports": lambda: Contrast(
        pictures({"kind": "pages", "dpi": 40, "varied": True, "wear": "scan"}), words(), width=8
    ),
    "fields and signals": lambda: Contrast(pictures(), ecg(), width=8),
}


@pytest.mark.parametrize("name", SUMS)
def test_a_run_of_pictures_stopped_at_a_step_ends_as_if_it_had_not(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = run(cohort_of(), SUMS[name], out=tmp_path / "whole")
    descend = loop.descend

    def pulled(run: loop.Run, number: int, bundles: list) -> object:
        if number == 2:
            raise KeyboardInterrupt
        return descend(run, number, bundles)

    with monkeypatch.context() as patch:
        patch.setattr(loop, "descend", pulled)
        with pytest.raises(KeyboardInterrupt):
            run(cohort_of(), SUMS[name], out=tmp_path / "cut")
    torch.manual_seed(99)
    resumed = run(cohort_of(), SUMS[name], out=tmp_path / "cut", resume=True)
    assert resumed.fingerprint == whole.fingerprint
    assert (tmp_path / "cut/model.safetensors").read_bytes() == (tmp_path / "whole/model.safetensors").read_bytes()
    assert "image" in whole.modalities
    assert whole.card.synthetic


def test_accumulating_sees_the_same_pictures(tmp_path: Path) -> None:
    steps = []
    for batch, accumulate in ((8, 1), (4, 2)):
        feeds = {"image": Pictures(_store_in(tmp_path / f"{batch}"), pictures())}
        batches = Batches(feeds, np.arange(16), batch=batch, accumulate=accumulate)
        steps.append(torch.cat([bundle.inputs["image"].pixels for bundle in batches.step(1)]))
    assert torch.equal(*steps)


def test_masking_pictures_is_refused() -> None:
    with pytest.raises(TrainingError, match="Masked hides patches of signals"):
        Masked(pictures())


def _store_in(folder: Path) -> Store:
    return Store.build(cohort_of(), folder, pictures().preparation.signal, workers=1, progress=False)
