"""Simulated normals beside the normals of LUDB, which no constant of the simulator was set on.

Normal are LUDB's records without infarct, ischaemia, block, ectopy or another rhythm (the question NORM of
transfer.py). Every measure that the judge of realism shows is printed with both medians; the claim counts those whose
simulated median lies within LUDB's middle half, beside what a random half of LUDB's own normals reaches.

    python benchmarks/ludb_normals.py --data FOLDER [--patients 1500]
"""

from __future__ import annotations

import argparse
import os
from dataclasses import replace
from pathlib import Path

import numpy as np

import einthoven as ein
from common import claim, report
from einthoven.evaluating import Realism
from einthoven.evaluating.measures import MEASURES, SHOWN, measures
from einthoven.evaluating.normals import AGAINST
from transfer import ludb_truth

HALVES = 200
Array = np.ndarray


def normals(data: str) -> ein.Cohort:
    """Return LUDB's normals, labelled so."""
    ludb = ein.gather("ludb", f"{data}/ludb")
    known = ludb_truth(ludb.studies)["NORM"]
    studies = [replace(study, labels={"NORM": 100.0}) for study, one in zip(ludb, known, strict=True) if one]
    return ein.Cohort("ludb", studies, {"train": range(len(studies))})


def of_halves(real: ein.Cohort) -> float:
    """Return how many measures of one random half have their median within the other's middle half, on average."""
    columns = [[*MEASURES].index(name) for name in SHOWN]
    values = np.array([measures(study.recording) for study in real])[:, columns]
    rng = np.random.Generator(np.random.Philox(0))
    counts = []
    for _ in range(HALVES):
        order = rng.permutation(len(values))
        ours, theirs = values[order[: len(order) // 2]], values[order[len(order) // 2 :]]
        low, high = np.nanquantile(theirs, [0.25, 0.75], axis=0)
        counts.append(np.sum((low <= np.nanmedian(ours, axis=0)) & (np.nanmedian(ours, axis=0) <= high)))
    return float(np.mean(counts))


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", default=os.environ.get("EINTHOVEN_DATA", ""))
    parser.add_argument("--patients", type=int, default=1500)
    options = parser.parse_args()
    if not (Path(options.data) / "ludb").is_dir():
        print("no real ECGs: pass --data with a folder that holds ludb")
        return 0
    real = normals(options.data)
    made = ein.gather("simulated", n=options.patients, seed=0)
    table = ein.evaluate(Realism(classifiers=(), halves=2, least=10**6), made, real)
    print(str(table).partition("\n\n")[2].partition("\n\n")[0])
    inside = sum(table.value(subject=AGAINST, metric="median inside the real 25-75 %", target=name) for name in SHOWN)
    told = f"medians inside LUDB's middle half, of {len(SHOWN)}, and of a half of LUDB"
    ours, peer = float(inside), of_halves(real)
    return report([claim(told, "measures", ours=ours, peer=peer, n=len(real.studies), ratio=ours / peer)])


if __name__ == "__main__":
    raise SystemExit(main())
