"""Cleaning: Recording to Recording. Gaps, leads, rate, baseline, band and mains, in the usual order."""

from __future__ import annotations

from collections.abc import Sequence

from einthoven.cleaning.band import Band
from einthoven.cleaning.baseline import remove_noise
from einthoven.cleaning.gaps import mend, refuse
from einthoven.cleaning.leads import standard
from einthoven.cleaning.preparation import Preparation, Prepared
from einthoven.cleaning.rate import resample
from einthoven.errors import ConfigError, did_you_mean
from einthoven.recording import Recording

__all__ = ["Preparation", "Prepared", "clean"]

GAPS = {"mend": mend, "refuse": refuse}


def clean(
    recording: Recording,
    *,
    band: Band | None = None,
    mains: float | None = None,
    baseline: str | None = None,
    fs: float | None = None,
    leads: Sequence[str] | None = None,
    gaps: str = "mend",
) -> Recording:
    """Clean a recording in the usual order; what is not asked for is not done, except that no gap stays.

    Gaps go first, because every later step would spread them; leads next, because deriving is exact on leads that
    were treated alike; then the rate, and the filters at the rate that stays. No step moves a wave in time.

    Args:
        recording: any leads, rate and length.
        band: (lowest, highest) frequency in Hz that stays, e.g. (0.5, 40); either may be None.
        mains: frequency of the mains in Hz to take out, 50 or 60.
        baseline: "highpass", "median", "wavelet" or "ptacl" (`einthoven.cleaning.baseline`).
        fs: new sampling rate in Hz.
        leads: names in the order wanted; limb leads are derived where they are missing.
        gaps: "mend" gaps of up to half a second within their lead, or "refuse" any.

    Returns:
        A Recording in mV whose history names each step that did something.

    Raises:
        SignalError: a gap too long to mend, or any with gaps="refuse".
        LeadError: a wanted lead was neither recorded nor can be derived.
        ConfigError: a band or mains frequency that the rate cannot hold, an unknown method, an impossible rate.

    >>> import numpy as np
    >>> clean(Recording(np.ones((2, 5000)), ["I", "II"], 500), band=(0.5, 40), mains=50, leads=["III", "aVR"]).history
    ('leads III aVR derived from I and II', 'band 0.5-40 Hz, mains 50 Hz out')
    """
    if gaps not in GAPS:
        raise ConfigError(
            "gaps are mended or refused",
            came=f"gaps={gaps!r} came",
            instead=did_you_mean(str(gaps), GAPS),
            see="docs/cleaning.md",
        )
    recording = GAPS[gaps](recording)
    recording = standard(recording, leads) if leads is not None else recording
    recording = resample(recording, fs) if fs is not None else recording
    return remove_noise(recording, band=band, mains=mains, baseline=baseline)
