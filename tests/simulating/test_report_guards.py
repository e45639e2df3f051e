from __future__ import annotations

from collections.abc import Callable

import numpy as np

from einthoven.simulating.report_facts import Facts
from einthoven.simulating.report_guards import GUARDS
from einthoven.simulating.report_seen import Seen

One = Callable[..., Seen]
FactsOf = Callable[..., Facts]


def test_a_plain_normal_ecg_is_normal_by_every_guard(facts: FactsOf, one: One) -> None:
    holding = {"steady", "regular", "prompt", "narrow", "usual_qt", "usual_p", "normal_axis", "progressive", "no_q",
               "usual_voltage", "level_st", "upright"}  # fmt: skip
    assert facts().holds(sorted(holding))
    failing = {"left", "right", "extreme", "tall", "flat", "raised", "early_repolarisation", "pericarditis", "slow_r"}
    assert not [name for name in failing if GUARDS[name](one())]


def test_tall_and_flat_t_waves_exclude_each_other(facts: FactsOf) -> None:
    assert facts(t={"V2": 1.3, "V3": 1.2}).holds(["tall"])
    assert facts(t={"I": 0.02, "V5": 0.03, "V6": 0.0}).holds(["flat"])
    assert not facts(t={"V2": 1.3, "V6": 0.02}).holds(["flat"])


def test_early_repolarisation_is_tall_and_anterior_pericarditis_widespread(facts: FactsOf) -> None:
    early = {"st": {"V3": 0.2, "V4": 0.15}, "t": {"V3": 0.8, "V4": 0.7}}
    assert facts(**early).holds(["early_repolarisation"])
    assert not facts(**early, q={"V3": 0.2, "V4": 0.2}, q_time={"V3": 0.04, "V4": 0.04}).holds(["early_repolarisation"])
    assert not facts(st={**early["st"], "III": -0.1}, t=early["t"]).holds(["early_repolarisation"])
    wide = dict.fromkeys(("I", "II", "aVF", "V2", "V4", "V5", "V6"), 0.12) | {"aVR": -0.1}
    assert facts(st=wide).holds(["pericarditis"])
    assert not facts(st=wide | {"aVL": -0.08}).holds(["pericarditis"])
    assert not facts(st=wide | {"aVR": 0.05}).holds(["pericarditis"])


def test_guards_answer_for_every_ecg(one: One) -> None:
    odd = one(pr=float("nan"), r=[0.0] * 12, s=[0.0] * 12, rate=20.0, axis=-170.0)
    assert all(guard(odd) in (True, False) for guard in GUARDS.values())
    assert np.sum([GUARDS[name](odd) for name in ("normal_axis", "leftward", "left", "right", "extreme")]) == 1
