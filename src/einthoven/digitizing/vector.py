"""Vectors: a PDF page whose traces are drawn as lines is read as lines, not as pixels."""

from __future__ import annotations

import ctypes
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from einthoven.digitizing.digitized import Digitized, Lead
from einthoven.drawing.layout import LAYOUTS, Layout
from einthoven.recording import LEADS, Recording

__all__ = ["read_vectors"]

Array = NDArray[np.float64]

_MM = 72 / 25.4
"""Points of a PDF to a mm."""
_FEWEST, _SHORTEST = 50, 15.0
"""Points and mm of the shortest line that is taken for a trace."""
_ROW = 6.0
"""How far apart the zero lines of one row may lie, mm."""


@dataclass(frozen=True, eq=False)
class _Line:
    """A drawn line: its corners in mm from the top left of the page, shape (n, 2)."""

    points: Array

    @property
    def graph(self) -> bool:
        """Whether it is the graph of a function of x, long enough to be a trace."""
        x = self.points[:, 0]
        return len(x) >= _FEWEST and float(x[-1] - x[0]) >= _SHORTEST and bool((np.diff(x) > 0).all())


@dataclass(frozen=True, slots=True)
class _Word:
    """A word, and the middle of its left end in mm."""

    text: str
    x: float
    y: float


def read_vectors(
    page: Any, *, fs: float = 500, speed: float | None = None, gain: float | None = None
) -> Digitized | None:
    """Read the traces of a PDF page that are lines; None where there are none, or their leads are not known.

    Args:
        page: a page of pypdfium2.
        fs: sampling rate of the Recording, Hz; what was drawn more thinly is joined by straight lines.
        speed: mm/s; None for that of the pulse, or 25.
        gain: mm/mV; None for that of the pulse, or 10.
    """
    lines = list(_lines(page))
    traces = [line for line in lines if line.graph]
    if not traces:
        return None
    stretch = _stretch(lines)
    pulses = [found for line in lines if not line.graph and (found := _pulse(line, stretch)) is not None]
    speed = speed or (pulses[0][1] if pulses else 25.0)
    gain = gain or (pulses[0][2] if pulses else 10.0)
    rows = _rows(traces, [zero for zero, _, _ in pulses])
    named = _named(traces, rows, list(_words(page)))
    if named is None:
        return None
    begins = _begins(named, _left(lines), stretch * speed)
    leads = []
    for (line, row, name), begin in zip(named, begins, strict=True):
        seconds = begin + (line.points[:, 0] - line.points[0, 0]) / stretch / speed
        first = int(np.ceil(round(float(seconds[0]) * fs, 3)))
        at = np.arange(first, int(np.floor(round(float(seconds[-1]) * fs, 3))) + 1) / fs
        y = np.interp(at, seconds, line.points[:, 1])
        x = np.interp(at, seconds, line.points[:, 0])
        samples = ((rows[row] - y) / stretch / gain).astype(np.float32)
        leads.append(Lead(name, row, first / fs, samples, np.column_stack((x, y)), 1.0))
    return _whole(leads, fs, speed, gain, stretch)


def _left(lines: Sequence[_Line]) -> float:
    """Return the x of the grid's left edge, mm; 0 where there is no grid."""
    upright = [float(line.points[0, 0]) for line in lines
               if len(line.points) == 2 and abs(line.points[0, 0] - line.points[1, 0]) < 1e-3]  # fmt: skip
    return min(upright) if len(upright) > 10 else 0.0


def _begins(named: Sequence[tuple[_Line, int, str]], left: float, second: float) -> list[float]:
    """Return the second at which each trace begins.

    Time begins where the first column does, or one sample before, where that is a whole half mm of the grid: some
    printers leave the first sample out. The columns share one time axis, unless they overlap: then each begins at its
    share of the whole time.

    Args:
        named: the traces, sorted by row and place.
        left: x of the grid's left edge, mm.
        second: mm of the page to a second.
    """
    x = np.array([line.points[0, 0] for line, _, _ in named])
    step = float(np.median(np.diff(named[0][0].points[:, 0])))
    off = (float(x.min()) - left + 0.25) % 0.5 - 0.25
    missing = step if 0.9 < off / step < 1.1 else 0.0
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


def _whole(leads: list[Lead], fs: float, speed: float, gain: float, stretch: float) -> Digitized:
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
        float("nan"), np.diag([stretch, stretch, 1.0]), ("read as lines",),
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


