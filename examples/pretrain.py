"""Pretrain a small ECG and report encoder on simulated patients: `python examples/pretrain.py FOLDER`."""

from __future__ import annotations

import sys

import einthoven as ein
from einthoven.pretraining import Contrast, Masked


def main(folder: str, patients: int = 2000, epochs: int = 5) -> ein.Model:
    """Train and save a model; return it."""
    cohort = ein.gather("simulated", n=patients, seed=0)
    ecg, words = ein.encoder("vit-tiny"), ein.encoder("report-tiny")
    return ein.pretrain(Contrast(ecg, words) + 0.1 * Masked(ecg), cohort, epochs=epochs, batch=32, out=folder, seed=0)


if __name__ == "__main__":
    main(sys.argv[1])
