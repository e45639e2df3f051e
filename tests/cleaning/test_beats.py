"""Beats are found where they were drawn or marked, and nowhere else."""

from __future__ import annotations

import importlib
import tracemalloc
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest
from scipy import ndimage, signal

from einthoven.cleaning import detector
from einthoven.cleaning.beats import r_peaks
from einthoven.errors import SignalError
from einthoven.recording import LEADS, Recording

MOMENTS = (0.6, 1.4, 2.3, 3.05, 3.9, 4.8, 5.6, 6.45, 7.3, 8.1, 9.0)
NEAR = 0.016  # s
Heart = Callable[..., Recording]


@pytest.fixture
def bench(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    monkeypatch.syspath_prepend(str(Path(__file__).parents[2] / "benchmarks"))
    return importlib.import_module("beats")


def assert_found(recording: Recording, moments: np.ndarray | tuple[float, ...]) -> None:
    found = r_peaks(recording) / recording.fs
    assert len(found) == len(moments), f"{found.round(2)} for {np.round(moments, 2)}"
    assert np.abs(found - moments).max() < NEAR


@pytest.mark.parametrize("fs", [100, 128, 250, 257, 360, 500, 1000, 2000])
@pytest.mark.parametrize("leads", [("II",), ("I", "V5"), LEADS], ids=len)
def test_beats_are_found_where_they_were_drawn(heart: Heart, fs: float, leads: tuple[str, ...]) -> None:
    assert_found(heart(MOMENTS, fs=fs, leads=leads), MOMENTS)


def test_the_answer_is_rising_sample_indices(heart: Heart) -> None:
    found = r_peaks(heart(MOMENTS))
    assert found.dtype == np.int64
    assert (np.diff(found) > 0).all()


@pytest.mark.parametrize("change", [lambda x: -x, lambda x: x * 0.1, lambda x: x * 10, lambda x: x * [[1], [-1]] * 6])
def test_size_and_polarity_do_not_matter(heart: Heart, change: Callable[[np.ndarray], np.ndarray]) -> None:
    whole = heart(MOMENTS, leads=["II", "V2"])
    changed = Recording(change(whole.signal), whole.leads, whole.fs)
    assert np.abs(r_peaks(changed) - r_peaks(whole)).max() <= 1


@pytest.mark.parametrize("rate", [25, 40, 60, 100, 150, 200, 250])
def test_every_heart_rate_is_followed(heart: Heart, rate: float) -> None:
    moments = np.arange(0.4, 9.8, 60 / rate)
    assert_found(heart(moments, waves="PQRST" if rate < 120 else "QRS"), moments)


@pytest.mark.parametrize("rate", [120, 160, 200, 220])
def test_a_wide_fast_rhythm_without_any_rest_is_found(heart: Heart, rate: float) -> None:
    moments = np.arange(0.4, 9.8, 60 / rate)
    found = r_peaks(heart(moments, waves="R", stretch=4)) / 500
    assert len(found) == len(moments)
    assert np.diff(found) == pytest.approx(60 / rate, abs=0.02)


def test_an_irregular_rhythm_is_followed(heart: Heart) -> None:
    moments = np.cumsum(np.random.default_rng(3).uniform(0.35, 1.2, 12))
    moments = moments[moments < 9.7]
    assert_found(heart(moments, waves="QRST", noise=0.03), moments)


def test_a_pause_stays_empty(heart: Heart) -> None:
    moments = (0.5, 1.4, 2.3, 7.4, 8.3, 9.2)
    assert_found(heart(moments), moments)


def test_premature_wide_beats_do_not_hide_the_narrow_ones(heart: Heart) -> None:
    narrow, wide = np.arange(0.5, 9.5, 1.6), np.arange(1.0, 9.5, 1.6)
    both = heart(narrow), heart(wide, waves="R", stretch=3, sizes=2.5 * np.ones(len(wide)), seed=1)
    whole = Recording(both[0].signal + both[1].signal, LEADS, 500)
    found = r_peaks(whole) / 500
    assert len(found) == len(narrow) + len(wide)


def test_some_huge_premature_beats_set_no_standard(heart: Heart) -> None:
    narrow, wide = np.setdiff1d(np.arange(40, 960, 60), [280, 520, 760]) / 100, np.array([2.7, 5.1, 7.5])
    sizes = np.linspace(0.75, 1.25, len(narrow))
    both = heart(narrow, sizes=sizes), heart(wide, waves="R", stretch=2.5, sizes=[6.0, 6.0, 6.0], seed=1)
    found = r_peaks(Recording(both[0].signal + both[1].signal, LEADS, 500)) / 500
    assert len(found) == len(narrow) + len(wide)


def test_a_beat_soon_after_a_premature_one_is_no_t_wave(heart: Heart) -> None:
    normal = heart(MOMENTS, waves="QRS")
    early = heart([MOMENTS[4] - 0.3], waves="R", stretch=2, sizes=[2.5], seed=1)
    found = r_peaks(Recording(normal.signal + early.signal, LEADS, 500)) / 500
    assert len(found) == len(MOMENTS) + 1


def test_a_small_beat_that_the_rhythm_misses_is_searched_back(heart: Heart) -> None:
    sizes = np.ones(len(MOMENTS))
    sizes[5] = 0.38
    assert_found(heart(MOMENTS, sizes=sizes), MOMENTS)


def test_a_tall_t_wave_is_no_beat(heart: Heart) -> None:
    beats, repolarised = heart(MOMENTS, waves="PQRS"), heart(MOMENTS, waves="T", seed=4)
    assert_found(Recording(beats.signal + 7 * repolarised.signal, LEADS, 500), MOMENTS)


def test_pacemaker_spikes_are_no_beats(heart: Heart) -> None:
    paced = heart(MOMENTS, waves="QRST", stretch=2)
    spiked = paced.signal.copy()
    for moment in MOMENTS:
        for before in (0.2, 0.06):
            sample = round((moment - before) * 500)
            spiked[:, sample : sample + 2] += 5
    assert r_peaks(Recording(spiked, LEADS, 500)).tolist() == r_peaks(paced).tolist()


def test_a_loose_electrode_in_one_lead_is_no_beat(heart: Heart) -> None:
    popped = heart(MOMENTS).signal.copy()
    popped[7, 850:1300] += 12
    assert_found(Recording(popped, LEADS, 500), MOMENTS)


@pytest.mark.parametrize("dead", [3, 9])
def test_flat_and_noisy_leads_do_not_disturb_the_others(heart: Heart, dead: int) -> None:
    broken = heart(MOMENTS).signal.copy()
    rng = np.random.default_rng(1)
    broken[:dead:2] = 0
    broken[1:dead:2] = rng.standard_normal(broken[1:dead:2].shape)
    assert_found(Recording(broken, LEADS, 500), MOMENTS)


def test_noise_mains_and_wander_do_not_disturb(heart: Heart) -> None:
    t = np.arange(5000) / 500
    rng = np.random.default_rng(2)
    rough = 0.05 * rng.standard_normal((12, 5000)) + 0.5 * np.sin(314.16 * t) + 3 * np.sin(1.9 * t)
    found = r_peaks(Recording(heart(MOMENTS).signal + rough, LEADS, 500)) / 500
    assert len(found) == len(MOMENTS)
    assert np.abs(found - MOMENTS).max() < 0.03


def test_a_gap_in_some_leads_costs_nothing(heart: Heart) -> None:
    holed = heart(MOMENTS).signal.copy()
    holed[:6, 1000:2500] = np.nan
    holed[11] = np.nan
    assert_found(Recording(holed, LEADS, 500), MOMENTS)


def test_a_gap_in_all_leads_costs_only_its_beats(heart: Heart) -> None:
    holed = heart(MOMENTS).signal.copy()
    holed[:, 1500:2600] = np.nan
    assert_found(Recording(holed, LEADS, 500), [moment for moment in MOMENTS if not 3 <= moment <= 5.2])


def test_infinity_is_a_gap(heart: Heart) -> None:
    holed = heart(MOMENTS).signal.copy()
    holed[3, 100:140] = np.inf
    assert_found(Recording(holed, LEADS, 500), MOMENTS)


@pytest.mark.parametrize("offset", [0, 3.3, -1000])
def test_a_flat_recording_has_no_beats(offset: float) -> None:
    assert r_peaks(Recording(np.full((12, 5000), offset), LEADS, 500)).size == 0


@pytest.mark.parametrize("leads", [1, 12])
def test_noise_has_no_beats(leads: int) -> None:
    for seed in range(40):
        noise = np.random.default_rng(seed).standard_normal((leads, 5000))
        assert r_peaks(Recording(noise, LEADS[:leads], 500)).size == 0


@pytest.mark.parametrize("hertz", [0.05, 0.3, 1, 10, 25, 50, 60])
@pytest.mark.parametrize("phase", [0, 1, 2])
def test_a_pure_tone_has_no_beats(hertz: float, phase: float) -> None:
    tone = np.sin(2 * np.pi * hertz * np.arange(5000) / 500 + phase)
    assert r_peaks(Recording(tone[None], ["II"], 500)).size == 0


def test_a_recording_without_a_measured_sample_is_refused() -> None:
    with pytest.raises(SignalError) as refusal:
        r_peaks(Recording(np.full((2, 500), np.nan), ["I", "II"], 500))
    assert str(refusal.value) == (
        "beats are looked for in samples that were measured; every sample of every lead is missing. "
        "Pass a recording with at least one measured lead. See docs/beats.md."
    )


@pytest.mark.parametrize("samples", [1, 2, 50, 399])
def test_what_is_shorter_than_a_beat_has_none(samples: int) -> None:
    assert r_peaks(Recording(np.random.default_rng(0).standard_normal((2, samples)), ["I", "II"], 500)).size == 0


def test_two_seconds_are_enough(heart: Heart) -> None:
    assert_found(heart((0.5, 1.4), seconds=2), (0.5, 1.4))


def test_long_recordings_lose_no_beat_where_their_pieces_meet(heart: Heart) -> None:
    moments = np.cumsum(np.random.default_rng(0).uniform(0.6, 1.1, 400))
    assert_found(heart(moments, leads=["II", "V5"], fs=250, seconds=moments[-1] + 1), moments)


def test_a_change_of_gain_is_followed(heart: Heart) -> None:
    moments = np.arange(0.5, 74, 0.9)
    sizes = np.where(moments < 45, 1.0, 0.15)
    assert_found(heart(moments, leads=["II"], fs=250, seconds=75, sizes=sizes, noise=0.002), moments)


def test_memory_is_bounded_by_the_piece_and_not_by_the_recording(heart: Heart) -> None:
    minute = heart(np.arange(0.5, 59.9, 1.0), leads=["II"], fs=250, seconds=60)

    def peak(minutes: int) -> int:
        long = Recording(np.tile(minute.signal, minutes), ["II"], 250)
        tracemalloc.start()
        found = r_peaks(long)
        used = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        assert len(found) == 60 * minutes
        return used

    peak(1)
    assert peak(40) < 1.5 * peak(5)


def test_spikes_are_cut_by_an_opening_and_a_closing() -> None:
    rough = np.random.default_rng(0).standard_normal((2, 400)).astype(np.float32)
    element = np.ones((1, 5))
    expected = ndimage.grey_closing(ndimage.grey_opening(rough, footprint=element), footprint=element)
    assert detector.without_spikes(rough, 500)[:, 10:-10] == pytest.approx(expected[:, 10:-10])
    assert detector.without_spikes(rough, 100) is rough


def test_the_envelope_is_that_of_the_analytic_signal() -> None:
    t = np.arange(1000) / 100
    tone = (np.sin(2 * np.pi * 15 * t) * (1 + 0.5 * np.sin(2 * np.pi * 0.5 * t)))[None].astype(np.float32)
    expected = np.abs(signal.hilbert(tone[0]))
    assert detector._envelope(tone, 100.0)[0, 100:-100] == pytest.approx(expected[100:-100], abs=0.02)


@pytest.mark.slow
def test_the_benchmark_runs_without_real_data(bench: ModuleType, capsys: pytest.CaptureFixture[str]) -> None:
    assert bench.main(["--quick", "--data", "nowhere"]) == 0
    assert '"n": 50' in capsys.readouterr().out.splitlines()[-1]


@pytest.mark.realdata
def test_experts_marks_are_met(real: Path, bench: ModuleType) -> None:
    marked = bench.ludb(bench.find(real), 150)
    found = [r_peaks(one.recording) for one in marked]
    scores = {within: bench.f1(bench.counts(marked, found, within)[0]) for within in (50, 75, 150)}
    assert scores[50] >= 99.2
    assert scores[75] >= 99.8
    assert scores[150] >= 99.9
