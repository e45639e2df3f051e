"""Building: studies become rows of a store, shard by shard, in several processes."""

from __future__ import annotations

import json
import os
import shutil
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from einthoven.errors import SignalError, StorageError
from einthoven.files import replacing, storing
from einthoven.gathering import crew, store_plan
from einthoven.gathering.cohort import Cohort
from einthoven.gathering.store_plan import INDEX, SAMPLES, Plan
from einthoven.progress import track
from einthoven.study import Study

if TYPE_CHECKING:
    from einthoven.cleaning.preparation import Preparation, Prepared

__all__ = ["build", "microvolt"]

PARTS = "parts"
LARGEST = np.iinfo(np.int16).max


def build(
    cohort: Cohort, folder: Path, preparation: Preparation, *, workers: int | None, progress: bool, shard: int
) -> None:
    """Build or finish the store in `folder`; see `Store.build`."""
    if (folder / store_plan.PLAN).is_file():
        plan = store_plan.load(folder)
        plan.refuse_other(folder, preparation=preparation, cohort=cohort)
    else:
        plan = store_plan.plan(cohort, preparation, shard=shard)
        store_plan.write(folder, plan)
    if (folder / INDEX).is_file():
        return
    _drop_drafts(folder)
    if not (folder / SAMPLES).is_file():
        shutil.rmtree(folder / PARTS, ignore_errors=True)  # they tell of samples that are gone
        store_plan.reserve(folder, plan)
    todo = [span for span in plan.spans() if not _part(folder, span).is_file()]
    _refuse_small_disk(folder, plan, rows=sum(map(len, todo)))
    job = _Job(folder, plan, preparation, cohort, _numbers(cohort))
    done = crew.spread(_fill, todo, workers=crew.hands(workers, len(todo)), shared=[job])
    for _ in track(done, f"store {cohort.name}", total=len(todo)) if progress else done:
        pass
    _finish(folder, plan)


def microvolt(signal: NDArray[np.float32]) -> tuple[NDArray[np.int16], int]:
    """Return mV as int16 microvolt, and how many samples were beyond its range and clipped.

    >>> microvolt(np.float32([0.0014, -1, 40]))
    (array([    1, -1000, 32767], dtype=int16), 1)
    """
    wide = np.rint(signal * np.float32(1000))
    clipped = int(np.count_nonzero(np.abs(wide) > LARGEST))
    if clipped:
        wide = np.clip(wide, -LARGEST, LARGEST)
    return wide.astype(np.int16), clipped


@dataclass(frozen=True)
class _Job:
    """What every worker needs to fill a shard."""

    folder: Path
    plan: Plan
    preparation: Preparation
    cohort: Cohort
    numbers: dict[str, int]


def _fill(job: _Job, span: range) -> None:
    """Write the samples of one shard, then the part of the table that makes them count."""
    rows = []
    with storing(job.folder), (job.folder / SAMPLES).open("r+b") as file:
        offset = _header_bytes(file.fileno(), job.plan)
        for row in span:
            study = job.cohort.studies[row]
            known = _known(study, row, job.cohort.split_of.get(row), job.numbers[study.group])
            samples, found = _prepared(study, job.preparation)
            if samples is not None:
                _write(file.fileno(), samples, offset + row * samples.nbytes)
            rows.append(known | found)
        os.fsync(file.fileno())
    with replacing(_part(job.folder, span)) as draft:
        _save(rows, draft)


def _prepared(study: Study, preparation: Preparation) -> tuple[NDArray[np.int16] | None, dict[str, object]]:
    try:
        prepared = preparation.condition(study.recording)
        samples, clipped = microvolt(_finite(prepared))
    except crew.FAULTS as error:
        leads = [False] * len(preparation.leads)
        return None, {"lead_mask": leads, "length": 0, "clipped": 0, "status": "quarantined", "reason": crew.why(error)}
    mask = np.asarray(prepared.lead_mask, bool).tolist()
    found = {"lead_mask": mask, "length": int(prepared.length), "clipped": clipped, "status": "ok", "reason": None}
    return samples, found


