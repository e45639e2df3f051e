"""Tables of numbers -> Recording: which way round they lie, what a column means, what the rate is."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import numpy as np
from numpy.typing import NDArray

from einthoven.errors import ReadError, SignalError
from einthoven.reading import doubts
from einthoven.reading.asked import Asked
from einthoven.recording import Native, Recording, Signal, lead_name

__all__ = ["Said", "finite", "from_columns", "recorded"]

_TIME = re.compile(
    r"(?:time|t|seconds?|sec|s|ms|milliseconds?)(?:[ _]*[\[(]?(s|sec|seconds?|ms|milliseconds?)[\])]?)?", re.IGNORECASE
)
_COUNT = frozenset({"", "index", "sample", "samples", "sample number", "unnamed: 0", "n"})
_UNIT = re.compile(r"(.*?)\s*[\[(]\s*([munµμ]?V)\s*[\])]", re.IGNORECASE)


class Said:
    """What a file says of itself, each None where it does not.

    Args:
        fs: sampling rate in Hz.
        unit: of the samples.
        start: when the first sample was taken.
        history: what was done before.
        warnings: doubts written down before.
        synthetic: True when a simulator made it.
    """

    def __init__(
        self,
        fs: float | None = None,
        *,
        unit: str | None = None,
        start: datetime | None = None,
        history: Sequence[str] = (),
        warnings: Sequence[str] = (),
        synthetic: bool = False,
    ) -> None:
        self.fs, self.unit, self.start = fs, unit, start
        self.history, self.warnings, self.synthetic = tuple(history), tuple(warnings), synthetic

    @classmethod
    def of(cls, facts: Mapping[str, Any]) -> Said:
        """Return what a mapping of plain values says, as `writing` wrote it or as others name it."""
        fs = next((facts[key] for key in ("fs", "sampling_rate", "sfreq", "frequency", "rate") if key in facts), None)
        unit = next((facts[key] for key in ("unit", "units") if key in facts), None)
        try:
            rate = None if fs is None else float(fs)
            start = datetime.fromisoformat(str(facts["start"])) if facts.get("start") else None
        except ValueError:
            raise ReadError(
                "a rate is a number and a start an ISO date",
                came="the file's own description says otherwise",
                instead="Mend its metadata, or remove it and pass fs=.",
                see="docs/reading.md",
            ) from None
        history, warnings = (tuple(map(str, facts.get(key, ()))) for key in ("history", "warnings"))
        synthetic = str(facts.get("synthetic", "")).lower() in {"true", "1"}
        return cls(rate, unit=unit and str(unit), start=start, history=history, warnings=warnings, synthetic=synthetic)


def recorded(
    values: NDArray[Any],
    names: Sequence[str] | None,
    said: Said,
    *,
    asked: Asked,
    form: str,
    upright: bool = False,
) -> Recording:
    """Return the Recording of a table.

    Args:
        values: numbers, shape (L, T) or (T, L); the smaller side is the leads unless `upright`.
        names: of the leads, None where the file has none.
        said: what the file says of itself.
        asked: what the caller says.
        form: name of the format.
        upright: True when the values are known to be (L, T).

    Raises:
        ReadError: not numbers, more than two sides, or as many leads as samples.
        SignalError: nobody says the rate.
        LeadError: nobody names the leads.
    """
    values, turn = (values, "") if upright else _leads_first(_numbers(values), names or asked.leads)
    fs = asked.rate(said.fs)
    leads = tuple(map(lead_name, asked.names(names, len(values))))
    unit, factor = asked.millivolts(said.unit)
    signal, gone = finite(values * factor if factor != 1 else values)
    native = None
    if values.dtype.kind in "iu":
        native = Native(values, np.full(len(values), 1 / factor), np.zeros(len(values)))
    steps = [step for step in (turn, gone) if step]
    if factor != 1:
        steps.append(f"read as {unit}")
    if said.unit is None and asked.unit is None:
        steps.append("unit not said, taken as mV")
    found = doubts.examine(signal, leads, fs, native=native) if len(leads) == len(signal) else []
    warnings = tuple(dict.fromkeys([*said.warnings, *found]))
    history = (*said.history, *steps)
    return Recording(signal, leads, fs, said.start, native, form, history, warnings, said.synthetic)


def from_columns(columns: Mapping[str, NDArray[Any]], said: Said, *, asked: Asked, form: str) -> Recording:
    """Return the Recording of named columns: leads, and perhaps a time or a counter, which give the rate or nothing.

    Raises:
        ReadError: the time does not go forward evenly.
    """
    leads: dict[str, NDArray[Any]] = {}
    for name, column in columns.items():
        if match := _TIME.fullmatch(name.strip()):
            said.fs = said.fs or _rate(column, (match[1] or name).strip().lower().startswith("m"))
        elif name.strip().lower() not in _COUNT or not _counts(column):
            leads[name] = column
    units = {match[2] for name in leads if (match := _UNIT.fullmatch(name))}
    if len(units) == 1:
        said.unit = said.unit or units.pop()
    names = [match[1] if (match := _UNIT.fullmatch(name)) else name for name in leads]
    if not leads:
        raise ReadError(
            "a table has a column for each lead", came="it has none", instead="Add one.", see="docs/reading.md"
        )
    return recorded(np.stack([*leads.values()]), names, said, asked=asked, form=form, upright=True)


def finite(values: NDArray[Any]) -> tuple[Signal, str]:
    """Return the values as float32, with NaN for what is infinite there, and the step that says so ("" if none was)."""
    with np.errstate(over="ignore"):
        signal = values.astype(np.float32)
    infinite = np.isinf(signal)
    if not infinite.any():
        return signal, ""
    signal[infinite] = np.nan
    return signal, f"{int(infinite.sum())} infinite samples made NaN"


def _numbers(values: NDArray[Any]) -> NDArray[Any]:
    if values.dtype.kind not in "fiu" or values.ndim not in (1, 2) or values.size == 0:
        raise ReadError(
            "a signal is a table of real numbers, leads by samples",
            came=f"an array of {values.dtype} with shape {values.shape} came",
            instead="Save one recording a file, as float or integer, shape (leads, samples).",
            see="docs/reading.md",
        )
    return values[None] if values.ndim == 1 else values


def _leads_first(values: NDArray[Any], names: Sequence[str] | None) -> tuple[NDArray[Any], str]:
    rows, columns = values.shape
    known = names is not None and len(names) in values.shape
    if rows == columns and not known:
        raise ReadError(
            "the smaller side of a table is its leads",
            came=f"{rows} x {columns} came, which does not say which side is which",
            instead="Pass leads=, or save it as npz with signal (leads, samples), leads and fs.",
            see="docs/reading.md",
        )
    if rows == len(names or ()) or (not known and rows < columns):
        return values, ""
    return np.ascontiguousarray(values.T), "transposed (samples, leads) to (leads, samples)"


def _rate(time: NDArray[Any], milliseconds: bool) -> float:
    steps = np.diff(time.astype(np.float64))
    step = float(np.median(steps)) if len(steps) else 0.0
    if not step > 0 or not np.abs(steps - step).max() <= 0.02 * step + 2e-3 * milliseconds:
        raise SignalError(
            "a time column goes forward in even steps",
            came="it does not",
            instead="Resample to even steps first, or remove the column and pass fs=.",
            see="docs/reading.md",
        )
    rate = (len(time) - 1) / float(time[-1] - time[0]) * (1000 if milliseconds else 1)
    whole = float(round(rate))  # a time with few digits gives 499.99 for 500
    return whole if abs(rate - whole) <= 1e-4 * rate else rate


def _counts(column: NDArray[Any]) -> bool:
    return bool((np.diff(column) == 1).all())
