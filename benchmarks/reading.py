"""Reading WFDB records against the wfdb library, and against the bare bytes.

    python benchmarks/reading.py [--quick] [--data FOLDER]

Reads up to 200 records of 12 leads at 500 Hz and 10 s from FOLDER/ptb-xl/records500 (FOLDER is EINTHOVEN_DATA unless
given). Without that folder it writes records of the same shape itself. The contestants alternate in two ways, and both
are claimed: after every single record, so that each finds the caches full of the others' work; and in turns of twenty
records, as bulk reading does. A figure is the median CPU time of one record. The first is the stricter one.
The floor is what the bytes alone cost: `np.fromfile`, transposed to contiguous (L, T) float32, divided by the gain;
it parses no header, names no lead and doubts nothing.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import wfdb

from common import alternate, claim, report
from einthoven.reading import read
from einthoven.recording import LEADS

RECORDS, TURNS = 200, (1, 20)


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=os.environ.get("EINTHOVEN_DATA"), help="folder with ptb-xl in it")
    parser.add_argument("--quick", action="store_true", help="two rounds instead of five")
    options = parser.parse_args(argv)
    with tempfile.TemporaryDirectory() as scratch:
        found = sorted(Path(options.data or "-").glob("ptb-xl/records500/*/*.hea"))[:RECORDS]
        headers = found or written(Path(scratch))
        kind = "PTB-XL 500 Hz" if found else "written 12 x 5000"
        print(f"{len(headers)} records ({kind})", file=sys.stderr)
        rounds = 2 if options.quick else 5
        return report([row for turn in TURNS for row in measured(headers, kind, rounds=rounds, length=turn)])


def measured(headers: list[Path], kind: str, *, rounds: int, length: int) -> list[dict[str, object]]:
    paths = [str(path) for path in headers]
    bare = [path.removesuffix(".hea") for path in paths]

    def floor(path: str) -> np.ndarray:
        raw = np.fromfile(path + ".dat", "<i2").reshape(-1, 12)
        signal = np.ascontiguousarray(raw.T, dtype=np.float32)
        signal /= np.float32(1000)
        return signal

    spent: dict[str, list[float]] = {"ours": [], "floor": [], "wfdb": []}

    def turn(name: str, one: Callable[[str], object], names: list[str]) -> Callable[[int], None]:
        def run(number: int) -> None:
            for step in range(length):
                begin = time.process_time()
                one(names[(number * length + step) % len(names)])
                spent[name].append(1e3 * (time.process_time() - begin))

        return run

    contestants = {
        "ours": turn("ours", read, paths),
        "floor": turn("floor", floor, bare),
        "wfdb": turn("wfdb", wfdb.rdrecord, bare),
    }
    turns = -(-len(paths) // length)
    alternate(contestants, rounds * turns, warmup=2)
    medians = {name: float(np.median(times[2 * length :])) for name, times in spent.items()}
    ours, n = medians["ours"], len(paths)
    kind = f"{kind}, alternating every {length} record{'s' if length > 1 else ''}"
    print(f"{kind}: CPU ms a record: ours {ours:.3f}, floor {medians['floor']:.3f}, wfdb {medians['wfdb']:.3f}")
    print(f"{1e3 / ours:,.0f} records a second; the bare bytes would be {1e3 / medians['floor']:,.0f}")
    floor_claim = f"read {kind} vs np.fromfile + transpose + gain (the floor; ratio = ours / floor)"
    return [
        claim(f"read {kind} vs wfdb.rdrecord", "CPU ms", ours=ours, peer=medians["wfdb"], n=n),
        claim(floor_claim, "CPU ms", ours=ours, peer=medians["floor"], n=n, ratio=ours / medians["floor"]),
    ]


def written(folder: Path) -> list[Path]:
    """Write records of waves, no hearts, in the shape of PTB-XL's."""
    rng = np.random.default_rng(0)
    for number in range(RECORDS):
        waves = rng.normal(0, 0.05, (5000, 8)) + np.sin(np.arange(5000)[:, None] / rng.uniform(5, 50, 8)) * 0.4
        one, two = waves[:, 0], waves[:, 1]
        limb = np.stack([one, two, two - one, -(one + two) / 2, one - two / 2, two - one / 2], axis=1)
        wfdb.wrsamp(
            f"r{number:05d}",
            fs=500,
            units=["mV"] * 12,
            sig_name=list(LEADS),
            p_signal=np.hstack([limb, waves[:, 2:]]),
            fmt=["16"] * 12,
            adc_gain=[1000.0] * 12,
            baseline=[0] * 12,
            write_dir=str(folder),
        )
    return sorted(folder.glob("*.hea"))


if __name__ == "__main__":
    sys.exit(main())
