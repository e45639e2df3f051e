"""What findings do to the drawn beat: one sentence each."""

from __future__ import annotations

import numpy as np
import pytest

from einthoven.simulating.activation import activation
from einthoven.simulating.chambers import INFARCTS
from einthoven.simulating.ecg import Plan, plan
from einthoven.simulating.measuring import Measured, measure
from einthoven.simulating.recovery import recovery
from einthoven.simulating.state import Dials, states


@pytest.fixture(scope="module")
def many() -> Plan:
    return plan(12, range(2500), Dials(enriched=True))


@pytest.fixture(scope="module")
def measured(many: Plan) -> Measured:
    return measure(many)


RHYTHMS = ("afib", "long_pr", "la_large", "bigeminy", "trigeminy")
"""Findings that leave QRS and T alone."""


def only(many: Plan, *names: str, besides: tuple[str, ...] = ()) -> np.ndarray:
    """Patients with `names` and nothing else that changes the beat."""
    c = many.state.conditions
    changing = set(c.severity) - set(names) - {"fast_sinus", "slow_sinus", "sinus_arrhythmia", "pvc", "pac", *besides}
    return (c.has(*names) if names else True) & ~c.has(*changing)


def test_blocks_widen_and_the_rest_does_not(many: Plan, measured: Measured) -> None:
    c = many.state.conditions
    assert np.median(measured.qrs[c.has("lbbb")]) > 0.135
    assert np.median(measured.qrs[c.has("rbbb")]) > 0.125
    healthy = measured.qrs[only(many)]
    assert 0.08 < np.median(healthy) < 0.1
    assert np.quantile(healthy, 0.98) < 0.125


def test_left_block_is_negative_in_v1_and_right_block_ends_positive_there(many: Plan, measured: Measured) -> None:
    left, right = many.state.conditions.has("lbbb"), many.state.conditions.has("rbbb")
    assert np.median(measured.lead("s", "V1")[left] - measured.lead("r", "V1")[left]) > 0.8
    assert np.median(measured.lead("r_late", "V1")[right]) > 0.25


def test_recovery_opposes_a_left_block(many: Plan, measured: Measured) -> None:
    left = many.state.conditions.has("lbbb") & ~many.state.conditions.has("paced")
    assert np.median(measured.lead("t", "V2")[left]) > 0.2
    assert np.median(measured.lead("t", "V6")[left]) < 0


def test_fascicles_turn_the_axis(many: Plan, measured: Measured) -> None:
    assert np.median(measured.axis[only(many, "lafb")]) < -40
    assert np.median(measured.axis[only(many, "lpfb")]) > 85
    assert 20 < np.median(measured.axis[only(many)]) < 65


def test_normal_beats_have_the_shape_of_normal_beats(many: Plan, measured: Measured) -> None:
    """R grows from V1 to V4, S shrinks from V2 to V6, T is upright but in aVR and undecided in V1."""
    healthy = only(many)
    r = np.median(measured.lead("r", "V1", "V2", "V3", "V4")[healthy], axis=0)
    s = np.median(measured.lead("s", "V2", "V3", "V4", "V5", "V6")[healthy], axis=0)
    assert (np.diff(r) > 0).all()
    assert (np.diff(s) < 0).all()
    t = np.median(measured.t[healthy], axis=0)
    assert t[3] < -0.1
    assert abs(t[6]) < 0.12
    assert (t[[0, 1, 8, 9, 10, 11]] > 0.1).all()
    assert 20 < np.median(measured.t_axis[healthy]) < 60


@pytest.mark.parametrize(
    ("name", "leads"), [("inferior_infarct", ("II", "III", "aVF")), ("lateral_infarct", ("I", "aVL", "V6"))]
)
def test_infarcts_make_q_waves_and_turn_t_away(
    many: Plan, measured: Measured, name: str, leads: tuple[str, ...]
) -> None:
    ill, healthy = many.state.conditions[name] > 0.5, only(many)
    assert np.median(measured.lead("q", *leads)[ill].max(1)) > 2 * np.median(measured.lead("q", *leads)[healthy].max(1))
    assert (
        np.median(measured.lead("t", *leads)[ill].mean(1))
        < np.median(measured.lead("t", *leads)[healthy].mean(1)) - 0.1
    )


def test_an_anterior_infarct_takes_r_and_turns_t_away(many: Plan, measured: Measured) -> None:
    ill, healthy = many.state.conditions.share("anteroseptal_infarct", "anterior_infarct") > 0.5, only(many)
    for lead in ("V2", "V3"):
        assert np.median(measured.lead("r", lead)[ill]) < 0.5 * np.median(measured.lead("r", lead)[healthy])
        assert np.median(measured.lead("t", lead)[ill]) < np.median(measured.lead("t", lead)[healthy]) - 0.15


def test_small_infarcts_hardly_show(many: Plan, measured: Measured) -> None:
    size = many.state.conditions["inferior_infarct"]
    q = measured.lead("q", "III")[:, 0]
    small, large = (size > 0) & (size < 0.25), size > 0.75
    assert np.median(q[small]) < 0.6 * np.median(q[large])


def test_recent_infarcts_raise_st_and_old_ones_do_not(many: Plan, measured: Measured) -> None:
    ill, stage = many.state.conditions["inferior_infarct"] > 0.3, many.state.conditions.detail["infarct"]
    raised = measured.lead("st", "III")[:, 0]
    assert np.median(raised[ill & (stage < 0.22)]) > np.median(raised[ill & (stage > 0.55)]) + 0.05


