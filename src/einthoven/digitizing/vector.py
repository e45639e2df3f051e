"""Vectors: a PDF page whose traces are drawn as lines is read as lines, not as pixels."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from einthoven.digitizing.digitized import Digitized, Lead
from einthoven.digitizing.lines import Line, Word, lines_of, words_of
from einthoven.drawing.layout import LAYOUTS, Layout, layout_named
from einthoven.drawing.plan import SYNTHETIC
from einthoven.recording import LEADS, Recording

__all__ = ["read_vectors"]

Array = NDArray[np.float64]

_GRID = 10
"""More upright lines than these are a grid."""
_ROW = 6.0
"""How far apart the zero lines of one row may lie, mm."""


def read_vectors(
    page: Any,
    *,
    fs: float = 500,
    layout: str | None = None,
    speed: float | None = None,
    gain: float | None = None,
) -> Digitized | None:
    """Read the traces of a PDF page that are lines; None where there are none, or their leads are not known.

    Args:
        page: a page of pypdfium2.
        fs: sampling rate of the Recording, Hz; what was drawn more thinly is joined by straight lines.
        layout: its name, where it is known; None to go by the names that are printed.
        speed: mm/s; None for that of the pulse, or printed, or 25.
        gain: mm/mV; None for that of the pulse, or printed, or 10.

    Raises:
        ConfigError: there is no such layout.
    """
    lines = list(lines_of(page))
    traces = [line for line in lines if line.graph]
    if not traces:
        return None
    stretch = _stretch(lines)
    pulses = [found for line in lines if not line.graph and (found := _pulse(line, stretch)) is not None]
    words = list(words_of(page))
    notes = ["read as lines"]
    said = _printed(words, "mm/s"), _printed(words, "mm/mV")
    if not pulses and None in (speed, gain):
        notes.append("no calibration pulse: speed and gain are " + ("as printed" if all(said) else "assumed"))
    speed = speed or (pulses[0][1] if pulses else said[0] or 25.0)
    gain = gain or (pulses[0][2] if pulses else said[1] or 10.0)
    rows = _rows(traces, [zero for zero, _, _ in pulses])
    placed = _placed(traces, rows)
    names = _names(placed, rows, words) if layout is None else None
    sure = 1.0
    if names is None:
        fitting = _fitting(placed, len(rows), layout)
        if not fitting or not (pulses or sum(line.upright for line in lines) > _GRID):
            return None
        names = [name for leads in fitting[0][1] for name in leads]
        if layout is None:
            sure = 1 / (1 + len(fitting))
            notes.append(f"no names are printed: leads are taken as in {' or '.join(name for name, _ in fitting)}")
    named = [(line, row, name) for (line, row), name in zip(placed, names, strict=True)]
    begins = _begins(named, _left(lines), stretch, speed)
    leads = []
    for (line, row, name), begin in zip(named, begins, strict=True):
        seconds = begin + (line.points[:, 0] - line.points[0, 0]) / stretch / speed
        first = int(np.ceil(round(float(seconds[0]) * fs, 3)))
        at = np.arange(first, int(np.floor(round(float(seconds[-1]) * fs, 3))) + 1) / fs
        y = np.interp(at, seconds, line.points[:, 1])
        x = np.interp(at, seconds, line.points[:, 0])
        samples = ((rows[row] - y) / stretch / gain).astype(np.float32)
        leads.append(Lead(name, row, first / fs, samples, np.column_stack((x, y)), sure))
    whole = _whole(leads, notes, fs=fs, speed=speed, gain=gain, stretch=stretch)
    return whole.declared_synthetic() if SYNTHETIC in " ".join(word.text for word in words) else whole


def _left(lines: Sequence[Line]) -> float:
    """Return the x of the grid's left edge, mm; 0 where there is no grid."""
    upright = [float(line.points[0, 0]) for line in lines if line.upright]
    return min(upright) if len(upright) > _GRID else 0.0


def _begins(named: Sequence[tuple[Line, int, str]], left: float, stretch: float, speed: float) -> list[float]:
    """Return the second at which each trace begins.

    Time begins where the first column does, or one sample before, where that is a whole half mm of the grid: some
    printers leave the first sample out. The columns share one time axis, unless they overlap: then each begins at its
    share of the whole time.

    Args:
        named: the traces, sorted by row and place.
        left: x of the grid's left edge, mm.
        stretch: mm of the page to a mm of its grid.
        speed: mm/s.
    """
    second = stretch * speed
    x = np.array([line.points[0, 0] for line, _, _ in named])
    step = float(np.median(np.diff(named[0][0].points[:, 0])))
    off = ((float(x.min()) - left) / stretch + 0.25) % 0.5 - 0.25
    missing = step if 0.9 < off * stretch / step < 1.1 else 0.0
    begins = [(float(one - x.min()) + missing) / second for one in x]
    rows: dict[int, list[int]] = {}
    for number, (_, row, _) in enumerate(named):
        rows.setdefault(row, []).append(number)
    longest = max(float(np.ptp(line.points[:, 0])) for line, _, _ in named)
    for members in rows.values():
        ends = [float(named[one][0].points[-1, 0]) for one in members]
        if any(end > x[after] + 1e-3 for end, after in zip(ends, members[1:], strict=False)):
            whole = round(2 * max(longest, ends[-1] - float(x.min())) / second) / 2
            for column, one in enumerate(members):
                begins[one] = column * whole / len(members) + missing / second
    return begins


