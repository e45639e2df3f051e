"""Every error Einthoven raises on purpose, as one tree.

    EinthovenError
    ├── ReadError               a file could not become a Recording
    │   ├── UnknownFormatError      no reader recognises the content
    │   ├── HeaderError             the header contradicts itself, the rules of its format, or its folder
    │   ├── TruncatedError          fewer bytes than the header promises
    │   └── PageError               a printed page that cannot be read back: no page, no grid, no ECG
    ├── WriteError              a Recording could not become a file
    ├── SignalError             samples that cannot be used: gaps, flat lines, no beats, no rate
    ├── LeadError               leads missing, unknown or named twice
    ├── CohortError             a data folder or a table that is not what its source promises
    │   ├── LeakageError            a patient in two splits
    │   └── DownloadError           bytes that do not match their checksum, or a server that stopped
    ├── PreparationError        a recording or checkpoint that does not fit the recipe of an encoder
    ├── ModelError              a model folder, preset or modality that does not exist or does not fit
    ├── TrainingError           an objective, a plan or a run that cannot go on
    │   └── CollapseError           every embedding became the same
    ├── EvaluationError         a protocol that would have nothing honest to say
    ├── ArchiveError            an archive asked for what it does not hold
    │   └── FingerprintError        vectors of another encoder
    ├── StorageError            the disk is full or refuses
    ├── ConfigError             an option, a preset or a TOML key that does not exist
    └── MissingExtraError       an optional dependency that is not installed

An error has four parts: the rule, what came, what to do instead, and where to read. It names fields and
files as the caller gave them; it never repeats the content of a header, so that no patient is named in it.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable

__all__ = [
    "ArchiveError",
    "CohortError",
    "CollapseError",
    "ConfigError",
    "DownloadError",
    "EinthovenError",
    "EvaluationError",
    "FingerprintError",
    "HeaderError",
    "LeadError",
    "LeakageError",
    "MissingExtraError",
    "ModelError",
    "PageError",
    "PreparationError",
    "ReadError",
    "SignalError",
    "StorageError",
    "TrainingError",
    "TruncatedError",
    "UnknownFormatError",
    "WriteError",
    "did_you_mean",
]


class EinthovenError(Exception):
    """The root of the tree: a rule, what came, what to do instead, where to read.

    >>> print(LeadError("a lead is named once", came="V1 came twice", instead="Rename or drop one."))
    a lead is named once; V1 came twice. Rename or drop one.
    """

    def __init__(self, rule: str, *, came: str, instead: str, see: str = "") -> None:
        self.rule, self.came, self.instead, self.see = rule, came, instead, see
        super().__init__(f"{rule}; {came}. {instead}" + (f" See {see}." if see else ""))

    def __reduce__(self) -> tuple[object, ...]:
        """Cross process borders whole (worker pools pickle their errors)."""
        return _revive, (type(self), self.rule, self.came, self.instead, self.see)


def _revive(kind: type[EinthovenError], rule: str, came: str, instead: str, see: str) -> EinthovenError:
    return kind(rule, came=came, instead=instead, see=see)


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """Return the sentence that lists what is known, the nearest first.

    >>> did_you_mean("vit-smal", ["vit-small", "resnet-small"])
    'Did you mean vit-small? Known: resnet-small, vit-small.'
    """
    names = sorted(known)
    near = difflib.get_close_matches(word, names, n=1)
    guess = f"Did you mean {near[0]}? " if near else ""
    return f"{guess}Known: {', '.join(names) or 'none'}."


class ReadError(EinthovenError, ValueError):
    """A file could not become a Recording."""


class UnknownFormatError(ReadError):
    """No reader recognises the content."""


class HeaderError(ReadError):
    """The header contradicts itself, the rules of its format, or its folder."""


class TruncatedError(ReadError):
    """Fewer bytes than the header promises."""


class PageError(ReadError):
    """A printed page cannot be read back: no page, no grid, no ECG."""


class WriteError(EinthovenError, ValueError):
    """A Recording could not become a file."""


class SignalError(EinthovenError, ValueError):
    """Samples that cannot be used: gaps, flat lines, no beats, no rate."""


class LeadError(EinthovenError, ValueError):
    """Leads missing, unknown or named twice."""


class CohortError(EinthovenError, ValueError):
    """A data folder or a table that is not what its source promises."""


class LeakageError(CohortError):
    """A patient in two splits."""


class DownloadError(CohortError):
    """Bytes that do not match their checksum, or a server that stopped."""


class PreparationError(EinthovenError, ValueError):
    """A recording or a checkpoint that does not fit the recipe of an encoder."""


class ModelError(EinthovenError, ValueError):
    """A model folder, preset or modality that does not exist or does not fit."""


class TrainingError(EinthovenError, RuntimeError):
    """An objective, a plan or a run that cannot go on."""


class CollapseError(TrainingError):
    """Every embedding became the same."""


class EvaluationError(EinthovenError, ValueError):
    """A protocol that would have nothing honest to say."""


class ArchiveError(EinthovenError, ValueError):
    """An archive asked for what it does not hold."""


class FingerprintError(ArchiveError):
    """Vectors of another encoder."""


class StorageError(EinthovenError, OSError):
    """The disk is full or refuses."""


class ConfigError(EinthovenError, ValueError):
    """An option, a preset or a TOML key that does not exist."""


class MissingExtraError(EinthovenError, ImportError):
    """An optional dependency that is not installed."""
