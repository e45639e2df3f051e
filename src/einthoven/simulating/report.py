"""Report: what a reader would write about the drawn ECG. He sees measures and codes, never the heart itself."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from einthoven.simulating.measuring import Measured
from einthoven.simulating.report_phrases import table
from einthoven.simulating.report_reader import DRAWS, Reader, Statement
from einthoven.simulating.report_seen import Seen, seen
from einthoven.simulating.report_slips import slipped
from einthoven.simulating.report_statements import remarks, statements, verdict
from einthoven.simulating.report_styles import Style, style
from einthoven.simulating.streams import Streams

__all__ = ["reports"]

AMERICAN = 0.3
"""The share of readers who write American English; carts do so more often than not."""
SHUFFLED = 0.3
"""The share of readers who write in an order of their own what follows the rhythm."""
ECTOPY_FIRST = 0.3
"""The share of readers who begin with the extrasystoles, as English machine reports of PTB-XL do."""


def reports(seed: int, numbers: Sequence[int], measured: Measured, codes: Sequence[Mapping[str, float]]) -> list[str]:
    """Write the report of every patient from what was measured and coded.

    Args:
        seed: the cohort.
        numbers: the patients' numbers, which choose their readers.
        measured: what was measured on their drawn beats.
        codes: SCP codes with likelihoods in percent, one mapping a patient.

    Returns:
        One text a patient, the same in whatever company he comes.

    >>> from einthoven.simulating.ecg import plan
    >>> from einthoven.simulating.labels import labels
    >>> from einthoven.simulating.measuring import measure
    >>> drawn = plan(0, [4])
    >>> reports(0, [4], measure(drawn), labels(drawn, measure(drawn)))
    ['...']
    """
    streams = Streams(seed, "report")
    return [
        _written(streams.open(number).random(DRAWS).tolist(), one, row)
        for number, one, row in zip(numbers, seen(measured), codes, strict=True)
    ]


def _written(draws: Sequence[float], one: Seen, codes: Mapping[str, float]) -> str:
    manner = style(draws[0])
    reader = Reader(draws, one, manner.voice, codes)
    text = manner.write(reader, _ordered(reader, codes, manner))
    return slipped(_spelt(reader, text), reader.chance)


def _ordered(reader: Reader, codes: Mapping[str, float], manner: Style) -> dict[str, list[Statement]]:
    """Return all that is said by part, in the order of this reader, the verdict last."""
    coded = statements(reader, codes)
    beside = remarks(reader, codes, talk=manner.talk, numbers=manner.numbers)
    said = {part: coded[part] + beside[part] for part in table()["parts"] if coded[part] or beside[part]}
    order = list(said)
    if reader.chance() < SHUFFLED:
        order[1:] = sorted(order[1:], key=lambda _: reader.chance())
    elif "ectopy" in said and reader.chance() < ECTOPY_FIRST:
        order.sort(key=lambda part: part != "ectopy")
    return {part: said[part] for part in order} | {"verdict": verdict(reader, codes)}


def _spelt(reader: Reader, text: str) -> str:
    """Spell as Americans do where this reader is one."""
    if reader.chance() < (0.7 if reader.voice == "cart" else AMERICAN):
        for british, american in table()["american"].items():
            text = text.replace(british, american).replace(british.upper(), american.upper())
    return text