def _whole(
    leads: list[Lead], notes: Sequence[str], *, fs: float, speed: float, gain: float, stretch: float
) -> Digitized:
    samples = max(round(lead.first * fs) + len(lead.samples) for lead in leads)
    signal = np.full((12, samples), np.nan, np.float32)
    for lead in sorted(leads, key=lambda lead: len(lead.samples)):
        sign = -1 if lead.name.startswith("-") else 1
        begin = round(lead.first * fs)
        signal[LEADS.index(lead.name.removeprefix("-")), begin : begin + len(lead.samples)] = sign * lead.samples
    layout = _layout(leads)
    place = LAYOUTS.get(layout, Layout(()))
    history = f"digitized from the lines of a PDF, {layout}, {speed:g} mm/s, {gain:g} mm/mV"
    return Digitized(
        Recording(signal, LEADS, fs, history=(history,)), tuple(leads), layout, place, speed, gain,
        float("nan"), np.diag([stretch, stretch, 1.0]), tuple(notes),
    )  # fmt: skip


def _layout(leads: Sequence[Lead]) -> str:
    """Return the name of the layout that has these leads in these rows, "own" where none has."""
    rows: dict[int, list[Lead]] = {}
    for lead in leads:
        rows.setdefault(lead.row, []).append(lead)
    seen = [tuple(lead.name for lead in sorted(rows[row], key=lambda lead: lead.first)) for row in sorted(rows)]
    for name, layout in LAYOUTS.items():
        if len(seen) == layout.lines and seen[: len(layout.rows)] == list(layout.rows):
            return name
    return "own"


def _stretch(lines: Sequence[Line]) -> float:
    """Return how many mm of the page a mm of its grid is: 1 but for pages that were printed larger or smaller."""
    upright = np.array(sorted({round(float(line.points[0, 0]), 3) for line in lines if line.upright}))
    gaps = np.diff(upright)
    if (gaps > 0.3).sum() < _GRID:
        return 1.0
    gap = float(np.median(gaps[gaps > 0.3]))
    even = np.flatnonzero(np.abs(gaps - gap) < 0.02 * gap)
    gap = float(gaps[even].mean())
    return gap / min((1.0, 5.0), key=lambda whole: abs(np.log(gap / whole)))


def _pulse(line: Line, stretch: float) -> tuple[float, float, float] | None:
    """Return zero line in mm, speed and gain of a calibration pulse; None for other lines."""
    from einthoven.drawing.style import GAINS, SPEEDS

    x, y = line.points.T / stretch
    if len(x) < 4 or (np.diff(x) < -1e-6).any() or abs(y[0] - y[-1]) > 0.05 or not 2 < x[-1] - x[0] < 14:
        return None
    tall, up = float(y[0] - y.min()), y < (y[0] + y.min()) / 2
    if not up.any() or y.max() > y[0] + 0.05:
        return None
    rise, fall = np.flatnonzero(np.diff(up.astype(int)))[[0, -1]]
    wide = float((x[fall] + x[fall + 1] - x[rise] - x[rise + 1]) / 2)
    gain = min(GAINS, key=lambda one: abs(one - tall))
    speed = min(SPEEDS, key=lambda one: abs(0.2 * one - wide))
    if abs(gain - tall) > 0.1 * gain or abs(0.2 * speed - wide) > 0.12 * speed * 0.2 + 0.3:
        return None
    return float(line.points[0, 1]), speed, gain


def _rows(traces: Sequence[Line], zeros: Sequence[float]) -> list[float]:
    """Return the zero lines of the rows, mm from the top: those of the pulses, else the traces' medians."""
    marks = sorted(zeros) if zeros else sorted(float(np.median(line.points[:, 1])) for line in traces)
    groups: list[list[float]] = []
    for mark in marks:
        if groups and mark - groups[-1][-1] < _ROW:
            groups[-1].append(mark)
        else:
            groups.append([mark])
    return [float(np.median(group)) for group in groups]


def _printed(words: Iterable[Word], unit: str) -> float | None:
    """Return the number that is printed before a unit, None where there is none."""
    found = re.search(rf"(\d+(?:\.\d+)?) ?{unit}(?![a-zA-Z])", " ".join(word.text for word in words))
    return float(found[1]) or None if found else None


def _placed(traces: Sequence[Line], rows: Sequence[float]) -> list[tuple[Line, int]]:
    """Return each trace with its row, row by row and from left to right."""
    zeros = np.array(rows)
    placed = [(line, int(np.argmin(np.abs(zeros - np.median(line.points[:, 1]))))) for line in traces]
    return sorted(placed, key=lambda one: (one[1], float(one[0].points[0, 0])))


def _names(placed: Sequence[tuple[Line, int]], rows: Sequence[float], words: Sequence[Word]) -> list[str] | None:
    """Return the lead of each trace, by the name nearest to its beginning; None where one has no name."""
    known = {name.lower(): name for name in (*LEADS, "-aVR")}
    written = [(known[word.text.lower()], word) for word in words if word.text.lower() in known]
    pitch = float(np.median(np.diff(rows))) if len(rows) > 1 else 30.0
    out = []
    for line, row in placed:
        near = [
            (abs(word.x - line.points[0, 0]) + abs(word.y - rows[row]), name)
            for name, word in written
            if abs(word.x - line.points[0, 0]) < 15 and -0.75 * pitch < word.y - rows[row] < 0.45 * pitch
        ]
        if not near:
            return None
        out.append(min(near)[1])
    return out


def _fitting(
    placed: Sequence[tuple[Line, int]], rows: int, told: str | None
) -> list[tuple[str, list[tuple[str, ...]]]]:
    """Return name and leads of the layouts, or of the one that is told, that have as many traces in every row."""
    layouts = LAYOUTS if told is None else {told: layout_named(told)}
    leads = {name: [*layout.rows, *((strip,) for strip in layout.strips)] for name, layout in layouts.items()}
    counts = [sum(row == number for _, row in placed) for number in range(rows)]
    return [(name, one) for name, one in leads.items() if [len(row) for row in one] == counts]
