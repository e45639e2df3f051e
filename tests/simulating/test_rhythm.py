from __future__ import annotations

import numpy as np
import pytest

from einthoven.simulating.ecg import Plan, plan
from einthoven.simulating.rhythm import RHYTHMS, Beats, beats
from einthoven.simulating.state import Dials


@pytest.fixture(scope="module")
def many() -> Plan:
    return plan(2, range(1500), Dials(enriched=True))


def of(many: Plan, mode: str, seconds: float = 10) -> list[tuple[int, Beats]]:
    return [(row, beats(many.tempo, row, seconds)) for row, name in enumerate(many.tempo.mode) if name == mode]


def inside(times: np.ndarray, seconds: float = 10) -> np.ndarray:
    return times[(times >= 0) & (times < seconds)]


def variation(found: Beats) -> float:
    intervals = np.diff(inside(found.r))
    return float(intervals.std() / intervals.mean())


@pytest.mark.parametrize("mode", list(RHYTHMS))
def test_every_rhythm_fills_the_record_in_order(many: Plan, mode: str) -> None:
    found = of(many, mode)
    assert len(found) > 5
    for _, heart in found:
        assert (np.diff(heart.r) > 0.1).all()
        assert heart.r[0] < 1.0
        assert heart.r[-1] > 10.5
        assert len(heart.r) == len(heart.wide)
        assert len(heart.p) == len(heart.early)


def test_a_longer_record_begins_with_the_same_beats(many: Plan) -> None:
    for row in range(300):
        short, long = beats(many.tempo, row, 10), beats(many.tempo, row, 40)
        assert np.array_equal(short.r[short.r < 10], long.r[long.r < 10])
        assert np.array_equal(short.p[short.p < 10], long.p[long.p < 10])


def test_sinus_rhythm_keeps_its_rate_and_a_p_before_each_qrs(many: Plan) -> None:
    c = many.state.conditions
    calm = ~c.has("pvc", "pac", "bigeminy", "trigeminy")
    for row, heart in of(many, "sinus", 30):
        if calm[row]:
            assert 60 / np.diff(inside(heart.r, 30)).mean() == pytest.approx(many.state.rate[row], rel=0.06)
            assert np.allclose(heart.r + many.tempo.onset[row] - heart.p, many.tempo.pr[row], atol=0.012)


def test_fibrillation_is_irregular_and_has_no_p(many: Plan) -> None:
    found = of(many, "afib")
    assert all(not len(heart.p) for _, heart in found)
    assert np.median([variation(heart) for _, heart in found]) > 0.12
    assert np.median([variation(heart) for _, heart in of(many, "sinus")]) < 0.07


def test_tachycardia_and_pacing_are_regular(many: Plan) -> None:
    assert max(variation(heart) for _, heart in of(many, "svt")) < 0.03
    assert all(heart.wide.all() and variation(heart) < 1e-6 for _, heart in of(many, "paced"))


def test_flutter_conducts_whole_waves(many: Plan) -> None:
    for row, heart in of(many, "flutter"):
        waves = np.diff(heart.r) * many.atria.rate[row]
        assert np.abs(waves - np.round(waves)).max() < 0.3


def test_second_degree_block_drops_beats_and_third_has_no_relation(many: Plan) -> None:
    for _, heart in of(many, "av_block_2", 60):
        assert 0.45 < len(inside(heart.r, 60)) / len(inside(heart.p, 60)) < 0.85
    for _, heart in of(many, "av_block_3"):
        assert len(inside(heart.p)) > 1.3 * len(inside(heart.r))


def test_a_ventricular_beat_is_early_wide_and_followed_by_a_pause(many: Plan) -> None:
    seen = 0
    for row, heart in of(many, "sinus"):
        if many.state.conditions["pvc"][row] > 0:
            at = np.flatnonzero(heart.wide[1:-1]) + 1
            before, after = np.diff(heart.r)[at - 1], np.diff(heart.r)[at]
            assert (before < 0.9 * after).all()
            assert len(at)
            seen += 1
    assert seen > 20


def test_an_atrial_beat_brings_its_own_p(many: Plan) -> None:
    for row, heart in of(many, "sinus"):
        if many.state.conditions["pac"][row] > 0:
            assert heart.early.any()
            assert not heart.wide.any()
            assert len(heart.p) == len(heart.r)


def test_bigeminy_alternates_and_trigeminy_counts_to_three(many: Plan) -> None:
    for name, step in (("bigeminy", 2), ("trigeminy", 3)):
        rows = np.flatnonzero((many.state.conditions[name] > 0) & (np.array(many.tempo.mode) == "sinus"))
        for row in rows:
            heart = beats(many.tempo, int(row), 10)
            marks = heart.wide if heart.wide.any() else heart.early
            assert (np.diff(np.flatnonzero(marks)) == step).all()
