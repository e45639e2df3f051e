"""Heart beats in 12 leads against experts' marks, beside neurokit2, sleepecg and wfdb's xqrs: how right, how fast.

    python benchmarks/beats.py --data DATA      # DATA holds ludb/data, or is it; default: EINTHOVEN_DATA
    python benchmarks/beats.py --quick

Reference: the median of the leads' QRS marks, clustered within 100 ms. One-to-one nearest matching within a tolerance,
no offset correction; a detection is false only between the first and the last annotated beat, because LUDB leaves edge
beats unmarked. Peers that see one lead vote: detections of the 12 leads clustered within 100 ms, kept from 5 (neurokit)
or 6 (sleepecg) leads on, median position; these are their best numbers of leads on LUDB. Intervals: 95 %, bootstrap
over recordings. Without LUDB it draws simple beats. The last line of the output is JSON.
"""

from __future__ import annotations

import argparse
import os
import sys
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

# ruff: noqa: I001  (common comes before numpy: it keeps every library to one thread)
from common import alternate, claim, report

import numpy as np

from einthoven.cleaning.beats import r_peaks
from einthoven.recording import LEADS, Recording

TOLERANCES = (50, 75, 150)


@dataclass(frozen=True)
class Marked:
    recording: Recording
    beats: np.ndarray


def clusters(samples: np.ndarray, apart: float, least: int = 1) -> np.ndarray:
    parts = np.split(np.sort(samples), np.flatnonzero(np.diff(np.sort(samples)) > apart) + 1)
    return np.array([np.median(part) for part in parts if len(part) >= least])


def ludb(folder: Path, n: int) -> list[Marked]:
    import wfdb

    found = []
    for path in sorted(folder.glob("*.hea"), key=lambda one: int(one.stem))[:n]:
        record = wfdb.rdrecord(str(path.with_suffix("")), physical=False)
        marks = []
        for lead in record.sig_name:
            told = wfdb.rdann(str(path.with_suffix("")), lead)
            marks += [sample for sample, symbol in zip(told.sample, told.symbol, strict=True) if symbol == "N"]
        recording = Recording(np.float32(record.d_signal.T) / 1000, record.sig_name, record.fs)
        found.append(Marked(recording, clusters(np.array(marks), 0.1 * record.fs)))
    return found


def drawn(n: int) -> list[Marked]:
    """Gaussian P, QRS and T waves in 12 random projections, with noise; no heart, but beats at known places."""
    return [draw(np.random.default_rng(seed)) for seed in range(n)]


def draw(rng: np.random.Generator, fs: int = 500) -> Marked:
    beats = np.cumsum(rng.normal(rng.uniform(0.4, 1.3), 0.05, 25)) - 0.2
    beats = beats[(beats > 0) & (beats < 9.8)]
    t = np.arange(10 * fs) / fs
    waves = ((-0.16, 0.02, 0.12), (-0.02, 0.01, -0.15), (0, 0.012, 1.0), (0.025, 0.012, -0.3), (0.28, 0.05, 0.3))
    signal = 0.03 * rng.standard_normal((12, t.size)) + 0.3 * np.sin(2 * np.pi * 0.25 * t)
    for after, width, height in waves:
        sizes = height * rng.normal(0.8, 0.3, (12, 1))
        signal += sizes * sum(np.exp(-0.5 * ((t - beat - after) / width) ** 2) for beat in beats)
    return Marked(Recording(np.float32(signal), LEADS, fs), np.rint(beats * fs))


def neurokit(signal: np.ndarray, fs: float) -> np.ndarray:
    import neurokit2

    return neurokit2.ecg_peaks(neurokit2.ecg_clean(signal, sampling_rate=fs), sampling_rate=fs)[1]["ECG_R_Peaks"]


def sleepecg(signal: np.ndarray, fs: float) -> np.ndarray:
    from sleepecg import detect_heartbeats

    return detect_heartbeats(signal, fs)


def xqrs(signal: np.ndarray, fs: float) -> np.ndarray:
    from wfdb.processing import XQRS

    detector = XQRS(signal, fs)
    detector.detect(verbose=False)
    return np.asarray(detector.qrs_inds)


def vote(detect: Callable[[np.ndarray, float], np.ndarray], recording: Recording, least: int) -> np.ndarray:
    found = [detect(lead, recording.fs) for lead in recording.signal.astype(np.float64)]
    return clusters(np.concatenate(found), 0.1 * recording.fs, least)


def second(recording: Recording) -> np.ndarray:
    return recording.lead("II").astype(np.float64)


DETECTORS: dict[str, Callable[[Recording], np.ndarray]] = {
    "Einthoven, 12 leads": r_peaks,
    "Einthoven, lead II": lambda one: r_peaks(one.select(["II"])),
    "neurokit default, lead II": lambda one: neurokit(second(one), one.fs),
    "neurokit default, 12 leads": lambda one: vote(neurokit, one, 5),
    "sleepecg, 12 leads": lambda one: vote(sleepecg, one, 6),
    "wfdb xqrs, lead II": lambda one: xqrs(second(one), one.fs),
}


