"""A model that was never trained, and miniatures of the sets, each made once."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch

from einthoven.encoding import Card, Model, Space, encoder
from einthoven.gathering.miniatures import miniature

Small = Callable[..., Path]


@pytest.fixture(scope="session")
def small(tmp_path_factory: pytest.TempPathFactory) -> Small:
    """Return the folder of a miniature; not to be changed."""
    made: dict[tuple[str, tuple[tuple[str, Any], ...]], Path] = {}

    def folder(name: str, *, n: int = 40, **options: Any) -> Path:
        key = (name, (("n", n), *sorted(options.items())))
        if key not in made:
            made[key] = miniature(name, tmp_path_factory.mktemp("small") / name, n=n, seed=5, **options)
        return made[key]

    return folder


@pytest.fixture(scope="session")
def tiny() -> Model:
    """Return an untrained model of an ECG and a report encoder that share a space."""
    torch.manual_seed(0)
    words = encoder("report-tiny")
    words.fit_tokenizer(["Sinus rhythm. Normal ECG.", "Atrial fibrillation.", "Left bundle branch block."])
    ecg = encoder("resnet-tiny")
    space = Space({"ecg": ecg.width, "report": words.width}, width=16)
    return Model([ecg, words], spaces={"shared": space}, card=Card())


@pytest.fixture(scope="session")
def tiny_folder(tiny: Model, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder that the untrained model was saved to."""
    return tiny.save(tmp_path_factory.mktemp("model") / "tiny")
