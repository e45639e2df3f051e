"""Miniatures of sources, each written once."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from einthoven.gathering.miniatures import miniature

Small = Callable[..., Path]


@pytest.fixture(scope="session")
def small(tmp_path_factory: pytest.TempPathFactory) -> Small:
    """Return the folder of a miniature; not to be changed."""
    made: dict[tuple[str, tuple[tuple[str, Any], ...]], Path] = {}

    def folder(name: str, *, n: int = 11, **options: Any) -> Path:
        key = (name, (("n", n), *sorted(options.items())))
        if key not in made:
            made[key] = miniature(name, tmp_path_factory.mktemp("small") / name, n=n, seed=5, **options)
        return made[key]

    return folder


@pytest.fixture
def copied(small: Small, tmp_path: Path) -> Small:
    """Return a copy of a miniature that a test may spoil."""

    def folder(name: str, **options: Any) -> Path:
        return Path(shutil.copytree(small(name, **options), tmp_path / name))

    return folder
