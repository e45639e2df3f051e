"""Line-up: simulated ECGs among real ones in no order, for an eye that does not know; the key stands at the end.

Drawn on paper by the drawing room: 2.5 s of four leads, 25 mm/s and 10 mm/mV, at 100 Hz, nothing filtered. Millimetres.
"""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

import numpy as np

from einthoven.cleaning import clean
from einthoven.drawing.paper import grid
from einthoven.drawing.style import Style
from einthoven.drawing.traces import trace
from einthoven.evaluating.matching import are_normal
from einthoven.evaluating.sides import Side, Sides
from einthoven.recording import Recording
from einthoven.study import Study

__all__ = ["EACH", "of_lineup"]

EACH = 12
"""ECGs of each side."""
NORMAL = 8
"""How many of them are normal."""
SHOWN = ("I", "II", "V2", "V5")
FS, SECONDS, SPEED, GAIN = 100.0, 2.5, 25.0, 10.0
WIDE, TALL, ROW = 70.0, 70.0, 16.0
COLUMNS, HEAD, FOOT = 4, 12.0, 16.0


def of_lineup(sides: Sides, *, source: str, seed: int = 0) -> str:
    """Return twelve simulated ECGs beside twelve real ones, shuffled; eight of each are normal where there are so many.

    Args:
        sides: the studies to choose from, at random.
        source: whose real ECGs these are, in words.
        seed: of the choice and the order.
    """
    rng = np.random.Generator(np.random.Philox(seed))
    made, real = (_chosen(side, rng) for side in (sides.simulated, sides.real))
    order = rng.permutation(len(made) + len(real))
    shown = [(*made, *real)[place] for place in order]
    key = ", ".join(str(number) for number, place in enumerate(order, 1) if place < len(made))
    cells = "".join(_cell(study, number) for number, study in enumerate(shown, 1))
    width, height = COLUMNS * WIDE, HEAD + -(-len(shown) // COLUMNS) * TALL + FOOT
    paper = grid(Style(), 0, HEAD, (width, height - HEAD - FOOT))
    title = f"{len(made)} of these {len(shown)} ECGs are SYNTHETIC - NOT PATIENTS. Which?"
    below = [f"Key, simulated: {key}.", f"Real: {source}", _how(made, real)]
    words = "".join(
        f'<text x="2" y="{height - FOOT + 4 + 4.5 * line:g}">{escape(told)}</text>' for line, told in enumerate(below)
    )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" role="img" viewBox="0 0 {width:g} {height:g}" width="{4 * width:g}" '
        f'font-family="Helvetica, Arial, sans-serif" font-size="3.2" fill="#16161d"><title>{escape(title)}</title>'
        f'<clipPath id="cell"><path d="M0 0H{WIDE:g}V{TALL:g}H0Z"/></clipPath>'
        f'<rect width="{width:g}" height="{height:g}" fill="#fff"/>{paper}'
        f'<text x="2" y="8" font-size="5" font-weight="bold" fill="#b00020">{escape(title)}</text>'
        f'<g fill="none" stroke="#16161d" stroke-linejoin="round">{cells}</g>{words}</svg>\n'
    )


def _chosen(side: Side, rng: np.random.Generator) -> list[Study]:
    """Return `EACH` studies at random, `NORMAL` of them normal; fewer where there are not so many."""
    normal, other = (rng.permutation(np.flatnonzero(who)) for who in (side.normal, ~side.normal))
    rows = [*normal[:NORMAL], *other[: EACH - NORMAL]]
    rows += [*normal[NORMAL:], *other[EACH - NORMAL :]][: EACH - len(rows)]
    return [side.studies[row] for row in rows]


def _cell(study: Study, number: int) -> str:
    x, y = (number - 1) % COLUMNS * WIDE, HEAD + (number - 1) // COLUMNS * TALL
    recording = clean(study.recording, fs=FS, leads=SHOWN)
    traces = "".join(_trace(recording, name, 5 + ROW * (row + 0.5)) for row, name in enumerate(SHOWN))
    names = "".join(
        f'<text x="1" y="{5 + ROW * row + 4:g}" fill="#16161d" stroke="none">{name}</text>'
        for row, name in enumerate(SHOWN)
    )
    return (
        f'<g transform="translate({x:g} {y:g})"><path d="M0 0H{WIDE:g}V{TALL:g}H0Z" stroke="#fff" stroke-width="1.5"/>'
        f'<text x="{WIDE - 3:g}" y="6" font-size="5" font-weight="bold" text-anchor="end" fill="#16161d" stroke="none">'
        f'{number}</text>{names}<g clip-path="url(#cell)">'
        f'<g transform="scale(.01)" stroke-width="28">{traces}</g></g></g>'
    )


def _trace(recording: Recording, name: str, y: float) -> str:
    lead = recording.lead(name)[: round(SECONDS * recording.fs) + 1]
    about = lead - np.median(recording.lead(name))
    return f'<path d="{trace(about, 6, y, fs=recording.fs, speed=SPEED, gain=GAIN)}"/>'


def _how(made: Sequence[Study], real: Sequence[Study]) -> str:
    normal = [f"{are_normal(part).sum()} of {len(part)}" for part in (made, real)]
    return (
        f"The first {SECONDS:g} s of {', '.join(SHOWN)}; {SPEED:g} mm/s, {GAIN:g} mm/mV, {FS:g} Hz, nothing filtered; "
        f"normal are {normal[0]} simulated and {normal[1]} real."
    )
