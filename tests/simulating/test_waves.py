from __future__ import annotations

import numpy as np

from einthoven.simulating.canvas import BEAT, Canvas, complex_at
from einthoven.simulating.torso import LEAD_FIELD, twelve
from einthoven.simulating.waves import Waves, join, single, toward, turned


def some_waves(seed: int = 0, n: int = 3, k: int = 5) -> Waves:
    rng = np.random.default_rng(seed)
    return Waves(rng.uniform(-0.03, 0.06, (n, k)), rng.uniform(0.006, 0.02, (n, k)), rng.normal(0, 0.5, (n, k, 3)))


def drawn(waves: Waves, row: int, time: np.ndarray) -> np.ndarray:
    shape = np.exp(-0.5 * ((time - waves.time[row][:, None]) / waves.width[row][:, None]) ** 2)
    return waves.vector[row].T @ shape


def test_the_area_is_the_integral_of_what_is_drawn() -> None:
    waves, time = some_waves(), np.arange(-0.3, 0.4, 0.0005)
    assert np.allclose(waves.area[1], drawn(waves, 1, time).sum(1) * 0.0005, atol=1e-6)


def test_turning_keeps_lengths_and_turns_by_the_angle() -> None:
    vector = np.random.default_rng(1).normal(size=(2, 4, 3))
    there = turned(vector, frontal=np.array([0.7, 0.0]), horizontal=np.array([0.0, -0.4]))
    assert np.allclose(np.linalg.norm(there, axis=2), np.linalg.norm(vector, axis=2))
    angle = np.arctan2(there[0, :, 1], there[0, :, 0]) - np.arctan2(vector[0, :, 1], vector[0, :, 0])
    assert np.allclose(np.mod(angle, 2 * np.pi), 0.7)


def test_a_complex_begins_and_ends_with_its_visible_waves() -> None:
    loud, silent = (
        single(0.0, 0.010, toward([1, 0, 0], np.ones(1))),
        single(0.2, 0.010, toward([1, 0, 0], np.full(1, 0.01))),
    )
    both = join(loud, silent)
    assert np.allclose([both.onset[0], both.offset[0]], [-0.02, 0.02])
    assert np.isfinite(silent.onset).all()  # nothing visible: the whole of it counts


def test_the_low_pass_of_a_complex_equals_a_gaussian_convolution() -> None:
    waves, step, device = some_waves(2), 0.0002, 0.0033
    time = np.arange(-0.2, 0.3, step)
    kernel = np.exp(-0.5 * (np.arange(-200, 201) * step / device) ** 2)
    plain = LEAD_FIELD @ drawn(waves, 0, time)
    expected = np.array([np.convolve(lead, kernel / kernel.sum(), "same") for lead in plain])
    seen = complex_at(LEAD_FIELD, waves, 0, time, device=device)
    assert np.abs(seen - expected)[:, 300:-300].max() < 1e-4


def test_twelve_leads_follow_from_eight() -> None:
    eight = np.random.default_rng(3).normal(size=(8, 50))
    one, two, three, avr, avl, avf, *chest = twelve(eight)
    assert np.allclose(three, two - one)
    assert np.allclose(avr + avl + avf, 0)
    assert np.array_equal(chest, eight[2:])


def test_beats_are_laid_where_they_belong_at_any_rate() -> None:
    for fs in (100.0, 257.0, 500.0, 1000.0):
        canvas = Canvas(fs, round(4 * fs))
        peak = single(0.0, 0.012, np.array([[1.0, 0.0, 0.0]]))
        times = np.array([-0.3, 0.5004, 1.7313, 3.9, 5.5])
        canvas.lay(LEAD_FIELD, peak, 0, times, device=0.0, span=BEAT)
        expected = sum(
            LEAD_FIELD[5, 0] * np.exp(-0.5 * ((np.arange(round(4 * fs)) / fs - t) / 0.012) ** 2) for t in times
        )
        fine = 1 / (fs * canvas.fine)
        assert np.abs(canvas.drawn[5] - expected).max() < LEAD_FIELD[5, 0] * (0.5 * fine / 0.012) * 0.61 + 1e-4


def test_a_canvas_without_beats_stays_empty() -> None:
    canvas = Canvas(500.0, 1000)
    canvas.lay(LEAD_FIELD, some_waves(), 0, np.array([99.0]), device=0.0, span=BEAT)
    assert not canvas.drawn.any()
