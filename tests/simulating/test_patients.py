from __future__ import annotations

import multiprocessing
import pickle

import numpy as np
import pytest

import einthoven as ein
from einthoven.errors import ConfigError
from einthoven.recording import LEADS
from einthoven.simulating import simulate
from einthoven.study import Study


def volts(study: Study) -> np.ndarray:
    return np.rint(study.recording.signal * np.float32(1000)).astype(np.int16)


def told(study: Study) -> tuple[object, ...]:
    return (study.id, study.patient, study.age, study.sex, study.report, study.labels, study.phenotypes, study.extra)


def test_a_study_says_everywhere_that_it_is_synthetic() -> None:
    study = simulate(1, seed=3, start=12)[0]
    assert (study.id, study.patient) == ("SYN-3-12", "SYN-P3-12")
    assert study.synthetic
    assert study.recording.synthetic
    assert "simulated" in study.recording.history[0]
    assert study.recording.leads == LEADS
    assert 17 <= (study.age or 0) <= 95
    assert study.sex in ("female", "male")
    assert study.report
    assert study.labels
    assert study.phenotypes
    assert study.phenotypes["LVEF"] == pytest.approx(
        100 * study.phenotypes["LVSV"] / study.phenotypes["LVEDV"], abs=0.1
    )


def test_the_native_integers_are_the_signal() -> None:
    recording = simulate(1, seed=3, draw=True)[0].recording
    assert recording.native is not None
    assert np.array_equal(recording.native.samples, np.rint(recording.signal * 1000).astype(np.int16))


def test_patient_k_is_the_same_in_any_batch() -> None:
    all_of_them = simulate(90, seed=3, enriched=True, draw=True)
    for start, n in ((0, 8), (5, 1), (60, 20), (89, 1)):
        part = simulate(n, seed=3, start=start, enriched=True)
        for here, there in zip(part, all_of_them[start : start + n], strict=True):
            assert told(here) == told(there)
            assert np.array_equal(volts(here), volts(there))


def test_workers_make_the_same_patients() -> None:
    alone, shared = (simulate(130, seed=4, fs=100, draw=True, workers=workers) for workers in (None, 2))
    assert [told(study) for study in alone] == [told(study) for study in shared]
    assert all(np.array_equal(volts(a), volts(b)) for a, b in zip(alone, shared, strict=True))


def test_a_lazy_study_draws_the_same_in_another_process() -> None:
    studies = simulate(3, seed=5)
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        there = [pool.apply(study.source) for study in studies]  # type: ignore[arg-type]
    assert all(
        np.array_equal(study.recording.signal, drawn.signal) for study, drawn in zip(studies, there, strict=True)
    )


def test_a_study_survives_pickling() -> None:
    study = simulate(1, seed=5)[0]
    again = pickle.loads(pickle.dumps(study))
    assert np.array_equal(again.recording.signal, study.recording.signal)


def test_rate_and_length_are_as_asked() -> None:
    recording = simulate(1, seed=1, fs=250, seconds=7)[0].recording
    assert (recording.fs, recording.samples) == (250, 1750)


def test_labels_and_reports_do_not_depend_on_the_rate() -> None:
    fast, slow = simulate(30, seed=6, enriched=True), simulate(30, seed=6, fs=100, enriched=True)
    assert [told(study) for study in fast] == [told(study) for study in slow]


def test_the_link_and_noise_dials_keep_the_patients() -> None:
    plain, loose, clean = simulate(20, seed=6), simulate(20, seed=6, link=0), simulate(20, seed=6, noise=0)
    assert [study.phenotypes for study in plain] == [study.phenotypes for study in loose]
    assert [study.report for study in plain] == [study.report for study in clean]
    assert any(not np.array_equal(volts(a), volts(b)) for a, b in zip(plain, loose, strict=True))
    assert np.mean([volts(a).std() < 1.05 * volts(b).std() for a, b in zip(clean, plain, strict=True)]) > 0.8


def test_the_page_of_truth_is_in_ms_and_degrees() -> None:
    for study in simulate(40, seed=8, enriched=True):
        page = study.extra
        assert isinstance(page["rhythm"], str)
        assert 20 < page["rate"] < 260  # type: ignore[operator]
        assert 50 < page["qrs"] < 260  # type: ignore[operator]
        assert -180 <= page["axis"] <= 180  # type: ignore[operator]
        assert page["pr"] is None or 60 < page["pr"] < 400  # type: ignore[operator]


def test_nobody_is_nobody_and_a_negative_number_is_refused() -> None:
    assert simulate(0) == ()
    with pytest.raises(ConfigError, match=r"are 0 or more; n=-1, start=0 came\. Pass n=8"):
        simulate(-1)
    with pytest.raises(ConfigError, match="a seed is a whole number"):
        simulate(1, seed=-5)
    with pytest.raises(ConfigError, match="50 to 4000 Hz"):
        simulate(1, fs=5)


def test_the_front_door_opens_on_the_simulator() -> None:
    assert ein.simulate is simulate


@pytest.mark.realdata
def test_normal_voltages_are_near_those_of_real_normal_ecgs(real: object) -> None:
    """Height of every lead (0.2 to 99.8 percentile): medians within 35 % at like ages; folds 1-8 only."""
    import csv
    from pathlib import Path

    import wfdb

    folder = Path(str(real)) / "ptb-xl"
    with (folder / "labels_joined.csv").open() as table:
        rows = [row for row in csv.DictReader(table) if int(row["strat_fold"]) <= 8 and row["super_class"] == "NORM"][
            :60
        ]
    there = [wfdb.rdrecord(folder / row["filename_hr"]).p_signal.T for row in rows]
    here = [
        study.recording.signal
        for study in simulate(500, seed=2)
        if "NORM" in (study.labels or {}) and (study.age or 0) < 55
    ]

    def heights(signals: list[np.ndarray]) -> np.ndarray:
        return np.median([np.ptp(np.percentile(signal, [0.2, 99.8], axis=1), axis=0) for signal in signals], axis=0)

    assert heights(here) == pytest.approx(heights(there), rel=0.35)
