"""Cleaning 12 leads x 5000 samples against neurokit2's ecg_clean, and how equal it is to a well padded sosfiltfilt.

Real records where EINTHOVEN_DATA is set, else made-up ones: the times do not depend on what the samples say.
"""

from __future__ import annotations

import argparse
import os
import sys
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

# ruff: noqa: I001  (common comes before numpy: it keeps every library to one thread)
from common import alternate, claim, report

import numpy as np
from scipy import signal as scipy_signal

from einthoven.cleaning import Preparation, clean
from einthoven.recording import LEADS, Recording

FS = 500
BAND = scipy_signal.butter(3, (0.5, 40), "bandpass", fs=FS, output="sos")
BASELINE = scipy_signal.butter(3, 0.5, "highpass", fs=FS, output="sos")
NOTCH = scipy_signal.tf2sos(*scipy_signal.iirnotch(50, 30, FS))


def recordings(n: int) -> list[Recording]:
    folder = Path(os.environ.get("EINTHOVEN_DATA") or "-") / "ptb-xl"
    files = sorted(folder.rglob("*_hr.dat"))[:n]
    if files:
        print(f"{len(files)} PTB-XL records")
        stored = [np.fromfile(file, "<i2").reshape(-1, 12).T for file in files]
        return [Recording(np.ascontiguousarray(one, np.float32) / 1000, LEADS, FS) for one in stored]
    print(f"{n} made-up records: drift, beats, mains and noise")
    return [made_up(seed) for seed in range(n)]


def made_up(seed: int) -> Recording:
    rng = np.random.default_rng(seed)
    t = np.arange(5000) / FS
    beats = sum(np.exp(-(((t - at) / 0.015) ** 2)) for at in np.arange(rng.uniform(0, 0.8), 10, 0.8))
    noise = rng.normal(size=(12, 5000))
    drift = noise.cumsum(axis=1) * 0.01 + rng.normal(size=(12, 1))
    return Recording(
        rng.normal(size=(12, 1)) * beats + drift + 0.05 * np.sin(100 * np.pi * t) + 0.02 * noise, LEADS, FS
    )


def padded(recording: Recording, *filters: np.ndarray, padding: int = 4999) -> np.ndarray:
    """The peer for equality: scipy's recursive filters, forwards and backwards, over long odd padding."""
    signal = recording.signal.astype(float)
    for sos in filters:
        signal = scipy_signal.sosfiltfilt(sos, signal, padlen=padding)
    return signal


def differences(records: list[Recording], *filters: np.ndarray, padding: int, **asked: Any) -> np.ndarray:
    """The largest difference of each record, over all its samples, edges included, in mV."""
    pairs = ((clean(one, **asked).signal, padded(one, *filters, padding=padding)) for one in records)
    return np.array([np.abs(ours - peer).max() for ours, peer in pairs])


def equality(records: list[Recording]) -> float:
    """Print how equal we are; return the worst against the longest padding that scipy allows (T - 1).

    With a padding of 2500 samples (5 s, eight times e at 0.5 Hz) scipy itself has not always settled: where we differ
    from it there, it differs from itself with more padding by as much.
    """
    together = {"band": (0.5, 40), "mains": 50, "baseline": "highpass"}
    rows = {
        "band, mains and baseline, padding 4999": differences(records, BAND, NOTCH, BASELINE, padding=4999, **together),
        "band, mains and baseline, padding 2500": differences(records, BAND, NOTCH, BASELINE, padding=2500, **together),
        "band, padding 4999": differences(records, BAND, padding=4999, band=(0.5, 40)),
        "band, padding 2500": differences(records, BAND, padding=2500, band=(0.5, 40)),
        "band, scipy's own padding of 21": differences(records, BAND, padding=21, band=(0.5, 40)),
    }
    print(f"largest difference from sosfiltfilt in each of {len(records)} records, every sample, edges included, mV:")
    for name, off in rows.items():
        median, high = np.quantile(off, [0.5, 0.99])
        print(
            f"  {name:40s} median {median:.1e}, 99 % {high:.1e}, worst {off.max():.1e}, {(off > 1e-3).sum()} over 1e-3"
        )
    return float(rows["band, mains and baseline, padding 4999"].max())


