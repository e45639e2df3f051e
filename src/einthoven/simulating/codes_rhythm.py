"""Rules of rhythm, ectopy and atrioventricular conduction."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from einthoven.simulating.page import Page, Row, Rule, Truth, when

__all__ = ["RULES"]


def _mode(name: str, likelihood: float) -> Rule:
    return lambda p: when(p.mode == name, likelihood)


def _fast(p: Page) -> Truth:
    return np.asarray(p.sinus & (p.m.rate > 99 + 4 * (p.dice["rate"] - 0.5)))


def _slow(p: Page) -> Truth:
    """Readers write bradycardia the more surely the slower it is (most of PTB-XL's 50-60 a minute are not labelled)."""
    return np.asarray(p.sinus & (p.dice["rate"] < (56 - p.m.rate) / 10))


def _arrhythmic(p: Page) -> Truth:
    uneven = (p.m.irregularity > 0.075 + 0.03 * p.dice["rhythm"]) & (p.m.early_beats == 0)
    return np.asarray(p.sinus & ~_fast(p) & ~_slow(p) & uneven)


def _even(p: Page) -> Row:
    usual = p.sinus & ~_fast(p) & ~_slow(p) & ~_arrhythmic(p)
    return when(usual | (p.mode == "av_block_2"), 0)


def _conducted(p: Page) -> Truth:
    return np.isin(p.mode, ("sinus", "afib"))


def _pattern(name: str) -> Rule:
    return lambda p: when(p.c.has(name) & _conducted(p) & (p.m.wide_beats + p.m.early_beats > 1), 0)


def _ventricular(p: Page) -> Row:
    return when((p.m.wide_beats > 0) & _conducted(p), 100)


def _atrial(p: Page) -> Row:
    return when(p.sinus & (p.m.early_beats > 0), 0)


def _restless_atria(p: Page) -> Row:
    return when(p.sinus & (p.m.early_beats >= 2) & (p.dice["rhythm"] < 0.75), 0)


def _first_degree(p: Page) -> Row:
    """PR above 204-216 ms, by reader."""
    return when(p.sinus & ~p.c.has("preexcitation") & (p.m.pr > 0.204 + 0.012 * p.dice["pr"]), 100)


def _prolonged(p: Page) -> Row:
    """Some readers name the interval, beside the block or instead of it."""
    return when(p.sinus & ~p.c.has("preexcitation") & (p.m.pr > 0.198) & (p.dice["pr form"] < 0.42), 0)


RULES: Mapping[str, Rule] = {
    "AFIB": _mode("afib", 0),
    "AFLT": _mode("flutter", 100),
    "SVTAC": _mode("svt", 0),
    "PACE": _mode("paced", 100),
    "STACH": lambda p: when(_fast(p), 0),
    "SBRAD": lambda p: when(_slow(p), 0),
    "SARRH": lambda p: when(_arrhythmic(p), 0),
    "SR": _even,
    "BIGU": _pattern("bigeminy"),
    "TRIGU": _pattern("trigeminy"),
    "SVARR": _restless_atria,
    "PVC": _ventricular,
    "PAC": _atrial,
    "1AVB": _first_degree,
    "LPR": _prolonged,
    "2AVB": _mode("av_block_2", 100),
    "3AVB": _mode("av_block_3", 100),
}
