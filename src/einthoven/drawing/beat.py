"""One beat: the stretch of all leads around one R peak. Shapes: L leads, T samples."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from einthoven.cleaning.beats import r_peaks
from einthoven.errors import SignalError
from einthoven.recording import Recording, Signal

__all__ = ["beat", "chosen", "filtered"]

ORDER, PADDING = 2, 200


def beat(
    recording: Recording,
    *,
    seconds: float = 1.0,
    before: float = 0.35,
    band: tuple[float, float] = (0.5, 15.0),
    key: int | None = None,
) -> Signal:
    """Return one beat of a recording, filtered, (L, T).

    R peaks are found after the high-pass and before the low-pass. A beat that begins before the recording or ends
    after it is filled up with the first or last sample.

    Args:
        recording: without gaps, in mV.
        seconds: length of the beat in s; T = round(fs seconds).
        before: what part of it lies before the R peak, 0 to 1.
        band: (high-pass, low-pass) in Hz, Butterworth of order 2 run both ways.
        key: chooses the beat, evenly among all; None takes the middle one.

    Raises:
        SignalError: there is no beat.

    >>> t = np.arange(1000) / 100
    >>> heart = sum(np.exp(-0.5 * ((t - at) / 0.02) ** 2) for at in np.arange(0.5, 10))
    >>> int(beat(Recording(heart[None], ["II"], 100)).argmax())
    35

    Source: Qiu et al. 2023, the released encoding. We differ in the detector (all leads, not II alone); where in the
    beat the R peak lies is our choice.
    """
    fs = recording.fs
    steady = filtered(recording.signal, fs, highpass=band[0])
    peaks = r_peaks(recording.changed("high-pass", steady))
    if not peaks.size:
        raise SignalError(
            "a picture of a beat needs a beat",
            came=f"none was found in {recording.seconds:g} s",
            instead="Leave the recording out, or let the encoder eat pages: they show whatever is there.",
            see="docs/fields.md",
        )
    length = round(seconds * fs)
    first = chosen(peaks, key) - round(before * length)
    smooth = filtered(steady, fs, lowpass=band[1])
    return smooth[:, np.clip(np.arange(first, first + length), 0, smooth.shape[1] - 1)]


def chosen(peaks: NDArray[np.int64], key: int | None) -> int:
    """Return the peak that a key chooses, the middle one for None.

    >>> chosen(np.array([10, 20, 30]), None), chosen(np.array([10, 20, 30]), 5)
    (20, 30)
    """
    return int(peaks[peaks.size // 2 if key is None else key % peaks.size])


def filtered(signal: Signal, fs: float, *, highpass: float | None = None, lowpass: float | None = None) -> Signal:
    """Return the signal through one Butterworth filter of order 2, forwards and backwards, evenly extended."""
    from scipy.signal import sosfiltfilt

    edge, kind = (highpass, "highpass") if highpass is not None else (lowpass, "lowpass")
    padding = min(PADDING, signal.shape[1] - 1)
    return np.asarray(sosfiltfilt(_sections(edge, kind, fs), signal, padtype="even", padlen=padding), np.float32)


@lru_cache(maxsize=32)
def _sections(edge: float, kind: str, fs: float) -> NDArray[np.float64]:
    from scipy.signal import butter

    return np.asarray(butter(ORDER, edge, kind, fs=fs, output="sos"))
