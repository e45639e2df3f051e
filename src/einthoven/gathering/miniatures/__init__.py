"""Miniatures: simulated patients in the exact layout of a public source, for tests, demonstrations and dry runs."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from typing import Any

from einthoven.errors import ConfigError, did_you_mean
from einthoven.files import write_text
from einthoven.gathering.paths import SYNTHETIC

__all__ = ["MINIATURES", "miniature"]

_HERE = "einthoven.gathering.miniatures"
MINIATURES = {
    "chapman": f"{_HERE}.challenges:chapman",
    "code-15": f"{_HERE}.zenodo:code_15",
    "code-test": f"{_HERE}.zenodo:code_test",
    "cpsc2018": f"{_HERE}.challenges:cpsc2018",
    "csn": f"{_HERE}.challenges:csn",
    "folder": f"{_HERE}.plain:plain_folder",
    "georgia": f"{_HERE}.challenges:georgia",
    "ikem": f"{_HERE}.zenodo:ikem",
    "label-table": f"{_HERE}.labeltable:label_table",
    "ludb": f"{_HERE}.ludb:ludb",
    "mimic-iv-ecg": f"{_HERE}.mimic:mimic_iv_ecg",
    "ningbo": f"{_HERE}.challenges:ningbo",
    "ptb-xl": f"{_HERE}.ptbxl:ptb_xl",
    "sami-trop": f"{_HERE}.zenodo:sami_trop",
}
"""Every source that has a miniature."""

_WORDS = "Every patient in this folder was made by a simulator. Nobody's heart.\n"


def miniature(name: str, folder: str | Path, *, n: int = 20, seed: int = 0, **options: Any) -> Path:
    """Write n simulated ECGs into a folder, in the exact layout of a source.

    What `gather` makes of it is marked synthetic: a file named SYNTHETIC lies beside the tables, and headers that
    take comments say so too.

    Args:
        name: one of `MINIATURES`.
        folder: where to write; made if it is not there.
        n: number of ECGs.
        seed: another seed, other patients.
        options: what a layout takes besides, e.g. `unit="1e-4 V"` for CODE-15 %.

    Returns:
        The folder.

    Raises:
        ConfigError: no miniature has the name.
        MissingExtraError: the layout needs h5py and it is not installed.
    """
    if name not in MINIATURES:
        raise ConfigError(
            "a miniature is asked for by its source",
            came=f"{name!r} came",
            instead=did_you_mean(name, MINIATURES),
            see="docs/gathering.md",
        )
    place = Path(folder)
    place.mkdir(parents=True, exist_ok=True)
    module, _, function = MINIATURES[name].partition(":")
    getattr(import_module(module), function)(place, n=n, seed=seed, **options)
    write_text(place / SYNTHETIC, _WORDS)
    return place
