"""A ward of studies, and a stand-in for a model."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from einthoven.errors import ModelError
from einthoven.gathering import Cohort
from einthoven.recording import LEADS, Recording
from einthoven.study import Study

KEY = "the key of this test, long enough"
WORDS = ("sinus", "infarction", "block", "fibrillation")


class Standing:
    """Stands in for a model: an ECG's vector is in its first samples, a text's in the words it has."""

    def __init__(self, name: str = "one", modalities: Sequence[str] = ("ecg", "report")) -> None:
        self.fingerprint, self.modalities, self.calls = (name * 64)[:64], modalities, 0

    def embed(
        self, items: Sequence[Any], *, modality: str | None = None, space: str | None = None, batch: int = 64
    ) -> NDArray[np.float32]:
        self.calls += len(items)
        if space not in ("shared", None):
            raise ModelError("a space is asked for by its name", came=f"no {space!r}", instead="Use shared.")
        if modality == "report":
            return np.float32([[word in item for word in WORDS] + [0] * 12 for item in items])
        return 3 * np.float32([item.signal[0, :16] for item in items])


def ecg(seed: int, *, samples: int = 200) -> Recording:
    return Recording(np.random.default_rng(seed).standard_normal((12, samples), np.float32), LEADS, 100)


def study(seed: int, **fields: Any) -> Study:
    known: dict[str, Any] = {
        "patient": f"MRN-{seed // 3:04d}",
        "age": None if seed % 7 == 0 else 20.0 + seed % 80,
        "sex": (None, "female", "male")[seed % 3],
        "report": f"report {seed}",
        "labels": None if seed % 5 == 0 else {code: 100.0 for code in WORDS if (seed + len(code)) % 3 == 0},
        "date": None if seed % 4 == 0 else datetime(2010 + seed % 10, 1 + seed % 12, 3, 12),
    }
    return Study(f"e{seed}", partial(ecg, seed), **(known | fields))


def cohort(n: int, *, first: int = 0, name: str = "ward", **fields: Any) -> Cohort:
    return Cohort(name, [study(seed, **fields) for seed in range(first, first + n)])
