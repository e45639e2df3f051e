"""What every benchmark shares: alternating runs on one thread, CPU time, medians, one JSON line at the end."""

from __future__ import annotations

import os

for _name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(_name, "1")

import json
import time
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np


def alternate(contestants: Mapping[str, Callable[[int], Any]], rounds: int, *, warmup: int = 2) -> dict[str, float]:
    """Run every contestant on round 0, then on round 1, ...; return the median CPU milliseconds of one call.

    Each contestant is called with the number of the round, so that all see the same inputs in the same order.
    """
    spent: dict[str, list[float]] = {name: [] for name in contestants}
    for number in range(-warmup, rounds):
        for name, run in contestants.items():
            begin = time.process_time()
            run(max(number, 0))
            if number >= 0:
                spent[name].append(1e3 * (time.process_time() - begin))
    return {name: float(np.median(times)) for name, times in spent.items()}


def claim(text: str, unit: str, *, ours: float, peer: float, n: int, ratio: float | None = None) -> dict[str, Any]:
    """One line of the verdict; the ratio is peer / ours unless given (above 1: we are faster)."""
    return {"claim": text, "unit": unit, "ours": ours, "peer": peer, "ratio": ratio or peer / ours, "n": n}


def report(claims: list[dict[str, Any]]) -> int:
    """Print the claims for people, then as one JSON line; return the exit status 0."""
    for row in claims:
        times = f"ours {row['ours']:.4g} {row['unit']}, peer {row['peer']:.4g}, ratio {row['ratio']:.2f}"
        print(f"{row['claim']}: {times} (n={row['n']})")
    print(json.dumps(claims if len(claims) > 1 else claims[0]))
    return 0
