"""Measuring: what a careful reader would measure on the drawn beat, before noise: intervals, axes, voltages by lead."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from einthoven.recording import LEADS
from einthoven.simulating.ecg import Plan
from einthoven.simulating.rhythm import beats
from einthoven.simulating.streams import Row
from einthoven.simulating.torso import twelve
from einthoven.simulating.waves import Waves

__all__ = ["Measured", "measure"]

RATE = 500.0
START, STOP = -0.16, 0.72
GRID = np.arange(round((STOP - START) * RATE)) / RATE + START
QRS_SAMPLES = 190
"""No QRS reaches beyond these first samples of the grid (220 ms after R)."""
DEFLECTION = 0.025
"""mV that a deflection needs to be seen as the first of a QRS."""

Grid = NDArray[np.float64]


@dataclass(frozen=True)
class Measured:
    """The page of truth of n patients; (n,) or by lead (n, 12) in the order of LEADS; mV, seconds, degrees, beats/min.

    Args:
        rate: mean ventricular rate over the record.
        irregularity: SD of the RR intervals of beats that are not premature, in seconds.
        wide_beats: premature or escape ventricular beats in the record.
        early_beats: premature atrial beats in the record.
        wide_only: 1 where every beat begins in a ventricle (paced, wide escape), whose beat is then measured.
        pr: PR interval, NaN where atria and ventricles do not go together.
        qrs: QRS duration.
        qt: QT interval; `qtc` after Fridericia.
        p_duration: P duration.
        axis: frontal QRS axis by net area in I and aVF.
        t_axis: frontal T axis.
        q: depth of a first negative deflection (>= 0) and `q_time`, how long it lasts.
        r: tallest positive deflection (>= 0).
        s: deepest negative deflection of the QRS (>= 0).
        r_late: height of the last third of the QRS.
        st: ST level 60 ms after the end of QRS.
        t: the T wave's extreme.
        p: the P wave's maximum; `p_end` its minimum.
    """

    rate: Row
    irregularity: Row
    wide_beats: Row
    early_beats: Row
    wide_only: Row
    pr: Row
    qrs: Row
    qt: Row
    qtc: Row
    p_duration: Row
    axis: Row
    t_axis: Row
    q: Grid
    q_time: Grid
    r: Grid
    s: Grid
    r_late: Grid
    st: Grid
    t: Grid
    p: Grid
    p_end: Grid

    def lead(self, what: str, *names: str) -> Grid:
        """Return one measure in the named leads, shape (n, number of names)."""
        grid: Grid = getattr(self, what)
        return grid[:, [LEADS.index(name) for name in names]]


def measure(plan: Plan, seconds: float = 10.0) -> Measured:
    """Measure every patient of a plan on his own noise-free beat; the record's length matters to the rhythm only.

    >>> from einthoven.simulating.ecg import plan
    >>> float(measure(plan(0, [1])).qrs[0]) < 0.2
    True
    """
    clock = _rhythm(plan, seconds)
    wide = clock["wide_only"] > 0
    beat = _leads(plan, plan.beat, GRID)
    beat[wide] = _leads(plan, plan.wide, GRID)[wide] if wide.any() else 0
    onset = np.where(wide, -0.06, plan.activation.waves.onset)
    offset = np.where(wide, 0.12, plan.activation.waves.offset)
    q, q_time, r, s, r_late = _deflections(beat, onset, offset)
    atrial = _leads(plan, plan.atria.waves, np.arange(0, 0.26, 1 / RATE))
    st, t = _after(beat, offset, plan.recovery.qt + onset)
    together = np.array([mode == "sinus" for mode in plan.tempo.mode])
    return Measured(
        **clock,
        pr=np.where(together, plan.atria.pr, np.nan),
        qrs=offset - onset,
        qt=plan.recovery.qt,
        qtc=plan.recovery.qt / np.cbrt(60 / clock["rate"]),
        p_duration=plan.atria.duration,
        axis=_axis(_area(beat, onset, offset)),
        t_axis=_axis(t),
        q=q,
        q_time=q_time,
        r=r,
        s=s,
        r_late=r_late,
        st=st,
        t=t,
        p=atrial.max(2),
        p_end=atrial.min(2),
    )


def _leads(plan: Plan, waves: Waves, grid: Grid) -> Grid:
    """Draw waves of all patients in twelve leads on `grid`, shape (n, 12, S)."""
    shape = np.exp(-0.5 * ((grid - waves.time[:, :, None]) / waves.width[:, :, None]) ** 2)
    return twelve(np.matmul(plan.fields, np.matmul(waves.vector.transpose(0, 2, 1), shape)))


def _inside(begin: Row, end: Row) -> NDArray[np.bool_]:
    return np.asarray(((begin[:, None] <= GRID) & (end[:, None] >= GRID))[:, None])


def _deflections(beat: Grid, onset: Row, offset: Row) -> tuple[Grid, Grid, Grid, Grid, Grid]:
    qrs = np.where(_inside(onset - 0.008, offset + 0.008)[:, :, :QRS_SAMPLES], beat[:, :, :QRS_SAMPLES], 0)
    loud = np.abs(qrs) > DEFLECTION
    first = loud.argmax(2)
    negative = np.take_along_axis(qrs, first[..., None], 2)[..., 0] < -DEFLECTION
    after = np.arange(qrs.shape[2]) >= first[..., None]
    back = (after & (qrs >= 0)).argmax(2)
    back = np.where(back == 0, qrs.shape[2], back)
    q_part = after & (np.arange(qrs.shape[2]) < back[..., None])
    depth = np.where(negative, -np.where(q_part, qrs, 0).min(2), 0)
    time = np.where(negative, (loud & q_part).sum(2) / RATE, 0)
    late = np.where(_inside(onset + 0.62 * (offset - onset), offset + 0.008)[:, :, :QRS_SAMPLES], qrs, 0).max(2)
    return depth, time, np.maximum(qrs.max(2), 0), np.maximum(-qrs.min(2), 0), late


def _area(beat: Grid, onset: Row, offset: Row) -> Grid:
    return np.asarray(np.where(_inside(onset, offset), beat, 0).sum(2))


def _after(beat: Grid, offset: Row, t_end: Row) -> tuple[Grid, Grid]:
    at = np.clip(np.rint((offset + 0.06 - START) * RATE).astype(int), 0, beat.shape[2] - 1)
    st = np.take_along_axis(beat, at[:, None, None], 2)[..., 0]
    wave = np.where(_inside(offset + 0.09, t_end), beat, 0)
    peak = np.abs(wave).argmax(2)
    return st, np.take_along_axis(wave, peak[..., None], 2)[..., 0]


def _axis(value: Grid) -> Row:
    """Return the frontal axis in degrees from lead I and aVF."""
    left, down = value[:, LEADS.index("I")], value[:, LEADS.index("aVF")]
    return np.asarray(np.rad2deg(np.arctan2(2 / np.sqrt(3) * down, left)))


def _rhythm(plan: Plan, seconds: float) -> dict[str, Row]:
    rows = [_clock(plan, row, seconds) for row in range(len(plan.state.numbers))]
    return dict(
        zip(
            ("rate", "irregularity", "wide_beats", "early_beats", "wide_only"),
            np.array(rows, float).T.copy(),
            strict=True,
        )
    )


def _clock(plan: Plan, row: int, seconds: float) -> tuple[float, float, float, float, float]:
    when = beats(plan.tempo, row, seconds)
    here = (when.r >= 0) & (when.r < seconds)
    times = when.r[here]
    early = when.p[when.early] + 0.3
    plain = ~when.wide[here]
    intervals = np.diff(times)[plain[1:] & plain[:-1]] if len(times) > 1 else np.zeros(0)
    rate = 60 * (len(times) - 1) / (times[-1] - times[0]) if len(times) > 1 else 60 / plan.tempo.rr[row]
    premature = when.wide[here].sum() if plan.tempo.mode[row] in ("sinus", "afib") else 0
    atrial = ((early > 0.3) & (early < seconds)).sum() if plan.tempo.mode[row] == "sinus" else 0
    return (
        rate,
        float(intervals.std()) if len(intervals) > 1 else 0.0,
        float(premature),
        float(atrial),
        float(when.wide.all()),
    )