def contestants(records: list[Recording]) -> dict[str, Callable[[int], Any]]:
    import neurokit2

    hundred, five_hundred = Preparation(fs=100, scale="z-lead"), Preparation(scale="z-lead")

    def on(run: Callable[[Recording], Any]) -> Callable[[int], Any]:
        return lambda number: run(records[number % len(records)])

    def quiet(one: Recording) -> None:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            for row in one.signal:
                neurokit2.ecg_clean(row, FS)

    return {
        "neurokit2 ecg_clean, 12 leads": on(quiet),
        "band + mains + baseline (highpass)": on(lambda one: clean(one, band=(0.5, 40), mains=50, baseline="highpass")),
        "band + mains + baseline (wavelet)": on(lambda one: clean(one, band=(0.5, 40), mains=50, baseline="wavelet")),
        "band": on(lambda one: clean(one, band=(0.5, 40))),
        "baseline median": on(lambda one: clean(one, baseline="median")),
        "baseline wavelet": on(lambda one: clean(one, baseline="wavelet")),
        "baseline ptacl": on(lambda one: clean(one, baseline="ptacl")),
        "sosfiltfilt band, one call, padding 2500": on(lambda one: padded(one, BAND, padding=2500)),
        "sosfiltfilt band + mains + baseline": on(lambda one: padded(one, BAND, NOTCH, BASELINE, padding=2500)),
        "rate 500 to 100 Hz": on(lambda one: clean(one, fs=100)),
        "resample_poly 500 to 100 Hz": on(lambda one: scipy_signal.resample_poly(one.signal, 1, 5, axis=1)),
        "rate 500 to 257 Hz": on(lambda one: clean(one, fs=257)),
        "resample_poly 500 to 257 Hz": on(lambda one: scipy_signal.resample_poly(one.signal, 257, 500, axis=1)),
        "Preparation to 100 Hz, band, z-lead": on(hundred),
        "Preparation at 500 Hz, band, z-lead": on(five_hundred),
        "floor: forward and inverse rfft of 12 x 10000": on(transform),
        "floor: copy of 12 x 5000 float32": on(lambda one: one.signal.copy()),
    }


def transform(one: Recording) -> Any:
    from scipy.fft import irfft, rfft

    return irfft(rfft(one.signal, 10_000), 10_000)


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="fewer records and rounds (under 30 s)")
    quick = parser.parse_args(argv).quick
    records = recordings(20 if quick else 200)
    off = equality(records)
    rounds = 60 if quick else 400
    spent = alternate(contestants(records), rounds)
    print(f"median CPU ms of one record of 12 x 5000 ({rounds} alternating rounds, one thread):")
    for name, ms in spent.items():
        print(f"  {name:45s} {ms:8.3f} ms {1e3 / max(ms, 1e-6):10.0f} records/s")
    neurokit = spent["neurokit2 ecg_clean, 12 leads"]
    scipy_all = spent["sosfiltfilt band + mains + baseline"]
    sizes = {"unit": "CPU ms", "n": rounds}
    return report(
        [
            claim(
                "band, mains and baseline of 12 x 5000 vs neurokit2 ecg_clean on 12 leads",
                ours=spent["band + mains + baseline (highpass)"], peer=neurokit, **sizes,
            ),
            claim(
                "band, mains and wavelet baseline of 12 x 5000 vs neurokit2 ecg_clean on 12 leads",
                ours=spent["band + mains + baseline (wavelet)"], peer=neurokit, **sizes,
            ),
            claim(
                "band, mains and baseline of 12 x 5000 vs sosfiltfilt in one call each",
                ours=spent["band + mains + baseline (highpass)"], peer=scipy_all, **sizes,
            ),
            claim(
                "12 x 5000 from 500 to 100 Hz vs scipy resample_poly",
                ours=spent["rate 500 to 100 Hz"], peer=spent["resample_poly 500 to 100 Hz"], **sizes,
            ),
            claim(
                "largest difference from sosfiltfilt padded by 4999, edges included, vs 1e-3 mV",
                unit="mV", ours=off, peer=1e-3, n=len(records),
            ),
        ]
    )  # fmt: skip


if __name__ == "__main__":
    sys.exit(main())
