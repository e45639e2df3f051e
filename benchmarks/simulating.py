"""Simulated ECGs, 12 x 5000 at 500 Hz, beside the bare drawing of as many normals, and beside neurokit2's simulator.

    python benchmarks/simulating.py
    python benchmarks/simulating.py --quick

The floor is what any simulator with noise of its own pays: `Generator.standard_normal(60_000, dtype=float32)` of
numpy's default generator. Contestants alternate in one process on one thread; CPU time; medians over rounds of 64
patients each. The last line of the output is JSON.
"""

from __future__ import annotations

import argparse
import sys

# ruff: noqa: I001  (common comes before numpy: it keeps every library to one thread)
from common import alternate, claim, report

import numpy as np

from scipy.signal import resample_poly

from einthoven.simulating import ecgs, simulate

BATCH = 64


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--quick", action="store_true", help="fewer rounds")
    rounds = 6 if parser.parse_args(argv).quick else 30
    floor = np.random.default_rng(0)

    def resampled(number: int) -> list[np.ndarray]:
        return [resample_poly(signal, 1, 5, axis=1) for signal in ecgs(number, range(BATCH))]

    contestants = {
        "normals": lambda _: [floor.standard_normal(60_000, dtype=np.float32) for _ in range(BATCH)],
        "ours": lambda number: ecgs(number, range(BATCH)),
        "ours at 100 Hz": lambda number: ecgs(number, range(BATCH), fs=100),
        "500 Hz, resampled to 100": resampled,
        "studies": lambda number: simulate(BATCH, seed=number),
        "one by one": lambda number: [study.recording for study in simulate(BATCH, seed=number)],
    }
    spent = {name: each / BATCH for name, each in alternate(contestants, rounds).items()}
    for name in contestants:
        print(f"{name:24s} {spent[name]:7.3f} ms each, {1000 / spent[name]:8.0f} a second")
    n = rounds * BATCH
    claims = [
        claim(
            "draw a simulated ECG, 12 x 5000, vs 60,000 float32 normals",
            "ms",
            ours=spent["ours"],
            peer=spent["normals"],
            n=n,
        ),
        claim(
            "simulate a study with report and labels, ECG not drawn",
            "ms",
            ours=spent["studies"],
            peer=spent["normals"],
            n=n,
        ),
        claim(
            "draw a simulated ECG at 100 Hz vs draw it at 500 Hz and resample (scipy resample_poly)",
            "ms",
            ours=spent["ours at 100 Hz"],
            peer=spent["500 Hz, resampled to 100"],
            n=n,
        ),
    ]
    return report([*claims, *_neurokit(spent["ours"], 2 if rounds < 10 else 6)])


def _neurokit(ours: float, rounds: int) -> list[dict[str, object]]:
    try:
        import neurokit2
    except ImportError:
        print("neurokit2 is not installed: no peer")
        return []
    import warnings

    def run(number: int) -> object:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return neurokit2.ecg_simulate(duration=10, sampling_rate=500, method="multileads", random_state=number)

    spent = alternate({"neurokit2": run}, rounds, warmup=1)["neurokit2"]
    text = "draw a simulated ECG, 12 x 5000, vs neurokit2.ecg_simulate(method='multileads')"
    return [claim(text, "ms", ours=ours, peer=spent, n=rounds)]


if __name__ == "__main__":
    sys.exit(main())
