"""Report: what a reader would write about the drawn ECG. It sees measures and codes, never the heart itself."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources
from typing import Any

import numpy as np

from einthoven.recording import LEADS
from einthoven.simulating.measuring import Measured
from einthoven.simulating.streams import Streams

__all__ = ["Reader", "reports"]

PARTS = ("rhythm", "ectopy", "conduction", "axis", "atria", "voltage", "infarct", "recovery")
"""The order of a tidy report; some readers shuffle what follows the rhythm."""
STYLES = ("sentences", "lower case", "terse", "capitals", "headed")
HIDES = {
    "infarct": ("recovery",),
    "axis": ("conduction",),
    "PACE": ("recovery", "infarct", "voltage", "conduction"),
    "3AVB": ("recovery", "infarct", "voltage"),
    "CLBBB": ("recovery", "infarct", "voltage"),
    "WPW": ("recovery", "infarct", "voltage"),
    "CRBBB": ("recovery", "voltage"),
    "LVH": ("recovery",),
}
"""Codes and parts that keep a reader from calling other parts normal."""
OMITTED = 0.04
"""The share of findings of form that a reader leaves out of the text although he codes them."""


@lru_cache
def _phrases() -> dict[str, Any]:
    return tomllib.loads(resources.files(__package__).joinpath("phrases.toml").read_text("utf-8"))


@dataclass(frozen=True)
class Reader:
    """One patient's reader: a stream of choices, and the measured facts that words may use."""

    draws: np.ndarray[Any, np.dtype[np.float64]]
    facts: Mapping[str, str]
    used: list[int]

    def chance(self) -> float:
        """Return the next uniform number of this reader."""
        self.used[0] += 1
        return float(self.draws[self.used[0] % len(self.draws)])

    def pick(self, phrases: Sequence[str]) -> str:
        """Return one of `phrases`, filled with the facts."""
        return phrases[int(self.chance() * len(phrases))].format_map(self.facts)


def reports(seed: int, numbers: Sequence[int], measured: Measured, codes: Sequence[Mapping[str, float]]) -> list[str]:
    """Write the report of every patient from what was measured and coded.

    >>> from einthoven.simulating.ecg import plan
    >>> from einthoven.simulating.labels import labels
    >>> from einthoven.simulating.measuring import measure
    >>> drawn = plan(0, [4])
    >>> reports(0, [4], measure(drawn), labels(drawn, measure(drawn)))
    ['...']
    """
    streams, out = Streams(seed, "report"), []
    for row, number in enumerate(numbers):
        draws = streams.open(number).random(96)
        reader = Reader(draws[1:], _facts(measured, row, draws[0]), [0])
        out.append(_written(reader, codes[row]))
    return out


def _written(reader: Reader, codes: Mapping[str, float]) -> str:
    style = STYLES[int(reader.chance() ** 1.2 * len(STYLES))]
    parts = _statements(reader, codes, "short" if style == "terse" else "full")
    order = [part for part in PARTS if parts.get(part)]
    if reader.chance() < 0.35 and style != "headed":
        rest = order[1:]
        order = order[:1] + [rest[i] for i in np.argsort([reader.chance() for _ in rest], kind="stable")]
    verdict = [*_negations(reader, codes, style), *_verdict(reader, codes, style)]
    if style == "headed":
        return _headed(parts, verdict)
    return _joined([text for part in order for text in parts[part]] + verdict, style)


def _statements(reader: Reader, codes: Mapping[str, float], length: str) -> dict[str, list[str]]:
    """Return what is said about each part, one statement a code."""
    words, parts = _phrases()["code"], {part: list[str]() for part in PARTS}
    for code, likelihood in codes.items():
        entry = words[code]
        if code == "NORM" or (likelihood == 0 and entry["part"] != "rhythm" and reader.chance() < OMITTED):
            continue
        text = reader.pick(entry[length])
        parts[entry["part"]].append(_hedged(reader, text, likelihood) if entry.get("hedge") else text)
    axis = _axis(reader, codes, parts["axis"])
    parts["axis"] += axis
    if not parts["conduction"] and reader.chance() < 0.18 and length == "full" and _timely(reader, codes):
        parts["conduction"].append(reader.pick(_phrases()["intervals"]["normal"]))
    return {part: list(dict.fromkeys(" ".join(text.split()) for text in texts)) for part, texts in parts.items()}


def _timely(reader: Reader, codes: Mapping[str, float]) -> bool:
    """Whether all intervals were measured and nothing is wrong with them."""
    return reader.facts["pr"] != "?" and not {"LNGQT", "LPR", "1AVB"} & set(codes)


def _hedged(reader: Reader, text: str, likelihood: float) -> str:
    hedges = _phrases()["hedges"]
    step = max((int(key) for key in hedges if int(key) <= likelihood), default=15)
    return str(hedges[str(step)][int(reader.chance() * len(hedges[str(step)]))]).replace("{x}", text)


def _axis(reader: Reader, codes: Mapping[str, float], said: Sequence[str]) -> list[str]:
    degrees, words = float(reader.facts["degrees"]), _phrases()["axis"]
    if said or {"PACE", "3AVB"} & set(codes):
        return []
    side = "left" if -90 < degrees < -30 else "right" if degrees > 95 or degrees < -90 else "normal"
    often = 0.15 if side == "normal" else 0.85
    return [reader.pick(words[side])] if reader.chance() < often else []


