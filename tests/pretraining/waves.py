"""Small hearts for training: four kinds of wave, each with words that name it."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import torch

from einthoven.cleaning.preparation import Preparation
from einthoven.encoding import Encoder, Model, Signals, Words, encoder
from einthoven.gathering.cohort import Cohort
from einthoven.pretraining import Bundle, Contrast, Masked, pretrain
from einthoven.pretraining.draws import Draws
from einthoven.recording import LEADS, Recording
from einthoven.study import Study

KINDS = ("slow wave", "quick wave", "tall wave", "noisy wave")
RECIPE = Preparation(fs=50, seconds=2, band=None, scale="mV")


def recording(number: int) -> Recording:
    rng = np.random.default_rng(number)
    kind = number % 4
    t = np.arange(100) / 50
    wave = (3 if kind == 2 else 1) * np.sin(2 * np.pi * (6 if kind == 1 else 2) * t + rng.uniform(0, 6))
    noise = rng.normal(size=(12, 100)) * (1 if kind == 3 else 0.1)
    return Recording(wave * rng.uniform(0.5, 1.5, (12, 1)) + noise, LEADS, 50, synthetic=True)


def report(number: int) -> str:
    return f"{KINDS[number % 4]} number {number % 16}."


def cohort_of(train: int = 64, val: int = 16, *, reports: Callable[[int], str | None] = report) -> Cohort:
    studies = [
        Study(f"s{number}", recording(number), patient=f"p{number}", report=reports(number), synthetic=True)
        for number in range(train + val)
    ]
    splits = {"train": range(train), "val": range(train, train + val)} if val else {"train": range(train)}
    return Cohort("waves", studies, splits)


def vit(**sizes: object) -> Encoder:
    options = {"width": 16, "depth": 1, "heads": 2, "patch": 10, "preparation": RECIPE, **sizes}
    return encoder("vit-tiny", **options)


def words(**sizes: object) -> Encoder:
    return encoder("report-tiny", **{"width": 16, "heads": 2, **sizes})


def signals(size: int = 4, *, samples: int = 100, seed: int = 0) -> Signals:
    stream = torch.Generator().manual_seed(seed)
    signal = torch.randn(size, 12, samples, generator=stream)
    return Signals(signal, torch.ones(size, 12, dtype=torch.bool), torch.full((size,), samples))


def texts(encoder: Encoder, size: int = 4) -> Words:
    if encoder.preparation.tokenizer is None:
        encoder.fit_tokenizer([report(number) for number in range(64)])
    return encoder.prepare([report(number) for number in range(size)])


def bundle(size: int = 4, *, words: Words | None = None, samples: int = 100) -> Bundle:
    inputs = {"ecg": signals(size, samples=samples)} | ({"report": words} if words else {})
    return Bundle(
        inputs,
        present={name: torch.ones(size, dtype=torch.bool) for name in inputs},
        groups={name: torch.arange(size) for name in inputs},
        position=torch.arange(size),
    )


def draws(size: int = 4, *, step: int = 0) -> Draws:
    return Draws(0, step, torch.arange(size))


def run(cohort: Cohort, *, out: object = None, **settings: object) -> Model:
    """Pretrain a small sum with dropout, augmented views and masks: whatever draws at random is in it."""
    ecg, report = vit(dropout=0.1), words(dropout=0.1)
    total = Contrast(ecg, report, augment="light", width=8) + 0.5 * Masked(ecg, width=16, depth=1, heads=2)
    plan = {"steps": 20, "batch": 16, "lr": 3e-3, "checkpoint_every": 3, "workers": 1, "progress": False}
    return pretrain(total, cohort, out=out, device="cpu", **{**plan, **settings})
