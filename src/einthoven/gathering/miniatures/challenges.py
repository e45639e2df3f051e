"""Miniatures of the PhysioNet Challenge folders."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path

from einthoven.gathering.codes import acronyms, snomed
from einthoven.gathering.miniatures.patients import Visit, visits, write_sums
from einthoven.gathering.miniatures.wfdb import MARK, write_record
from einthoven.recording import LEADS

__all__ = ["chapman", "cpsc2018", "csn", "georgia", "ningbo"]


def georgia(folder: Path, *, n: int, seed: int) -> None:
    """Write g1/E00001.hea and so on, codes as SNOMED CT ids."""
    _write(folder, lambda i: f"g{1 + (i - 1) // 1000}/E{i:05d}", n=n, seed=seed)


def cpsc2018(folder: Path, *, n: int, seed: int, early: bool = False) -> None:
    """Write g1/A0001.hea and so on; with `early`, codes as the acronyms of the first release."""
    _write(folder, lambda i: f"g{1 + (i - 1) // 1000}/A{i:04d}", n=n, seed=seed, words=_short() if early else {})


def chapman(folder: Path, *, n: int, seed: int) -> None:
    """Write g1/JS00001.hea and so on."""
    _write(folder, lambda i: f"g{1 + (i - 1) // 1000}/JS{i:05d}", n=n, seed=seed)


def ningbo(folder: Path, *, n: int, seed: int) -> None:
    """Write g1/JS20001.hea and so on."""
    _write(folder, lambda i: f"g{1 + (i - 1) // 1000}/JS{20000 + i:05d}", n=n, seed=seed)


def csn(folder: Path, *, n: int, seed: int) -> None:
    """Write WFDBRecords/01/010/JS00001.hea and so on, as ecg-arrhythmia 1.0.0 has them."""
    _write(folder, lambda i: f"WFDBRecords/{1 + i // 1000:02d}/{10 + i // 100:03d}/JS{i:05d}", n=n, seed=seed)


def _write(
    folder: Path, name: Callable[[int], str], *, n: int, seed: int, words: Mapping[str, str] | None = None
) -> None:
    for visit in visits(n, seed=seed):
        write_record(
            folder / name(visit.number),
            visit.microvolt,
            LEADS,
            layout="16x1+24",
            comments=_comments(visit, words or {}),
        )
    write_sums(folder)


def _comments(visit: Visit, words: Mapping[str, str]) -> list[str]:
    codes = [_back()[code] for code in visit.labels if code in _back()]
    sex = {"male": "Male", "female": "Female"}.get(visit.study.sex or "", "Unknown")
    lines = [f" Age: {visit.age:.0f}", f" Sex: {sex}", f" Dx: {','.join(words.get(code, code) for code in codes)}"]
    return [*lines, " Rx: Unknown", " Hx: Unknown", " Sx: Unknown", MARK]


@cache
def _back() -> Mapping[str, str]:
    """SCP statement -> the nearest SNOMED CT id that means only it."""
    order = ("approximate", "broader", "narrower", "equivalent")
    rows = [(order.index(row["relation"]), key, row["scp"]) for key, row in snomed().items() if len(row["scp"]) == 1]
    return {scp[0]: key for _, key, scp in sorted(rows)}


def _short() -> Mapping[str, str]:
    return {code: word for word, code in acronyms("cpsc2018").items()}