def _lines(page: Any) -> Iterator[_Line]:
    from pypdfium2 import raw

    height = page.get_height()
    for thing in page.get_objects(filter=[raw.FPDF_PAGEOBJ_PATH], max_depth=8):
        number = raw.FPDFPath_CountSegments(thing.raw)
        if number < 2:
            continue
        x, y = ctypes.c_float(), ctypes.c_float()
        corners = np.empty((number, 2))
        begins = []
        for one in range(number):
            segment = raw.FPDFPath_GetPathSegment(thing.raw, one)
            raw.FPDFPathSegment_GetPoint(segment, x, y)
            corners[one] = x.value, y.value
            if raw.FPDFPathSegment_GetType(segment) == raw.FPDF_SEGMENT_MOVETO:
                begins.append(one)
        a, b, c, d, e, f = thing.get_matrix().get()
        moved = corners @ np.array([(a, b), (c, d)]) + (e, f)
        moved[:, 1] = height - moved[:, 1]
        for part in np.split(moved, [begin for begin in begins if begin]):
            if len(part) > 1:
                yield _Line(part / _MM)


def _stretch(lines: Sequence[_Line]) -> float:
    """Return how many mm of the page a mm of its grid is: 1 but for pages that were printed larger or smaller."""
    upright = sorted({round(float(line.points[0, 0]), 3) for line in lines
                      if len(line.points) == 2 and abs(line.points[0, 0] - line.points[1, 0]) < 1e-3})  # fmt: skip
    gaps = np.diff(upright)
    gaps = gaps[gaps > 0.3]
    if len(gaps) < 10:
        return 1.0
    gap = float(np.median(gaps))
    nearest = min((1.0, 5.0), key=lambda whole: abs(np.log(gap / whole)))
    return 1.0 if abs(gap / nearest - 1) < 0.02 else gap / nearest


def _pulse(line: _Line, stretch: float) -> tuple[float, float, float] | None:
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


def _rows(traces: Sequence[_Line], zeros: Sequence[float]) -> list[float]:
    """Return the zero lines of the rows, mm from the top: those of the pulses, else the traces' medians."""
    marks = sorted(zeros) if zeros else sorted(float(np.median(line.points[:, 1])) for line in traces)
    groups: list[list[float]] = []
    for mark in marks:
        if groups and mark - groups[-1][-1] < _ROW:
            groups[-1].append(mark)
        else:
            groups.append([mark])
    return [float(np.median(group)) for group in groups]


def _words(page: Any) -> Iterator[_Word]:
    text = page.get_textpage()
    height = page.get_height()
    for number in range(text.count_rects()):
        left, bottom, right, top = text.get_rect(number)
        for word in text.get_text_bounded(left, bottom, right, top).split():
            yield _Word(word, left / _MM, (height - (bottom + top) / 2) / _MM)


def _named(
    traces: Sequence[_Line], rows: Sequence[float], words: Sequence[_Word]
) -> list[tuple[_Line, int, str]] | None:
    """Return each trace with its row and lead: by the name nearest to its beginning, else by a known layout."""
    known = {name.lower(): name for name in (*LEADS, "-aVR")}
    placed = [(line, int(np.argmin(np.abs(np.array(rows) - np.median(line.points[:, 1]))))) for line in traces]
    placed.sort(key=lambda one: (one[1], float(one[0].points[0, 0])))
    names = [(known[word.text.lower()], word) for word in words if word.text.lower() in known]
    pitch = float(np.median(np.diff(rows))) if len(rows) > 1 else 30.0
    out = []
    for line, row in placed:
        near = [
            (abs(word.x - line.points[0, 0]) + abs(word.y - rows[row]), name)
            for name, word in names
            if abs(word.x - line.points[0, 0]) < 15 and -0.75 * pitch < word.y - rows[row] < 0.45 * pitch
        ]
        out.append((line, row, min(near)[1] if near else ""))
    if all(name for _, _, name in out):
        return out
    counts = [sum(row == number for _, row in placed) for number in range(len(rows))]
    for layout in LAYOUTS.values():
        leads = [*layout.rows, *((strip,) for strip in layout.strips)]
        if counts == [len(one) for one in leads]:
            flat = [name for one in leads for name in one]
            return [(line, row, name) for (line, row), name in zip(placed, flat, strict=True)]
    return None
