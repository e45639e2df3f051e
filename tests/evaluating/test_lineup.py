"""The line-up hides who is simulated until the key, and shows nobody twice."""

from __future__ import annotations

import re
from dataclasses import replace
from functools import cache
from xml.etree import ElementTree

import numpy as np

import einthoven as ein
from einthoven.evaluating.lineup import EACH, of_lineup
from einthoven.evaluating.measures import MEASURES
from einthoven.evaluating.sides import Side, Sides
from einthoven.recording import LEADS, Recording
from einthoven.study import Study

TIME = np.arange(1000) / 100
FLAT = Recording(np.zeros((12, 1000)), LEADS, 100, history=("of a stranger",))
WAVES = Recording(np.tile(np.sin(2 * np.pi * 5 * TIME), (12, 1)), LEADS, 100, synthetic=True)


def side(recording: Recording, *, normal: int, other: int) -> Side:
    codes = [{"NORM": 100.0}] * normal + [{"IMI": 100.0}] * other
    studies = [Study(f"secret {row}", recording, labels=code) for row, code in enumerate(codes)]
    return Side(tuple(studies), np.zeros((len(studies), len(MEASURES))))


@cache
def drawn(seed: int = 0) -> str:
    sides = Sides(side(FLAT, normal=30, other=30), side(WAVES, normal=30, other=30))
    return of_lineup(sides, source="Strangers et al. 1924", seed=seed)


def cells(svg: str) -> list[str]:
    return re.findall(r'<g transform="translate.*?</g></g></g>', svg)


def key(svg: str) -> set[int]:
    return set(map(int, re.findall(r"\d+", re.search(r"Key, simulated: ([^<]*)\.<", svg)[1])))  # type: ignore[index]


def test_the_key_names_the_simulated_ones() -> None:
    waves = {number for number, cell in enumerate(cells(drawn()), 1) if len(set(re.findall(r"L\d+ (\d+)", cell))) > 20}
    assert len(cells(drawn())) == 2 * EACH
    assert key(drawn()) == waves
    assert len(waves) == EACH


def test_the_order_is_shuffled_and_hangs_on_the_seed() -> None:
    assert key(drawn(0)) != key(drawn(1))
    assert key(drawn(0)) not in (set(range(1, EACH + 1)), set(range(EACH + 1, 2 * EACH + 1)))


def test_a_cell_does_not_say_whose_it_is() -> None:
    for cell in cells(drawn()):
        assert not re.search("secret|stranger|synthetic|simulated", cell, flags=re.IGNORECASE)


def test_the_page_is_svg_says_synthetic_and_whose_the_real_ones_are() -> None:
    ElementTree.fromstring(drawn())
    assert "12 of these 24 ECGs are SYNTHETIC - NOT PATIENTS" in drawn()
    assert "Real: Strangers et al. 1924" in drawn()


def test_few_studies_make_a_short_lineup() -> None:
    sides = Sides(side(FLAT, normal=3, other=0), side(WAVES, normal=1, other=40))
    svg = of_lineup(sides, source="nobody")
    assert "12 of these 15" in svg
    assert "normal are 1 of 12 simulated and 3 of 3 real" in svg
    assert len(cells(svg)) == 15


def test_real_size_stays_small_enough_for_a_page() -> None:
    studies = ein.simulate(24, seed=4)
    values = np.zeros((12, len(MEASURES)))
    halves = [
        Side(tuple(replace(one, labels={"NORM": 100.0}) for one in part), values)
        for part in (studies[:12], studies[12:])
    ]
    assert len(of_lineup(Sides(*halves), source="")) < 300_000
