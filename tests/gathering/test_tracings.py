"""The HDF5 sources: CODE-15 %, SaMi-Trop, IKEM."""

from __future__ import annotations

import sys
from pathlib import Path

import h5py
import numpy as np
import pytest

from einthoven.errors import CohortError, ConfigError, MissingExtraError, ReadError, SignalError
from einthoven.gathering import gather
from einthoven.gathering.miniatures import miniature
from einthoven.gathering.miniatures.patients import visits
from einthoven.gathering.tracings import Layout, ids_in, row, unit_of
from einthoven.recording import LEADS

from .conftest import Small


def truth(number: int, fs: float = 400.0) -> np.ndarray:
    return next(visit.microvolt for visit in visits(11, seed=5, fs=fs) if visit.number == number) / 1000


def test_the_padding_of_code_15_is_no_signal(small: Small) -> None:
    cohort = {study.id: study for study in gather("code-15", small("code-15"))}
    long, short = cohort["1"].recording, cohort["3"].recording
    assert long.samples == pytest.approx(4000, abs=2)
    assert short.samples == pytest.approx(2800, abs=2)
    assert short.fs == 400
    first = int(np.flatnonzero(np.any(truth(3)[:, :2800] != 0, axis=0))[0])
    np.testing.assert_allclose(short.signal, truth(3)[:, first : first + short.samples], atol=1e-5)
    assert short.history[-1].startswith("cut off 648 + 648 samples") or first


@pytest.mark.parametrize("name", ["code-15", "sami-trop"])
def test_the_unit_is_told_by_the_amplitudes_of_hearts(name: str, small: Small) -> None:
    for unit in ("mV", "1e-4 V"):
        cohort = gather(name, small(name, unit=unit))
        assert f"signals are stored in {unit}, by the amplitudes of its first rows" in cohort.notes
        np.testing.assert_allclose(np.ptp(cohort[0].recording.signal), np.ptp(truth(1)), rtol=1e-3)
        assert cohort[0].recording.history[0] == f"stored in {unit}, by the amplitudes of its first rows"


def test_the_unit_may_be_told(small: Small) -> None:
    wrong = gather("code-15", small("code-15"), unit="1e-4 V")
    np.testing.assert_allclose(np.ptp(wrong[0].recording.signal), np.ptp(truth(1)) / 10, rtol=1e-3)
    assert wrong[0].recording.history[0] == "stored in 1e-4 V, as told"
    with pytest.raises(ConfigError, match=r"unit='uV' came"):
        gather("code-15", small("code-15"), unit="uV")


def test_findings_become_statements_and_the_row_is_found_by_exam_not_by_place(small: Small) -> None:
    cohort = gather("code-15", small("code-15"))
    wanted = {"1AVB", "CRBBB", "CLBBB", "SBRAD", "STACH", "AFIB", "NORM"}
    labels = {str(visit.number): set(visit.labels) & wanted for visit in visits(11, seed=5, fs=400.0)}
    for study in cohort:
        assert set(study.labels or {}) == labels[study.id]
    assert [study.id for study in cohort][:3] == ["1", "3", "5"], "the table's order"
    second = next(study for study in cohort if study.id == "2").recording
    np.testing.assert_allclose(second.signal[:, 5:100], truth(2)[:, 5:100], atol=1e-5)


def test_patients_of_two_exams_stay_together(small: Small) -> None:
    cohort = gather("code-15", small("code-15"))
    by_patient: dict[str | None, set[str | None]] = {}
    for row_, study in enumerate(cohort):
        by_patient.setdefault(study.patient, set()).add(cohort.split_of.get(row_))
    assert len(by_patient) == 9
    assert all(len(names) == 1 for names in by_patient.values())


def test_a_part_that_is_not_there_is_counted(copied: Small) -> None:
    folder = copied("code-15")
    (folder / "exams_part1.hdf5").unlink()
    cohort = gather("code-15", folder)
    assert len(cohort) == 6
    assert cohort.notes[0] == "5 of 11 records were left out: no row in the parts that are there; the first is 2"
    (folder / "exams_part0.hdf5").unlink()
    with pytest.raises(CohortError, match=r"no part that the table names is in"):
        gather("code-15", folder)


def test_a_broken_part_is_left_out_by_name_unless_it_is_the_only_one(copied: Small) -> None:
    folder = copied("code-15")
    (folder / "exams_part0.hdf5").write_bytes(b"not hdf5")
    cohort = gather("code-15", folder)
    assert len(cohort) == 5
    assert cohort.notes[1] == "exams_part0.hdf5 was left out: it cannot be opened or has no tracings"
    (folder / "exams_part1.hdf5").unlink()
    with pytest.raises(CohortError, match=r"exams_part0.hdf5 cannot be opened or has none"):
        gather("code-15", folder)


def test_a_row_of_padding_and_a_row_that_is_not_there_are_refused(small: Small) -> None:
    path = str(small("code-15") / "exams_part0.hdf5")
    with pytest.raises(SignalError, match=r"row 6 of .* is padding from end to end"):
        row(path, 6, Layout())
    with pytest.raises(ReadError, match=r"row 99 of .* cannot be read"):
        row(path, 99, Layout())
    with pytest.raises(ReadError, match=r"gone.hdf5 cannot be read"):
        row("gone.hdf5", 0, Layout())


def stored(path: Path, signal: np.ndarray) -> str:
    with h5py.File(path, "w") as file:
        file["tracings"] = signal.T[None].astype(np.float32)
    return str(path)


