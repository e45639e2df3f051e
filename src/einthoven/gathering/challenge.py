"""The folders of the PhysioNet Challenges 2020 and 2021: Georgia, CPSC2018, Chapman-Shaoxing, Ningbo.

A record is a header and a MATLAB file; age, sex and diagnoses stand in the header's comments, the diagnoses as
SNOMED CT ids or, in early releases, as acronyms. Nobody's patient is known. Alday et al., Classification of
12-lead ECGs, Physiological Measurement 41:124003, 2020; Reyna et al., Will Two Do?, CinC 2021. CC BY 4.0.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import replace
from functools import partial
from pathlib import Path

from einthoven.errors import CohortError
from einthoven.gathering.codes import RELATIONS, labels_of
from einthoven.gathering.cohort import Cohort
from einthoven.gathering.headers import Header
from einthoven.gathering.labeltable import splits_in
from einthoven.gathering.paths import folder_of, listing, marked_synthetic, opener
from einthoven.gathering.split import PARTS, by_name, by_patient
from einthoven.gathering.tables import number_in, sex_in, text_in
from einthoven.progress import track
from einthoven.recording import Recording
from einthoven.study import Study

__all__ = ["challenge", "chapman", "cpsc2018", "csn", "georgia", "ningbo"]

_FOLDERS = {
    "challenge": (),
    "chapman": ("chapman_shaoxing", "chapman", "training/chapman_shaoxing", "WFDB_ChapmanShaoxing"),
    "cpsc2018": ("cpsc_2018", "cpsc2018", "training/cpsc_2018", "WFDB_CPSC2018"),
    "csn": ("WFDBRecords",),
    "georgia": ("georgia", "training/georgia", "WFDB_Ga"),
    "ningbo": ("ningbo", "training/ningbo", "WFDB_Ningbo"),
}
"""Where a source lies when `root` is the folder above it."""

_VOCABULARY = {"chapman": "csn", "csn": "csn", "ningbo": "csn"}


def challenge(
    root: str | Path | None = None,
    *,
    source: str = "challenge",
    splits: str | Path | None = None,
    parts: Mapping[str, float] = PARTS,
    seed: int = 0,
    relations: Collection[str] = RELATIONS,
) -> Cohort:
    """Gather every record below a folder of challenge style.

    Args:
        root: the folder, or the one above it; records may lie in sub-folders (g1, g2, ...).
        source: which source it is: it names the cohort and says what the acronym AF means.
        splits: a split that others have published: a CSV with a column of record names and one of splits, or a folder
            of NAME_train.csv, NAME_val.csv and NAME_test.csv.
        parts: shares of our own split where `splits` is not given. No source says who the patients are: a record
            counts as a patient of his own, so that his other records may be in another split.
        seed: seed of that split, which is drawn from the record's name.
        relations: how near an SCP statement must be to a code to be taken for it (see `labels_of`).

    Returns:
        Labels are SCP statements; all codes as they came are in `extra["dx"]`. Records whose samples repeat
        another's are left out. Doubts about a header (a gain that cannot be right) come with the Recording.

    Raises:
        CohortError: no folder, no header in it, or a record that `splits` does not name.
    """
    folder = folder_of(root, source, holds=".hea files")
    made = marked_synthetic(folder)
    folder = next((folder / name for name in _FOLDERS[source] if (folder / name).is_dir()), folder)
    there = listing(folder)
    headers = {name: Header.read(folder / name) for name in _tracked(there)}
    if not headers:
        raise CohortError(
            f"{source} is a folder of .hea and .mat files",
            came=f"no .hea file below {folder}",
            instead="Name the folder that holds the records or their sub-folders.",
            see="docs/gathering.md",
        )
    kept, notes = _sound(headers, there, folder)
    vocabulary = _VOCABULARY.get(source, "cpsc2018")
    bare = Counter(map(_bare, kept))
    studies = []
    for name in kept:
        codes = _codes(headers[name])
        labels = labels_of(codes, vocabulary=vocabulary, relations=relations) if codes else None
        way = opener(f"{folder}{os.sep}{name}", synthetic=made)
        key = _bare(name) if bare[_bare(name)] == 1 else name.removesuffix(".hea")
        studies.append(replace(_known(headers[name], codes, way), id=key, labels=labels, synthetic=made))
    if splits is None:
        shares = by_patient(studies, parts=parts, seed=seed)
        notes.append(f"the split is ours, drawn from record names with seed {seed}")
    else:
        shares = _published(Path(splits), [study.id for study in studies])
        notes.append(f"the split is that of {Path(splits).name}")
    return Cohort(source, studies, shares, notes=notes)


chapman = partial(challenge, source="chapman")
cpsc2018 = partial(challenge, source="cpsc2018")
csn = partial(challenge, source="csn")
georgia = partial(challenge, source="georgia")
ningbo = partial(challenge, source="ningbo")


def _tracked(there: Iterable[str]) -> Iterable[str]:
    names = sorted(name for name in there if name.endswith(".hea"))
    return track(names, "headers", total=len(names))


def _sound(headers: Mapping[str, Header], there: frozenset[str], folder: Path) -> tuple[list[str], list[str]]:
    """Return the records with a signal file that repeats no other's, and what to note of the rest."""
    kept, absent, repeated = [], list[str](), list[str]()
    seen: dict[tuple[str, ...], str] = {}
    for name, header in headers.items():
        stem = name.removesuffix(".hea")
        signal = next((f"{stem}{suffix}" for suffix in (".mat", ".dat") if f"{stem}{suffix}" in there), None)
        if signal is None:
            absent.append(stem)
        elif header.mark and (first := seen.setdefault(header.mark, signal)) != signal and _same(folder, first, signal):
            repeated.append(stem)
        else:
            kept.append(name)
    if not kept:
        raise CohortError(
            "a header and its signal file lie side by side",
            came=f"none of the {len(headers)} headers below {folder} has its .mat or .dat",
            instead="Fetch the signal files too.",
            see="docs/gathering.md",
        )
    notes = []
    if absent:
        notes.append(f"{len(absent)} of {len(headers)} records were left out: no signal file; the first is {absent[0]}")
    if repeated:
        notes.append(
            f"{len(repeated)} records were left out: their samples repeat another's; the first is {repeated[0]}"
        )
    return kept, notes


