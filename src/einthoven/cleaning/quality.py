"""How good a recording is, and why: faults named with their leads and sizes. Shapes: L leads, T samples.

How large each fault is comes from `einthoven.cleaning.faults`; here it is weighed and put into words.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from einthoven.cleaning.faults import Measured, measured
from einthoven.recording import Recording

__all__ = ["FAULTS", "Fault", "Finding", "Quality", "quality"]

WHOLE = 0.5  # a lead of this score or more can be read
MOST = 0.75  # of the leads can be read in a usable recording


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that can be wrong: from `said` on it is a reason, at `spoilt` the lead (or the recording) is lost.

    Args:
        words: the reason, with {value} in it.
        said: the smallest value that is mentioned; larger than `spoilt` when small values are the fault.
        spoilt: the value from which on nothing is left.
        whole: it is a fault of the recording, not of a lead.
    """

    words: str
    said: float
    spoilt: float
    whole: bool = False

    def severity(self, value: float) -> float:
        """Return 0 when not worth a word, then from 0.1 at `said` to 1 at `spoilt`."""
        way = (value - self.said) / (self.spoilt - self.said)
        return min(0.1 + 0.9 * way, 1.0) if way >= 0 else 0.0


FAULTS: Mapping[str, Fault] = MappingProxyType(
    {
        "gaps": Fault("{value:.0%} was not measured", 1e-6, 0.25),
        "flat": Fault("flat for {value:.1f} s", 1.0, 3.0),
        "clipped": Fault("clipped for {value:.1%} of the time", 0.01, 0.10),
        "muscle": Fault("high-frequency noise of {value:.2f} mV rms between beats", 0.03, 0.15),
        "mains": Fault("mains hum of {value:.2f} mV at {mains:.0f} Hz", 0.04, 0.50),
        "wander": Fault("baseline wanders over {value:.1f} mV", 1.5, 8.0),
        "burst": Fault("a spike or electrode pop {value:.0f} times the beats", 4.0, 40.0),
        "unheard": Fault("shows no beat where the other leads have theirs ({value:.1f} times the rest)", 1.9, 1.2),
        "repeated": Fault("repeats another lead", 0.5, 1.5),
        "law": Fault("Einthoven's law is violated by {value:.2f} mV rms", 0.05, 1.0),
        "large": Fault("beats of {value:.0f} mV cannot be right: check the gain", 12.0, 30.0, whole=True),
        "small": Fault("no beat is larger than {value:.3f} mV: check the gain", 0.1, 0.02, whole=True),
        "beatless": Fault("no heart beats found", 0.5, 1.0, whole=True),
    }
)
"""Every fault by name; thresholds in mV, seconds or parts. Measured on real recordings in docs/quality.md."""


@dataclass(frozen=True, slots=True)
class Finding:
    """A fault that was found.

    Args:
        fault: its name in `FAULTS`.
        leads: the leads that have it, worst first; empty when the whole recording has it.
        value: its size in the worst lead.
        severity: 0.1 (worth a word) to 1 (nothing is left).
    """

    fault: str
    leads: tuple[str, ...]
    value: float
    severity: float


@dataclass(frozen=True, slots=True)
class Quality:
    """What `quality` says.

    Args:
        score: 0 (nothing to read) to 1 (nothing to complain of).
        usable: beats were found, their size is possible, and three leads in four can be read.
        reasons: every complaint in words, the worst first; empty for a clean recording.
        leads: the score of each lead.
        findings: the complaints as data, in the order of `reasons`.
    """

    score: float
    usable: bool
    reasons: tuple[str, ...]
    leads: Mapping[str, float]
    findings: tuple[Finding, ...]


def quality(recording: Recording) -> Quality:
    """Say how good a recording is, lead by lead, and why.

    Faults are measured between the beats where beats would hide them, and against the recording's own beats where
    size is relative; a clinical finding (low voltage, a pacemaker, an isoelectric lead) is no fault.

    Args:
        recording: in mV, any leads; the rate limits what can be seen (no 60 Hz hum at 100 Hz).

    Returns:
        A Quality with score, verdict and reasons.

    >>> import numpy as np
    >>> quality(Recording(np.zeros((1, 5000)), ["II"], 500)).reasons
    ('flat for 10.0 s in II', 'no heart beats found')

    Source: the faults are those of Clifford, Azuaje and McSharry, Advanced Methods and Tools for ECG Data Analysis
    (2006), ch. 3, and of the PhysioNet/CinC Challenge 2011; thresholds are ours.
    """
    seen = measured(recording)
    left = dict.fromkeys(recording.leads, 1.0)
    findings = [_finding(name, fault, recording, seen) for name, fault in FAULTS.items()]
    found = sorted((one for one in findings if one), key=lambda one: -one.severity)
    overall = 1.0
    for one in found:
        fault = FAULTS[one.fault]
        overall *= 1 - one.severity * fault.whole
        for lead in one.leads:
            left[lead] *= 1 - fault.severity(float(seen.values[one.fault][recording.leads.index(lead)]))
    readable = sum(score >= WHOLE for score in left.values()) >= MOST * len(left)
    score = overall * sum(left.values()) / len(left)
    reasons = tuple(_words(one, len(left), seen) for one in found)
    return Quality(score, readable and overall >= WHOLE, reasons, MappingProxyType(left), tuple(found))


def _finding(name: str, fault: Fault, recording: Recording, seen: Measured) -> Finding | None:
    values = seen.values[name]
    severities = [fault.severity(float(value)) for value in values]
    order = sorted(range(len(values)), key=lambda row: -severities[row])
    worst = order[0]
    if not severities[worst]:
        return None
    leads = () if fault.whole else tuple(recording.leads[row] for row in order if severities[row])
    return Finding(name, leads, float(values[worst]), severities[worst])


def _words(one: Finding, leads: int, seen: Measured) -> str:
    words = FAULTS[one.fault].words.format(value=one.value, mains=seen.mains)
    if not one.leads:
        return words
    if leads > 1 and len(one.leads) == leads:
        return f"{words} in all leads"
    return f"{words} in {' '.join(one.leads)}"
