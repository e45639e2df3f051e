from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from einthoven.reading.doubts import examine
from einthoven.recording import LEADS, Native, Recording

Maker = Callable[..., Recording]


def beats(seed: int = 0, *, size: float = 1.0, T: int = 5000) -> np.ndarray:
    """Make spikes of about `size` mV once a second on a little noise, in twelve leads that obey the law."""
    rng = np.random.default_rng(seed)
    t = np.arange(T) / 500
    spike = np.exp(-((t % 1 - 0.5) ** 2) / 0.0004)
    eight = size * (rng.uniform(0.5, 1, (8, 1)) * spike + 0.01 * rng.normal(size=(8, T)))
    one, two = eight[0], eight[1] * 1.7
    limb = [one, two, two - one, -(one + two) / 2, one - two / 2, two - one / 2]
    return np.vstack([limb, eight[2:]]).astype(np.float32)


def doubts_of(signal: np.ndarray, **options: object) -> list[str]:
    return examine(np.asarray(signal, np.float32), LEADS[: len(signal)], 500, **options)


def stored(microvolts: np.ndarray, gain: float | np.ndarray) -> list[str]:
    """Examine integers under a gain."""
    integers = np.asarray(microvolts, np.int16)
    gains = np.broadcast_to(np.asarray(gain, np.float64), (12,))
    native = Native(integers, gains, np.zeros(12))
    bounds = integers.min(axis=1).tolist(), integers.max(axis=1).tolist()
    return doubts_of(integers / gains[:, None], native=native, bounds=bounds)


@pytest.mark.parametrize("seed", range(20))
def test_an_ordinary_recording_raises_no_doubt(seed: int) -> None:
    signal = beats(seed)
    assert doubts_of(signal) == []
    for gain in (200, 204.8, 400, 500, 1000, 2000, 6553.6):
        assert stored(np.round(signal * gain), gain) == []


@pytest.mark.parametrize(("size", "word"), [(0.001, "small"), (0.2, "small"), (5.5, "large"), (1000, "large")])
def test_a_size_that_no_heart_has_is_doubted(size: float, word: str) -> None:
    assert any(
        doubt.startswith(f"amplitude too {word} for a heart: the median lead") for doubt in doubts_of(beats(size=size))
    )


@pytest.mark.parametrize("size", [0.6, 1, 2, 3])
def test_low_and_high_voltage_within_what_is_known_are_not_doubted(size: float) -> None:
    assert doubts_of(beats(size=size)) == []


def test_one_artefact_makes_no_small_heart_large() -> None:
    signal = beats(size=1)
    signal[:, 100] = 9
    assert not any("amplitude" in doubt for doubt in doubts_of(signal))


@pytest.mark.parametrize(("step", "gain"), [(5, 200), (4.88, 4880), (4.88, 200), (5, 500), (3, 400)])
def test_microvolts_in_steps_under_another_gain_are_doubted(step: float, gain: float) -> None:
    microvolts = np.trunc(np.round(beats(3) * 1000 / step) * step)
    found = [doubt for doubt in stored(microvolts, gain) if doubt.startswith("the samples move in steps of about")]
    assert len(found) == 1
    assert f"the gain says {gain:g} steps per mV: amplitudes may be wrong by a factor" in found[0]
    assert not any("steps" in doubt for doubt in stored(microvolts, 1000))


def test_steps_that_resampling_blurred_are_still_seen() -> None:
    coarse = np.round(beats(4) * 200) * 5
    blurred = np.where(np.arange(5000) % 2, coarse, np.round(beats(4) * 1000))
    assert any("steps of about 5" in doubt for doubt in stored(blurred, 200))


def test_samples_shifted_to_fill_their_bits_are_not_doubted() -> None:
    assert not any("steps" in doubt for doubt in stored(np.round(beats(5) * 200) * 16, 3200))


def test_leads_scaled_one_by_one_are_doubted_twice_and_the_integers_cleared() -> None:
    microvolts = np.round(beats(6) * 1000)
    found = stored(microvolts, np.ptp(microvolts, axis=1))
    assert found[0].startswith("every lead measures 1 mV from peak to peak: each was scaled by itself")
    assert found[1] == (
        "the limb leads break Einthoven's law (II = I + III and what follows from it), while the integers in the file "
        "obey it: the gains are wrong; one for all restores it"
    )


@pytest.mark.parametrize("lead", range(6))
def test_a_limb_lead_that_does_not_belong_breaks_the_law(lead: int) -> None:
    signal = beats(7)
    signal[lead] = beats(8)[8]
    assert doubts_of(signal) == [
        "the limb leads break Einthoven's law (II = I + III and what follows from it): a lead is damaged, mislabelled "
        "or filtered differently; do not derive leads from it"
    ]


def test_one_damaged_stretch_breaks_the_law() -> None:
    signal = beats(9)
    signal[1, 4000:4003] += 2
    assert any("break Einthoven's law" in doubt for doubt in doubts_of(signal))


def test_the_law_is_asked_by_name_in_any_order() -> None:
    signal, order = beats(10), [3, 8, 0, 5, 1, 9, 4, 2]
    assert examine(signal[order], [LEADS[row] for row in order], 500) == []
    assert examine(signal[order], [LEADS[row] for row in reversed(order)], 500) != []


def test_gaps_are_counted_and_the_law_is_asked_beside_them() -> None:
    signal = beats(11)
    signal[0, 500:1000] = np.nan
    signal[7, :2500] = np.nan
    assert doubts_of(signal) == [
        "I, V2: 30 % of the samples are missing (NaN): mend them with einthoven.clean, or leave the leads out"
    ]


def test_flat_leads_are_named() -> None:
    signal = beats(12)
    signal[[6, 9]] = 0.3
    assert doubts_of(signal) == [
        "V1, V4: flat, one value throughout: leave it out (recording.select) or record it again"
    ]
    assert stored(np.round(signal * 1000), 1000) == doubts_of(signal)


def test_nothing_but_gaps_is_doubted_and_stops_nothing() -> None:
    found = doubts_of(np.full((12, 100), np.nan))
    assert found[0].endswith(
        "100 % of the samples are missing (NaN): mend them with einthoven.clean, or leave the leads out"
    )


def test_names_that_nobody_knows_are_pointed_at_but_not_repeated() -> None:
    assert examine(beats()[:2], ["I", "CANARY"], 500) == [
        "row 2: none of the twelve standard lead names: rename it (dataclasses.replace) if it is"
    ]


@pytest.mark.parametrize("T", [1, 2, 7, 499, 1001])
def test_short_recordings_are_examined_too(T: int) -> None:
    examine(beats(T=T), LEADS, 500)
    examine(beats(T=T) * 1e-4, LEADS, 500)


def test_a_low_gain_of_few_integers_is_no_reason_to_fail(recorded: Maker) -> None:
    integers = (recorded(1).signal > 0).astype(np.int16)
    native = Native(integers, np.full(12, 2.0), np.zeros(12))
    examine(integers / np.float32(2), LEADS, 500, native=native)
