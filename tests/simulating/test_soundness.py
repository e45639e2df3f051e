"""A hundred thousand patients, each drawn: none lacks a sample, an interval or an identity, and few reports repeat."""

from __future__ import annotations

import dataclasses
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context

import numpy as np
import pytest

from einthoven.recording import LEADS
from einthoven.simulating import simulate
from einthoven.study import Study

PATIENTS, BLOCK = 100_000, 1000
INTERVALS = ("pr", "qrs", "qt", "qtc", "rate")


def _wrongs(study: Study) -> list[str]:
    recording = study.recording
    one, two, three, avr, avl, avf = recording.signal[:6].astype(np.float64)
    broken = max(np.abs(rest).max() for rest in (
        one + three - two, avr + (one + two) / 2, avl - (one - three) / 2, avf - (two + three) / 2))  # fmt: skip
    found = [f"{name} is {study.extra[name]}" for name in INTERVALS
             if study.extra[name] is not None and not study.extra[name] > 0]  # fmt: skip
    if recording.leads != LEADS or recording.signal.shape != (12, 5000) or not np.isfinite(recording.signal).all():
        found.append("the signal is not whole")
    if not broken < 1e-5:
        found.append(f"the limb leads break the identities by {broken:.2g} mV")
    if study.extra["qrs"] is None or not (study.report or "").strip():
        found.append("no QRS or no report")
    return [f"{study.id}: {one}" for one in found]


def _block(first: int, enriched: bool) -> tuple[list[str], list[str]]:
    studies = simulate(BLOCK, seed=8, start=first, enriched=enriched)
    return [study.report or "" for study in studies], [wrong for study in studies for wrong in _wrongs(study)]


@pytest.mark.slow
@pytest.mark.parametrize("enriched", [False, True], ids=["natural", "enriched"])
def test_a_hundred_thousand_patients_are_sound(enriched: bool) -> None:
    with ProcessPoolExecutor(2, mp_context=get_context("spawn")) as pool:
        blocks = list(pool.map(_block, range(0, PATIENTS, BLOCK), [enriched] * (PATIENTS // BLOCK)))
    reports = [text for texts, _ in blocks for text in texts]
    assert [wrong for _, wrongs in blocks for wrong in wrongs] == []
    assert 1 - len(set(reports)) / PATIENTS <= 0.05


def test_a_broken_patient_is_found() -> None:
    study = simulate(1, seed=8)[0]
    assert _wrongs(study) == []
    signal = study.recording.signal.copy()
    signal[2, 7] += 0.001
    wrong = dataclasses.replace(
        study, source=study.recording.changed("III moved", signal), extra={**study.extra, "pr": -3.0}
    )
    assert [one.partition(" ")[2][:9] for one in _wrongs(wrong)] == ["pr is -3.", "the limb "]
