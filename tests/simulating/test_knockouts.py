"""Leaving out one thing changes that thing, and no patient's company."""

from __future__ import annotations

import numpy as np
import pytest

from einthoven.errors import ConfigError
from einthoven.simulating import KNOCKOUTS, ecgs, simulate
from einthoven.simulating.ecg import Plan, plan
from einthoven.simulating.knockouts import SIMPLE_FINDINGS
from einthoven.simulating.labels import labels
from einthoven.simulating.measuring import Measured, measure
from einthoven.simulating.state import Dials


def drawn(without: str | None = None, n: int = 800) -> tuple[Plan, Measured]:
    made = plan(3, range(n), Dials(enriched=True, without=frozenset({without} if without else ())))
    return made, measure(made)


@pytest.fixture(scope="module")
def whole() -> tuple[Plan, Measured]:
    return drawn()


@pytest.mark.parametrize("name", KNOCKOUTS)
def test_each_leaves_lawful_finite_ecgs_that_differ(name: str) -> None:
    left = Dials(enriched=True, without=frozenset({name}))
    there, here = ecgs(3, range(40), fs=100, dials=Dials(enriched=True)), ecgs(3, range(40), fs=100, dials=left)
    assert np.isfinite(here).all()
    assert np.abs(here[:, 2] - (here[:, 1] - here[:, 0])).max() < 1e-5
    if name != "drawn labels":
        assert not np.array_equal(here, there)
    else:
        told, other = (simulate(40, seed=3, enriched=True, without=keys) for keys in ((), (name,)))
        assert [one.labels for one in told] != [one.labels for one in other]


def test_without_progression_r_stays_small_in_v3(whole: tuple[Plan, Measured]) -> None:
    assert np.median(drawn("progression")[1].lead("r", "V3")) < 0.8 * np.median(whole[1].lead("r", "V3"))


def test_without_the_t_vector_t_points_down_and_is_upright_in_v1(whole: tuple[Plan, Measured]) -> None:
    _, out = drawn("t vector")
    assert np.median(out.t_axis) > np.median(whole[1].t_axis) + 20
    assert np.median(out.lead("t", "V1")) > np.median(whole[1].lead("t", "V1")) + 0.08


def test_without_infarcts_of_many_sizes_they_are_alike_and_t_stays(whole: tuple[Plan, Measured]) -> None:
    made, out = drawn("infarcts")
    scarred = made.state.conditions.has("anterior_infarct")
    assert np.median(out.lead("t", "V4")[scarred]) > np.median(whole[1].lead("t", "V4")[scarred]) + 0.1
    depth = [np.linalg.norm(one.activation.waves.vector[scarred, -4], axis=1) for one in (made, whole[0])]
    spread = [(part / one.activation.gain[scarred]).std() for part, one in zip(depth, (made, whole[0]), strict=True)]
    assert spread[0] < 1e-9 < spread[1]


def test_without_findings_only_the_simple_ones_are_left() -> None:
    made, _ = drawn("findings")
    left = {name for name, row in made.state.conditions.severity.items() if row.any()}
    assert left <= SIMPLE_FINDINGS
    assert len(left) > 12


def test_without_the_st_t_family_no_t_is_flat_for_no_reason(whole: tuple[Plan, Measured]) -> None:
    made, out = drawn("st-t")
    flat = made.state.conditions.has("flat_t") & ~made.state.conditions.has("lbbb", "paced", "preexcitation")
    assert np.median(out.lead("t", "V5")[flat]) > 2 * np.median(whole[1].lead("t", "V5")[flat])


def test_without_drawn_labels_every_latent_finding_is_coded() -> None:
    made, out = drawn("drawn labels")
    codes = labels(made, out)
    for name, code in (("lafb", "LAFB"), ("inferior_infarct", "IMI"), ("flat_t", "NDT"), ("afib", "AFIB")):
        who = np.flatnonzero(made.state.conditions.has(name))
        assert len(who)
        assert all(code in codes[row] for row in who)


def test_without_conduction_times_long_pr_is_all_alike() -> None:
    made, out = drawn("conduction times")
    long = made.state.conditions.has("long_pr") & np.isfinite(out.pr) & ~made.state.conditions.has("preexcitation")
    assert np.nanmax(out.pr) < 0.25
    assert out.pr[long].min() >= 0.2
    assert len(set(np.round(made.atria.rate[made.state.conditions.has("afib")], 6))) == 1


def test_without_qrs_shape_the_beats_are_blunt_and_alike(whole: tuple[Plan, Measured]) -> None:
    beats = [made.activation.waves for made in (drawn("qrs shape")[0], whole[0])]
    blunt, sharp = (np.median(waves.width[:, 3]) for waves in beats)
    assert blunt > 1.3 * sharp
    own = [(waves.vector[:, 2] / np.linalg.norm(waves.vector[:, 3], axis=1)[:, None]).std() for waves in beats]
    assert own[0] < own[1]


def test_without_noise_records_are_quieter_and_faultless() -> None:
    made, _ = drawn("noise")
    assert (made.device.fault == -1).all()
    assert len(set(made.levels.muscle)) == 1
    assert not made.levels.artefact.any()


def test_without_population_ages_are_narrow_and_diseases_strangers() -> None:
    made, _ = drawn("population")
    assert made.state.body.age.min() >= 45
    assert made.state.body.age.max() <= 82


def test_an_unknown_name_is_refused_with_the_nearest() -> None:
    with pytest.raises(ConfigError, match=r"left out by name; without='nois' came\. Did you mean noise"):
        simulate(1, without=["nois"])
