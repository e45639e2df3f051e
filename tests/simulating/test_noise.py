from __future__ import annotations

import numpy as np

from einthoven.simulating.noise import BANK, bank, levels, noise
from einthoven.simulating.state import Dials, states


def test_the_power_of_a_hertz_is_the_same_at_every_rate() -> None:
    for which, limit in ((0, 35), (1, 20)):
        power = []
        for fs in (250.0, 500.0, 1000.0):
            samples = bank(fs, 0)[which]
            spectrum = np.abs(np.fft.rfft(samples)) ** 2 / (BANK * fs)
            power.append(spectrum[np.fft.rfftfreq(BANK, 1 / fs) < limit].mean())
        assert max(power) / min(power) < 1.1


def test_the_bank_goes_round() -> None:
    assert np.array_equal(bank(500.0, 300)[:, BANK:], bank(500.0, 300)[:, :300])
    assert bank(500.0, 2 * BANK + 5).shape == (2, 3 * BANK + 5)


def test_noise_has_the_size_that_was_drawn_and_scales_with_its_dial() -> None:
    full, half, none = (levels(states(4, range(40), Dials(noise=dial))) for dial in (1.0, 0.5, 0.0))
    for row in range(40):
        loud = noise(full, row, low_pass=0.0009, fs=500, samples=5000)
        assert loud.shape == (8, 5000)
        assert np.allclose(noise(half, row, low_pass=0.0009, fs=500, samples=5000), loud / 2, atol=0.3)
        assert not noise(none, row, low_pass=0.0009, fs=500, samples=5000).any()
        assert 0.005 < loud.std() < 2


def test_noise_is_shared_between_leads_as_electrodes_share_it() -> None:
    """Lead I and II both see the right arm: their fast noise is correlated about one half."""
    drawn = levels(states(1, range(60)))
    fast = [np.diff(noise(drawn, row, low_pass=0.0009, fs=500, samples=5000), axis=1) for row in range(60)]
    assert 0.3 < np.median([np.corrcoef(lead[0], lead[1])[0, 1] for lead in fast]) < 0.7


def test_mains_hum_is_there_in_some_records_and_never_above_what_the_rate_holds() -> None:
    drawn = levels(states(1, range(300)))
    assert 0.2 < (drawn.mains > 0).mean() < 0.5
    calm = (drawn.hertz == 50) & (drawn.artefact == 0)
    row = int(np.argmax(np.where(calm, drawn.mains / drawn.muscle, 0)))
    spectrum = np.abs(np.fft.rfft(noise(drawn, row, low_pass=0.0009, fs=500, samples=5000))).max(0)
    assert spectrum[500] > 3 * spectrum[[480, 490, 510, 520]].max()
    spectrum = np.abs(np.fft.rfft(noise(drawn, row, low_pass=0.0009, fs=100, samples=1000))).max(0)
    assert spectrum[-3:].max() < 2 * spectrum[400:480].max()


def test_short_records_survive_bursts_that_come_later() -> None:
    drawn = levels(states(1, range(200)))
    for row in np.flatnonzero(drawn.artefact > 0):
        assert np.isfinite(noise(drawn, int(row), low_pass=0.0009, fs=500, samples=500)).all()
