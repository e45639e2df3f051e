"""Random batches from the sample store, beside a bare memory-mapped gather and beside h5py. From the page cache."""

from __future__ import annotations

import argparse
import tempfile
from functools import partial
from pathlib import Path
from typing import Any

import h5py
import numpy as np
from numpy.typing import NDArray

from common import alternate, claim, report
from einthoven.cleaning.preparation import Preparation
from einthoven.gathering import Cohort
from einthoven.gathering.store import Store
from einthoven.recording import LEADS, Recording
from einthoven.study import Study

BATCH = 64


def noise(seed: int) -> Recording:
    return Recording(np.random.default_rng(seed).standard_normal((12, 5000), np.float32), LEADS, 500, synthetic=True)


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--records", type=int, default=3000)
    parser.add_argument("--rounds", type=int, default=61)
    parser.add_argument("--quick", action="store_true", help="500 records, 11 rounds")
    options = parser.parse_args(argv)
    n, rounds = (500, 11) if options.quick else (options.records, options.rounds)
    with tempfile.TemporaryDirectory() as folder:
        times = measured(Path(folder), n, rounds)
    to_floor, to_peer = ({name: 1e3 * BATCH / spent for name, spent in pair.items()} for pair in times)
    what = f"store: random batches of {BATCH} of {n} ECGs 12 x 5000"
    return report(
        [
            versus(
                f"{what} vs a bare memory-mapped int16 gather (the floor)", to_floor["ours"], to_floor["bare"], rounds
            ),
            versus(f"{what} vs h5py, one record a chunk", to_peer["ours"], to_peer["h5py"], rounds),
        ]
    )


def versus(text: str, ours: float, peer: float, n: int) -> dict[str, Any]:
    return claim(text, "ECG/s", ours=ours, peer=peer, ratio=ours / peer, n=n)


def measured(folder: Path, n: int, rounds: int) -> tuple[dict[str, float], dict[str, float]]:
    """Return the median CPU milliseconds of a batch, beside the floor and beside the peer.

    All three hold the same samples, each in its own file. Two pairs, not one row of three: h5py gives memory back
    to the system, and whoever comes next pays for new pages.
    """
    cohort = Cohort("noise", [Study(f"n{i}", partial(noise, i), synthetic=True) for i in range(n)])
    store = Store.build(cohort, folder / "store", Preparation(band=None))
    np.save(folder / "bare.npy", store.signals)
    bare = np.load(folder / "bare.npy", mmap_mode="r")
    rng = np.random.default_rng(0)
    batches = [rng.permutation(n)[:BATCH] for _ in range(rounds)]
    with h5py.File(folder / "peer.h5", "w") as file:
        peer = file.create_dataset("samples", data=store.signals, chunks=(1, 12, 5000))

        def h5(turn: int) -> NDArray[np.int16]:
            order = np.argsort(batches[turn])  # h5py wants rising indices
            back = np.empty_like(order)
            back[order] = np.arange(order.size)
            return np.asarray(peer[batches[turn][order]][back])

        if not np.array_equal(store.take(batches[0])[0], h5(0)):
            raise SystemExit("the peers hold other samples")
        for samples in (store.signals, bare):
            samples.sum()  # into the page cache, and mapped

        def ours(turn: int) -> object:
            return store.take(batches[turn])

        floor = alternate({"ours": ours, "bare": lambda turn: bare[batches[turn]]}, rounds)
        return floor, alternate({"ours": ours, "h5py": h5}, rounds)


if __name__ == "__main__":
    raise SystemExit(main())
