"""What the tests of reports share: a plain normal ECG as a reader sees it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from einthoven.recording import LEADS
from einthoven.simulating.report_facts import Facts
from einthoven.simulating.report_seen import Seen


@pytest.fixture(scope="session")
def one() -> Callable[..., Seen]:
    """A plain normal ECG; changes by measure, or by measure and lead as `t={"V2": 1.1}`."""
    return _one


@pytest.fixture(scope="session")
def facts() -> Callable[..., Facts]:
    """What a reader takes from such an ECG; `step`, then changes."""
    return lambda step=1, **changes: Facts(_one(**changes), {}, step)


def _one(**changes: Any) -> Seen:
    plain: dict[str, Any] = {
        "rate": 70.0, "irregularity": 0.02, "wide_beats": 0.0, "early_beats": 0.0, "pr": 0.16, "qrs": 0.09, "qt": 0.39,
        "qtc": 0.41, "p_duration": 0.1, "axis": 45.0, "t_axis": 40.0, "q": [0.0] * 12, "q_time": [0.0] * 12,
        "r": [0.7, 1.0, 0.5, 0.0, 0.3, 0.7, 0.2, 0.4, 0.8, 1.3, 1.3, 1.0],
        "s": [0.1, 0.1, 0.1, 0.8, 0.1, 0.1, 0.9, 1.3, 0.7, 0.4, 0.2, 0.1], "st": [0.0] * 12,
        "t": [0.2, 0.3, 0.1, -0.25, 0.1, 0.2, 0.0, 0.4, 0.5, 0.5, 0.4, 0.3], "p": [0.1] * 12, "p_end": [0.0] * 12,
    }  # fmt: skip
    for name, value in changes.items():
        by_lead = isinstance(value, dict)
        plain[name] = [value.get(lead, old) for lead, old in zip(LEADS, plain[name], strict=True)] if by_lead else value
    return Seen(**plain)
