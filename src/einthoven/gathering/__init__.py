"""Gathering: folders become a Cohort, and a Cohort becomes a store of samples. One source, one file."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from importlib import import_module
from importlib.metadata import entry_points
from pathlib import Path
from typing import Any

from einthoven.errors import CohortError, ConfigError, did_you_mean
from einthoven.gathering.cohort import Cohort
from einthoven.gathering.tasks import Task, task

__all__ = ["SOURCES", "Cohort", "Task", "gather", "task"]

SOURCES = {
    "challenge": "einthoven.gathering.challenge:challenge",
    "chapman": "einthoven.gathering.challenge:chapman",
    "code-15": "einthoven.gathering.code15:code_15",
    "code-test": "einthoven.gathering.codetest:code_test",
    "cpsc2018": "einthoven.gathering.challenge:cpsc2018",
    "csn": "einthoven.gathering.challenge:csn",
    "georgia": "einthoven.gathering.challenge:georgia",
    "ikem": "einthoven.gathering.ikem:ikem",
    "label-table": "einthoven.gathering.labeltable:label_table",
    "ludb": "einthoven.gathering.ludb:ludb",
    "mimic-iv-ecg": "einthoven.gathering.mimic:mimic_iv_ecg",
    "ningbo": "einthoven.gathering.challenge:ningbo",
    "folder": "einthoven.gathering.folder:folder",
    "ptb-xl": "einthoven.gathering.ptbxl:ptb_xl",
    "qiu": "einthoven.gathering.qiu:qiu",
    "sami-trop": "einthoven.gathering.samitrop:sami_trop",
    "simulated": "einthoven.gathering.simulated:simulated",
    "texts": "einthoven.gathering.texts:texts",
}
"""Every source of this package, by name. Others register theirs as entry points of `einthoven.cohorts`."""


def gather(name: str, root: str | Path | None = None, *, download: bool = False, **options: Any) -> Cohort:
    """Gather a cohort from a source.

    Signals are not opened: a Study holds the way to its file, so that a cohort of a million costs little.

    Args:
        name: one of `SOURCES`, or of an installed package's entry points `einthoven.cohorts`.
        root: the folder as the source was published; not needed by "simulated".
        download: fetch the source into `root` first, if it is an open one; what is there is not fetched again.
        options: what the source takes besides; see docs/gathering.md.

    Returns:
        The Cohort with the source's own splits, or with splits by patient where it has none.

    Raises:
        CohortError: no source has the name, or the folder is not what the source promises.
        LeakageError: a table's splits divide a patient.
        ConfigError: the source does not take such an option.

    >>> gather("ptbxl", "data")
    Traceback (most recent call last):
    einthoven.errors.CohortError: a cohort is gathered from a source; 'ptbxl' is none. Did you mean ptb-xl? Known: ...
    """
    make = _source(name)
    taken = inspect.signature(make).parameters
    if not any(one.kind is inspect.Parameter.VAR_KEYWORD for one in taken.values()):
        for option in options:
            if option not in taken:
                raise ConfigError(
                    f"{name} is gathered with the options it has",
                    came=f"{option}= came",
                    instead=did_you_mean(option, [key for key in taken if key != "root"]),
                    see="docs/gathering.md",
                )
    if download:
        _download(name, root)
    return make(root, **options)


def _download(name: str, root: str | Path | None) -> None:
    from einthoven.gathering.download import download

    if root is None:
        raise CohortError(
            "a source is fetched into a folder",
            came="no root= came",
            instead=f'Write gather("{name}", root=FOLDER, download=True).',
            see="docs/gathering.md",
        )
    download(name, root)


def _source(name: str) -> Callable[..., Cohort]:
    if name in SOURCES:
        module, _, function = SOURCES[name].partition(":")
        made: Callable[..., Cohort] = getattr(import_module(module), function)
        return made
    others = {entry.name: entry for entry in entry_points(group="einthoven.cohorts")}
    if name not in others:
        raise CohortError(
            "a cohort is gathered from a source",
            came=f"{name!r} is none",
            instead=did_you_mean(name, [*SOURCES, *others]),
            see="docs/gathering.md",
        )
    found: Callable[..., Cohort] = others[name].load()
    return found