def matched(truth: np.ndarray, found: np.ndarray, within: float) -> tuple[np.ndarray, int]:
    """Return found minus true of the nearest one-to-one pairs, in samples, and the number of false detections."""
    apart = np.abs(truth[:, None] - found[None, :]).astype(float)
    pairs = []
    while apart.size and apart.min() <= within:
        row, column = np.unravel_index(apart.argmin(), apart.shape)
        pairs.append((row, column))
        apart[row], apart[:, column] = np.inf, np.inf
    used = {column for _, column in pairs}
    false = [x for place, x in enumerate(found) if place not in used and truth[0] < x < truth[-1]]
    return np.array([found[column] - truth[row] for row, column in pairs]), len(false)


def counts(marked: list[Marked], found: list[np.ndarray], milliseconds: float) -> tuple[np.ndarray, np.ndarray]:
    """Return true positives, false negatives and false positives of each recording, (R, 3), and all offsets in ms."""
    rows, offsets = [], [np.empty(0)]
    for one, beats in zip(marked, found, strict=True):
        pairs, false = matched(one.beats, np.asarray(beats, float), milliseconds / 1000 * one.recording.fs)
        rows.append((len(pairs), len(one.beats) - len(pairs), false))
        offsets.append(1000 / one.recording.fs * pairs)
    return np.array(rows), np.concatenate(offsets)


def f1(rows: np.ndarray) -> float:
    true, missed, false = rows.sum(0)
    return 200 * true / (2 * true + missed + false)


def interval(rows: np.ndarray, rounds: int = 1000) -> tuple[float, float]:
    rng = np.random.default_rng(0)
    drawn_again = [f1(rows[rng.integers(0, len(rows), len(rows))]) for _ in range(rounds)]
    low, high = np.percentile(drawn_again, (2.5, 97.5))
    return float(low), float(high)


def row(name: str, marked: list[Marked], found: list[np.ndarray], milliseconds: float) -> dict[int, float]:
    scores, words = {}, []
    for tolerance in TOLERANCES:
        rows, offsets = counts(marked, found, tolerance)
        scores[tolerance] = f1(rows)
        low, high = interval(rows)
        words.append(f"{scores[tolerance]:6.2f} [{low:.2f}, {high:.2f}]")
        if tolerance == 75:
            true, missed, false = rows.sum(0)
            share = f"{100 * true / (true + missed):6.2f} {100 * true / max(true + false, 1):6.2f}"
    bias = f"{offsets.mean():+5.1f} / {offsets.std():4.1f}"
    print(f"{name:27s} {words[0]:>22s} {words[1]:>22s} {words[2]:>22s}  {share}  {bias}  {milliseconds:7.2f}")
    return scores


def find(folder: Path | None) -> Path | None:
    for place in (folder / "ludb" / "data", folder / "data", folder) if folder else ():
        if any(place.glob("*.hea")):
            return place
    return None


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=os.environ.get("EINTHOVEN_DATA"))
    parser.add_argument("--quick", action="store_true", help="50 recordings")
    options = parser.parse_args(argv)
    warnings.simplefilter("ignore")
    place, n = find(options.data), 50 if options.quick else 200
    if place is None:
        print("LUDB is absent (--data or EINTHOVEN_DATA): simple drawn beats instead")
    marked = ludb(place, n) if place else drawn(n)
    where = "LUDB" if place else "drawn beats"
    found: dict[str, list[np.ndarray]] = {name: [np.empty(0)] * len(marked) for name in DETECTORS}

    def contestant(name: str) -> Callable[[int], None]:
        def run(number: int) -> None:
            found[name][number] = DETECTORS[name](marked[number].recording)

        return run

    times = alternate({name: contestant(name) for name in DETECTORS}, len(marked))
    print(f"{where}: {len(marked)} recordings, {sum(len(one.beats) for one in marked)} beats")
    heads = [f"F1 @{tolerance} ms" for tolerance in TOLERANCES]
    print(f"{'':27s} {heads[0]:>22s} {heads[1]:>22s} {heads[2]:>22s}  Se@75  PPV@75   bias / SD    CPU ms")
    scores = {name: row(name, marked, found[name], times[name]) for name in DETECTORS}
    ours, peer = "Einthoven, 12 leads", "neurokit default, 12 leads"
    text = f"beats in 12 leads, {where} vs neurokit2"
    claims = [claim(f"{text}: CPU time", "ms", ours=times[ours], peer=times[peer], n=len(marked))]
    for tolerance in TOLERANCES[:2]:
        mine, theirs = scores[ours][tolerance], scores[peer][tolerance]
        words = f"{text}: F1 within {tolerance} ms"
        claims.append(claim(words, "%", ours=mine, peer=theirs, n=len(marked), ratio=mine / theirs))
    return report(claims)


if __name__ == "__main__":
    sys.exit(main())
