from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import wfdb

from einthoven.errors import CohortError
from einthoven.gathering import gather
from einthoven.gathering.ludb import labels_of_text, ludb, restored
from einthoven.gathering.miniatures.patients import visits
from einthoven.reading import read

from .conftest import Small


def test_amplitudes_are_restored_and_said_so(small: Small) -> None:
    folder = small("ludb")
    scaled = read(folder / "data/3.hea")
    assert np.allclose(np.ptp(scaled.signal, axis=1), 1), "as the header has it"
    study = gather("ludb", folder)[2]
    recording = study.recording
    truth = [visit.microvolt for visit in visits(3, seed=5)][2]
    np.testing.assert_allclose(recording.signal, truth / 1000, atol=1e-6)
    np.testing.assert_allclose(recording.lead("III"), recording.lead("II") - recording.lead("I"), atol=1e-5)
    assert recording.history[-1].startswith("restore raw/1000 mV")
    assert not [doubt for doubt in recording.warnings if "peak to peak" in doubt]
    assert recording.native is not None
    np.testing.assert_allclose(recording.native.samples / recording.native.gain[:, None], recording.signal, atol=1e-6)


def test_a_record_with_sound_gains_is_left_alone(small: Small) -> None:
    path = str(small("georgia") / "g1/E00001.hea")
    assert restored(path).history == ()
    np.testing.assert_array_equal(restored(path).signal, read(path).signal)


def test_the_report_is_the_diagnosis_and_no_word_of_the_simulator(small: Small) -> None:
    for study in gather("ludb", small("ludb")):
        assert "synthetic" not in (study.report or "")
        assert study.report is None or study.labels
    assert {study.sex for study in gather("ludb", small("ludb"))} == {"female", "male"}


def test_the_marks_of_every_lead_can_be_opened(small: Small) -> None:
    marks = gather("ludb", small("ludb"))[0].extra["annotations"]
    assert isinstance(marks, dict)
    assert list(marks)[:4] == ["I", "II", "III", "aVR"]
    stem, _, lead = marks["aVR"].rpartition(".")
    found = wfdb.rdann(stem, lead)
    assert found.symbol[:3] == ["(", "N", ")"]
    assert (np.diff(found.sample) > 0).all()


def test_lines_are_matched_by_their_beginning_the_longest_first() -> None:
    assert labels_of_text(["Incomplete right bundle branch block."]) == {"IRBBB": 100.0}
    assert labels_of_text(["Atrial extrasystole, type: bigemini."]) == {"PAC": 100.0, "BIGU": 100.0}
    assert labels_of_text(["III degree AV-block. ", "I degree AV block."]) == {"3AVB": 100.0, "1AVB": 100.0}
    assert labels_of_text(["Electric axis of the heart: normal."]) == {}
    assert labels_of_text(["STEMI: septal."], relations=("equivalent",)) == {}


def test_records_without_signal_are_counted(copied: Small) -> None:
    folder = copied("ludb")
    (folder / "data/2.dat").unlink()
    cohort = ludb(folder)
    assert len(cohort) == 10
    assert cohort.notes[-1] == "1 of 11 records were left out: no signal file"
    for path in (folder / "data").glob("*.dat"):
        path.unlink()
    with pytest.raises(CohortError, match=r"LUDB is a folder of .hea and .dat files; no record of both below"):
        ludb(folder)


def test_ages_above_89_are_marked(copied: Small) -> None:
    path = copied("ludb") / "data/1.hea"
    lines = ["#<age>: >89" if "<age>" in line else line for line in path.read_text().splitlines()]
    path.write_text("\n".join(lines))
    study = ludb(path.parents[1])[0]
    assert (study.age, study.extra["age_over_89"]) == (90.0, True)


@pytest.mark.realdata
def test_every_real_record_obeys_einthovens_law_again(real: Path) -> None:
    cohort = gather("ludb", real / "ludb")
    assert len(cohort) == 150
    for study in cohort:
        recording = study.recording
        assert recording.history[-1].startswith("restore raw/1000 mV"), study.id
        assert np.abs(recording.lead("III") - recording.lead("II") + recording.lead("I")).max() < 1e-5
        assert 0.3 < np.median(np.ptp(recording.signal, axis=1)) < 4
        assert study.labels
        assert study.age is not None
        assert len(study.extra["annotations"]) == 12  # type: ignore[arg-type]
    assert sum("AFIB" in (study.labels or {}) for study in cohort) == 14
    assert sum("LVH" in (study.labels or {}) for study in cohort) == 91