def _same(folder: Path, one: str, other: str) -> bool:
    return (folder / one).read_bytes() == (folder / other).read_bytes()


def _codes(header: Header) -> tuple[str, ...]:
    return tuple(code.strip() for code in header.fields.get("dx", "").split(",") if code.strip() not in ("", "Unknown"))


def _bare(name: str) -> str:
    return name.removesuffix(".hea").rpartition("/")[2]


def _known(header: Header, codes: tuple[str, ...], way: Callable[[], Recording]) -> Study:
    age = number_in(header.fields, "age")
    extra: dict[str, object] = {"dx": codes}
    for field in ("rx", "hx", "sx"):
        if text := text_in(header.fields, field):
            extra[field] = text
    return Study(
        "?",
        way,
        age=age if age is not None and 0 <= age <= 120 else None,
        sex=sex_in(header.fields.get("sex")),
        extra=extra,
    )


def _published(table: Path, ids: list[str]) -> dict[str, list[int]]:
    """Return split -> positions in the order of the table, from which papers drew their subsets of labels."""
    told = splits_in(table)
    if not told.keys() & set(ids):
        raise CohortError(
            "a table of splits names the records that are gathered",
            came=f"{table} names none of the {len(ids)} records",
            instead="Write record names as the files are called, without suffix.",
            see="docs/gathering.md",
        )
    place = {record: row for row, record in enumerate(ids)}
    listed = [(place[record], name) for record, name in told.items() if record in place]
    return {name: [listed[i][0] for i in rows] for name, rows in by_name([name for _, name in listed]).items()}
