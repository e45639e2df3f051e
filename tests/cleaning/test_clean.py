"""Cleaning: the usual order, said in history, and nonsense refused."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

import einthoven
from einthoven.cleaning import Preparation, clean
from einthoven.cleaning.leads import einthoven_error
from einthoven.errors import ConfigError, SignalError
from einthoven.recording import LEADS, Recording

Maker = Callable[..., Recording]


def test_asking_for_nothing_does_nothing(recorded: Maker) -> None:
    recording = recorded()
    assert clean(recording) is recording


def test_history_says_each_step_in_its_order_and_with_units(recorded: Maker) -> None:
    signal = recorded().signal.copy()
    signal[1, 30:40] = np.nan
    recording = Recording(signal, LEADS, 500).select(["I", "II", "V1"])
    done = clean(recording, band=(0.5, 40), mains=50, baseline="wavelet", fs=250, leads=["III", "V1"])
    assert done.history == (
        "1 gap mended, longest 0.02 s (II)",
        "leads III derived from I and II",
        "rate 500 to 250 Hz",
        "baseline out (wavelet)",
        "band 0.5-40 Hz, mains 50 Hz out",
    )
    assert done.leads == ("III", "V1")
    assert (done.fs, done.samples) == (250, 2500)


def test_a_recording_keeps_what_it_was(recorded: Maker) -> None:
    from datetime import UTC, datetime

    start = datetime(2020, 1, 1, tzinfo=UTC)
    done = clean(recorded(start=start, format="wfdb", synthetic=True, warnings=("odd",)), band=(0.5, 40))
    assert (done.start, done.format, done.synthetic, done.warnings) == (start, "wfdb", True, ("odd",))
    assert done.native is None


def test_einthovens_law_survives_cleaning(recorded: Maker) -> None:
    done = clean(recorded(), band=(0.5, 40), mains=50, baseline="wavelet", fs=257)
    assert max(einthoven_error(done).values()) < 1e-5


def test_gaps_are_mended_unless_told_to_refuse(recorded: Maker) -> None:
    signal = recorded().signal.copy()
    signal[1, 30:40] = np.nan
    holed = Recording(signal, LEADS, 500)
    assert np.isfinite(clean(holed).signal).all()
    with pytest.raises(SignalError, match=r"II for up to 0\.02 s"):
        clean(holed, gaps="refuse")


def test_an_unknown_way_with_gaps_is_refused(recorded: Maker) -> None:
    with pytest.raises(ConfigError, match=r"gaps='zero' came\. Known: mend, refuse"):
        clean(recorded(), gaps="zero")


@pytest.mark.parametrize(
    "asked",
    [
        {"band": (0.5, 260)},
        {"band": (40, 1)},
        {"fs": 100, "band": (0.5, 60)},
        {"mains": 250},
        {"baseline": "no"},
        {"fs": 0},
    ],
)
def test_nonsense_is_refused(recorded: Maker, asked: dict[str, object]) -> None:
    with pytest.raises(ConfigError):
        clean(recorded(), **asked)  # type: ignore[arg-type]


def test_the_front_door_leads_here() -> None:
    assert einthoven.clean is clean


def records(real: Path) -> list[Recording]:
    """Read format 16 by hand, so that this test needs no reader: PTB-XL is 1000 steps per mV, 12 leads, 500 Hz."""
    files = sorted((real / "ptb-xl").rglob("*_hr.dat"))[:20]
    return [Recording(np.fromfile(file, "<i2").reshape(-1, 12).T / 1000, LEADS, 500) for file in files]


@pytest.mark.realdata
def test_real_ecgs_are_cleaned_as_scipy_does_it(real: Path) -> None:
    from scipy.signal import butter, filtfilt, iirnotch, sosfiltfilt

    sos = butter(3, (0.5, 40), "bandpass", fs=500, output="sos")
    found = records(real)
    assert found
    for recording in found:
        peer = sosfiltfilt(sos, recording.signal.astype(float), padlen=2500)
        peer = filtfilt(*iirnotch(50, 30, 500), peer, padlen=2500)
        done = clean(recording, band=(0.5, 40), mains=50)
        assert np.abs(done.signal - peer).max() < 1e-3
        assert max(einthoven_error(done).values()) < 0.003


@pytest.mark.realdata
def test_real_ecgs_lose_their_baseline_and_keep_their_beats(real: Path) -> None:
    for recording in records(real):
        for method in ("highpass", "median", "wavelet"):
            done = clean(recording, baseline=method)
            seconds = done.signal.reshape(12, 10, 500)
            came = recording.signal.reshape(12, 10, 500)
            wander, before = (np.median(x, axis=2).std(axis=1).mean() for x in (seconds, came))
            assert wander < max(before, 0.02)
            heights, real_heights = (np.median(np.ptp(x, axis=2), axis=1) for x in (seconds, came))
            assert np.median(np.abs(heights / real_heights - 1)) < 0.06


@pytest.mark.realdata
def test_real_ecgs_are_prepared_without_a_refusal(real: Path) -> None:
    recipe = Preparation(fs=100, scale="z-lead")
    for recording in records(real):
        prepared = recipe(recording)
        assert prepared.length == 1000
        assert np.isfinite(prepared.signal).all()
