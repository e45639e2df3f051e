"""Facts: what travels with the samples of a Recording into formats that have metadata."""

from __future__ import annotations

from typing import Any

from einthoven.recording import Recording

__all__ = ["facts"]


def facts(recording: Recording) -> dict[str, Any]:
    """Return rate, unit, start, history, warnings and synthetic as plain values, without those that are empty.

    >>> import numpy as np
    >>> facts(Recording(np.ones((1, 5)), ["I"], 500, synthetic=True))
    {'fs': 500.0, 'unit': 'mV', 'synthetic': True}
    """
    known: dict[str, Any] = {"fs": float(recording.fs), "unit": "mV"}
    known |= {"start": recording.start.isoformat()} if recording.start else {}
    known |= {"history": list(recording.history)} if recording.history else {}
    known |= {"warnings": list(recording.warnings)} if recording.warnings else {}
    return known | ({"synthetic": True} if recording.synthetic else {})
