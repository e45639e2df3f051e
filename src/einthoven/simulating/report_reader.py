"""Reader: who writes a report: a stream of choices, habits of his own, and the facts in front of him."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final, Literal, NamedTuple, TypeVar

from einthoven.simulating.report_facts import Facts, stage
from einthoven.simulating.report_phrases import Entry, Family, Way, table
from einthoven.simulating.report_seen import Seen

__all__ = ["DRAWS", "Reader", "Statement"]

DRAWS = 128
"""Uniform numbers a reader has; he begins again where a long report uses them up."""
STEPS = (1, 2, 2, 5, 5, 10, 10)
"""To how many ms readers round intervals; carts print every one."""
EXACT = frozenset(("1AVB", "LPR", "LNGQT", "WPW", "2AVB"))
"""Codes of an interval: nobody rounds across the limit that he has just called."""
DEGREES = (" degrees", " degrees", "°", " deg")

Kind = Literal["noun", "clause", "free"]
Thing = TypeVar("Thing")


class Statement(NamedTuple):
    """One thing said: a noun phrase that can follow "the ECG shows", a clause, or a fragment that stands free."""

    text: str
    kind: Kind


class Reader:
    """One patient's reader.

    Args:
        draws: DRAWS uniform numbers, all that differs between readers.
        one: what he measures.
        voice: one of VOICES, the register that he writes in.
        codes: what he has coded.
    """

    def __init__(self, draws: Sequence[float], one: Seen, voice: str, codes: Mapping[str, float]) -> None:
        self._draws: Final = draws
        self._used = 0
        self.voice = voice
        ages, look = table()["ages"], stage(one)
        known = {
            "age": self.one_of(ages["before"][look]),
            "aged": self.one_of(ages["after"][look]),
            "date": self._date(),
            "deg": self.one_of(DEGREES),
        }
        exact = voice == "cart" or not EXACT.isdisjoint(codes)
        self.facts: Final = Facts(one, known, 1 if exact else self.one_of(STEPS))

    def chance(self) -> float:
        """Return this reader's next uniform number."""
        self._used += 1
        return self._draws[self._used % DRAWS]

    def one_of(self, things: Sequence[Thing]) -> Thing:
        """Return one of `things`, each as often as the others."""
        return things[int(self.chance() * len(things))]

    def say(self, entry: Entry, likelihood: float = 0) -> Statement | None:
        """Put an entry into words, hedged where it asks for that; None where no phrase fits the facts."""
        way = self.choose(entry.voices[self.voice])
        if way is None:
            return None
        text = " ".join(way.text.format_map(self.facts).split())
        if entry.hedge:
            return self._hedged(text, likelihood, clause=way.clause)
        return Statement(text, "clause" if way.clause else "noun")

    def choose(self, family: Family) -> Way | None:
        """Return a wording whose facts all exist and whose guards all hold; None where there is none."""
        spot = self.chance() * len(family)
        first, share = int(spot), spot % 1
        for ways in family[first:] + family[:first]:
            begin = int(share * len(ways))
            for way in ways[begin:] + ways[:begin]:
                if all(self.facts[name] is not None for name in way.needs):
                    return way
        return None

    def _hedged(self, text: str, likelihood: float, *, clause: bool) -> Statement:
        """Wrap what stands in <...>, or the whole, in a hedge that fits the likelihood."""
        lead, marked, rest = text.partition("<")
        lead, inner, tail = (lead, *rest.split(">")) if marked else ("", text, "")
        kind = self._hedge_kind()
        steps = table()["hedge"]["short" if self.voice == "short" else kind]
        step = max((key for key in steps if int(key) <= likelihood), key=int, default="15")
        hedge = self.one_of(steps[step])
        wrapped = lead + hedge.replace("{x}", inner.strip()) + tail
        if clause:
            return Statement(wrapped, "clause")
        if hedge == "{x}":
            return Statement(wrapped, "noun")
        return Statement(wrapped, "free" if lead and kind == "clause" else kind)

    def _hedge_kind(self) -> Kind:
        if self.voice == "prose":
            return "noun" if self.chance() < 0.5 else "clause"
        if self.voice in ("note", "cart"):
            return "noun" if self.chance() < 0.6 else "free"
        return self.one_of(("noun", "clause", "free"))

    def _date(self) -> str:
        day, month, year = 1 + int(28 * self.chance()), 1 + int(12 * self.chance()), 1990 + int(34 * self.chance())
        return self.one_of((f"{day:02d}.{month:02d}.{year}", f"{day}/{month}/{year % 100:02d}", f"{month:02d}/{year}"))
