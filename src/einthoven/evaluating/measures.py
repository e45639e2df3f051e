"""Measures: what simulated and real ECGs are compared in. The hand-made features, angles, wave distances and noise.

The same code measures both sides, so that a crude measure is equally crude on each. Shapes: L leads, T samples.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from einthoven.cleaning import clean
from einthoven.cleaning.band import Band, filtered
from einthoven.evaluating.beat import BEFORE, FS, LEADS, Beat, median_beat
from einthoven.evaluating.features import FEATURES, features_of
from einthoven.recording import Recording

__all__ = ["INVERSE_DOWER", "MEASURES", "SHOWN", "Measure", "measures"]

Array = NDArray[np.float64]
QUIET = 0.15
"""Noise is measured further than this from every R peak, s."""

INVERSE_DOWER = np.array(
    [
        [0.156, -0.010, -0.172, -0.074, 0.122, 0.231, 0.239, 0.194],
        [-0.227, 0.887, 0.057, -0.019, -0.106, -0.022, 0.041, 0.048],
        [0.022, 0.102, -0.229, -0.310, -0.246, -0.063, 0.055, 0.108],
    ]
)
"""X (left), Y (down), Z (back) from the leads `LEADS`: Edenbrandt and Pahlm, J Electrocardiol 21:361, 1988."""


@dataclass(frozen=True, slots=True)
class Measure:
    """One number of an ECG.

    Args:
        name: as in tables.
        unit: "" for a ratio.
        says: its definition.
        heart: whether it speaks of the heart; noise and drift speak of electrodes and devices.
        log: whether it is compared as a logarithm: spreads and noise have a long tail.
    """

    name: str
    unit: str
    says: str
    heart: bool = True
    log: bool = False


def _feature(name: str) -> Measure:
    stem, _, lead = name.rpartition("_")
    if lead in LEADS:
        unit = "mV x 100 ms" if stem == "area" else "mV"
        return Measure(name, unit, f"{_IN_LEAD[stem]} of lead {lead}, median beat")
    unit, says = _OF_BEAT[name]
    return Measure(name, unit, says, log=name in ("rr_sd", "rmssd", "rr_range"))


def _qrs_area(beat: Beat) -> Array:
    on, off = beat.qrs
    return np.asarray(beat.signal[:, on : off + 1].sum(axis=1))


def _axis(leads: Array) -> float:
    """Return the angle in the frontal plane of values in `LEADS`, degrees, 0 to the left and 90 down."""
    return float(np.degrees(np.arctan2((2 * leads[1] - leads[0]) / np.sqrt(3), leads[0])))


def _angle(beat: Beat) -> float:
    qrs = INVERSE_DOWER @ _qrs_area(beat)
    t = INVERSE_DOWER @ beat.signal[:, beat.t_start : beat.t_end].sum(axis=1)
    cosine = qrs @ t / (np.linalg.norm(qrs) * np.linalg.norm(t))
    return float(np.arccos(np.clip(cosine, -1, 1)))


_IN_LEAD = {
    "r": "highest sample of the QRS",
    "s": "lowest sample of the QRS",
    "area": "area of the QRS",
    "early": "mean of the QRS's first third",
    "late": "mean of the QRS's last third",
    "j": "8 ms after the QRS",
    "st60": "60 ms after the QRS",
    "t": "T at the peak of all leads",
}
_OF_BEAT = {
    "rate": ("/min", "60 over the mean RR interval"),
    "rr_sd": ("s", "standard deviation of the RR intervals"),
    "rmssd": ("s", "root mean square of successive RR differences"),
    "rr_range": ("", "longest less shortest RR interval, over the mean"),
    "qrs_ms": ("ms", "where the slope of all leads stays above an eighth of its peak: crude, shorter than by eye"),
    "qt_ms": ("ms", "QRS onset to where T, in all leads, falls below a quarter of its peak: shorter than by eye"),
    "qtc_ms": ("ms", "the same over the root of the mean RR interval (Bazett)"),
    "pr_ms": ("ms", "P peak to QRS onset: shorter than by eye; at most 320 ms before R is looked at"),
    "p_mv": ("mV", "P peak, root of summed squares of all leads"),
    "axis_sin": ("", "sine of the QRS axis"),
    "axis_cos": ("", "cosine of the QRS axis"),
    "t_axis_sin": ("", "sine of the T axis"),
    "t_axis_cos": ("", "cosine of the T axis"),
    "qrs_t_cos": ("", "cosine between QRS areas and T amplitudes over the eight leads"),
    "sokolow": ("mV", "S in V1 and R in V5 or V6"),
    "cornell": ("mV", "R in aVL and S in V3"),
    "limb_size": ("mV", "peak to peak of the QRS, mean of I and II"),
    "size": ("mV", "largest root of summed squares of all leads"),
}
_AWAY = f"further than {1e3 * QUIET:g} ms from any R"
_NOISE: dict[str, tuple[str, Band, str | None]] = {
    "noise_uv": (f"rms at 25-45 Hz {_AWAY}, median over the leads", (25, 45), None),
    "noise_I_uv": (f"rms at 25-45 Hz {_AWAY} in lead I, where the muscles of the arms are", (25, 45), "I"),
    "hiss_uv": (f"rms at 60-150 Hz {_AWAY}, median over the leads", (60, 150), None),
    "wander_uv": ("rms below 0.5 Hz about the lead's mean, median over the leads", (None, 0.5), None),
}
_OF_WAVES: dict[str, tuple[str, str, Callable[[Beat], float]]] = {
    "qrs_axis": ("deg", "net QRS area in the frontal plane, from I and aVF", lambda beat: _axis(_qrs_area(beat))),
    "t_axis": ("deg", "T at its peak in the frontal plane", lambda beat: _axis(beat.signal[:, beat.t_peak])),
    "qrs_t_angle": ("rad", "between the areas of QRS and T in space (inverse Dower)", _angle),
    "p_to_r_ms": ("ms", "P peak to R peak", lambda beat: (BEFORE - int(np.argmax(beat.p_wave))) * 1e3 / FS),
    "onset_to_t_ms": ("ms", "QRS onset to T peak", lambda beat: (beat.t_peak - beat.qrs[0]) * 1e3 / FS),
}
MEASURES: dict[str, Measure] = {
    **{name: _feature(name) for name in FEATURES},
    **{name: Measure(name, unit, says) for name, (unit, says, _) in _OF_WAVES.items()},
    **{name: Measure(name, "uV", says, heart=False, log=True) for name, (says, _, _) in _NOISE.items()},
}
"""Every measure by name, in the order of `measures`."""

SHOWN = (
    "r_I", "r_V1", "r_V2", "r_V3", "r_V4", "r_V5", "r_V6", "s_V1", "s_V2", "qrs_axis", "t_axis", "t_I", "t_V1", "t_V2",
    "qrs_t_angle", "qrs_ms", "p_to_r_ms", "pr_ms", "qt_ms", "qtc_ms", "onset_to_t_ms", "rate", "rr_sd", "noise_uv",
    "noise_I_uv", "wander_uv",
)  # fmt: skip
"""The measures that a table of realism shows."""


def measures(recording: Recording) -> Array:
    """Return the measures of one ECG, shape (len(MEASURES),); NaN what cannot be measured.

    Args:
        recording: any rate; of 90 Hz or less there is no noise at 25-45 Hz, of 300 Hz or less none at 60-150 Hz.

    Raises:
        LeadError: one of the eight leads was neither recorded nor can be derived.
        SignalError: nothing was measured, or a gap is too long to mend.

    >>> import einthoven as ein
    >>> measured = dict(zip(MEASURES, measures(ein.simulate(1, seed=3)[0].recording), strict=True))
    >>> bool(40 < measured["rate"] < 110), MEASURES["rate"].unit
    (True, '/min')
    """
    eight = clean(recording, leads=LEADS)
    with np.errstate(all="ignore"):
        beat = median_beat(eight)
        waves = [np.nan if beat is None else act(beat) for _, _, act in _OF_WAVES.values()]
        noise = [1e3 * _rms(eight, beat, band, lead) for _, band, lead in _NOISE.values()]
        return np.concatenate([features_of(beat), waves, noise])


def _rms(eight: Recording, beat: Beat | None, band: Band, lead: str | None) -> float:
    """Return the rms of a band, mV: of one lead or the median over all; for noise, away from the QRS."""
    lowest, highest = band
    if highest is None or highest >= eight.fs / 2:
        return float("nan")
    part = filtered(eight.signal - eight.signal.mean(axis=1, keepdims=True), eight.fs, band=band)
    if lowest is None:
        part = part - part.mean(axis=1, keepdims=True)
    elif beat is not None:
        seconds = np.arange(eight.samples) / eight.fs
        part = part[:, np.abs(seconds - beat.peaks[:, None] / FS).min(axis=0) > QUIET]
    each = np.sqrt((part.astype(np.float64) ** 2).mean(axis=1))
    return float(np.median(each) if lead is None else each[LEADS.index(lead)])
