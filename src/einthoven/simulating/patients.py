"""Patients: seed to Study, the verb of this room."""

from __future__ import annotations

import os
from collections.abc import Collection
from concurrent.futures import ProcessPoolExecutor
from functools import lru_cache, partial
from itertools import starmap
from multiprocessing import get_context

import numpy as np

from einthoven.errors import ConfigError
from einthoven.recording import LEADS, Native, Recording
from einthoven.simulating.device import FAULTS
from einthoven.simulating.ecg import Plan, refuse
from einthoven.simulating.ecg import draw as draw_row
from einthoven.simulating.ecg import plan as planned
from einthoven.simulating.labels import labels
from einthoven.simulating.measuring import Measured, measure
from einthoven.simulating.report import reports
from einthoven.simulating.state import Dials
from einthoven.study import Study

__all__ = ["drawn", "simulate"]

BLOCK, NEIGHBOURS = 64, 16
"""Studies made together, and patients planned together when one is drawn; without effect on what they are."""


def simulate(
    n: int,
    *,
    seed: int = 0,
    start: int = 0,
    fs: float = 500.0,
    seconds: float = 10.0,
    enriched: bool = False,
    link: float = 1.0,
    noise: float = 1.0,
    site: str = "archive",
    without: Collection[str] = (),
    draw: bool = False,
    workers: int | None = None,
) -> tuple[Study, ...]:
    """Simulate `n` patients, each with a 12-lead ECG, a report, SCP codes and cardiac phenotypes; all marked synthetic.

    Patient k of a seed is the same whatever else is simulated with him: `simulate(8, seed=3)[5]` is
    `simulate(1, seed=3, start=5)[0]`, bit for bit.

    Args:
        n: how many.
        seed: the cohort; 0 to 2**64 - 1.
        start: number of the first patient.
        fs: sampling rate in Hz.
        seconds: length of the ECGs.
        enriched: findings with 1-20 % prevalence each instead of those of a hospital archive.
        link: how strongly the chambers shape the ECG (1 as published, 0 not at all).
        noise: factor on noise, 0 for clean signals.
        site: where the ECGs are taken, a name of `einthoven.simulating.sites()`.
        without: what to leave out of what makes ECGs real, names of `einthoven.simulating.KNOCKOUTS`.
        draw: draw all ECGs now (fast, 0.24 MB each) instead of on first use of each study.
        workers: processes to share the work; None or 1 for this one alone.

    Returns:
        Studies `SYN-<seed>-<number>`. Their `extra` holds the page of truth: what was measured on the drawn beat.

    Raises:
        ConfigError: n is negative, seed, rate or length is out of range, or a site or knock-out is unknown.

    >>> study = simulate(1, seed=3)[0]
    >>> study.id, study.patient, study.synthetic, study.recording
    ('SYN-3-0', 'SYN-P3-0', True, Recording(synthetic, 12 leads x 5000 samples, 500 Hz, 10 s))
    """
    if n < 0 or start < 0:
        raise ConfigError(
            "a number of patients and the first one's number are 0 or more",
            came=f"n={n}, start={start} came",
            instead="Pass n=8 or another whole number.",
            see="docs/simulating.md",
        )
    refuse(fs, seconds)
    dials = Dials(enriched=enriched, link=link, noise=noise, site=site, without=frozenset(without))
    jobs = [(first, min(first + BLOCK, start + n)) for first in range(start, start + n, BLOCK)]
    make = partial(_block, seed=seed, fs=fs, seconds=seconds, dials=dials, draw=draw)
    if workers is None or workers <= 1 or len(jobs) < 2:
        return tuple(study for part in starmap(make, jobs) for study in part)
    with ProcessPoolExecutor(min(workers, len(jobs), os.cpu_count() or 1), mp_context=get_context("spawn")) as pool:
        return tuple(study for part in pool.map(make, *zip(*jobs, strict=True)) for study in part)


def drawn(seed: int, number: int, fs: float, seconds: float, dials: Dials) -> Recording:
    """Draw the Recording of one patient; what a Study's `source` calls, so it survives pickling.

    Neighbours are planned together and kept for a while, which makes going through a cohort in order cheap; it changes
    nothing about what is drawn.
    """
    first = number - number % NEIGHBOURS
    return _recording(_neighbours(seed, first, dials), number - first, fs=fs, seconds=seconds)


@lru_cache(maxsize=64)
def _neighbours(seed: int, first: int, dials: Dials) -> Plan:
    return planned(seed, range(first, first + NEIGHBOURS), dials)


def _block(first: int, last: int, *, seed: int, fs: float, seconds: float, dials: Dials, draw: bool) -> list[Study]:
    numbers = range(first, last)
    chunk = planned(seed, numbers, dials)
    measured = measure(chunk, seconds)
    codes = labels(chunk, measured)
    words = reports(seed, numbers, measured, codes)
    frame, reported = chunk.state.body, chunk.state.chambers.reported
    return [
        Study(
            id=f"SYN-{seed}-{number}",
            source=_recording(chunk, row, fs=fs, seconds=seconds)
            if draw
            else partial(drawn, seed, number, fs, seconds, dials),
            patient=f"SYN-P{seed}-{number}",
            age=float(frame.age[row]),
            sex="male" if frame.male[row] else "female",
            report=words[row],
            labels=codes[row],
            phenotypes={name: round(float(values[row]), 2) for name, values in reported.items()},
            synthetic=True,
            extra=_truth(measured, row, chunk),
        )
        for row, number in enumerate(numbers)
    ]


def _recording(plan: Plan, row: int, *, fs: float, seconds: float) -> Recording:
    signal = np.empty((len(LEADS), round(fs * seconds)), np.float32)
    draw_row(plan, row, fs=fs, out=signal)
    native = Native(np.rint(signal * np.float32(1000)).astype(np.int16), np.full(12, 1000.0), np.zeros(12))
    story = f"simulated, seed {plan.state.seed}, number {plan.state.numbers[row]}"
    return Recording(signal, LEADS, fs, native=native, history=(story,), synthetic=True)


_IN_MS = ("irregularity", "pr", "qrs", "qt", "qtc")
_AS_IS = ("rate", "axis", "t_axis")


def _truth(measured: Measured, row: int, plan: Plan) -> dict[str, object]:
    """Return the page of truth: ms, beats/min and degrees, None where a measure does not exist."""
    page: dict[str, object] = {"rhythm": plan.tempo.mode[row], "site": plan.state.dials.site}
    fault = int(plan.device.fault[row])
    page["electrodes"] = FAULTS[fault] if fault >= 0 else None
    for name in (*_IN_MS, *_AS_IS):
        value = float(getattr(measured, name)[row]) * (1000 if name in _IN_MS else 1)
        page[name] = round(value, 1) if np.isfinite(value) else None
    return page
