"""Styles: how statements become a text: sentences, prose, headings, terse notes, capitals, an ECG cart's print."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from einthoven.simulating.report_phrases import expanded, table
from einthoven.simulating.report_reader import Reader, Statement

__all__ = ["STYLES", "Style", "style"]

Parts = Mapping[str, Sequence[Statement]]
"""Statements by part, the parts in the order in which this reader writes them; the verdict is one of them."""
Writer = Callable[[Reader, Parts], str]


@dataclass(frozen=True)
class Style:
    """A way to write reports.

    Args:
        name: its name.
        share: how many of all reports are written so.
        voice: the register of its words.
        talk: how much is said beside the codes, 1 for ordinary.
        numbers: share of its reports with a line of measurements.
        write: puts the statements together.
    """

    name: str
    share: float
    voice: str
    talk: float
    numbers: float
    write: Writer


def style(chance: float) -> Style:
    """Return the style that a uniform number falls on.

    >>> style(0.0).name
    'sentences'
    """
    for one in STYLES:
        chance -= one.share
        if chance < 0:
            return one
    return STYLES[-1]


def _flat(parts: Parts) -> list[str]:
    return [statement.text for texts in parts.values() for statement in texts]


def _joined(texts: Sequence[str], between: str, end: str = ".") -> str:
    """Join texts; where one ends with the stop of an abbreviation, no other stop follows."""
    if between == ". ":
        texts = [text.removesuffix(".") for text in texts]
    whole = between.join(texts)
    return whole if whole.endswith(".") else whole + end


def _begun(texts: Sequence[str], between: str) -> list[str]:
    """Give a capital letter to every text that begins a sentence."""
    return [_upper_first(text) if k == 0 or between == ". " else text for k, text in enumerate(texts)]


def _upper_first(text: str) -> str:
    return text[:1].upper() + text[1:]


def _sentences(reader: Reader, parts: Parts) -> str:
    between = reader.one_of((". ", ". ", ". ", ". ", "; ", ", "))
    return _joined(_begun(_flat(parts), between), between)


def _lower_case(reader: Reader, parts: Parts) -> str:
    between, end = reader.one_of(((". ", "."), (". ", "."), (". ", ""), (", ", ""), ("; ", "."), (" - ", "")))
    return _joined(_flat(parts), between, end).lower()


def _notes(reader: Reader, parts: Parts) -> str:
    """Write as translated German and Swedish reports read: lower case, often without any full stop."""
    between, end = reader.one_of(((". ", "."), (". ", ""), (" ", ""), (" ", ""), (", ", "")))
    return _joined(_flat(parts), between, end).lower()


def _terse(reader: Reader, parts: Parts) -> str:
    between = reader.one_of((", ", ", ", ", ", "; ", " / ", ". "))
    return _joined(_flat(parts), between, reader.one_of(("", "", ".")))


def _capitals(reader: Reader, parts: Parts) -> str:
    between, end = reader.one_of(((". ", "."), (". ", "."), (", ", "."), (" - ", "")))
    return _joined(_flat(parts), between, end).upper()


def _cart(reader: Reader, parts: Parts) -> str:
    """Print statements as an ECG cart does, the measurements first or last, one in seven in capitals."""
    numbers = [statement.text for statement in parts.get("measures", ())]
    texts = [statement.text for part, said in parts.items() if part != "measures" for statement in said]
    between = reader.one_of((". ", ". ", ". ", "; ", " | ", ", "))
    lines = [_upper_first(text) for text in (numbers + texts if reader.chance() < 0.5 else texts + numbers)]
    printed = _joined(lines, between, "." if between == ". " else "")
    return printed.upper() if reader.chance() < 1 / 7 else printed


def _headed(reader: Reader, parts: Parts) -> str:
    """Write under headings, as structured reports do."""
    lines = []
    between = reader.one_of(("; ", ", ", ". "))
    for head, names in reader.one_of(table()["heads"]).items():
        texts = [statement.text for name in names for statement in parts.get(name, ())]
        if texts:
            lines.append(f"{head}: {_joined(_begun(texts, between), between)}")
    return " ".join(lines)


def _prose(reader: Reader, parts: Parts) -> str:
    """Write connected sentences: noun phrases are listed behind "the ECG shows", clauses linked."""
    body = [statement for part, said in parts.items() if part != "verdict" for statement in said]
    sentences = [_sentence(reader, group, first=k == 0) for k, group in enumerate(_groups(reader, body))]
    sentences += [_opened(reader, "last", statement.text) for statement in parts.get("verdict", ())]
    return _joined(_begun(sentences, ". "), ". ")


def _groups(reader: Reader, body: Sequence[Statement]) -> list[list[Statement]]:
    """Gather neighbours of one kind that go into one sentence, three at most."""
    groups: list[list[Statement]] = []
    for statement in body:
        last = groups[-1] if groups else []
        alike = bool(last) and last[0].kind == statement.kind != "free" and len(last) < 3
        if alike and reader.chance() < (0.6 if statement.kind == "noun" else 0.3):
            last.append(statement)
        else:
            groups.append([statement])
    return groups


def _sentence(reader: Reader, group: Sequence[Statement], *, first: bool) -> str:
    texts, kind = [statement.text for statement in group], group[0].kind
    if kind == "free":
        return texts[0]
    link = reader.one_of(table()["prose"]["list" if kind == "noun" else "link"])
    text = ", ".join(texts[:-1]) + link + texts[-1] if len(texts) > 1 else texts[0]
    return _opened(reader, "first" if first else "then", text) if kind == "noun" else text


def _opened(reader: Reader, where: str, text: str) -> str:
    return reader.one_of(_openings(where)).replace("{x}", text)


@lru_cache
def _openings(where: str) -> tuple[str, ...]:
    return tuple(way for phrase in table()["prose"][where] for way in expanded(phrase))


STYLES = (
    Style("sentences", 0.21, "long", 1.0, 0.45, _sentences),
    Style("lower case", 0.13, "long", 0.9, 0.45, _lower_case),
    Style("notes", 0.12, "note", 1.1, 0.35, _notes),
    Style("terse", 0.11, "short", 1.0, 0.45, _terse),
    Style("cart", 0.13, "cart", 0.8, 0.75, _cart),
    Style("capitals", 0.09, "long", 0.8, 0.45, _capitals),
    Style("headed", 0.1, "long", 1.3, 0.6, _headed),
    Style("prose", 0.11, "prose", 1.6, 0.6, _prose),
)
"""Name, share of reports, voice, talkativeness, share with measurements, how it is written."""
