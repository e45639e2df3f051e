from __future__ import annotations

import numpy as np
import pytest
from scipy.signal import butter, sosfiltfilt

from einthoven.drawing.beat import beat, chosen, filtered
from einthoven.errors import SignalError
from einthoven.recording import Recording

T = np.arange(1000) / 100
BEATS = np.arange(0.2, 10, 0.8)


def heart(*heights: float) -> Recording:
    wave = sum(np.exp(-0.5 * ((T - at) / 0.025) ** 2) for at in BEATS)
    return Recording(np.float32([height * wave for height in heights]), ["I", "II", "V2"][: len(heights)], 100)


def test_the_r_peak_lies_where_it_was_asked_for() -> None:
    for before in (0.0, 0.35, 0.5):
        one = beat(heart(1, 2), before=before)
        assert one.shape == (2, 100)
        assert abs(int(one[1, : 60 if before else 10].argmax()) - round(100 * before)) <= 1


def test_filters_are_second_order_and_move_nothing() -> None:
    signal = np.random.default_rng(0).normal(size=(3, 1000)).astype(np.float32)
    for kind, edge in (("highpass", 0.5), ("lowpass", 15.0)):
        expected = sosfiltfilt(butter(2, edge, kind, fs=100, output="sos"), signal, padtype="even", padlen=200)
        np.testing.assert_allclose(filtered(signal, 100, **{kind: edge}), expected, atol=1e-6)


def test_a_key_chooses_among_all_beats_and_none_takes_the_middle() -> None:
    peaks = np.array([10, 20, 30, 40])
    assert {chosen(peaks, key) for key in range(100)} == set(peaks.tolist())
    assert chosen(peaks, None) == 30
    recording = heart(1, 1, 1)
    assert not np.array_equal(beat(recording, key=0), beat(recording, key=5))
    assert np.array_equal(beat(recording, key=3), beat(recording, key=3))


def test_a_beat_at_the_edge_is_filled_up_with_the_edge() -> None:
    first = beat(heart(1), key=0)  # its R peak at 0.2 s, asked for at 0.35 s
    assert first.shape == (1, 100)
    assert np.ptp(first[0, :15]) == 0


def test_what_has_no_beat_is_refused() -> None:
    with pytest.raises(SignalError, match=r"a picture of a beat needs a beat; none was found in 10 s\. Leave"):
        beat(Recording(np.zeros((2, 1000)), ["I", "II"], 100))
