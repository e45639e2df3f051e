"""Every WFDB file there is, against the wfdb library; every doubt by rule."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import wfdb

from einthoven.errors import UnknownFormatError
from einthoven.reading import read, read_many
from einthoven.recording import LEADS, Recording

pytestmark = pytest.mark.realdata

SETS = {
    "ptb-xl/records500": 400,
    "ptb-xl/records100": 400,
    "ludb/data": 150,
    "challenge": 35,
    "formats/muse-xml": 1,
}


def doubted(recording: Recording, words: str) -> bool:
    return any(words in doubt for doubt in recording.warnings)


@pytest.mark.slow
@pytest.mark.parametrize("name", SETS)
def test_every_record_equals_the_library(real: Path, name: str) -> None:
    headers = sorted((real / name).rglob("*.hea"))
    assert len(headers) >= SETS[name]
    refused = 0
    for header in headers:
        ours = read(header)
        try:
            theirs = wfdb.rdrecord(str(header.with_suffix("")))
        except ValueError:
            refused += 1
            continue
        np.testing.assert_array_equal(ours.signal, theirs.p_signal.T.astype(np.float32), err_msg=str(header))
        assert sorted(ours.leads) == sorted(LEADS)
    assert refused <= (2 if name == "challenge" else 0)


def test_a_sample_of_every_set_equals_the_library(real: Path) -> None:
    for name in SETS:
        for header in sorted((real / name).rglob("*.hea"))[::40]:
            if "header-faults" in str(header):
                continue
            theirs = wfdb.rdrecord(str(header.with_suffix("")))
            np.testing.assert_array_equal(read(header).signal, theirs.p_signal.T.astype(np.float32))


def test_gains_that_cannot_be_right_are_doubted_and_the_others_are_not(real: Path) -> None:
    for header in sorted((real / "challenge").rglob("*.hea")):
        recording = read(header)
        wrong = header.name[0] in "EHS" and header.parent.name == "early-release-with-header-faults"
        assert (doubted(recording, "amplitude") or doubted(recording, "steps of about")) == wrong, header
    assert doubted(read(real / "formats/muse-xml/muse-sinus.hea"), "amplitude too large")


def test_leads_scaled_one_by_one_are_found_in_ludb_alone(real: Path) -> None:
    for header in sorted((real / "ludb/data").glob("*.hea"))[::5]:
        assert doubted(read(header), "each was scaled by itself")
        assert doubted(read(header), "while the integers in the file obey it")
    for header in sorted((real / "ptb-xl/records500").rglob("*.hea")):
        assert not doubted(read(header), "scaled by itself")


def test_ptb_xl_raises_next_to_no_doubts(real: Path) -> None:
    found = list(read_many(sorted((real / "ptb-xl/records500").rglob("*.hea")), workers=2))
    assert sum(bool(recording.warnings) for recording in found) <= 4


def test_the_other_formats_are_called_what_they_are(real: Path) -> None:
    for path in (real / "formats").rglob("*"):
        if path.suffix in {".xml", ".XML", ".scp", ".ecg", ".edf", ".png", ".pdf", ".ann"}:
            with pytest.raises(UnknownFormatError):
                read(path)