def _finite(prepared: Prepared) -> NDArray[np.float32]:
    gaps = int(np.count_nonzero(~np.isfinite(prepared.signal)))
    if gaps or prepared.length < 1:
        raise SignalError(
            "samples to train on are numbers",
            came=f"{gaps} of {prepared.signal.size} are not" if gaps else "none came",
            instead='Mend the gaps (gaps="mend") or leave the study out.',
            see="docs/store.md",
        )
    return np.asarray(prepared.signal, np.float32)


def _write(file: int, samples: NDArray[np.int16], offset: int) -> None:
    """Write bytes at an offset. Not through the memory map: there a full disk is a signal that kills."""
    data = memoryview(samples.astype("<i2").tobytes())
    while data:
        written = os.pwrite(file, data, offset)
        data, offset = data[written:], offset + written


def _known(study: Study, row: int, split: str | None, patient: int) -> dict[str, object]:
    return {
        "row": row,
        "id": study.id,
        "patient": patient,
        "split": split,
        "age": study.age,
        "sex": study.sex,
        "report": study.report,
        "labels": None if study.labels is None else json.dumps(dict(study.labels)),
        "date": study.date,
        "synthetic": study.synthetic,
    }


def _numbers(cohort: Cohort) -> dict[str, int]:
    """Number the patients: a store needs to know who is the same, not who he is."""
    numbers: dict[str, int] = {}
    for study in cohort.studies:
        numbers.setdefault(study.group, len(numbers))
    return numbers


def _schema() -> Any:
    import pyarrow as pa

    text = ("id", "split", "sex", "report", "labels", "status", "reason")
    kinds = dict.fromkeys(text, pa.string()) | dict.fromkeys(("row", "patient"), pa.int64())
    kinds |= dict.fromkeys(("length", "clipped"), pa.int32()) | {"age": pa.float32(), "date": pa.timestamp("us")}
    kinds |= {"synthetic": pa.bool_(), "lead_mask": pa.list_(pa.bool_())}
    order = "row id patient split age sex report labels date synthetic lead_mask length clipped status reason"
    return pa.schema([(name, kinds[name]) for name in order.split()])


def _save(rows: list[dict[str, object]], path: Path) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    pq.write_table(pa.Table.from_pylist(rows, schema=_schema()), path)


def _finish(folder: Path, plan: Plan) -> None:
    """Join the parts of the table into one; from now on the store can be opened."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    parts = [pq.read_table(_part(folder, span)) for span in plan.spans()]
    table = pa.concat_tables(parts) if parts else _schema().empty_table()
    with replacing(folder / INDEX) as draft:
        pq.write_table(table, draft)
    shutil.rmtree(folder / PARTS, ignore_errors=True)
    clipped = np.asarray(table["clipped"].to_numpy())
    if clipped.any():
        warnings.warn(
            f"{clipped.sum()} samples of {np.count_nonzero(clipped)} studies of {plan.cohort} were beyond "
            f"{LARGEST / 1000:g} mV and are clipped: their gain may be wrong (column clipped of the store's table)",
            stacklevel=4,
        )


def _part(folder: Path, span: range) -> Path:
    return folder / PARTS / f"{span.start:09d}.parquet"


def _drop_drafts(folder: Path) -> None:
    """Remove what a killed run left half written."""
    drafts: Iterator[Path] = folder.rglob(".*.part")
    for draft in drafts:
        draft.unlink(missing_ok=True)


def _header_bytes(file: int, plan: Plan) -> int:
    return os.fstat(file).st_size - 2 * int(np.prod(plan.shape))


def _refuse_small_disk(folder: Path, plan: Plan, *, rows: int) -> None:
    needed, free = 2 * rows * plan.shape[1] * plan.shape[2], shutil.disk_usage(folder).free
    if needed > free:
        raise StorageError(
            "writing needs room on the disk",
            came=f"{rows} studies need {needed / 1e6:.0f} MB, {folder} has {free / 1e6:.0f} MB left",
            instead="Free some space or choose another folder and run the same again: nothing is lost.",
            see="docs/store.md",
        )