def test_ischaemia_lowers_st_or_turns_t_in_its_leads(many: Plan, measured: Measured) -> None:
    ill, healthy = many.state.conditions["inferior_ischaemia"] > 0.4, only(many)
    for what in ("st", "t"):
        there = np.median(measured.lead(what, "II", "aVF")[ill].mean(1))
        assert there < np.median(measured.lead(what, "II", "aVF")[healthy].mean(1)) - 0.03


def test_flat_t_waves_are_flat_and_graded(many: Plan, measured: Measured) -> None:
    flat, t = many.state.conditions["flat_t"], measured.lead("t", "V5")[:, 0]
    assert np.median(t[flat > 0.5]) < np.median(t[(flat > 0) & (flat < 0.3)]) < np.median(t[only(many)])


def test_large_atria_and_long_pr_are_measured(many: Plan, measured: Measured) -> None:
    c = many.state.conditions
    assert np.median(measured.p_duration[c.has("la_large")]) > np.median(measured.p_duration[only(many)]) + 0.012
    assert np.median(measured.lead("p", "II")[c.has("ra_large")]) > 1.4 * np.median(
        measured.lead("p", "II")[only(many)]
    )
    pr = measured.pr[c.has("long_pr") & np.isfinite(measured.pr)]
    assert np.nanmax(pr) > 0.29
    assert np.nanmin(measured.pr) < 0.1  # pre-excitation


def test_a_long_qt_is_long(many: Plan, measured: Measured) -> None:
    assert np.median(measured.qtc[only(many, "long_qt")]) > np.median(measured.qtc[only(many)]) + 0.06


def test_low_voltage_is_low(many: Plan, measured: Measured) -> None:
    total = (measured.r + measured.s)[:, :6].max(1)
    assert np.median(total[many.state.conditions.has("low_voltage")]) < 0.6 < np.median(total[only(many)])


def test_early_repolarisation_lifts_st_and_t_in_the_front(many: Plan, measured: Measured) -> None:
    ill, healthy = many.state.conditions["early_repolarisation"] > 0.3, only(many)
    for what in ("st", "t"):
        there = np.median(measured.lead(what, "V2", "V3", "V4")[ill].mean(1))
        assert there > np.median(measured.lead(what, "V2", "V3", "V4")[healthy].mean(1)) + 0.05


def test_a_sick_pericardium_lifts_st_all_over_and_lowers_pr(many: Plan, measured: Measured) -> None:
    c = many.state.conditions
    ill, fresh = c.has("pericarditis"), c.detail["st_up"] < 0.6
    lifted = (measured.lead("st", "I", "II", "aVF", "V3", "V4", "V5", "V6") > 0.06).sum(1)
    assert np.median(lifted[ill & fresh]) >= 5 > np.median(lifted[only(many)])
    low = np.median(measured.p_end[ill][:, 1]) - np.median(measured.p_end[only(many)][:, 1])
    assert low < -0.015


def test_potassium_raises_t_widens_qrs_and_flattens_p() -> None:
    """Against the same patients without it: hyperkalaemia is rare, so it is looked for among many."""
    high = plan(12, range(6000), Dials(enriched=True))
    ill = (high.state.conditions["hyperkalaemia"] > 0.3) & only(high, "hyperkalaemia", besides=RHYTHMS)
    assert ill.sum() > 2
    seen, healthy = measure(high), only(high)
    for what, leads, factor in (("t", ("V3", "V4"), 1.5), ("p", ("II",), 0.75)):
        ratio = np.median(seen.lead(what, *leads)[ill]) / np.median(seen.lead(what, *leads)[healthy])
        assert ratio > factor if factor > 1 else ratio < factor
    assert np.median(seen.qrs[ill]) > np.median(seen.qrs[healthy]) + 0.005


def test_scars_splinter_the_qrs_more_often(many: Plan) -> None:
    c, last = many.state.conditions, many.activation.waves.vector[:, -2:]
    splintered = np.linalg.norm(last, axis=2).max(1) > 0
    scarred = c.has(*INFARCTS)
    assert 0.04 < splintered[~scarred].mean() < 0.10
    assert 0.28 < splintered[scarred].mean() < 0.42


def test_st_sinks_and_the_rhythm_stiffens_with_the_burden_of_disease(many: Plan, measured: Measured) -> None:
    burden, healthy = many.state.conditions.burden, only(many)
    for values in (measured.lead("st", "V6")[:, 0], measured.irregularity):
        light, heavy = values[healthy & (burden < -0.5)], values[healthy & (burden > 0.5)]
        assert np.median(heavy) < np.median(light)


def test_the_link_dial_knocks_the_chambers_out_of_the_ecg() -> None:
    """Same patients, same chambers: QRS duration follows LV size only while the link is on."""
    on, off = (states(3, range(3000), Dials(link=link)) for link in (1.0, 0.0))
    assert np.array_equal(on.chambers.lvedv, off.chambers.lvedv)
    c = on.conditions
    plain = ~c.has("lbbb", "rbbb", "ivcd", "incomplete_lbbb", "incomplete_rbbb", "preexcitation", "dcm", "lafb", "lpfb")
    own = on.chambers.dilation - np.where(on.body.male, 0, 0)
    for state, low, high in ((on, 0.12, 0.5), (off, -0.12, 0.12)):
        waves = activation(state).waves
        duration = waves.offset - waves.onset
        within = [np.corrcoef(duration[plain & sex], own[plain & sex])[0, 1] for sex in (on.body.male, ~on.body.male)]
        assert low < np.mean(within) < high


def test_recovery_without_a_block_answers_nothing() -> None:
    state = states(3, range(300))
    healthy = ~np.any([value > 0 for value in state.conditions.severity.values()], axis=0)
    beat = activation(state)
    assert np.abs(beat.detour[healthy]).max() < 1e-9
    assert 0.3 < np.median(recovery(state, beat).qt) < 0.45