def _negations(reader: Reader, codes: Mapping[str, float], style: str) -> list[str]:
    """Say now and then what is not there; only where nothing of that part was coded."""
    entries = _phrases()["code"]
    present = {entries[code]["part"] for code in codes}
    for cause, hidden in HIDES.items():
        present |= set(hidden) if cause in codes or cause in present else set()
    often = 0.05 if style == "terse" else 0.16
    absent = [part for part in _phrases()["negations"] if part not in present]
    return [reader.pick(_phrases()["negations"][part]) for part in absent if reader.chance() < often]


def _verdict(reader: Reader, codes: Mapping[str, float], style: str) -> list[str]:
    if "NORM" in codes:
        return [reader.pick(_phrases()["code"]["NORM"]["short" if style == "terse" else "full"])]
    heavy = any(likelihood >= 50 for likelihood in codes.values()) or bool({"AFIB", "AFLT", "SVTAC"} & set(codes))
    often = 0.25 if heavy else 0.35
    return [reader.pick(_phrases()["endings"]["abnormal" if heavy else "slight"])] if reader.chance() < often else []


def _joined(texts: Sequence[str], style: str) -> str:
    texts = [text for text in texts if text]
    if style == "lower case":
        return ". ".join(text.lower() for text in texts) + "."
    if style == "terse":
        return ", ".join(texts)
    sentences = ". ".join(text[0].upper() + text[1:] for text in texts) + "."
    return sentences.upper() if style == "capitals" else sentences


def _headed(parts: Mapping[str, Sequence[str]], verdict: Sequence[str]) -> str:
    """Write under headings, as structured reports do."""
    heads = {"Rhythm": ("rhythm", "ectopy"), "Conduction": ("conduction", "axis"), "Morphology": PARTS[4:]}
    lines = []
    for head, names in heads.items():
        texts = [text for name in names for text in parts.get(name, ())]
        if texts:
            lines.append(f"{head}: {'; '.join(texts)}.")
    return " ".join([*lines, *([f"Conclusion: {'; '.join(verdict)}."] if verdict else [])])


def _facts(m: Measured, row: int, chance: float) -> dict[str, str]:
    """Return what the words may use, rounded as readers round."""
    rate, axis = float(m.rate[row]), float(m.axis[row])
    low = float(m.st[row].min())
    recent = float(m.st[row, [0, 1, 2, 4, 5, 7, 8, 9, 10, 11]].max()) > 0.12
    deep = float(m.t[row, [0, 1, 5, 8, 9, 10, 11]].min()) < -0.15
    stage = "recent" if recent else "subacute" if deep else "old"
    ages = _phrases()["ages"][stage]
    return {
        "rate": f"{rate:.0f}",
        "tempo": "normal rate" if 60 <= rate <= 100 else f"a rate of {rate:.0f}",
        "response": "rapid" if rate > 100 else "slow" if rate < 60 else "controlled",
        "pr": f"{1000 * m.pr[row]:.0f}" if np.isfinite(m.pr[row]) else "?",
        "qrs": f"{2 * round(500 * float(m.qrs[row]))}",
        "qtc": f"{1000 * m.qtc[row]:.0f}",
        "axis": f"{axis:.0f}",
        "degrees": f"{axis}",
        "sokolow": f"{m.s[row, 6] + max(m.r[row, 10], m.r[row, 11]):.1f}",
        "age": ages[int(chance * len(ages))],
        "count": "frequent" if m.wide_beats[row] > 2 else "isolated",
        "depth": "marked" if low < -0.15 else "moderate" if low < -0.08 else "slight",
        "depth_mv": f"{-low:.1f}" if low < -0.05 else "0.05",
        "q_leads": _named((m.q[row] > 0.08) & (m.q_time[row] > 0.02)),
        "st_leads": _named(m.st[row] < -0.04),
        "up_leads": _named(m.st[row] > 0.09),
        "t_leads": _named(m.t[row] < -0.08),
        "flat_leads": _named((m.t[row] < 0.1 * np.maximum(m.r[row], 0.5)) & (m.t[row] > -0.25)),
    }


def _named(here: np.ndarray[Any, np.dtype[np.bool_]]) -> str:
    """Name leads as readers do: limb leads one by one, neighbouring chest leads as a range.

    >>> _named(np.isin(LEADS, ["I", "aVL", "V4", "V5", "V6"]))
    'I, aVL, V4-V6'
    """
    limb = [lead for lead, seen in zip(LEADS[:6], here[:6], strict=True) if seen and lead != "aVR"]
    chest = [number for number, seen in enumerate(here[6:], start=1) if seen]
    runs: list[list[int]] = []
    for number in chest:
        if runs and number == runs[-1][-1] + 1:
            runs[-1].append(number)
        else:
            runs.append([number])
    ranges = [f"V{run[0]}-V{run[-1]}" if len(run) > 2 else ", ".join(f"V{number}" for number in run) for run in runs]
    return ", ".join(limb + ranges) or "some leads"
