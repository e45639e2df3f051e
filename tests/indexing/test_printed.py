"""A printed page finds its own ECG, and others by what an encoder sees."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import einthoven as ein
from einthoven.encoding import Model, Space, encoder
from einthoven.indexing.printed import agreement, completed
from einthoven.recording import LEADS, Recording


def shown(recording: Recording) -> Recording:
    """Return what a page of 3x4 with II below would show."""
    signal = np.full_like(recording.signal, np.nan)
    for column in range(4):
        part = slice(1250 * column, 1250 * (column + 1))
        signal[3 * column : 3 * column + 3, part] = recording.signal[3 * column : 3 * column + 3, part]
    signal[1] = recording.signal[1]
    return Recording(signal, LEADS, 500)


def test_a_regular_ecg_is_completed_by_its_own_beats() -> None:
    whole = ein.simulate(1, seed=2, noise=0)[0].recording
    made = completed(shown(whole))
    assert np.isfinite(made.signal).all()
    page = shown(whole).signal
    np.testing.assert_array_equal(made.signal[np.isfinite(page)], page[np.isfinite(page)])
    alike = [np.corrcoef(one, other)[0, 1] for one, other in zip(made.signal, whole.signal, strict=True)]
    assert np.median(alike) > 0.85
    assert min(alike) > 0.6
    assert made.history[-1] == "what the page does not show is completed"


def test_a_lead_without_anything_stays_empty() -> None:
    page = shown(ein.simulate(1, seed=2)[0].recording)
    signal = page.signal.copy()
    signal[6] = np.nan
    assert np.isnan(completed(Recording(signal, LEADS, 500)).signal[6]).all()


@pytest.mark.parametrize("moved", [0, 10])
def test_agreement_is_one_with_itself_and_less_with_others(moved: int) -> None:
    one, other = (study.recording for study in ein.simulate(2, seed=4))
    page = shown(one)
    late = Recording(np.roll(page.signal, moved, axis=1), LEADS, 500)
    assert agreement(late, one) > 0.95
    assert agreement(page, other) < 0.7


def test_a_photograph_finds_its_ecg_in_an_archive(tmp_path: Path) -> None:
    cohort = ein.gather("simulated", n=24, seed=6)
    words = encoder("report-tiny")
    words.fit_tokenizer([study.report or "" for study in cohort])
    eyes = encoder("vit-tiny")
    model = Model([eyes, words], spaces={"shared": Space({"ecg": eyes.width, "report": words.width}, width=8)})
    archive = ein.index(model, cohort, tmp_path / "archive")
    study = cohort.studies[5]
    ein.draw(study.recording, tmp_path / "photo.jpg", wear="photo", seed=3)
    hits = archive.search(tmp_path / "photo.jpg", k=3)
    assert len(hits) == 3
    assert hits[0].id == study.id
