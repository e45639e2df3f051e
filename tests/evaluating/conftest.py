"""The folder of a model that was never trained, and miniatures of the sets, each made once."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from einthoven.encoding import Model
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
def tiny_folder(tiny: Model, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder that the untrained model was saved to."""
    return tiny.save(tmp_path_factory.mktemp("model") / "tiny")
