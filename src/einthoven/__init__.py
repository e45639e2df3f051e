"""Einthoven: every way of looking at a heart's electricity, in one space.

The front door. Nouns and verbs are opened on first use, so that `import einthoven` costs almost nothing and
reading an ECG never loads torch. Research software: no clinical claim.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"

NOUNS = {
    "Archive": "indexing",
    "Cohort": "gathering",
    "Encoder": "encoding",
    "Model": "encoding",
    "Objective": "pretraining",
    "Protocol": "evaluating",
    "Recording": "recording",
    "Study": "study",
}
VERBS = {
    "clean": "cleaning",
    "convert": "writing",
    "demo": "demonstrating",
    "digitize": "digitizing",
    "draw": "drawing",
    "embed": "encoding",
    "evaluate": "evaluating",
    "gather": "gathering",
    "index": "indexing",
    "pretrain": "pretraining",
    "read": "reading",
    "reproduce": "reproducing",
    "search": "indexing",
    "simulate": "simulating",
}
MAKERS = {"encoder": "encoding", "load": "encoding"}
"""Two words that are neither noun nor verb of the list: a preset's encoder, and a saved model."""

_ROOMS = NOUNS | VERBS | MAKERS
__all__ = sorted([*_ROOMS, "__version__"])  # noqa: PLE0605  (the tables above are the list)

if TYPE_CHECKING:
    from einthoven.cleaning import clean as clean
    from einthoven.demonstrating import demo as demo
    from einthoven.digitizing import digitize as digitize
    from einthoven.drawing import draw as draw
    from einthoven.encoding import Encoder as Encoder
    from einthoven.encoding import Model as Model
    from einthoven.encoding import embed as embed
    from einthoven.encoding import encoder as encoder
    from einthoven.encoding import load as load
    from einthoven.evaluating import Protocol as Protocol
    from einthoven.evaluating import evaluate as evaluate
    from einthoven.gathering import Cohort as Cohort
    from einthoven.gathering import gather as gather
    from einthoven.indexing import Archive as Archive
    from einthoven.indexing import index as index
    from einthoven.indexing import search as search
    from einthoven.pretraining import Objective as Objective
    from einthoven.pretraining import pretrain as pretrain
    from einthoven.reading import read as read
    from einthoven.recording import Recording as Recording
    from einthoven.reproducing import reproduce as reproduce
    from einthoven.simulating import simulate as simulate
    from einthoven.study import Study as Study
    from einthoven.writing import convert as convert


def __getattr__(name: str) -> Any:
    if name not in _ROOMS:
        raise AttributeError(f"module 'einthoven' has no attribute {name!r}")
    return getattr(import_module(f"einthoven.{_ROOMS[name]}"), name)


def __dir__() -> list[str]:
    return __all__
