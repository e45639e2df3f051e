"""The archive works with a real Model, and with real files."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from einthoven.encoding import Model, Space, encoder
from einthoven.errors import ArchiveError, FingerprintError
from einthoven.gathering import Cohort, gather
from einthoven.indexing import Archive, Embedder, index
from einthoven.recording import LEADS, Recording
from einthoven.study import Study


@pytest.fixture(scope="module")
def model() -> Model:
    return Model([encoder("vit-tiny")], spaces={"shared": Space({"ecg": 64}, width=16)})


def people(n: int) -> Cohort:
    waves = np.random.default_rng(0).standard_normal((n, 12, 5000), np.float32)
    return Cohort("people", [Study(f"e{i}", Recording(wave, LEADS, 500)) for i, wave in enumerate(waves)])


def test_a_model_fills_and_searches_an_archive(model: Model, tmp_path: Path) -> None:
    checked: Embedder = model
    cohort = people(5)
    odd = Study("odd", Recording(np.ones((1, 500), np.float32), ["V9"], 100))
    archive = index(checked, Cohort("people", [*cohort, odd]), tmp_path / "a", batch=2)
    assert archive.indexed is not None
    assert (archive.indexed.added, list(archive.indexed.quarantined)) == (5, ["odd"])
    assert archive.width == 16
    first = archive.search(cohort[3].recording, k=1)[0]
    assert (first.id, round(first.score, 4)) == ("e3", 1.0)
    assert "e3" not in [hit.id for hit in archive.search(cohort[3])]
    with pytest.raises(ArchiveError, match="modality 'report'; this model has ecg"):
        archive.search("sinus rhythm")
    with pytest.raises(FingerprintError, match="the model at hand is"):
        Archive.open(tmp_path / "a", model.untrained(1))
    assert len(Archive.open(tmp_path / "a", model)) == 5


@pytest.mark.realdata
def test_real_ecgs_find_themselves_by_their_files(model: Model, real: Path, tmp_path: Path) -> None:
    cohort = gather("ptb-xl", real / "ptb-xl")[:24]
    archive = index(model, cohort, tmp_path / "a")
    assert len(archive) == 24
    path = next((real / "ptb-xl").rglob("00003_hr.hea"))
    hit = archive.search(path, k=1)[0]
    assert (hit.id, round(hit.score, 3)) == ("3", 1.0)
    assert hit.report == cohort[2].report
    assert np.abs(hit.recording.signal - cohort[2].recording.signal).max() <= 0.000501
    everything = b"".join(path.read_bytes() for path in (tmp_path / "a").rglob("*") if path.is_file())
    assert str(real).encode() not in everything
