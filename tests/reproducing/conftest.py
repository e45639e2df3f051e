"""A folder that holds miniatures of the sets under their sources' names."""

from __future__ import annotations

from pathlib import Path

import pytest

from einthoven.gathering.miniatures import miniature


@pytest.fixture(scope="session")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with every set but CODE-test, and the shared split of CSN."""
    folder = tmp_path_factory.mktemp("data")
    for name, n in {"ptb-xl": 30, "cpsc2018": 20, "mimic-iv-ecg": 30, "csn": 20}.items():
        miniature(name, folder / name, n=n, seed=5)
    miniature("label-table", folder / "splits/csn", n=20, seed=5)
    return folder
