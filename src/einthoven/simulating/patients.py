"""Patients: seed to Study, the verb of this room."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from functools import lru_cache, partial
from itertools import starmap
from multiprocessing import get_context

import numpy as np
from numpy.typing import NDArray

from einthoven.errors import ConfigError
from einthoven.recording import LEADS, Native, Recording
from einthoven.simulating.ecg import ecgs
from einthoven.simulating.ecg import plan as planned
from einthoven.simulating.labels import labels
from einthoven.simulating.measuring import Measured, measure
from einthoven.simulating.report import reports
from einthoven.simulating.state import Dials
from einthoven.study import Study

__all__ = ["drawn", "findings", "simulate"]

BLOCK = 64
"""Studies made together; has no effect on what they are."""


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
        draw: draw all ECGs now (fast, 0.24 MB each) instead of on first use of each study.
        workers: processes to share the work; None or 1 for this one alone.

    Returns:
        Studies `SYN-<seed>-<number>`. Their `extra` holds the page of truth: what was measured on the drawn beat.

    Raises:
        ConfigError: n is negative, or seed, rate or length is out of range.

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
    dials = Dials(enriched=enriched, link=link, noise=noise)
    jobs = [(first, min(first + BLOCK, start + n)) for first in range(start, start + n, BLOCK)]
    make = partial(_block, seed=seed, fs=fs, seconds=seconds, dials=dials, draw=draw)
    if workers is None or workers <= 1 or len(jobs) < 2:
        return tuple(study for part in starmap(make, jobs) for study in part)
    with ProcessPoolExecutor(min(workers, len(jobs), os.cpu_count() or 1), mp_context=get_context("spawn")) as pool:
        return tuple(study for part in pool.map(make, *zip(*jobs, strict=True)) for study in part)


def drawn(seed: int, number: int, fs: float, seconds: float, dials: Dials) -> Recording:
    """Draw the Recording of one patient; what a Study's `source` calls, so it survives pickling."""
    return _recording(ecgs(seed, [number], fs=fs, seconds=seconds, dials=dials)[0], seed, number, fs)


def findings(*, enriched: bool = True) -> Mapping[str, float]:
    """Return every code the simulator can give and its share of patients, measured on 4,000 of seed 0.

    >>> findings()["AFIB"] > 0.01
    True
    """
    return _shares(enriched)


@lru_cache
def _shares(enriched: bool) -> Mapping[str, float]:
    count: Counter[str] = Counter()
    for first in range(0, 4000, 250):
        chunk = planned(0, range(first, first + 250), Dials(enriched=enriched))
        for codes in labels(chunk, measure(chunk)):
            count.update(codes.keys())
    return {code: number / 4000 for code, number in count.most_common()}


def _block(first: int, last: int, *, seed: int, fs: float, seconds: float, dials: Dials, draw: bool) -> list[Study]:
    numbers = range(first, last)
    chunk = planned(seed, numbers, dials)
    measured = measure(chunk, seconds)
    codes = labels(chunk, measured)
    words = reports(seed, numbers, measured, codes)
    signals = ecgs(seed, numbers, fs=fs, seconds=seconds, dials=dials) if draw else None
    frame, reported = chunk.state.body, chunk.state.chambers.reported
    return [
        Study(
            id=f"SYN-{seed}-{number}",
            source=partial(drawn, seed, number, fs, seconds, dials)
            if signals is None
            else _recording(signals[row], seed, number, fs),
            patient=f"SYN-P{seed}-{number}",
            age=float(frame.age[row]),
            sex="male" if frame.male[row] else "female",
            report=words[row],
            labels=codes[row],
            phenotypes={name: round(float(values[row]), 2) for name, values in reported.items()},
            synthetic=True,
            extra=_truth(measured, row, chunk.tempo.mode[row]),
        )
        for row, number in enumerate(numbers)
    ]


def _recording(signal: NDArray[np.float32], seed: int, number: int, fs: float) -> Recording:
    microvolts = np.rint(signal * np.float32(1000)).astype(np.int16)
    native = Native(microvolts, np.full(12, 1000.0), np.zeros(12))
    return Recording(
        signal, LEADS, fs, native=native, history=(f"simulated, seed {seed}, number {number}",), synthetic=True
    )


_MEASURES: Sequence[tuple[str, float]] = (
    ("rate", 1), ("irregularity", 1000), ("pr", 1000), ("qrs", 1000), ("qt", 1000), ("qtc", 1000), ("axis", 1), ("t_axis", 1),
)  # fmt: skip


def _truth(measured: Measured, row: int, rhythm: str) -> dict[str, object]:
    """Return the page of truth: ms, beats/min and degrees, None where a measure does not exist."""
    page: dict[str, object] = {"rhythm": rhythm}
    for name, unit in _MEASURES:
        value = float(getattr(measured, name)[row])
        page[name] = round(value * unit, 1) if np.isfinite(value) else None
    return page
