"""What every test may ask for."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import hypothesis
import numpy as np
import pytest

from einthoven.recording import LEADS, Recording

if TYPE_CHECKING:
    from einthoven.encoding import Model

os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("EINTHOVEN_KEY", "the key of the tests, and of no hospital")
hypothesis.settings.register_profile("steady", deadline=None, derandomize=True)
hypothesis.settings.load_profile("steady")


@pytest.fixture(scope="session")
def real() -> Path:
    """Return the folder of real ECGs, or skip where there is none."""
    folder = Path(os.environ.get("EINTHOVEN_DATA") or "-")
    if not folder.is_dir():
        pytest.skip("real ECGs are absent: set EINTHOVEN_DATA to their folder")
    return folder


@pytest.fixture
def recorded() -> Callable[..., Recording]:
    """Make a Recording of smooth waves that obeys Einthoven's law; no heart, only samples."""

    def make(seed: int = 0, *, fs: float = 500, seconds: float = 10, **fields: object) -> Recording:
        rng = np.random.default_rng(seed)
        t = np.arange(round(fs * seconds)) / fs
        waves = [a * np.sin(2 * np.pi * f * t + p) for a, f, p in rng.uniform(0.2, 1.2, (8, 3)) * [1, 8, 6]]
        one, two, *chest = waves
        limb = [one, two, two - one, -(one + two) / 2, one - two / 2, two - one / 2]
        return Recording(np.float32([*limb, *chest]), LEADS, fs, **fields)  # type: ignore[arg-type]

    return make


@pytest.fixture(scope="session")
def tiny() -> Model:
    """Return an untrained model of an ECG and a report encoder that share a space."""
    import torch

    from einthoven.encoding import Card, Model, Space, encoder

    torch.manual_seed(0)
    words = encoder("report-tiny")
    words.fit_tokenizer(["Sinus rhythm. Normal ECG.", "Atrial fibrillation.", "Left bundle branch block."])
    ecg = encoder("resnet-tiny")
    space = Space({"ecg": ecg.width, "report": words.width}, width=16)
    return Model([ecg, words], spaces={"shared": space}, card=Card())
