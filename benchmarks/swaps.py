"""Limb electrodes swapped on purpose: how many are found, how many are invented.

    python benchmarks/swaps.py --data DATA            # PTB-XL folds 9-10 (and 1-8), LUDB
    python benchmarks/swaps.py --data DATA --fit      # fit to folds 1-8, print src/einthoven/cleaning/swaps.toml

Without real data it swaps simulated patients. The last line of the output is JSON.
"""

from __future__ import annotations

import argparse
import csv
import os
import sys
from collections.abc import Iterable
from pathlib import Path

# ruff: noqa: I001  (common comes before numpy: it keeps every library to one thread)
from common import claim, report

import numpy as np

from einthoven.cleaning import swaps
from einthoven.cleaning.leads import standard
from einthoven.errors import EinthovenError
from einthoven.recording import LEADS, Recording

NAMES = tuple(swaps.SWAPS)
PRIOR = {"": 0.90, "RA-LA": 0.05, "RA-LL": 0.03, "LA-LL": 0.03, "RA-LA-LL": 0.003, "RA-LL-LA": 0.003}


def wfdb_record(path: Path, *, raw: bool = False) -> Recording:
    import wfdb

    record = wfdb.rdrecord(str(path), physical=not raw)
    signal = record.d_signal.T / 1000 if raw else record.p_signal.T
    return Recording(np.float32(signal), record.sig_name, record.fs)


def ptbxl(folder: Path, folds: Iterable[int]) -> list[Recording]:
    rows = csv.DictReader((folder / "ptbxl_database.csv").open(encoding="utf-8"))
    paths = [folder / row["filename_hr"] for row in rows if int(row["strat_fold"]) in set(folds)]
    return [wfdb_record(path) for path in paths if path.with_suffix(".hea").is_file()]


def ludb(folder: Path) -> list[Recording]:
    return [wfdb_record(path.with_suffix(""), raw=True) for path in sorted((folder / "data").glob("*.hea"))]


def simulated(n: int) -> list[Recording]:
    from einthoven.simulating import simulate

    return [standard(study.recording, LEADS) for study in simulate(n, seed=5)]


def beats(recordings: list[Recording]) -> np.ndarray:
    found = []
    for recording in recordings:
        try:
            found.append(swaps.beat(recording))
        except EinthovenError:
            continue
    return np.stack(found)


def swapping(name: str, ones: np.ndarray) -> np.ndarray:
    return np.concatenate([np.asarray(swaps.SWAPS[name]) @ ones[:, :2], ones[:, 2:]], axis=1)


def called(ones: np.ndarray) -> list[str]:
    model = swaps._model()
    points = [swaps.agreements(one) @ np.asarray(model["weights"]) + np.log(model["prior"]) for one in ones]
    return [NAMES[int(np.argmax(row))] for row in points]


def fit(ones: np.ndarray, ridge: float = 0.1) -> dict:
    from scipy.optimize import minimize

    model = swaps._model()
    for wave, span in swaps.WAVES.items():
        leads = ones[:, :, swaps._span(span)].transpose(1, 0, 2).reshape(8, -1)
        limb, chest = leads[:2], leads[2:]
        power = chest @ chest.T
        model["maps"][wave] = (limb @ chest.T @ np.linalg.inv(power + 1e-3 * np.trace(power) / 6 * np.eye(6))).tolist()
    seen = np.stack([swaps.agreements(one) for one in ones])

    def loss(weights: np.ndarray) -> float:
        points = seen @ weights
        return float(np.sum(np.log(np.exp(points).sum(1)) - points[:, 0]) + ridge / 2 * weights @ weights)

    model["weights"] = minimize(loss, np.zeros(len(swaps.WAVES)), method="BFGS").x.tolist()
    model["prior"] = [PRIOR[name] for name in NAMES]
    return model


def toml(model: dict) -> str:
    rows = {wave: [[round(x, 3) for x in row] for row in maps] for wave, maps in model["maps"].items()}
    lines = [
        "# Fitted by benchmarks/swaps.py --fit to PTB-XL folds 1-8 (CC BY 4.0); docs/quality.md says how well.",
        "",
    ]
    lines += [f"# in the order {', '.join(name or 'none' for name in NAMES)}", f"prior = {model['prior']}", ""]
    lines += ["# of the agreements in P, QRS and T", f"weights = {[round(x, 2) for x in model['weights']]}", ""]
    lines += ["# mV of leads I and II for each mV of V1 to V6", "[maps]", *(f"{wave} = {rows[wave]}" for wave in rows)]
    return "\n".join(lines)


def interval(hits: int, n: int) -> str:
    """Wilson's 95 % interval in per cent."""
    z, p = 1.96, hits / n
    middle, half = p + z * z / 2 / n, z * np.sqrt(p * (1 - p) / n + z * z / 4 / n / n)
    low, high = (100 * (middle + way * half) / (1 + z * z / n) for way in (-1, 1))
    return f"{100 * p:5.1f} % [{max(low, 0):.1f}, {high:.1f}]"


def table(where: str, ones: np.ndarray) -> tuple[int, float, float]:
    """Print one table; return n, the part of RA-LA swaps named rightly, the part of sound ones called swapped."""
    n, sensitivity = len(ones), {}
    none = called(ones)
    print(f"{where}: {n} recordings\n  none        called swapped {interval(sum(map(bool, none)), n)}")
    for name in NAMES[1:]:
        calls = called(swapping(name, ones))
        right, some = sum(call == name for call in calls), sum(map(bool, calls))
        sensitivity[name] = right / n
        print(f"  {name:10s}  named rightly {interval(right, n)}, called swapped {interval(some, n)}")
    return n, sensitivity["RA-LA"], sum(map(bool, none)) / n


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=os.environ.get("EINTHOVEN_DATA"))
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--fit", action="store_true")
    options = parser.parse_args(argv)
    if options.fit:
        print(toml(fit(beats(ptbxl(options.data / "ptb-xl", range(1, 9))))))
        return 0
    if options.data is None or not options.data.is_dir():
        print("no real data (--data or EINTHOVEN_DATA): simulated patients instead")
        rates = {"simulated": table("simulated", beats(simulated(60)))}
    else:
        folds = (range(9, 11),) if options.quick else (range(1, 9), range(9, 11))
        rates = {}
        for part in folds:
            where = f"PTB-XL folds {part[0]}-{part[-1]}"
            rates[where] = table(where, beats(ptbxl(options.data / "ptb-xl", part)))
        if not options.quick:
            table("LUDB", beats(ludb(options.data / "ludb")))
    where, (n, found, invented) = list(rates.items())[-1]
    found_words, invented_words = (
        f"RA-LA swaps named, {where}, beside the aim",
        f"swaps invented, {where}, beside the limit",
    )
    return report(
        [
            claim(found_words, "part", ours=found, peer=0.90, n=n, ratio=found / 0.90),
            claim(invented_words, "part", ours=invented, peer=0.02, n=n, ratio=0.02 / max(invented, 1e-3)),
        ]
    )


if __name__ == "__main__":
    sys.exit(main())
