"""A model that was never trained, and a folder that holds miniatures of the sets under their sources' names."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from einthoven.encoding import Card, Model, Space, encoder
from einthoven.gathering.miniatures import miniature


@pytest.fixture(scope="session")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with every set but CODE-test, and the shared split of CSN."""
    folder = tmp_path_factory.mktemp("data")
    for name, n in {"ptb-xl": 30, "cpsc2018": 20, "mimic-iv-ecg": 30, "csn": 20}.items():
        miniature(name, folder / name, n=n, seed=5)
    miniature("label-table", folder / "splits/csn", n=20, seed=5)
    return folder


@pytest.fixture(scope="session")
def tiny() -> Model:
    """Return an untrained model of an ECG and a report encoder that share a space."""
    torch.manual_seed(0)
    words = encoder("report-tiny")
    words.fit_tokenizer(["Sinus rhythm. Normal ECG.", "Atrial fibrillation.", "Left bundle branch block."])
    ecg = encoder("resnet-tiny")
    return Model(
        [ecg, words], spaces={"shared": Space({"ecg": ecg.width, "report": words.width}, width=16)}, card=Card()
    )