def test_swapped_augmented_leads_are_named_by_einthovens_law(tmp_path: Path) -> None:
    signal = truth(1)
    order = [0, 1, 2, 4, 5, 3, *range(6, 12)]  # as the test set of CODE documents: aVL aVF aVR
    recording = row(stored(tmp_path / "a.hdf5", signal[order]), 0, Layout())
    assert recording.leads[3:6] == ("aVL", "aVF", "aVR")
    assert recording.warnings[0] == "the augmented leads came as aVL aVF aVR, told by Einthoven's law"
    np.testing.assert_allclose(recording.select(LEADS).signal[:, 5:3000], signal[:, 5:3000], atol=1e-5)


def test_limb_leads_that_no_order_mends_are_doubted(tmp_path: Path) -> None:
    signal = truth(1).copy()
    signal[3] = signal[8]
    recording = row(stored(tmp_path / "a.hdf5", signal), 0, Layout())
    assert recording.leads == LEADS
    assert any("Einthoven" in doubt for doubt in recording.warnings)


def test_the_unit_of_an_empty_file_is_mv(tmp_path: Path) -> None:
    assert unit_of(Path(stored(tmp_path / "a.hdf5", np.zeros((12, 100))))) == "mV"


def test_sami_trop_is_matched_by_order_and_refused_where_the_numbers_differ(copied: Small) -> None:
    folder = copied("sami-trop")
    cohort = gather("sami-trop", folder)
    np.testing.assert_allclose(cohort[1].recording.signal[:, 5:100], truth(2)[:, 5:100], atol=1e-5)
    assert cohort[1].patient == cohort[1].id
    assert {"death", "timey"} <= set(cohort[0].extra)
    assert set(cohort[0].labels or {}) <= {"NORM"}
    table = folder / "exams.csv"
    table.write_text("".join(table.read_text().splitlines(keepends=True)[:-1]))
    with pytest.raises(CohortError, match=r"11 tracings and 10 rows"):
        gather("sami-trop", folder)


def test_ikem_has_eight_leads_by_name(small: Small) -> None:
    cohort = gather("ikem", small("ikem"))
    recording = cohort[0].recording
    assert recording.leads == ("V1", "V2", "V3", "V4", "V5", "V6", "I", "II")
    assert recording.fs == 500
    assert recording.history[0] == "stored in steps of 4.88 uV; lead order inferred"
    np.testing.assert_allclose(recording.lead("II"), truth(1, 500.0)[1, 452 : 452 + recording.samples], atol=0.0025)
    assert cohort[0].labels is None
    assert cohort[3].patient == cohort[4].patient


def test_exam_numbers_may_be_words(tmp_path: Path) -> None:
    with h5py.File(tmp_path / "a.hdf5", "w") as file:
        file["tracings"] = np.zeros((2, 8, 8), np.int16)
        file["exam_id"] = [b"x1", b"x2"]
    assert ids_in(tmp_path / "a.hdf5") == ["x1", "x2"]


def test_ikem_counts_exams_without_a_tracing(copied: Small) -> None:
    folder = copied("ikem")
    with (folder / "exams.csv").open("a") as file:
        file.write("77,7\n")
    assert gather("ikem", folder).notes[0] == "1 of 12 records were left out: no tracing; the first is 77"
    (folder / "exams_part_0.hdf5").unlink()
    with pytest.raises(CohortError, match=r"no .hdf5 file below"):
        gather("ikem", folder)


def test_without_h5py_the_extra_is_named(small: Small, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = small("code-15")
    monkeypatch.setitem(sys.modules, "h5py", None)
    with pytest.raises(
        MissingExtraError,
        match=r'HDF5 files are read with h5py; it is not installed. Run: pip install "einthoven\[hdf5\]"',
    ):
        gather("code-15", folder)


def test_another_seed_of_a_miniature_is_other_hearts(tmp_path: Path) -> None:
    one = gather("ikem", miniature("ikem", tmp_path / "1", n=1, seed=1))[0].recording.signal
    two = gather("ikem", miniature("ikem", tmp_path / "2", n=1, seed=2))[0].recording.signal
    assert np.abs(one - two).max() > 0.1


def test_code_test_is_matched_by_order_and_its_leads_by_name(copied: Small) -> None:
    folder = copied("code-test")
    cohort = gather("code-test", folder)
    assert cohort.splits == {"test": tuple(range(11))}
    assert cohort[0].recording.leads[3:6] == ("aVL", "aVF", "aVR")
    assert cohort[0].recording.warnings == ()
    np.testing.assert_allclose(cohort[1].recording.select(LEADS).signal[:, 5:100], truth(2)[:, 5:100], atol=1e-5)
    findings = {str(visit.number - 1): set(visit.labels) for visit in visits(11, seed=5, fs=400.0)}
    wanted = {"1AVB", "CRBBB", "CLBBB", "SBRAD", "STACH", "AFIB"}
    assert {study.id: set(study.labels or {}) for study in cohort} == {k: v & wanted for k, v in findings.items()}
    assert {study.sex for study in cohort} == {"female", "male"}
    table = folder / "data/attributes.csv"
    table.write_text("".join(table.read_text().splitlines(keepends=True)[:-1]))
    with pytest.raises(CohortError, match=r"11 tracings, 11 annotations and 10 patients in"):
        gather("code-test", folder)


def test_the_six_findings_travel_as_they_came(small: Small) -> None:
    for name in ("code-15", "code-test"):
        for study in gather(name, small(name)):
            back = {"1dAVb": "1AVB", "RBBB": "CRBBB", "LBBB": "CLBBB", "SB": "SBRAD", "ST": "STACH", "AF": "AFIB"}
            told = {back[code] for code in study.extra["dx"] if code in back}  # type: ignore[attr-defined]
            assert told == set(study.labels or {}) - {"NORM"}
