from __future__ import annotations

import pickle
from importlib.metadata import EntryPoint, EntryPoints
from pathlib import Path

import numpy as np
import pytest

from einthoven import gathering
from einthoven.errors import CohortError, ConfigError
from einthoven.gathering import SOURCES, Cohort, gather
from einthoven.gathering.download import open_sources
from einthoven.gathering.miniatures import MINIATURES, miniature

from .conftest import Small

NEED_A_FOLDER = sorted(set(SOURCES) - {"simulated", "qiu", "texts"})  # qiu is ptb-xl, told anew; texts have no ECGs
WITH_SIGNALS = sorted(set(MINIATURES) - {"label-table"})


def test_every_source_that_is_a_folder_has_a_miniature() -> None:
    assert set(NEED_A_FOLDER) - set(MINIATURES) == {"challenge"}
    assert set(open_sources()) == set(MINIATURES) - {"folder", "label-table"}


@pytest.mark.parametrize("name", WITH_SIGNALS)
def test_a_miniature_becomes_a_synthetic_cohort_split_by_patient(name: str, small: Small) -> None:
    options = {"without_report": "keep"} if name == "mimic-iv-ecg" else {}
    cohort = gather(name, small(name), **options)
    assert len(cohort) == 11
    assert cohort.synthetic
    assert all(study.synthetic for study in cohort)
    assert sorted(row for rows in cohort.splits.values() for row in rows) == list(range(11))
    for study in cohort.studies[:2]:
        recording = study.recording
        assert recording.synthetic
        assert np.isfinite(recording.signal).all()
        assert 0.1 < np.ptp(recording.lead("II")) < 12, "in mV"


@pytest.mark.parametrize("name", WITH_SIGNALS)
def test_a_study_of_every_source_survives_pickling(name: str, small: Small) -> None:
    study = gather(name, small(name))[1]
    packed = pickle.dumps(study)
    assert len(packed) < 2500
    np.testing.assert_array_equal(pickle.loads(packed).recording.signal, study.recording.signal)


@pytest.mark.parametrize("name", NEED_A_FOLDER)
def test_a_folder_that_is_not_there_is_named(name: str, tmp_path: Path) -> None:
    with pytest.raises(CohortError, match=rf"{name} is gathered from a folder; .*nowhere does not exist"):
        gather(name, tmp_path / "nowhere")
    with pytest.raises(CohortError, match=rf"{name} is gathered from a folder; .* is empty"):
        gather(name, tmp_path)
    with pytest.raises(CohortError, match=r"no root= came"):
        gather(name)


@pytest.mark.parametrize("name", NEED_A_FOLDER)
def test_a_folder_of_something_else_is_refused(name: str, tmp_path: Path) -> None:
    (tmp_path / "holiday.jpg").write_bytes(b"\xff\xd8\xff")
    with pytest.raises(CohortError):
        gather(name, tmp_path)


def test_an_unknown_source_is_answered_with_the_nearest() -> None:
    with pytest.raises(CohortError, match=r"'ptbxl' is none. Did you mean ptb-xl?"):
        gather("ptbxl")


def test_an_option_that_a_source_does_not_have_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"ptb-xl is gathered with the options it has; rat= came. Did you mean rate?"):
        gather("ptb-xl", tmp_path, rat=100)


def test_other_packages_add_sources_by_entry_points(monkeypatch: pytest.MonkeyPatch) -> None:
    entry = EntryPoint("ours", "einthoven.gathering.simulated:simulated", "einthoven.cohorts")
    monkeypatch.setattr(gathering, "entry_points", lambda group: EntryPoints([entry]) if "cohorts" in group else [])
    assert isinstance(gather("ours", n=10), Cohort)
    with pytest.raises(CohortError, match=r"Did you mean ours?"):
        gather("our")


def test_download_needs_a_folder() -> None:
    with pytest.raises(CohortError, match=r"a source is fetched into a folder; no root= came"):
        gather("ptb-xl", download=True)


def test_download_comes_before_gathering(small: Small, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    asked = []
    monkeypatch.setattr("einthoven.gathering.download.download", lambda name, root: asked.append((name, root)))
    with pytest.raises(CohortError):
        gather("ptb-xl", tmp_path / "none", download=True)
    assert asked == [("ptb-xl", tmp_path / "none")]


def test_an_unknown_miniature_is_answered_with_the_nearest(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"'ptbxl' came. Did you mean ptb-xl?"):
        miniature("ptbxl", tmp_path)


def test_simulated_patients_keep_their_split_when_the_cohort_grows() -> None:
    ten, twenty = gather("simulated", n=10), gather("simulated", n=20)
    assert {name: len(rows) for name, rows in twenty.splits.items()} == {"train": 16, "val": 2, "test": 2}
    assert all(set(rows) <= set(twenty.splits[name]) for name, rows in ten.splits.items())
    later = gather("simulated", n=5, start=15)
    assert later.splits == {"train": (0, 1, 2), "val": (3,), "test": (4,)}
    assert later.synthetic
    assert later.notes == ("simulated patients 15 to 19, seed 0: nobody's heart",)


def test_a_simulated_cohort_of_nobody_is_refused() -> None:
    with pytest.raises(ConfigError, match=r"at least one patient; n=0 came"):
        gather("simulated", n=0)


def test_an_option_that_the_simulator_does_not_have_is_refused() -> None:
    with pytest.raises(ConfigError, match=r"the options of einthoven.simulate; enrichd= came. Did you mean enriched?"):
        gather("simulated", n=3, enrichd=True)
    assert gather("simulated", n=3, enriched=True, fs=100)[0].recording.fs == 100
